import { SipTransportError, type SipTransportErrorCode } from "../errors.ts";
import type { FramingErrorCode } from "../message/stream-framer.ts";
import type { Flow, TransportName } from "./flow.ts";
import type { SendErrorHandler, TransportContext } from "./options.ts";
import type { PeerIdentity } from "./tls-endpoint.ts";

/** Transports with connections. */
export type StreamTransport = Exclude<TransportName, "udp">;

export interface ConnectionParts {
  readonly id: number;
  readonly transport: StreamTransport;
  /** False for one that we opened. */
  readonly inbound: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly context: TransportContext;
  onClosed(connection: Connection): void;
}

/** Our end of a connection that stands, and what the other end proved of itself. */
export interface Standing extends PeerIdentity {
  readonly localAddress: string | undefined;
  readonly localPort: number | undefined;
}

interface Message {
  readonly bytes: Buffer;
  readonly onError: SendErrorHandler | undefined;
  /** Gives it up while it waits. */
  readonly timer?: NodeJS.Timeout;
}

/** ms without a message after which nothing is under way any more (64·T1, RFC 3261 §17). */
const quietMs = 32_000;
/** ms for the remote to read our last words, and bytes of its own that are thrown away meanwhile. */
const lingerMs = 2_000;
const lingerBytes = 262_144;

const doubleCrlf = Buffer.from("\r\n\r\n");

/** One connection, accepted or opened: bounds what goes and how long everything takes. Subclasses know its framing. */
export abstract class Connection {
  readonly id: number;
  readonly transport: StreamTransport;
  readonly inbound: boolean;
  readonly remoteAddress: string;
  readonly remotePort: number;
  protected readonly context: TransportContext;
  /** Why it is being closed; undefined where the remote wants it. */
  protected reason: Error | undefined;
  readonly #onClosed: (connection: Connection) => void;
  #flow: Flow | undefined;
  /** What waits until it stands, and with TLS until the remote has proved its name; undefined from then on. */
  #waiting: Message[] | undefined = [];
  #state: "alive" | "ending" | "closed" = "alive";
  readonly #openedAt: number;
  /** Last traffic, last message in either direction. */
  #activeAt: number;
  #messageAt: number;
  #messages = 0;
  /** When the message that is not whole yet began. */
  #messageSince: number | undefined;
  #sent = 0;
  #lingerUntil: number | undefined;
  #lingered = 0;
  #keepAlive: { readonly everyMs: number; dueAt: number } | undefined;
  #answersPings = false;
  #pinged = false;
  /** When the ping that has no answer yet was sent. */
  #unansweredSince: number | undefined;

  constructor(parts: ConnectionParts) {
    this.id = parts.id;
    this.transport = parts.transport;
    this.inbound = parts.inbound;
    this.remoteAddress = parts.remoteAddress;
    this.remotePort = parts.remotePort;
    this.context = parts.context;
    this.#onClosed = parts.onClosed;
    this.#openedAt = performance.now();
    this.#activeAt = this.#openedAt;
    this.#messageAt = this.#openedAt;
  }

  /** Bytes that were written and that the remote has not taken. */
  protected abstract get buffered(): number;
  protected abstract write(bytes: Buffer, done: (error?: Error | null) => void): void;
  protected abstract writePing(): void;
  /** What is written goes out, nothing more is; what comes in is still read. */
  protected abstract finishWriting(): void;
  /** As `finishWriting`, and then it closes. */
  protected abstract finish(): void;
  abstract destroy(): void;

  get flow(): Flow {
    return this.#flow ?? this.#makeFlow({ localAddress: undefined, localPort: undefined });
  }

  /** False once it is closing: nothing sent by it would arrive. */
  get usable(): boolean {
    return this.#state === "alive" && this.#lingerUntil === undefined;
  }

