import type { IncomingMessage } from "node:http";
import { isIP, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { SipTransportError } from "../errors.ts";
import type { Connection } from "./connection.ts";
import { Connections, type StreamTarget } from "./connections.ts";
import type { Flow, SendTarget, TransportName } from "./flow.ts";
import { errorCode, isWildcard } from "./listen.ts";
import { LocalAddresses } from "./local-address.ts";
import {
  defaultTransportSettings,
  newCounters,
  type SendErrorHandler,
  type TransportContext,
  type TransportCounters,
  type TransportOptions,
  type TransportSettings,
  type TransportSink,
} from "./options.ts";
import { StreamListener } from "./stream-listener.ts";
import { TlsEndpoint, type TlsOptions } from "./tls-endpoint.ts";
import { UdpListener } from "./udp-listener.ts";

export interface Listener {
  readonly protocol: TransportName;
  /** IP literal without brackets, or a wildcard: "0.0.0.0" for IPv4, "::" for IPv6 alone. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

const samePortAttempts = 20;
const closeGraceMs = 500;

/** The sockets of one SIP node: listeners, connections, and nothing of what is in the messages. */
export class SipTransport {
  readonly counters: TransportCounters;
  readonly #settings: TransportSettings;
  readonly #sink: TransportSink;
  readonly #context: TransportContext;
  readonly #tls: TlsEndpoint;
  readonly #connections: Connections;
  readonly #udp: UdpListener[] = [];
  readonly #streams: StreamListener[] = [];
  readonly #localAddresses: LocalAddresses;
  #state: "binding" | "open" | "closed" = "binding";
  #closing: Promise<void> | undefined;

  private constructor(sink: TransportSink, options: TransportOptions) {
    this.#sink = sink;
    this.#settings = { ...defaultTransportSettings, ...options };
    this.counters = newCounters();
    this.#localAddresses = new LocalAddresses(networkInterfaces, this.#settings.publicAddress);
    this.#context = {
      settings: this.#settings,
      counters: this.counters,
      receive: (bytes, flow) => {
        if (this.#state === "open") this.#guard(() => this.#sink.receive(bytes, flow));
      },
      connectionClosed: (flow, error) => {
        if (this.#state === "open") this.#guard(() => this.#sink.connectionClosed(flow, error));
      },
      unreadable: (head, flow, code) => {
        if (this.#state === "open") this.#guard(() => this.#sink.unreadable?.(head, flow, code));
      },
      localAddressFor: (remote) => this.localAddressFor(remote),
    };
    this.#tls = new TlsEndpoint(this.#settings.tls ?? {}, this.#settings.handshakeTimeoutMs);
    this.#connections = new Connections(this.#context, this.#tls);
  }

  /**
   * Binds every listener, or none.
   * @throws SipTransportError listen_failed, with address and reason in its sentence; tls_settings
   */
  static async bind(
    listeners: readonly Listener[],
    sink: TransportSink,
    options: TransportOptions = {},
  ): Promise<SipTransport> {
    const transport = new SipTransport(sink, options);
    try {
      for (const attempt of groups(listeners, transport.#settings.samePort)) {
        if (Array.isArray(attempt)) await transport.#bindPair(attempt[0], attempt[1]);
        else await transport.#bindOne(attempt);
      }
    } catch (error) {
      await transport.close();
      throw error;
    }
    transport.#state = "open";
    return transport;
  }

  /** The listeners with their real ports, UDP first. */
  get bound(): Listener[] {
    return [
      ...this.#udp.map(({ host, port }): Listener => ({ protocol: "udp", host, port })),
      ...this.#streams.map(({ transport, host, port }): Listener => ({ protocol: transport, host, port })),
    ];
  }

  /** Connections that stand, are being opened, or still shake hands. */
  get connections(): number {
    return this.#connections.size;
  }

  /** The address that a remote has for us where a listener is on a wildcard; see `local-address.ts`. */
  localAddressFor(remoteAddress: string): string {
    return this.#localAddresses.towards(remoteAddress, performance.now());
  }

  /**
   * Sends one message. Never throws; what goes wrong is told to `onError`, later, and at most once.
   * With connections: by the one named, else by one that stands with that address and port (by TLS only where the remote
   * has proved the name asked for), else by a new one. A `Flow` is used as it is: when its connection is gone, that is
   * an error (a `SendTarget` opens another). A bare double CRLF is a keep-alive: where the remote has answered one
   * before, it must answer each.
   */
  send(to: Flow | SendTarget, bytes: Buffer, onError?: SendErrorHandler): void {
    try {
      if (this.#state === "closed") throw new SipTransportError("closed", "The SIP transport is closed.");
      if ("remoteAddress" in to) {
        const { remoteAddress: address, remotePort: port, ...rest } = to;
        this.#sendTo({ ...rest, address, port }, true, bytes, onError);
      } else this.#sendTo(to, false, bytes, onError);
    } catch (error) {
      this.counters.sendErrors++;
      const failure = error instanceof Error ? error : new Error(String(error));
      if (onError !== undefined) queueMicrotask(() => onError(failure));
    }
  }

  /** Id of the connection that `send` takes for that target now; undefined where it has none, or would open one. */
  connectionTo(to: Flow | SendTarget): number | undefined {
    if (to.transport === "udp") return undefined;
    if ("remoteAddress" in to) return to.connectionId;
    return this.#standing(to as StreamTarget)?.id;
  }

  /**
   * Pings the remote of a connection that stands or is being opened, about every `everyMs`, until it closes. Where a pong
   * does not come the connection is closed, with `keepalive_failed`.
   * @param answers the remote is known to answer (RFC 5626 §4.4.1); else it counts as such once it has
   * @returns false where there is no such connection
   */
  keepAlive(connectionId: number, everyMs: number, answers = false): boolean {
    const connection = this.#connections.byId(connectionId);
    connection?.keepAlive(everyMs, answers);
    return connection !== undefined;
  }

  /**
   * Other certificates for handshakes from now on, in both directions. What stands is left alone.
   * @throws SipTransportError tls_settings; the settings from before stay in force
   */
  reloadTls(tls: TlsOptions): void {
    this.#tls.reload(tls);
  }

  /**
   * Takes a WebSocket (RFC 7118) that a web server of the host's was asked for: its `upgrade` event. The host has judged who asks
   * and from which origin; what it lacks of the handshake is answered here, with 400.
   * @returns `connectionId` of the flow that its messages come by; undefined: closed at once, for a limit or the transport's own end
   */
  adoptWebSocket(request: IncomingMessage, socket: Socket, head: Buffer): number | undefined {
    if (this.#state === "open") return this.#connections.adopt(request, socket, head);
    socket.destroy();
    return undefined;
  }

  /** Closes all sockets; messages already given to `send` go out first where the remote reads. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#state = "closed";
    const listeners = this.#streams.map((listener) => listener.close());
    await this.#connections.close(closeGraceMs);
    await Promise.all([...listeners, ...this.#udp.map((listener) => listener.close())]);
  }

  #sendTo(target: SendTarget, exact: boolean, bytes: Buffer, onError: SendErrorHandler | undefined): void {
    const { address, port } = target;
    const family = isIP(address);
    if (family === 0 || port < 1 || port > 65_535) {
      throw new SipTransportError(
        "send_failed",
        `Cannot send to ${address} port ${port}: no IP address and port.`,
      );
    }
    if (isStream(target))
      this.#connectionFor(target, family, exact).send(bytes, onError, target.connectWithinMs);
    else this.#udpFor(target, family).send(bytes, address, port, onError);
  }

  #udpFor(target: SendTarget, family: number): UdpListener {
    let best: UdpListener | undefined;
    let bestScore = -1;
    for (const listener of this.#udp) {
      if (listener.family !== family) continue;
      const exactAddress = listener.host === target.localAddress;
      const score =
        (listener.port === target.localPort ? 4 : 0) + (exactAddress ? 2 : isWildcard(listener.host) ? 1 : 0);
      if (score > bestScore) {
        best = listener;
        bestScore = score;
      }
    }
    if (best !== undefined) return best;
    throw new SipTransportError("no_listener", `No UDP listener can send to ${target.address}.`);
  }

  #connectionFor(target: StreamTarget, family: number, exact: boolean): Connection {
    const { transport, address, port, connectionId, localAddress } = target;
    const standing = exact
      ? connectionId === undefined
        ? undefined
        : this.#connections.byId(connectionId)
      : this.#standing(target);
    if (standing !== undefined) return standing;
    // Nobody listens where a browser's WebSocket came from (RFC 7118 §3).
    const webSocket = transport === "ws" || transport === "wss";
    if (exact || (webSocket && connectionId !== undefined)) {
      throw new SipTransportError(
        "connection_closed",
        `The connection with ${address} port ${port} is closed.`,
      );
    }
    return this.#connections.open(target, this.#localAddressOf(family, localAddress));
  }

  #standing(target: StreamTarget): Connection | undefined {
    const { connectionId } = target;
    const named = connectionId === undefined ? undefined : this.#connections.byId(connectionId);
    return named ?? this.#connections.find(target);
  }

  /** Where to connect from: the system chooses best, unless all listeners of that family are bound to one address. */
  #localAddressOf(family: number, wanted: string | undefined): string | undefined {
    const hosts = new Set(this.#streams.filter((each) => each.family === family).map(({ host }) => host));
    const [only] = hosts;
    const host = wanted !== undefined && hosts.has(wanted) ? wanted : hosts.size === 1 ? only : undefined;
    return host === undefined || isWildcard(host) ? undefined : host;
  }

  async #bindOne(listener: Listener, port = listener.port): Promise<void> {
    if (isIP(listener.host) === 0) {
      throw new SipTransportError(
        "listen_failed",
        `Cannot listen on ${listener.protocol} ${listener.host}:${listener.port}: the host must be an IP address.`,
      );
    }
    const { protocol, host } = listener;
    if (protocol === "udp") {
      this.#udp.push(await UdpListener.bind(host, port, this.#context));
      return;
    }
    if ((protocol === "tls" || protocol === "wss") && !this.#tls.canListen) {
      throw new SipTransportError(
        "listen_failed",
        `Cannot listen on ${protocol} ${host}:${port}: there is no certificate.`,
      );
    }
    this.#streams.push(
      await StreamListener.bind(protocol, host, port, this.#context, (socket, transport) =>
        this.#connections.accept(socket, transport),
      ),
    );
  }

  /** UDP on a port of the system's choice and TCP on the same number, tried until both are free. */
  async #bindPair(udp: Listener, tcp: Listener): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.#bindOne(udp);
      const bound = this.#udp.at(-1);
      try {
        await this.#bindOne(tcp, bound?.port ?? 0);
        return;
      } catch (error) {
        const taken = error instanceof SipTransportError && errorCode(error.cause) === "EADDRINUSE";
        if (!taken || attempt === samePortAttempts) throw error;
        this.#udp.pop();
        await bound?.close();
      }
    }
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.counters.sinkErrors++;
      if (this.#settings.onSinkError === undefined) throw error;
      this.#settings.onSinkError(error);
    }
  }
}

function isStream(target: SendTarget): target is StreamTarget {
  return target.transport !== "udp";
}

/** With `samePort`, a UDP and a TCP listener that both ask for port 0 on one host become a pair. */
function groups(listeners: readonly Listener[], samePort: boolean): (Listener | [Listener, Listener])[] {
  if (!samePort) return [...listeners];
  const left = [...listeners];
  const made: (Listener | [Listener, Listener])[] = [];
  for (let first = left.shift(); first !== undefined; first = left.shift()) {
    const { protocol, host, port } = first;
    const pair = protocol === "udp" ? "tcp" : protocol === "tcp" ? "udp" : undefined;
    const other = left.findIndex((each) => each.host === host && each.port === 0 && each.protocol === pair);
    const second = port === 0 && other !== -1 ? left.splice(other, 1)[0] : undefined;
    if (second === undefined) made.push(first);
    else made.push(protocol === "udp" ? [first, second] : [second, first]);
  }
  return made;
}
