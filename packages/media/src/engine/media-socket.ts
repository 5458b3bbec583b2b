// One UDP socket of a leg. Once it is known where packets go and come from, the socket is connected: the kernel
// then drops strangers, and a send needs no address to be looked at. Errors never leave here: UDP has nothing to
// close when a packet could not be sent, and ECONNREFUSED only says that the peer is not listening yet, or any more.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { isIPv6 } from "node:net";

export type DatagramHandler = (bytes: Buffer, source: RemoteInfo) => void;
type LookupCallback = (error: null, address: string, family: number) => void;

/** Addresses are always literals here: answering at once keeps sends and connects synchronous. */
function literalLookup(address: string, family: unknown, callback: LookupCallback): void {
  callback(null, address, family === 6 ? 6 : 4);
}

export class MediaSocket {
  readonly #socket: Socket;
  readonly #isIPv6: boolean;
  #address = "";
  #port = 0;
  #connected = false;
  #connecting = false;
  #closed = false;
  /** Errors that the socket told, ECONNREFUSED mostly. */
  errors = 0;

  private constructor(socket: Socket, ipv6: boolean) {
    this.#socket = socket;
    this.#isIPv6 = ipv6;
  }

  /** @param port 0 lets the system choose; @throws the system's error, EADDRINUSE for one */
  static bind(address: string, port: number, onDatagram: DatagramHandler): Promise<MediaSocket> {
    const ipv6 = isIPv6(address);
    const socket = createSocket({
      type: ipv6 ? "udp6" : "udp4",
      ipv6Only: ipv6,
      // the type asks for dns.lookup's overloads; dgram calls it with these three alone
      lookup: literalLookup as unknown as typeof import("node:dns").lookup,
    });
    return new Promise((resolve, reject) => {
      socket.once("error", (error) => {
        socket.close();
        reject(error);
      });
      socket.once("listening", () => {
        socket.removeAllListeners("error");
        const bound = new MediaSocket(socket, ipv6);
        socket.on("error", () => {
          bound.errors += 1;
        });
        socket.on("message", onDatagram);
        resolve(bound);
      });
      socket.bind({ port, address, exclusive: true });
    });
  }

  get port(): number {
    return this.#socket.address().port;
  }

  get connected(): boolean {
    return this.#connected;
  }

  /**
   * Says where packets go. @param address IP literal of this socket's family, else nothing is sent; @param port outside 1 to
   * 65535: nothing is sent; @param connect true once no other source is to be heard
   */
  setTarget(address: string, port: number, connect: boolean): void {
    if (this.#closed) return;
    const usable = port > 0 && port <= 65_535 && isIPv6(address) === this.#isIPv6;
    const same = address === this.#address && (usable ? port : 0) === this.#port;
    if (same && connect === (this.#connected || this.#connecting)) return;
    this.#address = address;
    this.#port = usable ? port : 0;
    this.#disconnect();
    if (connect && usable) this.#connect();
  }

  /** Sends now, or drops: before a target is known, while connecting, or where the system refuses. */
  send(packet: Uint8Array): boolean {
    if (this.#port === 0 || this.#closed || this.#connecting) return false;
    if (this.#connected) this.#socket.send(packet);
    else this.#socket.send(packet, this.#port, this.#address);
    return true;
  }

  /** Sends there, whatever the target is; nothing while it is connected. @param address IP literal of this socket's family */
  sendTo(packet: Uint8Array, address: string, port: number): void {
    if (this.#closed || this.#connected || this.#connecting) return;
    if (isIPv6(address) === this.#isIPv6) this.#socket.send(packet, port, address);
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve();
    this.#closed = true;
    return new Promise((resolve) => this.#socket.close(() => resolve()));
  }

  #disconnect(): void {
    // a connect under way finishes in its callback, which looks at the target again
    if (!this.#connected) return;
    this.#connected = false;
    try {
      this.#socket.disconnect();
    } catch {
      this.errors += 1;
    }
  }

  #connect(): void {
    if (this.#connecting) return;
    this.#connecting = true;
    const address = this.#address;
    const port = this.#port;
    this.#socket.connect(port, address, (error?: Error) => this.#onConnect(address, port, error));
    // with a literal address Node connects before it returns
    if (isConnected(this.#socket)) {
      this.#connecting = false;
      this.#connected = true;
    }
  }

  #onConnect(address: string, port: number, error: Error | undefined): void {
    if (!this.#connecting || this.#closed) return;
    this.#connecting = false;
    if (error !== undefined) {
      // stays unconnected: sends carry the address then
      this.errors += 1;
      return;
    }
    this.#connected = true;
    if (address !== this.#address || port !== this.#port) {
      const wanted = [this.#address, this.#port] as const;
      this.#disconnect();
      this.setTarget(...wanted, true);
    }
  }
}

function isConnected(socket: Socket): boolean {
  try {
    socket.remoteAddress();
    return true;
  } catch {
    return false;
  }
}
