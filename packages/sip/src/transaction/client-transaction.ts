import { type Flow, isReliable, type SendTarget } from "../environment.ts";
import { createRequest } from "../message/create.ts";
import { cseq, type SipMessage, type SipRequest, type SipResponse } from "../message/message.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { InviteClient } from "./invite-client.ts";
import type { FailureCause, TimerName, TimerValues } from "./machine.ts";
import { NonInviteClient } from "./non-invite-client.ts";
import { Runner, type TransactionContext } from "./runner.ts";
import type { TableEntry, TransactionTable } from "./transaction-table.ts";

/** What a client transaction tells the core above it. */
export interface ClientUser {
  onResponse(response: SipResponse, flow: Flow): void;
  /**
   * No final response came, or the request could not be sent; nothing else will follow.
   * @param error what the transport said, where it is the cause
   */
  onClientFailure(cause: FailureCause, error?: Error): void;
}

export interface ClientTransactionOptions {
  readonly context: TransactionContext;
  readonly table: TransactionTable<ClientTransaction>;
  /** Without a Via: the transaction puts it on. */
  readonly request: SipRequest;
  readonly target: Flow | SendTarget;
  /** sent-by of the Via towards a target: host (IPv6 in brackets) and port. */
  sentBy(target: Flow | SendTarget): string;
  /** Given for a CANCEL alone, which has its INVITE's branch (RFC 3261 §9.1). */
  readonly branch?: string;
  readonly user: ClientUser;
  readonly timers: TimerValues;
  readonly onEnd?: (transaction: ClientTransaction) => void;
  readonly detour?: Detour;
}

/** Another way for a request that is too large (RFC 3261 §18.1.1); `target` is for when nothing comes of it. */
export interface Detour {
  /** Bytes, Via included, from which on it is taken. */
  readonly limit: number;
  readonly target: SendTarget;
  /** No connection could be had, or none that brought an answer: the request now goes to the first target. */
  onRefused(transaction: ClientTransaction): void;
}

/** A running client transaction of either kind. */
export class ClientTransaction extends Runner implements TableEntry {
  readonly key: string;
  readonly mergeKey = undefined;
  readonly branch: string;
  readonly request: SipRequest;
  readonly #options: Pick<ClientTransactionOptions, "target" | "sentBy" | "timers">;
  #target: Flow | SendTarget;
  /** While the request is on its detour. */
  #detour: Detour | undefined;
  readonly #table: TransactionTable<ClientTransaction>;
  #machine: InviteClient | NonInviteClient;
  readonly #onEnd: ((transaction: ClientTransaction) => void) | undefined;
  #onSendError: (error: Error) => void;
  #user: ClientUser | undefined;
  #flow: Flow | undefined;
  #error: Error | undefined;

  /** Sends the request at once. */
  constructor(options: ClientTransactionOptions) {
    super(options.context);
    const { request, target, detour } = options;
    // §8.1.1.7: the cookie, then what no one else can guess, so that no one else can answer.
    this.branch = options.branch ?? `z9hG4bK${options.context.randomToken(12)}`;
    this.key = `${this.branch} ${request.method}`;
    this.request = request;
    this.#options = options;
    this.#target = target;
    this.#table = options.table;
    this.#user = options.user;
    this.#onEnd = options.onEnd;
    this.#onSendError = (error) => this.transportError(error);
    request.headers.prepend("Via", this.#via());
    let bytes = serialiseMessage(request);
    if (detour !== undefined && bytes.length > detour.limit) {
      this.#detour = detour;
      bytes = this.#redirect(detour.target);
    }
    this.#machine = this.#newMachine();
    this.#table.add(this);
    this.run(this.#machine.handle("start"), request, bytes);
  }

  /** Where the request has gone. */
  get target(): Flow | SendTarget {
    return this.#target;
  }

  get isOver(): boolean {
    return this.#machine.state === "terminated";
  }

  receive(response: SipResponse, flow: Flow): void {
    this.#flow = flow;
    const { status } = response;
    const machine = this.#machine;
    if (machine instanceof InviteClient) {
      const input = status < 200 ? "1xx" : status < 300 ? "2xx" : "3xx-6xx";
      this.run(machine.handle(input), response);
    } else {
      this.run(machine.handle(status < 200 ? "1xx" : "final"), response);
    }
  }

  transportError(error?: Error): void {
    const detour = this.#detour;
    // Once something has come back, the way is right.
    if (detour === undefined || this.#flow !== undefined || this.isOver) {
      this.#error ??= error;
      this.run(this.#machine.handle("transport error"));
      return;
    }
    this.#detour = undefined;
    detour.onRefused(this);
    const { target } = this.#options;
    const bytes = this.#redirect(target);
    this.#machine = this.#newMachine();
    this.run(this.#machine.handle("start"), this.request, bytes);
  }

  /** Ends without telling anyone: RFC 3261 §9.1, a cancelled INVITE that never gets its final response. */
  abandon(): void {
    this.#machine.state = "terminated";
    this.stop();
  }

  override onTimer(name: TimerName): void {
    const machine = this.#machine;
    if (machine instanceof InviteClient) {
      if (name === "A" || name === "B" || name === "D" || name === "M") {
        this.run(machine.handle(`timer ${name}`));
      }
    } else if (name === "E" || name === "F" || name === "K") this.run(machine.handle(`timer ${name}`));
  }

  protected override transmit(bytes: Buffer, message: SipMessage | undefined): void {
    this.context.transmit(this.target, bytes, message, this.key, this.#onSendError);
  }

  /** RFC 3261 §17.1.1.3: the INVITE's own Via and Route, the response's To. */
  protected override acknowledge(response: SipMessage): void {
    const { headers, uriText } = this.request;
    const ack = createRequest("ACK", uriText, {
      via: this.#via(),
      from: headers.get("From") ?? "",
      to: response.headers.get("To") ?? "",
      callId: headers.get("Call-ID") ?? "",
      cseq: cseq(this.request).seq,
    });
    for (const route of headers.getAll("Route")) ack.headers.append("Route", route);
    const bytes = serialiseMessage(ack);
    this.last = bytes;
    this.transmit(bytes, ack);
  }

  protected override deliver(message: SipMessage): void {
    if (message.kind !== "response" || this.#flow === undefined) return;
    this.#user?.onResponse(message, this.#flow);
  }

  protected override fail(cause: FailureCause): void {
    this.#user?.onClientFailure(cause, cause === "transport-error" ? this.#error : undefined);
  }

  protected override terminated(): void {
    this.#table.remove(this);
    this.#onEnd?.(this);
  }

  #newMachine(): InviteClient | NonInviteClient {
    const config = { timers: this.#options.timers, reliable: isReliable(this.#target.transport) };
    return this.request.method === "INVITE" ? new InviteClient(config) : new NonInviteClient(config);
  }

  /** The request with the Via of another target. What becomes of the first attempt is no news any more. */
  #redirect(target: Flow | SendTarget): Buffer {
    this.#target = target;
    this.request.headers.replaceFirst("Via", this.#via());
    this.#onSendError = (error) => {
      if (this.#target === target) this.transportError(error);
    };
    return serialiseMessage(this.request);
  }

  #via(): string {
    // RFC 3581 §3: rport asks for the answer on the port that the request came from.
    return `SIP/2.0/${this.target.transport.toUpperCase()} ${this.#options.sentBy(this.target)};branch=${this.branch};rport`;
  }
}
