// What one transfer is to do, and how it came out: the words that machine, coordinator, API and agent share.

import type { PostDial } from "../dial/post-dial.ts";

/** How one attempt at a person, or a whole transfer, came out. Stable: timeline, API and the agent's tool result show it. */
export const TRANSFER_OUTCOMES = [
  /** The caller talked with the person. */
  "connected",
  /** The caller's own side has put the call through (REFER). */
  "handed_over",
  "busy",
  "declined",
  "no_answer",
  "not_found",
  "rejected",
  "unreachable",
  "no_route",
  /** The destination is not one that may be dialled. */
  "not_allowed",
  /** Answered, and nobody took the call in time. */
  "not_confirmed",
  /** The person asks to have the caller told that he will call back. */
  "call_back_later",
  /** Answered, and gone before the caller could talk with him, or right after. */
  "dropped",
  /** The operator or the agent gave it up. */
  "cancelled",
  "caller_gone",
  "failed",
] as const;
export type TransferOutcome = (typeof TRANSFER_OUTCOMES)[number];

export interface TransferTarget {
  /** As the agent's configuration, or the operator, wrote it. */
  readonly text: string;
  /** Seconds from the first ringing until it is given up. */
  readonly ringSeconds: number;
  readonly digits: PostDial;
  /** Where the caller's own side can be sent by REFER; undefined: only by a call of ours. */
  readonly referTo: string | undefined;
}

/** What the person who answers has to do before he gets the caller. */
export type Consent =
  | { readonly by: "nothing" }
  /** Press 1. */
  | { readonly by: "key" }
  /** Say the trigger, or press 1. */
  | { readonly by: "speech"; readonly trigger: Trigger };

/** Judges what the person said. */
export interface Trigger {
  /** How the person is told of it: "Say yes, or press 1,". */
  readonly invitation: string;
  /** What is listened for where no provider transcribes; none: any voice is taken for what was said. */
  readonly phrases: readonly string[];
  /** @param text undefined: a voice was heard, and not understood */
  judge(text: string | undefined): "take" | "decline" | undefined;
}

export interface TransferPlan {
  /** In order: the next is tried when one could not be had. At least one. */
  readonly targets: readonly TransferTarget[];
  readonly mode: "bridge" | "refer";
  /** Whether a REFER that the caller's side refuses, or never reports on, is followed by a call of ours. */
  readonly referFallback: boolean;
  readonly consent: Consent;
  /** Seconds from the answer (and the digits after it) until an unconfirmed call is given up. */
  readonly confirmSeconds: number;
  /** Whether the agent stays with the caller until the person takes the call. */
  readonly agentStays: boolean;
  /** Spoken to the person alone, first; "": nothing. */
  readonly notification: string;
  /** Spoken after it, and again while no consent comes; "" without consent. */
  readonly prompt: string;
  /** What becomes of a caller whose person hangs up after they have talked. */
  readonly afterTalk: "end" | "return";
}

/** One target tried. */
export interface TransferAttempt {
  readonly target: string;
  readonly outcome: TransferOutcome;
  /** The SIP status that decided; 0 where none did. */
  readonly status: number;
  /** A sentence for a person; "" where there is no more to say than the outcome. */
  readonly reason: string;
}

export interface TransferResult {
  readonly outcome: TransferOutcome;
  readonly attempts: readonly TransferAttempt[];
}

/** Waiting times in ms that are not the plan's. */
export const transferTimes = {
  /** Beyond the ring time, for look-ups and routes that do not answer: the caller hears ringback meanwhile. */
  attemptAllowance: 15_000,
  /** For the notification: a text may be long, or its end may never be reported. */
  longestTelling: 60_000,
  /** Between the end of a prompt and its repetition. */
  promptAgain: 6_000,
  /** For digits after the answer, beyond their own waits: each is sent in a fraction of this. */
  perDigit: 400,
  digitsAllowance: 5_000,
  /** For the media to be put together. */
  connecting: 5_000,
  /** A person who is gone sooner has not been talked with. */
  settling: 10_000,
  /** To the first report after a REFER; its sender must report at once (RFC 3515 §2.4.4). */
  referReport: 8_000,
  /** From there to the final report, beyond the ring time. */
  referAllowance: 15_000,
  /** After the person has gone: whether that was the caller's side putting itself in our place. */
  joinReport: 2_000,
} as const;

/** REFER cannot dial digits after the answer. */
export function isReferable(target: TransferTarget): target is TransferTarget & { referTo: string } {
  return target.referTo !== undefined && target.digits.length === 0;
}

/** ms that the digits may take. */
export function longestDigits(digits: PostDial): number {
  return digits.reduce<number>(
    (ms, { waitSeconds, digits: keys }) => ms + waitSeconds * 1000 + keys.length * transferTimes.perDigit,
    transferTimes.digitsAllowance,
  );
}