  /**
   * Sends a message. A bare double CRLF is a ping (RFC 5626 §4.4.1).
   * @param withinMs the time that it may wait for the connection to open
   */
  send(bytes: Buffer, onError: SendErrorHandler | undefined, withinMs?: number): void {
    if (bytes.length === doubleCrlf.length && bytes.equals(doubleCrlf)) {
      this.#ping(performance.now());
      return;
    }
    this.context.counters.streamMessagesSent++;
    this.#sent++;
    this.#activeAt = this.#messageAt = performance.now();
    if (this.#waiting === undefined) this.#write({ bytes, onError });
    else this.#waiting.push(this.#withLimit({ bytes, onError }, withinMs));
    this.checkBuffered();
  }

  /**
   * Pings the remote from now on, each time after 80 to 100 % of `everyMs` (RFC 5626 §4.4.1).
   * @param answers it is known to answer; else a missing answer means something only once one has come
   */
  keepAlive(everyMs: number, answers: boolean): void {
    this.#keepAlive = { everyMs, dueAt: nextPing(performance.now(), everyMs) };
    this.#answersPings ||= answers;
  }

  /** Cuts the connection when one of its times is over. Called every second or so. */
  checkTimes(now: number): void {
    const { settings } = this.context;
    if (this.#waiting !== undefined) {
      if (now - this.#openedAt > settings.connectTimeoutMs)
        this.#cut("connect_failed", "did not open in time");
    } else if (this.#lingerUntil !== undefined) {
      if (now > this.#lingerUntil) this.destroy();
    } else if (this.#messageSince !== undefined && now - this.#messageSince > settings.messageTimeoutMs) {
      this.#cut("message_timeout", "began a message and did not finish it in time");
    } else if (
      this.inbound &&
      this.#messages === 0 &&
      now - this.#openedAt > settings.firstMessageTimeoutMs
    ) {
      this.#cut("message_timeout", "brought no message in time");
    } else if (this.#unansweredSince !== undefined && now - this.#unansweredSince > settings.pongTimeoutMs) {
      this.#cut("keepalive_failed", "did not answer a keep-alive");
    } else if (now - this.#activeAt > settings.idleTimeoutMs) {
      this.#cut("connection_closed", "was idle for too long");
    } else if (this.#keepAlive !== undefined && now >= this.#keepAlive.dueAt) {
      this.#ping(now);
    } else if (!this.#pinged && now - this.#openedAt > settings.maxAgeMs && now - this.#messageAt > quietMs) {
      // What we ping is wanted, and proves each time that it is alive.
      this.end(this.#error("connection_closed", "has reached its age"));
    }
  }

  /** What is written still goes out; `destroy` does not wait for it. */
  end(reason?: Error): void {
    if (this.#state !== "alive") return;
    this.reason ??= reason;
    this.#state = "ending";
    if (this.#waiting === undefined) this.finish();
    else this.destroy();
  }

  /** It stands: what has waited goes out. */
  protected opened(standing: Standing): void {
    this.#flow = this.#makeFlow(standing);
    this.#activeAt = performance.now();
    const waiting = this.#waiting ?? [];
    this.#waiting = undefined;
    for (const one of waiting) {
      clearTimeout(one.timer);
      this.#write(one);
    }
  }

  protected received(bytes: Buffer): void {
    this.#messages++;
    this.#messageAt = this.#activeAt;
    this.context.counters.streamMessagesReceived++;
    this.context.receive(bytes, this.flow);
  }

  protected ponged(): void {
    this.context.counters.keepalives++;
    this.#answersPings = true;
    this.#unansweredSince = undefined;
  }

  /**
   * Something came in.
   * @returns false when nobody is to read it any more
   */
  protected came(bytes: number): boolean {
    this.#activeAt = performance.now();
    if (this.#lingerUntil === undefined) return this.#state !== "closed";
    this.#lingered += bytes;
    if (this.#lingered > lingerBytes) this.destroy();
    return false;
  }

  /** @param pending part of a message is there @param progress something whole came since this was last said */
  protected messageState(pending: boolean, progress: boolean): void {
    if (!pending) this.#messageSince = undefined;
    else if (progress) this.#messageSince = this.#activeAt;
    else this.#messageSince ??= this.#activeAt;
  }

  /**
   * What comes cannot be read any further: the sink may answer the request that it began as, then it is closed.
   * @param head the header block as far as it was read
   */
  protected unreadable(code: FramingErrorCode, head: Buffer): void {
    this.#broken(code);
    const sent = this.#sent;
    this.context.unreadable(head, this.flow, code);
    if (this.#state === "closed") return;
    if (this.#sent === sent) {
      this.destroy();
      return;
    }
    this.#linger();
    this.finishWriting();
  }

  /** The same where the framing itself has told the remote. */
  protected broken(what: string): void {
    this.#broken(what);
    this.#linger();
  }

  #broken(what: string): void {
    this.context.counters.framingErrors++;
    this.reason ??= new SipTransportError(
      "framing_error",
      `What comes from ${this.#remote} cannot be cut into messages (${what}).`,
    );
  }

  /** Closed at once, with bytes of the remote unread, the system would reset it, and our last words would be lost. */
  #linger(): void {
    this.#lingerUntil ??= performance.now() + lingerMs;
  }

  protected failed(error: Error): void {
    this.context.counters.socketErrors++;
    this.reason ??= error;
  }

  protected checkBuffered(): void {
    const waiting = this.#waiting?.reduce((sum, { bytes }) => sum + bytes.length, 0) ?? 0;
    if (waiting + this.buffered > this.context.settings.maxBufferedBytes)
      this.#cut("write_buffer_full", "does not read what we send");
  }

  /** Nothing comes or goes any more. */
  protected closed(): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.context.counters.connectionsClosed++;
    const waiting = this.#waiting ?? [];
    this.#waiting = [];
    this.#onClosed(this);
    this.context.connectionClosed(this.flow, this.reason);
    for (const one of waiting) this.#unsent(one);
  }

  #withLimit(message: Message, withinMs: number | undefined): Message {
    if (withinMs === undefined) return message;
    const limited: Message = {
      ...message,
      timer: setTimeout(() => {
        this.#waiting = this.#waiting?.filter((one) => one !== limited);
        this.#unsent(limited);
      }, withinMs),
    };
    return limited;
  }

  #unsent({ onError, timer }: Message): void {
    clearTimeout(timer);
    this.context.counters.sendErrors++;
    onError?.(this.#notOpened());
  }

  #write({ bytes, onError }: Message): void {
    this.write(bytes, (error) => {
      if (!error) return;
      this.context.counters.sendErrors++;
      onError?.(sendError(this.transport, this.remoteAddress, this.remotePort, this.reason ?? error));
    });
  }

  #ping(now: number): void {
    if (this.#waiting !== undefined || !this.usable) return;
    this.#pinged = true;
    this.#activeAt = now;
    if (this.#keepAlive !== undefined) this.#keepAlive.dueAt = nextPing(now, this.#keepAlive.everyMs);
    if (this.#answersPings) this.#unansweredSince ??= now;
    this.writePing();
    this.checkBuffered();
  }

  #cut(code: SipTransportErrorCode, what: string): void {
    if (this.#state === "closed") return;
    this.context.counters.timeouts++;
    this.reason ??= this.#error(code, what);
    this.destroy();
  }

  #error(code: SipTransportErrorCode, what: string): SipTransportError {
    return new SipTransportError(code, `The connection with ${this.#remote} ${what}.`);
  }

  #notOpened(): SipTransportError {
    const { reason } = this;
    if (reason instanceof SipTransportError) return reason;
    const why = reason?.message ?? (this.#state === "closed" ? "it was closed" : "it did not open in time");
    return new SipTransportError(
      "connect_failed",
      `No connection by ${this.transport} with ${this.#remote}: ${why}.`,
      reason,
    );
  }

  get #remote(): string {
    return `${this.remoteAddress} port ${this.remotePort}`;
  }

  #makeFlow({ localAddress, localPort, ...identity }: Standing): Flow {
    return {
      transport: this.transport,
      localAddress: localAddress ?? "",
      localPort: localPort ?? 0,
      remoteAddress: this.remoteAddress,
      remotePort: this.remotePort,
      connectionId: this.id,
      ...(!this.inbound && { outbound: true as const }),
      ...identity,
    };
  }
}

function nextPing(now: number, everyMs: number): number {
  return now + everyMs * (0.8 + 0.2 * Math.random());
}

export function sendError(
  protocol: string,
  address: string,
  port: number,
  cause: unknown,
): SipTransportError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new SipTransportError(
    "send_failed",
    `Sending by ${protocol} to ${address} port ${port} failed: ${reason}.`,
    cause,
  );
}
