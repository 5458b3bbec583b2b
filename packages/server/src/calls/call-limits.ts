// How many calls may run at once, inbound and outbound alike (spec §2, rule 5).
import type { LimitsConfig } from "../config/config.ts";
import type { Agent } from "../store/records.ts";

export interface CallCounts {
  node: number;
  organization: number;
  agent: number;
}

/** What is full, and what would change that. */
export function callLimit(
  agent: Pick<Agent, "username" | "maxConcurrentCalls">,
  { maxCalls, maxCallsPerOrganization }: Pick<LimitsConfig, "maxCalls" | "maxCallsPerOrganization">,
  counts: CallCounts,
): { of: "node" | "organization" | "agent"; hint: string } | undefined {
  if (counts.node >= maxCalls) {
    return {
      of: "node",
      hint: `This node carries ${countOf(maxCalls)}, its RINGDOWN_MAX_CALLS: wait, or raise it.`,
    };
  }
  if (counts.organization >= maxCallsPerOrganization) {
    return {
      of: "organization",
      hint: `The organization has ${countOf(maxCallsPerOrganization)}, its RINGDOWN_MAX_CALLS_PER_ORGANIZATION: wait, or raise it.`,
    };
  }
  const own = agent.maxConcurrentCalls;
  if (own === null || counts.agent < own) return undefined;
  return {
    of: "agent",
    hint: `The agent ${agent.username} takes ${countOf(own)} at once: raise its maxConcurrentCalls, or null it.`,
  };
}

function countOf(calls: number): string {
  return calls === 1 ? "1 call" : `${calls} calls`;
}
