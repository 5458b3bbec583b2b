import {
  type MachineConfig,
  nothing,
  type Outputs,
  onlyResend,
  onlySend,
  onlyTerminate,
  send,
  setTimer,
  terminate,
  transportFailureAndEnd,
} from "./machine.ts";

export type NonInviteServerState = "trying" | "proceeding" | "completed" | "terminated";

export type NonInviteServerInput =
  /** The request again. */
  "request" | "send 1xx" | "send final" | "timer J" | "transport error";

const sendAndEnd: Outputs = [send, terminate];

/** Non-INVITE server transaction: RFC 3261 §17.2.2 (figure 8). */
export class NonInviteServer {
  state: NonInviteServerState = "trying";
  readonly #config: MachineConfig;

  constructor(config: MachineConfig) {
    this.#config = config;
  }

  handle(input: NonInviteServerInput): Outputs {
    switch (this.state) {
      case "trying":
        // Nothing was sent yet, so a repeated request has nothing to get.
        return input === "request" ? nothing : this.#waiting(input);
      case "proceeding":
        return input === "request" ? onlyResend : this.#waiting(input);
      case "completed":
        return this.#completed(input);
      case "terminated":
        return nothing;
    }
  }

  #waiting(input: NonInviteServerInput): Outputs {
    switch (input) {
      case "send 1xx":
        this.state = "proceeding";
        return onlySend;
      case "send final":
        if (this.#config.reliable) return this.#end(sendAndEnd);
        this.state = "completed";
        return [send, setTimer("J", 64 * this.#config.timers.t1)];
      case "transport error":
        return this.#end(transportFailureAndEnd);
      default:
        return nothing;
    }
  }

  #completed(input: NonInviteServerInput): Outputs {
    switch (input) {
      case "request":
        return onlyResend;
      case "timer J":
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
