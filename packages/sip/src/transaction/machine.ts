/**
 * What the four transaction machines share: the timers of RFC 3261 §17.1.1.1 and the outputs that a machine asks
 * its owner to carry out. A machine knows no message, clock or socket: its input is a word, so that a machine's
 * file can be read beside the RFC's figure.
 */
export interface TimerValues {
  /** Round-trip estimate, ms (500 in RFC 3261). */
  readonly t1: number;
  /** Longest interval between retransmissions of non-INVITE requests and INVITE responses, ms (4,000). */
  readonly t2: number;
  /** Longest time a message stays in the network, ms (5,000). */
  readonly t4: number;
}

export const defaultTimerValues: TimerValues = { t1: 500, t2: 4000, t4: 5000 };

export interface MachineConfig {
  readonly timers: TimerValues;
  /** True on TCP, TLS and WebSocket: nothing is retransmitted, and timers D, I, J and K are zero. */
  readonly reliable: boolean;
}

/** Letters of RFC 3261 §17 table 4; L and M are RFC 6026's. */
export type TimerName = "A" | "B" | "D" | "E" | "F" | "G" | "H" | "I" | "J" | "K" | "L" | "M";

export type FailureCause = "timeout" | "transport-error";

export type Output =
  /** Send the message that came with the input, and keep it for "resend". */
  | { readonly type: "send" }
  /** Send the kept message again, if there is one. */
  | { readonly type: "resend" }
  /** Build the ACK to the non-2xx response that came with the input (§17.1.1.3), send it, keep it for "resend". */
  | { readonly type: "ack" }
  | { readonly type: "set-timer"; readonly timer: TimerName /** ms from now */; readonly after: number }
  | { readonly type: "clear-timer"; readonly timer: TimerName }
  /** Hand the message that came with the input to the transaction user. */
  | { readonly type: "deliver" }
  /** Tell the transaction user that no more will come of this. */
  | { readonly type: "fail"; readonly cause: FailureCause }
  /** The transaction is over: forget it. */
  | { readonly type: "terminate" };

export type Outputs = readonly Output[];

// Shared, so that a transition costs no allocation; the outputs are the same for every transaction.
export const send: Output = { type: "send" };
export const resend: Output = { type: "resend" };
export const ack: Output = { type: "ack" };
export const deliver: Output = { type: "deliver" };
export const terminate: Output = { type: "terminate" };
export const timedOut: Output = { type: "fail", cause: "timeout" };
export const transportFailed: Output = { type: "fail", cause: "transport-error" };

export const nothing: Outputs = [];
export const onlyResend: Outputs = [resend];
export const onlyDeliver: Outputs = [deliver];
export const onlySend: Outputs = [send];
export const onlyTerminate: Outputs = [terminate];
export const timeoutAndEnd: Outputs = [timedOut, terminate];
export const transportFailureAndEnd: Outputs = [transportFailed, terminate];

export function setTimer(timer: TimerName, after: number): Output {
  return { type: "set-timer", timer, after };
}

export function clearTimer(timer: TimerName): Output {
  return { type: "clear-timer", timer };
}
