import type { IncomingMessage } from "node:http";
import { connect, isIPv6, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { WebSocket } from "ws";
import { SipTransportError } from "../errors.ts";
import { Admission } from "./admission.ts";
import { Connection, type ConnectionParts, type StreamTransport } from "./connection.ts";
import type { SendTarget } from "./flow.ts";
import type { TransportContext } from "./options.ts";
import { bearsName, wantedName } from "./peer-names.ts";
import { StreamConnection } from "./stream-connection.ts";
import { type PeerIdentity, peerIdentity, type TlsEndpoint } from "./tls-endpoint.ts";
import { WebSocketAcceptor } from "./websocket-acceptor.ts";
import { WebSocketConnection } from "./websocket-connection.ts";

export type StreamTarget = SendTarget & { readonly transport: StreamTransport };

/** What is counted, swept and closed: a connection, or the handshake that comes before one. */
interface Member {
  checkTimes(now: number): void;
  end(): void;
  destroy(): void;
}

/** Every connection of one transport: found again by id or by remote, counted by source, swept for time. */
export class Connections {
  readonly #context: TransportContext;
  readonly #tls: TlsEndpoint;
  readonly #webSockets: WebSocketAcceptor;
  readonly #admission: Admission;
  readonly #members = new Map<number, Member>();
  readonly #byRemote = new Map<string, Set<Connection>>();
  /** What we opened, with what it was opened for. */
  readonly #targets = new WeakMap<Connection, StreamTarget>();
  #nextId = 1;
  #sweep: NodeJS.Timeout | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(context: TransportContext, tls: TlsEndpoint) {
    this.#context = context;
    this.#tls = tls;
    this.#webSockets = new WebSocketAcceptor(context.settings);
    this.#admission = new Admission(context.settings);
  }

  /** Handshakes included. */
  get size(): number {
    return this.#members.size;
  }

  /** Takes an accepted socket, or closes it where a limit is reached. */
  accept(raw: Socket, transport: StreamTransport): void {
    const parts = this.#admit(raw, transport);
    if (parts === undefined) return;
    if (transport === "tcp") this.#add(new StreamConnection(parts, { socket: raw }));
    else this.#handshake(raw, parts);
  }

  /**
   * Takes a WebSocket that another HTTP server was asked for.
   * @returns the connection's id; undefined: a limit was reached, and the socket is closed
   */
  adopt(request: IncomingMessage, raw: Socket, head: Buffer): number | undefined {
    const parts = this.#admit(raw, "ws");
    if (parts === undefined) return undefined;
    this.#shake(raw, parts, (done) => this.#webSockets.adopt(request, raw, head, done));
    return parts.id;
  }

  #admit(raw: Socket, transport: StreamTransport): ConnectionParts | undefined {
    const { counters } = this.#context;
    const { remoteAddress, remotePort } = raw;
    // Gone between accept and here.
    if (remoteAddress === undefined || remotePort === undefined) {
      discard(raw);
      return undefined;
    }
    const admitted = this.#admission.admit(remoteAddress, this.#members.size);
    if (admitted === undefined) {
      counters.connectionsRefused++;
      discard(raw);
      return undefined;
    }
    counters.connectionsAccepted++;
    raw.once("close", () => this.#admission.release(admitted));
    return this.#parts(transport, true, remoteAddress, remotePort);
  }

  byId(id: number): Connection | undefined {
    const member = this.#members.get(id);
    return member instanceof Connection && member.usable ? member : undefined;
  }

  /** The newest living connection that a target may be sent to by. */
  find(target: StreamTarget): Connection | undefined {
    let found: Connection | undefined;
    for (const connection of this.#byRemote.get(remoteKey(target)) ?? []) {
      if (connection.usable && this.#serves(connection, target)) found = connection;
    }
    return found;
  }

  /**
   * Opens a connection.
   * @param localAddress to connect from, undefined for the system's choice
   * @throws SipTransportError too_many_connections
   */
  open(target: StreamTarget, localAddress: string | undefined): Connection {
    const { counters, settings } = this.#context;
    const { transport, address, port } = target;
    if (this.#members.size >= settings.maxConnections) {
      counters.connectionsRefused++;
      throw new SipTransportError(
        "too_many_connections",
        `No connection to ${address} port ${port}: ${settings.maxConnections} are open, which is the limit.`,
      );
    }
    counters.connectionsOpened++;
    const serverName = wantedName(target.serverName ?? address);
    const secure = transport === "tls" || transport === "wss";
    const socket = secure
      ? this.#tls.connect({ address, port, localAddress, serverName })
      : connect({ host: address, port, ...(localAddress === undefined ? {} : { localAddress }) });
    const parts = this.#parts(transport, false, address, port);
    const opening = {
      socket,
      opensBy: secure ? ("secureConnect" as const) : ("connect" as const),
      identify: () => (secure ? peerIdentity(socket as TLSSocket, serverName) : {}),
    };
    const connection =
      transport === "tcp" || transport === "tls"
        ? new StreamConnection(parts, opening)
        : new WebSocketConnection(parts, { ...opening, url: urlOf(target) });
    this.#targets.set(connection, target);
    this.#add(connection);
    return connection;
  }

  /** Closes all, what is written goes out first; resolves when they are gone, at most `graceMs` later. */
  async close(graceMs: number): Promise<void> {
    const closing = [...this.#members.values()];
    for (const member of closing) member.end();
    if (closing.length === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        for (const member of closing) member.destroy();
      }, graceMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#members.size === 0) this.#onEmpty();
    });
  }

  #parts(
    transport: StreamTransport,
    inbound: boolean,
    remoteAddress: string,
    remotePort: number,
  ): ConnectionParts {
    return {
      id: this.#nextId++,
      ...{ transport, inbound, remoteAddress, remotePort },
      context: this.#context,
      onClosed: (closed) => this.#remove(closed),
    };
  }

  /** What comes before a connection that is accepted stands: TLS, then the WebSocket's upgrade. */
  #handshake(raw: Socket, parts: ConnectionParts): void {
    const { transport } = parts;
    if (transport === "ws") {
      this.#shake(raw, parts, (done) => this.#webSockets.upgrade(raw, done));
      return;
    }
    const fail = this.#pending(raw, parts);
    this.#tls.secure(raw, (socket) => {
      if (socket instanceof Error) {
        raw.destroy();
        fail(socket);
        return;
      }
      const identity = peerIdentity(socket, undefined);
      if (transport !== "wss") this.#add(new StreamConnection(parts, { socket, identify: () => identity }));
      else
        this.#webSockets.upgrade(socket, (webSocket) =>
          this.#stand(parts, socket, webSocket, identity, fail),
        );
    });
  }

  #shake(
    raw: Socket,
    parts: ConnectionParts,
    upgrade: (done: (outcome: WebSocket | Error) => void) => void,
  ): void {
    const fail = this.#pending(raw, parts);
    upgrade((webSocket) => this.#stand(parts, raw, webSocket, {}, fail));
  }

  #stand(
    parts: ConnectionParts,
    socket: Socket,
    webSocket: WebSocket | Error,
    identity: PeerIdentity,
    fail: (error: Error) => void,
  ): void {
    if (webSocket instanceof Error) fail(webSocket);
    else this.#add(new WebSocketConnection(parts, { socket, webSocket, identity }));
  }

  /** Bounds what comes before a connection. @returns what tells that it failed */
  #pending(
    raw: Socket,
    { id, transport, remoteAddress, remotePort }: ConnectionParts,
  ): (error: Error) => void {
    const { counters, settings } = this.#context;
    const startedAt = performance.now();
    const destroy = (): void => void raw.destroy();
    this.#members.set(id, {
      checkTimes: (now) => {
        if (now - startedAt <= settings.handshakeTimeoutMs) return;
        counters.timeouts++;
        destroy();
      },
      ...{ end: destroy, destroy },
    });
    this.#schedule();
    const pending = this.#members.get(id);
    raw.once("close", () => {
      if (this.#members.get(id) === pending) this.#forget(id);
    });
    raw.on("error", () => counters.socketErrors++);
    return (error) => {
      counters.handshakeFailures++;
      settings.onHandshakeFailed?.({ transport, remoteAddress, remotePort, error });
    };
  }

  /** RFC 3261 §18 and RFC 5923: to the same address and port, and by TLS only to whom has proved the same name. */
  #serves(connection: Connection, target: StreamTarget): boolean {
    const opened = this.#targets.get(connection);
    if (opened !== undefined && (opened.path ?? "/") !== (target.path ?? "/")) return false;
    if (target.transport !== "tls" && target.transport !== "wss") return true;
    const wanted = target.serverName ?? target.address;
    if (opened !== undefined && wantedName(opened.serverName ?? opened.address) === wantedName(wanted))
      return true;
    return bearsName(connection.flow.peerNames ?? [], wanted, this.#tls.wildcards);
  }

  #add(connection: Connection): void {
    this.#members.set(connection.id, connection);
    const key = remoteKey(connection);
    const others = this.#byRemote.get(key);
    if (others === undefined) this.#byRemote.set(key, new Set([connection]));
    else others.add(connection);
    this.#schedule();
  }

  #remove(connection: Connection): void {
    const key = remoteKey(connection);
    const others = this.#byRemote.get(key);
    others?.delete(connection);
    if (others?.size === 0) this.#byRemote.delete(key);
    this.#forget(connection.id);
  }

  #forget(id: number): void {
    this.#members.delete(id);
    if (this.#members.size > 0) return;
    clearInterval(this.#sweep);
    this.#sweep = undefined;
    this.#onEmpty?.();
  }

  /** One timer for all connections, and none where there are none. */
  #schedule(): void {
    if (this.#sweep !== undefined) return;
    const { settings } = this.#context;
    const shortest = Math.min(
      settings.messageTimeoutMs,
      settings.firstMessageTimeoutMs,
      settings.handshakeTimeoutMs,
      settings.idleTimeoutMs,
      settings.connectTimeoutMs,
      settings.pongTimeoutMs,
    );
    const period = Math.min(1_000, Math.max(10, shortest / 4));
    this.#sweep = setInterval(() => {
      const now = performance.now();
      for (const member of this.#members.values()) member.checkTimes(now);
    }, period);
    this.#sweep.unref();
  }
}

function remoteKey(
  remote:
    | { transport: StreamTransport; address: string; port: number }
    | { transport: StreamTransport; remoteAddress: string; remotePort: number },
): string {
  return "address" in remote
    ? `${remote.transport} ${remote.address} ${remote.port}`
    : `${remote.transport} ${remote.remoteAddress} ${remote.remotePort}`;
}

function urlOf({ transport, address, port, serverName, path = "/" }: StreamTarget): string {
  const host = serverName ?? address;
  return `${transport}://${isIPv6(host) ? `[${host}]` : host}:${port}${path}`;
}

function discard(socket: Socket): void {
  socket.on("error", () => {});
  socket.destroy();
}
