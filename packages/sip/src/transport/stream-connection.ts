import type { Socket } from "node:net";
import { StreamFramer } from "../message/stream-framer.ts";
import { Connection, type ConnectionParts } from "./connection.ts";
import type { PeerIdentity } from "./tls-endpoint.ts";

const ping = Buffer.from("\r\n\r\n");
const pong = Buffer.from("\r\n");

export interface StreamOptions {
  readonly socket: Socket;
  /** Event of the socket after which it stands; undefined where it does. */
  readonly opensBy?: "connect" | "secureConnect";
  /** What the remote has proved; asked once the connection stands. */
  identify?(): PeerIdentity;
}

/** TCP or TLS: a stream that is cut into messages by their Content-Length (RFC 3261 §18.3). */
export class StreamConnection extends Connection {
  readonly #socket: Socket;
  readonly #framer: StreamFramer;

  constructor(parts: ConnectionParts, { socket, opensBy, identify }: StreamOptions) {
    super(parts);
    this.#socket = socket;
    this.#framer = new StreamFramer(parts.context.settings.framing);
    socket.setNoDelay(true);
    // A remote that vanished without a word is found by the system.
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => this.failed(error));
    socket.on("data", (chunk) => this.#received(chunk));
    socket.on("close", () => this.closed());
    const stands = (): void =>
      this.opened({ localAddress: socket.localAddress, localPort: socket.localPort, ...identify?.() });
    if (opensBy === undefined) stands();
    else socket.once(opensBy, stands);
  }

  destroy(): void {
    this.#socket.destroy();
  }

  protected override get buffered(): number {
    return this.#socket.writableLength;
  }

  protected override write(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.#socket.write(bytes, done);
  }

  protected override writePing(): void {
    this.#framer.expectPong();
    this.#socket.write(ping);
  }

  protected override finishWriting(): void {
    this.#socket.end();
  }

  protected override finish(): void {
    this.#socket.destroySoon();
  }

  #received(chunk: Buffer): void {
    if (!this.came(chunk.length)) return;
    const outputs = this.#framer.push(chunk);
    let pings = 0;
    for (const output of outputs) {
      if (output.type === "message") {
        this.received(output.bytes);
        // The sink may have closed everything.
        if (this.#socket.destroyed) return;
      } else if (output.type === "keepalive-ping") {
        this.context.counters.keepalives++;
        pings++;
      } else if (output.type === "keepalive-pong") this.ponged();
      else {
        this.unreadable(output.code, output.head);
        return;
      }
    }
    // In one write: a chunk of nothing but pings holds thousands, and each write is a call to the system.
    if (pings > 0 && this.usable) {
      this.#socket.write(pings === 1 ? pong : Buffer.alloc(pings * pong.length, pong));
      this.checkBuffered();
    }
    this.messageState(this.#framer.pending, outputs.length > 0);
  }
}
