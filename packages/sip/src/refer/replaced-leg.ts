import { replaces } from "../header/replaces.ts";
import type { SipRequest } from "../message/message.ts";
import type { AgentCore } from "../user-agent/agent-core.ts";
import type { Leg } from "../user-agent/leg.ts";
import type { Refusal } from "../user-agent/request-checks.ts";

/**
 * The call that a new INVITE wants to take the place of, by the rules of RFC 3891 §3.
 * @returns undefined where there is no Replaces; a refusal where it names no call that may be replaced
 * @throws SipParseError where the header cannot be read, or there are several
 */
export function replacedLeg(core: AgentCore, invite: SipRequest): Leg | Refusal | undefined {
  const wanted = replaces(invite);
  if (wanted === undefined) return undefined;
  const leg = core.findLeg(wanted.callId, wanted.toTag, wanted.fromTag);
  if (leg === undefined) return refusal(481);
  switch (leg.state) {
    case "ended":
      return refusal(603);
    case "confirmed":
      return wanted.earlyOnly ? refusal(486) : leg;
    case "early":
      // One that rings here: whoever wants it picks it up by other means.
      return leg.direction === "outbound" ? leg : refusal(481);
  }
}

function refusal(status: number): Refusal {
  return { status, headers: [] };
}
