// How a call out went, in the words of those who place calls (facts §7: what may be tried again).
import type { LegEvent } from "../worker/protocol.ts";
import type { CallEnd } from "./end-codes.ts";

export type CallOutcomeName =
  | "answered"
  | "voicemail"
  | "no_speech"
  | "busy"
  | "no_answer"
  | "declined"
  | "rejected"
  | "not_found"
  | "unreachable"
  | "no_route"
  | "cancelled"
  | "failed";

export interface CallOutcomeSummary {
  callId: string;
  outcome: CallOutcomeName;
  /** Of the response that decided; 200 where it was answered, 0 where none came. */
  sipStatus: number;
  /** A sentence for a person. */
  reason: string;
  /** From answer to end. */
  durationSeconds: number;
}

/** What was noticed of the person on the phone while the call ran. */
export class CallFacts {
  /** Somebody spoke, or pressed a key. */
  #wasHeard = false;
  /** There is an ear for it: silence means something. */
  #listens = false;
  #machine: string | undefined;

  note(event: LegEvent): void {
    if (event.type === "turn") this.#wasHeard ||= event.role === "user";
    if (event.type !== "timeline") return;
    switch (event.name) {
      case "user_speech_started":
      case "voice_heard":
      case "dtmf_received":
        this.#wasHeard = true;
        break;
      case "conversation_started":
        this.#listens = event.fields.speech === true;
        break;
      case "answered_by":
        if (event.fields.answeredBy === "machine") this.#machine = String(event.fields.reason);
        break;
    }
  }

  /** Of a call that was answered. */
  get outcome(): "answered" | "voicemail" | "no_speech" | "busy" | "not_found" {
    switch (this.#machine) {
      case undefined:
        break;
      // Said in the audio of an answered call, as some gateways do.
      case "busy":
        return "busy";
      case "special_information":
        return "not_found";
      case "fax":
        return "answered";
      default:
        return "voicemail";
    }
    return this.#listens && !this.#wasHeard ? "no_speech" : "answered";
  }
}

const UNANSWERED: Readonly<Record<string, CallOutcomeName>> = {
  busy: "busy",
  no_answer: "no_answer",
  declined: "declined",
  rejected: "rejected",
  not_found: "not_found",
  unreachable: "unreachable",
  no_route: "no_route",
  cancelled_by_operator: "cancelled",
  node_shutdown: "cancelled",
};

/** @param answeredAt, @param endedAt epoch milliseconds */
export function outcomeOf(
  callId: string,
  end: CallEnd,
  { answeredAt, endedAt, facts }: { answeredAt: number | undefined; endedAt: number; facts: CallFacts },
): CallOutcomeSummary {
  if (answeredAt === undefined) {
    const outcome = UNANSWERED[end.code] ?? "failed";
    return { callId, outcome, sipStatus: end.status ?? 0, reason: end.reason, durationSeconds: 0 };
  }
  const durationSeconds = Math.max(0, endedAt - answeredAt) / 1000;
  return { callId, outcome: facts.outcome, sipStatus: 200, reason: end.reason, durationSeconds };
}
