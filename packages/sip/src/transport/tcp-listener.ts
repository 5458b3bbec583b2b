import { createServer, isIPv6, type Server, type Socket } from "node:net";
import { listenError } from "./listen.ts";
import type { TransportContext } from "./options.ts";

/** One bound TCP port; gives accepted sockets on. */
export class TcpListener {
  readonly host: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly #server: Server;

  private constructor(server: Server, host: string, port: number) {
    this.#server = server;
    this.host = host;
    this.family = isIPv6(host) ? 6 : 4;
    this.port = port;
  }

  /** @throws SipTransportError listen_failed */
  static bind(
    host: string,
    port: number,
    context: TransportContext,
    onSocket: (socket: Socket) => void,
  ): Promise<TcpListener> {
    return new Promise((resolve, reject) => {
      const server = createServer(onSocket);
      let bound = false;
      // Stays: accept itself may fail later (out of descriptors), and that must end nothing.
      server.on("error", (error) => {
        if (bound) context.counters.socketErrors++;
        else reject(listenError("tcp", host, port, error));
      });
      server.listen({ host, port, exclusive: true, ipv6Only: isIPv6(host), backlog: 511 }, () => {
        bound = true;
        const address = server.address();
        resolve(new TcpListener(server, host, typeof address === "object" && address ? address.port : port));
      });
    });
  }

  /** Accepts no more; resolves when its connections, too, are gone. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }
}
