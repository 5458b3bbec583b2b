import type { Socket } from "node:net";
import { SipTransportError } from "../errors.ts";
import { StreamFramer } from "../message/stream-framer.ts";
import type { Flow } from "./flow.ts";
import type { SendErrorHandler, TransportContext } from "./options.ts";
import { sendError } from "./udp-listener.ts";

const pong = Buffer.from("\r\n");

/** One TCP connection, accepted or opened: cuts what comes into messages, bounds what goes and how long it takes. */
export class TcpConnection {
  readonly id: number;
  readonly inbound: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #framer: StreamFramer;
  readonly #context: TransportContext;
  readonly #onClosed: (connection: TcpConnection) => void;
  #flow: Flow | undefined;
  #connected: boolean;
  #reason: Error | undefined;
  #messages = 0;
  readonly #openedAt: number;
  #activeAt: number;
  /** When the message that is not whole yet began. */
  #messageSince: number | undefined;

  constructor(options: {
    id: number;
    inbound: boolean;
    socket: Socket;
    remoteAddress: string;
    remotePort: number;
    context: TransportContext;
    onClosed: (connection: TcpConnection) => void;
  }) {
    const { socket, context } = options;
    this.id = options.id;
    this.inbound = options.inbound;
    this.remoteAddress = options.remoteAddress;
    this.remotePort = options.remotePort;
    this.#socket = socket;
    this.#context = context;
    this.#onClosed = options.onClosed;
    this.#connected = options.inbound;
    this.#framer = new StreamFramer(context.settings.framing);
    this.#openedAt = performance.now();
    this.#activeAt = this.#openedAt;
    if (options.inbound) this.#flow = this.#makeFlow();
    socket.setNoDelay(true);
    // A remote that vanished without a word is found by the system.
    socket.setKeepAlive(true, 60_000);
    socket.on("error", (error) => {
      context.counters.socketErrors++;
      this.#reason ??= error;
    });
    socket.on("connect", () => {
      this.#connected = true;
      this.#activeAt = performance.now();
      this.#flow = this.#makeFlow();
    });
    socket.on("data", (chunk) => this.#received(chunk));
    socket.on("close", () => this.#closed());
  }

  get flow(): Flow {
    return this.#flow ?? this.#makeFlow();
  }

  /** False once it is closing: nothing sent by it would arrive. */
  get usable(): boolean {
    return !this.#socket.destroyed && !this.#socket.writableEnded;
  }

  send(bytes: Buffer, onError: SendErrorHandler | undefined): void {
    const { counters, settings } = this.#context;
    counters.streamMessagesSent++;
    this.#activeAt = performance.now();
    this.#socket.write(bytes, (error) => {
      if (!error) return;
      counters.sendErrors++;
      onError?.(sendError("tcp", this.remoteAddress, this.remotePort, this.#reason ?? error));
    });
    this.#checkBuffered(settings.maxBufferedBytes);
  }

  /** Cuts the connection when one of its times is over. Called every second or so. */
  checkTimes(now: number): void {
    const { settings } = this.#context;
    if (!this.#connected) {
      if (now - this.#openedAt > settings.connectTimeoutMs)
        this.#cut("connect_failed", "did not open in time");
    } else if (this.#messageSince !== undefined && now - this.#messageSince > settings.messageTimeoutMs) {
      this.#cut("message_timeout", "began a message and did not finish it in time");
    } else if (
      this.inbound &&
      this.#messages === 0 &&
      now - this.#openedAt > settings.firstMessageTimeoutMs
    ) {
      this.#cut("message_timeout", "brought no message in time");
    } else if (now - this.#activeAt > settings.idleTimeoutMs) {
      this.#cut("connection_closed", "was idle for too long");
    }
  }

  /** What is written still goes out; `destroy` does not wait for it. */
  end(): void {
    this.#socket.destroySoon();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #makeFlow(): Flow {
    return {
      transport: "tcp",
      localAddress: this.#socket.localAddress ?? "",
      localPort: this.#socket.localPort ?? 0,
      remoteAddress: this.remoteAddress,
      remotePort: this.remotePort,
      connectionId: this.id,
    };
  }

  #received(chunk: Buffer): void {
    const { counters } = this.#context;
    this.#activeAt = performance.now();
    const outputs = this.#framer.push(chunk);
    let pings = 0;
    for (const output of outputs) {
      if (output.type === "message") {
        this.#messages++;
        counters.streamMessagesReceived++;
        this.#context.receive(output.bytes, this.flow);
        // The sink may have closed everything.
        if (this.#socket.destroyed) return;
      } else if (output.type === "keepalive-ping") {
        counters.keepalives++;
        pings++;
      } else {
        counters.framingErrors++;
        this.#reason = new SipTransportError(
          "framing_error",
          `The stream from ${this.remoteAddress} port ${this.remotePort} cannot be cut into messages (${output.code}).`,
        );
        this.#socket.destroy();
        return;
      }
    }
    // In one write: a chunk of nothing but pings holds thousands, and each write is a call to the system.
    if (pings > 0) {
      this.#socket.write(pings === 1 ? pong : Buffer.alloc(pings * pong.length, pong));
      this.#checkBuffered(this.#context.settings.maxBufferedBytes);
    }
    if (!this.#framer.pending) this.#messageSince = undefined;
    else if (outputs.length > 0) this.#messageSince = this.#activeAt;
    else this.#messageSince ??= this.#activeAt;
  }

  #checkBuffered(limit: number): void {
    if (this.#socket.writableLength > limit) this.#cut("write_buffer_full", "does not read what we send");
  }

  #cut(
    code: "connect_failed" | "connection_closed" | "message_timeout" | "write_buffer_full",
    what: string,
  ): void {
    if (this.#socket.destroyed) return;
    this.#context.counters.timeouts++;
    const sentence = `The connection with ${this.remoteAddress} port ${this.remotePort} ${what}.`;
    this.#socket.destroy(new SipTransportError(code, sentence));
  }

  #closed(): void {
    this.#context.counters.connectionsClosed++;
    this.#onClosed(this);
    this.#context.connectionClosed(this.flow, this.#reason);
  }
}
