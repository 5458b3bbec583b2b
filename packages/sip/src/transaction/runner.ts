import type { Flow, SendTarget } from "../environment.ts";
import type { SipMessage } from "../message/message.ts";
import type { FailureCause, Output, Outputs, TimerName } from "./machine.ts";
import type { Timer, TimerOwner, TimerQueue } from "./timer-queue.ts";

/** What a running transaction needs of the user agent around it. */
export interface TransactionContext {
  readonly timers: TimerQueue;
  now(): number;
  randomToken(bytes: number): string;
  /**
   * @param message what `bytes` say, where it is still at hand; a retransmission brings bytes alone
   * @param transaction key of the transaction that it belongs to, for the trace; an ACK to a 2xx belongs to none
   */
  transmit(
    target: Flow | SendTarget,
    bytes: Buffer,
    message: SipMessage | undefined,
    transaction: string | undefined,
    onError?: (error: Error) => void,
  ): void;
}

/**
 * Carries out what a machine puts out. Timers A, E and G repeat a message, all others bound a state, and no machine
 * runs two of one kind at a time: two places hold every timer that a transaction can have.
 */
export abstract class Runner implements TimerOwner<TimerName> {
  protected readonly context: TransactionContext;
  /** The message sent last, for retransmission. */
  protected last: Buffer | undefined;
  #repeat: Timer | undefined;
  #limit: Timer | undefined;

  constructor(context: TransactionContext) {
    this.context = context;
  }

  abstract onTimer(name: TimerName, now: number): void;
  protected abstract transmit(bytes: Buffer, message: SipMessage | undefined): void;
  protected abstract acknowledge(message: SipMessage): void;
  protected abstract deliver(message: SipMessage): void;
  protected abstract fail(cause: FailureCause): void;
  protected abstract terminated(): void;

  /** @param message the one that came with the machine's input */
  protected run(outputs: Outputs, message?: SipMessage, bytes?: Buffer): void {
    for (const output of outputs) this.#carryOut(output, message, bytes);
  }

  #carryOut(output: Output, message: SipMessage | undefined, bytes: Buffer | undefined): void {
    switch (output.type) {
      case "send":
        if (bytes === undefined) return;
        this.last = bytes;
        this.transmit(bytes, message);
        return;
      case "resend":
        if (this.last !== undefined) this.transmit(this.last, undefined);
        return;
      case "ack":
        if (message !== undefined) this.acknowledge(message);
        return;
      case "set-timer":
        this.#set(output.timer, output.after);
        return;
      case "clear-timer":
        if (isRepeating(output.timer)) this.context.timers.cancel(this.#repeat);
        else this.context.timers.cancel(this.#limit);
        return;
      case "deliver":
        if (message !== undefined) this.deliver(message);
        return;
      case "fail":
        this.fail(output.cause);
        return;
      case "terminate":
        this.stop();
    }
  }

  /** Forgets timers and bytes; the machine has to be in its terminated state, or out of use. */
  protected stop(): void {
    this.context.timers.cancel(this.#repeat);
    this.context.timers.cancel(this.#limit);
    this.#repeat = undefined;
    this.#limit = undefined;
    this.last = undefined;
    this.terminated();
  }

  #set(name: TimerName, after: number): void {
    const { timers } = this.context;
    if (isRepeating(name)) {
      timers.cancel(this.#repeat);
      this.#repeat = timers.set(this.context.now(), after, this, name);
    } else {
      timers.cancel(this.#limit);
      this.#limit = timers.set(this.context.now(), after, this, name);
    }
  }
}

function isRepeating(name: TimerName): boolean {
  return name === "A" || name === "E" || name === "G";
}
