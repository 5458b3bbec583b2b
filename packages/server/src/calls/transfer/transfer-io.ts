// What a transfer's machine is told, and what it wants done.
import type { PostDial } from "../dial/post-dial.ts";
import type { TransferOutcome, TransferResult, TransferTarget } from "./transfer-plan.ts";

/** Names one call of ours to a target; never used twice in a transfer. */
export type DialId = number;

/** How a dial failed: the `DialFailure` of the dialer, as far as it matters here. */
export interface FailedDial {
  readonly outcome: TransferOutcome;
  readonly status: number;
  readonly reason: string;
}

export type TransferTimer =
  | "attempt"
  | "digits"
  | "telling"
  | "confirm"
  | "prompt"
  | "connecting"
  | "settling"
  | "refer";

export type TransferInput =
  | { type: "start" }
  /** 18x. */
  | { type: "ringing"; dial: DialId; status: number }
  | { type: "answered"; dial: DialId }
  | ({ type: "dialFailed"; dial: DialId } & FailedDial)
  /** The digits after the answer have been sent, or could not be. */
  | { type: "digitsSent"; dial: DialId }
  /** What was announced is over: heard, cut off, or not to be said at all. */
  | { type: "announced"; dial: DialId }
  | { type: "key"; dial: DialId; key: string }
  /** The person said something; undefined: it was not understood. */
  | { type: "speech"; dial: DialId; text: string | undefined }
  /** Caller and person hear each other. */
  | { type: "connected"; dial: DialId }
  | { type: "connectFailed"; dial: DialId; reason: string }
  /** "lost": no BYE, but a time-out, a broken connection or no audio any more. */
  | { type: "personGone"; dial: DialId; how: "hung-up" | "lost" }
  /** The caller hung up, or his call was ended by anything else. */
  | { type: "callerGone" }
  | { type: "cancel" }
  | { type: "held"; by: "caller" | "person"; on: boolean }
  | { type: "timer"; timer: TransferTimer }
  | { type: "referProgress"; status: number }
  /** `OutgoingRefer.outcome`; also of a REFER that joined two calls of ours. */
  | {
      type: "referOutcome";
      kind: "reported" | "refused" | "accepted" | "silent" | "unfinished";
      status: number | undefined;
    };

export type TransferOutput =
  | { type: "dial"; dial: DialId; target: TransferTarget }
  | { type: "cancelDial"; dial: DialId; reason: string }
  | { type: "sendDigits"; dial: DialId; digits: PostDial }
  /** To the person alone, in place of what is being said to him. Ends with `announced`. */
  | { type: "announce"; dial: DialId; text: string }
  /** The person's keys, and what he says where `speech`, are inputs from here on. */
  | { type: "listen"; dial: DialId; speech: boolean }
  /** Whom the caller is with from here on. "waiting": ringback or hold audio. "person": ends with `connected`. */
  | { type: "callerWith"; partner: "waiting" }
  | { type: "callerWith"; partner: "person"; dial: DialId }
  | { type: "callerWith"; partner: "agent"; result: TransferResult }
  /** The other of two who talk put his side on hold, or took it off. */
  | { type: "holdOther"; held: "caller" | "person"; on: boolean }
  /** Ends the call to the person. */
  | { type: "hangUp"; dial: DialId; reason: string }
  /** Ends the caller's call: he has been handed over, or has talked with his person and that one hung up. */
  | { type: "hangUpCaller"; why: "handed_over" | "person_hung_up" }
  | { type: "refer"; target: TransferTarget; referTo: string }
  /** REFER with Replaces: the caller's side is asked to take our place in the call to the person. */
  | { type: "join"; dial: DialId }
  | { type: "setTimer"; timer: TransferTimer; ms: number }
  | { type: "clearTimer"; timer: TransferTimer }
  /** A step of the call's timeline. */
  | { type: "step"; name: string; fields: { [name: string]: string | number | boolean } }
  /** The result is known; exactly once, before or with `finished`. */
  | { type: "settled"; result: TransferResult }
  /** Nothing more is done for the caller; exactly once. A dial that was cancelled may still have to say how it ended. */
  | { type: "finished"; result: TransferResult };
