import {
  clearTimer,
  deliver,
  type MachineConfig,
  nothing,
  type Outputs,
  onlyDeliver,
  onlyTerminate,
  resend,
  send,
  setTimer,
  terminate,
  timeoutAndEnd,
  transportFailureAndEnd,
} from "./machine.ts";

export type NonInviteClientState = "initial" | "trying" | "proceeding" | "completed" | "terminated";

export type NonInviteClientInput =
  | "start"
  | "1xx"
  | "final"
  | "timer E"
  | "timer F"
  | "timer K"
  | "transport error";

const clearE = clearTimer("E");
const clearF = clearTimer("F");

/** Non-INVITE client transaction: RFC 3261 §17.1.2 (figure 6). */
export class NonInviteClient {
  state: NonInviteClientState = "initial";
  readonly #config: MachineConfig;
  #interval: number;

  constructor(config: MachineConfig) {
    this.#config = config;
    this.#interval = config.timers.t1;
  }

  handle(input: NonInviteClientInput): Outputs {
    switch (this.state) {
      case "initial":
        return input === "start" ? this.#start() : nothing;
      case "trying":
      case "proceeding":
        return this.#waiting(input);
      case "completed":
        return input === "timer K" ? this.#end(onlyTerminate) : nothing;
      case "terminated":
        return nothing;
    }
  }

  #start(): Outputs {
    this.state = "trying";
    const limit = setTimer("F", 64 * this.#config.timers.t1);
    return this.#config.reliable ? [send, limit] : [send, limit, setTimer("E", this.#interval)];
  }

  #waiting(input: NonInviteClientInput): Outputs {
    const { timers, reliable } = this.#config;
    switch (input) {
      case "timer E":
        // A provisional response slows retransmission to T2 but does not stop it (§17.1.2.2).
        this.#interval = this.state === "trying" ? Math.min(2 * this.#interval, timers.t2) : timers.t2;
        return [resend, setTimer("E", this.#interval)];
      case "timer F":
        return this.#end(timeoutAndEnd);
      case "transport error":
        return this.#end(transportFailureAndEnd);
      case "1xx":
        this.state = "proceeding";
        return onlyDeliver;
      case "final":
        if (reliable) return this.#end([clearE, clearF, terminate, deliver]);
        this.state = "completed";
        return [clearE, clearF, setTimer("K", timers.t4), deliver];
      default:
        return nothing;
    }
  }

  #end(outputs: Outputs): Outputs {
    this.state = "terminated";
    return outputs;
  }
}
