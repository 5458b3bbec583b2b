/** Who ended a call, in the words of the call record. */
export type EndedBy = "caller" | "agent" | "system";

export interface CallEnd {
  by: EndedBy;
  /** Stable; one of `endCodes` here, or of the conversation's own. */
  code: string;
  /** A sentence for a person. */
  reason: string;
  /** Of the SIP response that decided it, where one did. */
  status?: number;
}

/**
 * Every way a call ends that call control itself decides or sees. The conversation adds its own
 * (`endCodes` of @ringdown/voice: `agent_goodbye`, `caller_silent` …).
 */
const catalogue = {
  caller_hung_up: { by: "caller", reason: "The caller hung up." },
  callee_hung_up: { by: "caller", reason: "The person who was called hung up." },
  browser_gone: {
    by: "caller",
    reason: "The browser that called was closed, or lost its connection to Ringdown.",
  },
  cancelled: { by: "caller", reason: "The caller hung up before the call was answered." },
  no_ack: {
    by: "system",
    reason:
      "The caller's side never acknowledged the answer (no ACK in 32 s). Mostly a NAT or a firewall is the cause: the " +
      "caller's side cannot reach the address in our Contact; set RINGDOWN_PUBLIC_ADDRESS to one that it can reach.",
  },
  signalling_lost: { by: "system", reason: "The other side no longer answers SIP requests." },
  media_timeout: { by: "system", reason: "No audio packets came from the other side any more." },
  media_failed: { by: "system", reason: "The other side answered with media that cannot be used." },
  max_duration: { by: "system", reason: "The call reached its longest allowed duration." },
  worker_died: { by: "system", reason: "The process that carried the call's audio died." },
  operator: { by: "system", reason: "The call was ended through the API." },
  cancelled_by_operator: {
    by: "system",
    reason: "The call was ended through the API before it was answered.",
  },
  transfer_ended: { by: "caller", reason: "The person to whom the caller was put through hung up." },
  handed_over: { by: "agent", reason: "The caller was handed over." },
  machine_answered: { by: "agent", reason: "A machine answered, and the agent hung up." },
  message_left: { by: "agent", reason: "A machine answered, and the agent left its message." },
  // Calls out that nobody answered. The reason is the dial's own where it knows more.
  busy: { by: "caller", reason: "The called party is busy." },
  declined: { by: "caller", reason: "The called party declined." },
  no_answer: { by: "system", reason: "Nobody answered." },
  not_found: { by: "system", reason: "There is no such number or user." },
  rejected: { by: "system", reason: "The call was refused." },
  unreachable: { by: "system", reason: "No target took the call." },
  no_route: { by: "system", reason: "There is no way for such a call: no outbound route, no registration." },
  dial_failed: { by: "system", reason: "The call could not be made." },
  ack_lost: {
    by: "system",
    reason:
      "The called side never saw that its answer had arrived (no ACK reached it), repeated it for 32 s and gave up. Mostly " +
      "a NAT or a firewall is the cause: the address in its Contact cannot be reached from here.",
  },
  node_shutdown: { by: "system", reason: "Ringdown was shut down." },
  call_failed: { by: "system", reason: "The call failed inside Ringdown; the log has the details." },
} as const satisfies Record<string, { by: EndedBy; reason: string }>;

export type CallEndCode = keyof typeof catalogue;
export const endCodes: Readonly<Record<CallEndCode, { by: EndedBy; reason: string }>> = catalogue;

export function callEnd(code: CallEndCode, detail?: string): CallEnd {
  const { by, reason } = catalogue[code];
  return { by, code, reason: detail === undefined || detail === "" ? reason : `${reason} (${detail})` };
}
