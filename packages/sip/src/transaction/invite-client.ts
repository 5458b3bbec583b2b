import {
  ack,
  clearTimer,
  deliver,
  type MachineConfig,
  nothing,
  type Outputs,
  onlyDeliver,
  onlyResend,
  onlyTerminate,
  resend,
  send,
  setTimer,
  terminate,
  timeoutAndEnd,
  transportFailureAndEnd,
} from "./machine.ts";

export type InviteClientState =
  | "initial"
  | "calling"
  | "proceeding"
  | "completed"
  | "accepted"
  | "terminated";

export type InviteClientInput =
  | "start"
  | "1xx"
  | "2xx"
  | "3xx-6xx"
  | "timer A"
  | "timer B"
  | "timer D"
  | "timer M"
  | "transport error";

const clearA = clearTimer("A");
const clearB = clearTimer("B");
/** §17.1.1.2: timer D is at least 32 seconds over an unreliable transport. */
const minimumTimerD = 32_000;

/**
 * INVITE client transaction: RFC 3261 §17.1.1 (figure 5), with the Accepted state of RFC 6026 §7.2, in which
 * repeated and forked 2xx responses still reach the transaction user, who acknowledges each.
 */
export class InviteClient {
  state: InviteClientState = "initial";
  readonly #config: MachineConfig;
  #interval: number;

  constructor(config: MachineConfig) {
    this.#config = config;
    this.#interval = config.timers.t1;
  }

  handle(input: InviteClientInput): Outputs {
    switch (this.state) {
      case "initial":
        return input === "start" ? this.#start() : nothing;
      case "calling":
        return this.#calling(input);
      case "proceeding":
        return this.#proceeding(input);
      case "completed":
        return this.#completed(input);
      case "accepted":
        if (input === "2xx") return onlyDeliver;
        return input === "timer M" ? this.#end(onlyTerminate) : nothing;
      case "terminated":
        return nothing;
    }
  }

  #start(): Outputs {
    this.state = "calling";
    const limit = setTimer("B", 64 * this.#config.timers.t1);
    return this.#config.reliable ? [send, limit] : [send, limit, setTimer("A", this.#interval)];
  }

  #calling(input: InviteClientInput): Outputs {
    switch (input) {
      case "timer A":
        this.#interval *= 2;
        return [resend, setTimer("A", this.#interval)];
      case "timer B":
        return this.#end(timeoutAndEnd);
      case "transport error":
        return this.#end(transportFailureAndEnd);
      case "1xx":
        this.state = "proceeding";
        // Once a provisional response came, how long it may ring is the transaction user's matter.
        return [clearA, clearB, deliver];
      default:
        return this.#final(input);
    }
  }

  #proceeding(input: InviteClientInput): Outputs {
    return input === "1xx" ? onlyDeliver : this.#final(input);
  }

  #final(input: InviteClientInput): Outputs {
    const { timers, reliable } = this.#config;
    if (input === "2xx") {
      this.state = "accepted";
      return [clearA, clearB, setTimer("M", 64 * timers.t1), deliver];
    }
    if (input !== "3xx-6xx") return nothing;
    if (reliable) {
      this.state = "terminated";
      return [clearA, clearB, ack, terminate, deliver];
    }
    this.state = "completed";
    return [clearA, clearB, ack, setTimer("D", Math.max(minimumTimerD, 64 * timers.t1)), deliver];
  }

  #completed(input: InviteClientInput): Outputs {
    switch (input) {
      case "3xx-6xx":
        return onlyResend;
      case "timer D":
        return this.#end(onlyTerminate);
      case "transport error":
        return this.#end(transportFailureAndEnd);
      default:
        return nothing;
    }
  }

  #end(outputs: Outputs): Outputs {
    this.state = "terminated";
    return outputs;
  }
}
