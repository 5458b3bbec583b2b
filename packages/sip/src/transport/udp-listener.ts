import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";
import { sendError } from "./connection.ts";
import type { Flow } from "./flow.ts";
import { isWildcard, listenError } from "./listen.ts";
import type { SendErrorHandler, TransportContext } from "./options.ts";

/** One bound UDP socket. */
export class UdpListener {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly #socket: Socket;
  readonly #context: TransportContext;
  /** The local address of flows, where it does not depend on the remote. */
  readonly #fixedAddress: string | undefined;

  private constructor(socket: Socket, host: string, context: TransportContext) {
    this.#socket = socket;
    this.#context = context;
    this.host = host;
    this.family = isIPv6(host) ? 6 : 4;
    this.port = socket.address().port;
    this.#fixedAddress = isWildcard(host) ? undefined : host;
    socket.on("message", (bytes, remote) => this.#received(bytes, remote));
  }

  /** @throws SipTransportError listen_failed */
  static bind(host: string, port: number, context: TransportContext): Promise<UdpListener> {
    return new Promise((resolve, reject) => {
      const ipv6 = isIPv6(host);
      const socket = createSocket({
        type: ipv6 ? "udp6" : "udp4",
        // "::" beside "0.0.0.0" on one port: each takes its own family, and no address comes IPv4-mapped.
        ipv6Only: ipv6,
        // Targets are IP literals: no name is ever looked up, and no tick is lost to find that out.
        lookup: (name, _options, callback) => callback(null, name, ipv6 ? 6 : 4),
      });
      let bound = false;
      // Stays for the socket's life: a send without a callback reports here, and nothing may be thrown.
      socket.on("error", (error) => {
        if (bound) {
          context.counters.socketErrors++;
          return;
        }
        socket.close();
        reject(listenError("udp", host, port, error));
      });
      socket.bind({ address: host, port, exclusive: true }, () => {
        bound = true;
        try {
          socket.setRecvBufferSize(context.settings.receiveBufferBytes);
        } catch {
          // The system's limit stands; a smaller buffer only loses datagrams earlier.
        }
        resolve(new UdpListener(socket, host, context));
      });
    });
  }

  /** @param address IP literal of this listener's family */
  send(bytes: Buffer, address: string, port: number, onError: SendErrorHandler | undefined): void {
    const { counters } = this.#context;
    counters.datagramsSent++;
    try {
      if (onError === undefined) {
        // The cheapest way: an error comes by the socket's event, and is counted there.
        this.#socket.send(bytes, 0, bytes.length, port, address);
        return;
      }
      this.#socket.send(bytes, 0, bytes.length, port, address, (error) => {
        if (error === null) return;
        counters.sendErrors++;
        onError(sendError("udp", address, port, error));
      });
    } catch (error) {
      counters.sendErrors++;
      const failure = sendError("udp", address, port, error);
      // Never from inside the call: the sender may be in the middle of a state of its own.
      if (onError !== undefined) queueMicrotask(() => onError(failure));
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#socket.close(resolve));
  }

  #received(bytes: Buffer, remote: RemoteInfo): void {
    const { counters } = this.#context;
    if (isKeepalive(bytes)) {
      counters.keepalives++;
      return;
    }
    counters.datagramsReceived++;
    // A port of 0 cannot be answered; only a forged packet has it.
    if (remote.port === 0) return;
    const flow: Flow = {
      transport: "udp",
      localAddress: this.#fixedAddress ?? this.#context.localAddressFor(remote.address),
      localPort: this.port,
      remoteAddress: remote.address,
      remotePort: remote.port,
    };
    this.#context.receive(bytes, flow);
  }
}

/** Phones hold their NAT binding open by CRLFs, a few NULs, or nothing at all. */
function isKeepalive(bytes: Buffer): boolean {
  if (bytes.length > 4) return false;
  for (const byte of bytes) if (byte !== 13 && byte !== 10 && byte !== 0 && byte !== 32) return false;
  return true;
}
