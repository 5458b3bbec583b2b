import { createServer, isIPv6, type Server, type Socket } from "node:net";
import type { StreamTransport } from "./connection.ts";
import { listenError } from "./listen.ts";
import type { TransportContext } from "./options.ts";

/** One bound port of a transport with connections; gives accepted sockets on as they are, before any handshake. */
export class StreamListener {
  readonly transport: StreamTransport;
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly #server: Server;

  private constructor(server: Server, transport: StreamTransport, host: string, port: number) {
    this.#server = server;
    this.transport = transport;
    this.host = host;
    this.family = isIPv6(host) ? 6 : 4;
    this.port = port;
  }

  /** @throws SipTransportError listen_failed */
  static bind(
    transport: StreamTransport,
    host: string,
    port: number,
    context: TransportContext,
    onSocket: (socket: Socket, transport: StreamTransport) => void,
  ): Promise<StreamListener> {
    return new Promise((resolve, reject) => {
      const server = createServer((socket) => onSocket(socket, transport));
      let bound = false;
      // Stays: accept itself may fail later (out of descriptors), and that must end nothing.
      server.on("error", (error) => {
        if (bound) context.counters.socketErrors++;
        else reject(listenError(transport, host, port, error));
      });
      server.listen({ host, port, exclusive: true, ipv6Only: isIPv6(host), backlog: 511 }, () => {
        bound = true;
        const address = server.address();
        const real = typeof address === "object" && address ? address.port : port;
        resolve(new StreamListener(server, transport, host, real));
      });
    });
  }

  /** Accepts no more; resolves when its connections, too, are gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
