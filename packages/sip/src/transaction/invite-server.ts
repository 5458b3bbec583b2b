import {
  clearTimer,
  type MachineConfig,
  nothing,
  type Outputs,
  onlyDeliver,
  onlyResend,
  onlySend,
  onlyTerminate,
  resend,
  send,
  setTimer,
  timedOut,
  timeoutAndEnd,
  transportFailed,
  transportFailureAndEnd,
} from "./machine.ts";

export type InviteServerState = "proceeding" | "completed" | "confirmed" | "accepted" | "terminated";

export type InviteServerInput =
  /** The INVITE again. */
  | "invite"
  | "ack"
  | "send 1xx"
  | "send 2xx"
  | "send 3xx-6xx"
  | "timer G"
  | "timer H"
  | "timer I"
  | "timer L"
  | "transport error";

const clearG = clearTimer("G");
const clearH = clearTimer("H");
const informOfTransportFailure: Outputs = [transportFailed];

/**
 * INVITE server transaction: RFC 3261 §17.2.1 (figure 7), with the Accepted state of RFC 6026 §7.1. The 2xx is
 * retransmitted by the transaction user, end to end (§13.3.1.4), never from here; the Accepted state is there to
 * absorb retransmitted INVITEs and to bring late ACKs up.
 */
export class InviteServer {
  state: InviteServerState = "proceeding";
  readonly #config: MachineConfig;
  #interval: number;

  constructor(config: MachineConfig) {
    this.#config = config;
    this.#interval = config.timers.t1;
  }

  handle(input: InviteServerInput): Outputs {
    switch (this.state) {
      case "proceeding":
        return this.#proceeding(input);
      case "completed":
        return this.#completed(input);
      case "confirmed":
        return input === "timer I" ? this.#end(onlyTerminate) : nothing;
      case "accepted":
        return this.#accepted(input);
      case "terminated":
        return nothing;
    }
  }

  #proceeding(input: InviteServerInput): Outputs {
    const { timers, reliable } = this.#config;
    switch (input) {
      case "invite":
        return onlyResend;
      case "send 1xx":
        return onlySend;
      case "send 2xx":
        this.state = "accepted";
        // RFC 6026 has 64·T1. The last repetition leaves shortly before that, and lives as long as T4 on its way.
        return [send, setTimer("L", 64 * timers.t1 + (reliable ? 0 : timers.t4))];
      case "send 3xx-6xx": {
        this.state = "completed";
        const limit = setTimer("H", 64 * timers.t1);
        return reliable ? [send, limit] : [send, limit, setTimer("G", this.#interval)];
      }
      case "transport error":
        return this.#end(transportFailureAndEnd);
      default:
        return nothing;
    }
  }

  #completed(input: InviteServerInput): Outputs {
    const { timers, reliable } = this.#config;
    switch (input) {
      case "invite":
        return onlyResend;
      case "timer G":
        this.#interval = Math.min(2 * this.#interval, timers.t2);
        return [resend, setTimer("G", this.#interval)];
      case "timer H":
        if (reliable) return this.#end(timeoutAndEnd);
        // As after an ACK: repetitions may still be on their way.
        this.state = "confirmed";
        return [timedOut, clearG, setTimer("I", timers.t4)];
      case "transport error":
        return this.#end(transportFailureAndEnd);
      case "ack":
        if (reliable) return this.#end([clearG, clearH, ...onlyTerminate]);
        this.state = "confirmed";
        return [clearG, clearH, setTimer("I", timers.t4)];
      default:
        return nothing;
    }
  }

  #accepted(input: InviteServerInput): Outputs {
    switch (input) {
      case "send 2xx":
        return onlySend;
      case "ack":
        return onlyDeliver;
      case "timer L":
        return this.#end(onlyTerminate);
      case "transport error":
        return informOfTransportFailure;
      default:
        return nothing;
    }
  }

  #end(outputs: Outputs): Outputs {
    this.state = "terminated";
    return outputs;
  }
}
