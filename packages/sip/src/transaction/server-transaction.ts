import { type Flow, isReliable, type SendTarget } from "../environment.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { InviteServer } from "./invite-server.ts";
import type { FailureCause, MachineConfig, TimerName } from "./machine.ts";
import { NonInviteServer } from "./non-invite-server.ts";
import { Runner, type TransactionContext } from "./runner.ts";
import type { TableEntry, TransactionTable } from "./transaction-table.ts";

/** What a server transaction tells the core above it. */
export interface InviteServerUser {
  /** The INVITE is cancelled, and no final response was sent yet. */
  onCancel(request: SipRequest): void;
  /** No provisional response could be sent: the peer's connection is gone. */
  onServerFailure(cause: FailureCause): void;
}

export interface ServerTransactionOptions {
  readonly context: TransactionContext;
  readonly table: TransactionTable<ServerTransaction>;
  readonly key: string;
  readonly mergeKey: string | undefined;
  /** Where responses go. */
  readonly target: Flow | SendTarget;
  /** Of either kind of transport; shared by all transactions. */
  readonly config: { readonly reliable: MachineConfig; readonly unreliable: MachineConfig };
}

function configFor({ target, config }: ServerTransactionOptions): MachineConfig {
  return isReliable(target.transport) ? config.reliable : config.unreliable;
}

/** A running server transaction of either kind. It holds no request: the last response's bytes are all it repeats. */
export abstract class ServerTransaction extends Runner implements TableEntry {
  readonly key: string;
  readonly mergeKey: string | undefined;
  readonly target: Flow | SendTarget;
  readonly #table: TransactionTable<ServerTransaction>;
  #onSendError: ((error: Error) => void) | undefined;

  constructor(options: ServerTransactionOptions) {
    super(options.context);
    this.key = options.key;
    this.mergeKey = options.mergeKey;
    this.target = options.target;
    this.#table = options.table;
    if (isReliable(options.target.transport)) this.#onSendError = () => this.transportError();
    this.#table.add(this);
  }

  /** The same request again. */
  abstract repeated(): void;
  abstract respond(response: SipResponse, bytes?: Buffer): void;
  abstract transportError(): void;

  protected override transmit(bytes: Buffer, message: SipMessage | undefined): void {
    this.context.transmit(this.target, bytes, message, this.key, this.#onSendError);
  }
  protected override acknowledge(): void {}
  protected override deliver(): void {}
  protected override terminated(): void {
    this.#table.remove(this);
  }
}

export class InviteServerTransaction extends ServerTransaction {
  /** The call that this INVITE is about; a CANCEL finds it here. Let go with the final response. */
  user: InviteServerUser | undefined;
  /** Tag that our side of the dialog has, for the 200 to a CANCEL (RFC 3261 §9.2). */
  localTag: string | undefined;
  readonly #machine: InviteServer;

  constructor(options: ServerTransactionOptions) {
    super(options);
    this.#machine = new InviteServer(configFor(options));
  }

  get state(): InviteServer["state"] {
    return this.#machine.state;
  }

  override repeated(): void {
    this.run(this.#machine.handle("invite"));
  }

  /** ACK to a non-2xx final response. */
  acknowledged(): void {
    this.run(this.#machine.handle("ack"));
  }

  override respond(response: SipResponse, bytes: Buffer = serialiseMessage(response)): void {
    const { status } = response;
    const input = status < 200 ? "send 1xx" : status < 300 ? "send 2xx" : "send 3xx-6xx";
    this.run(this.#machine.handle(input), response, bytes);
    if (status >= 200) this.user = undefined;
    // The 2xx is repeated by the call, not from here.
    if (this.#machine.state === "accepted") this.last = undefined;
  }

  /** The 2xx again, on behalf of the call (RFC 3261 §13.3.1.4). */
  repeatSuccess(bytes: Buffer): void {
    this.run(this.#machine.handle("send 2xx"), undefined, bytes);
    this.last = undefined;
  }

  /** A provisional response again, the last by default, of the call's own accord (RFC 3261 §13.3.1.1, RFC 3262 §3). */
  repeatProvisional(bytes = this.last): void {
    if (bytes !== undefined) this.run(this.#machine.handle("send 1xx"), undefined, bytes);
  }

  /** Ends without a word, ever. */
  abandon(): void {
    this.#machine.state = "terminated";
    this.stop();
  }

  override transportError(): void {
    this.run(this.#machine.handle("transport error"));
  }

  override onTimer(name: TimerName): void {
    switch (name) {
      case "G":
      case "H":
      case "I":
      case "L":
        this.run(this.#machine.handle(`timer ${name}`));
    }
  }

  protected override fail(cause: FailureCause): void {
    this.user?.onServerFailure(cause);
  }

  protected override terminated(): void {
    super.terminated();
    this.user = undefined;
  }
}

export class NonInviteServerTransaction extends ServerTransaction {
  readonly #machine: NonInviteServer;

  constructor(options: ServerTransactionOptions) {
    super(options);
    this.#machine = new NonInviteServer(configFor(options));
  }

  override repeated(): void {
    this.run(this.#machine.handle("request"));
  }

  override respond(response: SipResponse, bytes: Buffer = serialiseMessage(response)): void {
    const input = response.status < 200 ? "send 1xx" : "send final";
    this.run(this.#machine.handle(input), response, bytes);
  }

  override transportError(): void {
    this.run(this.#machine.handle("transport error"));
  }

  override onTimer(name: TimerName): void {
    if (name === "J") this.run(this.#machine.handle("timer J"));
  }

  protected override fail(): void {}
}
