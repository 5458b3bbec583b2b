import type { LegEnded } from "@ringdown/sip";
import type { Way } from "./dial-plan.ts";

/** How a call out that nobody answered ended. */
export type DialOutcome =
  | "busy"
  | "no_answer"
  | "declined"
  | "not_found"
  | "rejected"
  | "unreachable"
  | "no_route"
  | "cancelled"
  | "failed";

/** What the end of one INVITE means for the call. */
export type Verdict =
  /** Another target may do. `retryAfter`: seconds that this one wants to be left alone. */
  | {
      readonly kind: "next";
      readonly status: number;
      readonly reason: string;
      readonly retryAfter?: number;
    }
  | {
      readonly kind: "final";
      readonly outcome: DialOutcome;
      readonly status: number;
      readonly reason: string;
    };

export interface AttemptFacts {
  /** A 18x came. */
  readonly rang: boolean;
  readonly way: Pick<Way, "kind" | "name">;
  readonly hasCredentials: boolean;
  /** ms that a target has for its first response. */
  readonly patience: number;
}

/** Responses after which another target is tried (spec §3), besides 408. */
const FAILOVER: ReadonlySet<number> = new Set([500, 502, 503, 504]);

const OUTCOMES: Readonly<Record<number, readonly [outcome: DialOutcome, sentence: string]>> = {
  404: ["not_found", "There is no such number or user there"],
  410: ["not_found", "That number or user is gone"],
  480: ["no_answer", "The called party cannot be had now"],
  484: ["not_found", "The number is not complete there"],
  486: ["busy", "The called party is busy"],
  600: ["busy", "The called party is busy everywhere"],
  603: ["declined", "The called party declined"],
  604: ["not_found", "The called party exists nowhere"],
  607: ["declined", "The called party wants no such calls"],
  608: ["declined", "The call was taken for an unwanted one on its way"],
};

/** Judges the end of an attempt, by spec §3: time-out, transport error, 408, 500, 502, 503, 504 lead on; all else is final. */
export function judgeEnd(ended: LegEnded, facts: AttemptFacts): Verdict {
  const { status = 0, reason } = ended;
  switch (ended.cause) {
    case "timeout":
      return facts.rang
        ? noAnswer(408)
        : { kind: "next", status: 408, reason: `No response within ${facts.patience / 1000} s` };
    case "transport-error":
      return { kind: "next", status: 503, reason: "It could not be reached" };
    case "rejected":
      return judgeStatus(status, said(status, reason), ended.retryAfter, facts);
    case "bye":
      return final("declined", status, "The called party hung up before answering");
    default:
      return final("failed", status, `The call ended by itself (${ended.cause})`);
  }
}

export function noAnswer(status: number): Verdict {
  return final("no_answer", status, "Nobody answered");
}

function judgeStatus(
  status: number,
  answer: string,
  retryAfter: number | undefined,
  facts: AttemptFacts,
): Verdict {
  if (status === 408 && facts.rang) return noAnswer(408);
  if (status === 408 || FAILOVER.has(status)) {
    return { kind: "next", status, reason: answer, ...(retryAfter !== undefined && { retryAfter }) };
  }
  const known = OUTCOMES[status];
  if (known !== undefined) return final(known[0], status, `${known[1]} (${answer})`);
  if (status === 401 || status === 407) return final("rejected", status, credentialsHint(answer, facts));
  if (status === 403) {
    const hint = "it may not know our address, or take no calls with this caller ID";
    return final("rejected", status, `The call was refused (${answer}): ${hint}`);
  }
  if (status === 488 || status === 606)
    return final("rejected", status, `None of our codecs or media is taken there (${answer})`);
  if (status < 400)
    return final("failed", status, `The call was redirected, which is not followed (${answer})`);
  if (status === 487) return final("failed", status, `The call was ended on its way (${answer})`);
  if (status >= 500 && status < 600) return final("failed", status, `The other side failed (${answer})`);
  return final("rejected", status, `The call was refused (${answer})`);
}

function credentialsHint(answer: string, { way, hasCredentials }: AttemptFacts): string {
  if (hasCredentials) return `The username or password of the ${way.name} is not taken (${answer})`;
  const hint =
    way.kind === "route"
      ? "set username and password of it (PATCH /api/v2/sip/outboundRoutes/{id})"
      : way.kind === "registration"
        ? "set the registration's password"
        : "there are none for a sip: URI: make it an outbound route";
  return `The ${way.name} asks for credentials (${answer}): ${hint}`;
}

function said(status: number, reason: string | undefined): string {
  // The phrase is the network's: bounded.
  return reason === undefined ? `${status}` : `${status} ${reason.slice(0, 100)}`;
}

function final(outcome: DialOutcome, status: number, sentence: string): Verdict {
  return { kind: "final", outcome, status, reason: `${sentence}.` };
}
