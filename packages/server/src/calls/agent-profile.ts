import type { AgentProfile, RemoteFunction } from "@ringdown/voice";
import type { Providers } from "../models/providers.ts";
import { recordingNotice } from "../store/agent-fields.ts";
import type { Agent, AgentFunction, HttpFunction, McpFunction } from "../store/records.ts";

/** What an agent's profile is made of beside the agent. */
export interface ProfileSource extends Pick<Providers, "modelsFor"> {
  /** What MCP servers offer an agent, as far as it is known now; none if left out. */
  toolsOf?(agent: Agent): RemoteFunction[];
  /** Resolves when it is known. */
  toolsKnown?(agent: Agent): Promise<void>;
}

/**
 * What the voice needs to know of an agent for one call, or a sentence that says why he cannot talk.
 * @param callerNumber decides whether the notice of recording is spoken
 */
export function agentProfile(
  agent: Agent,
  callerNumber: string,
  source: ProfileSource,
): AgentProfile | { reason: string } {
  const { mode } = agent;
  const models = mode === "pipeline" || mode === "realtime" ? source.modelsFor(agent) : undefined;
  if (models !== undefined && "reason" in models) return models;
  return {
    ...(models && { models }),
    id: agent.id,
    username: agent.username,
    title: agent.title,
    mode,
    welcomeMessage: agent.welcomeMessage,
    agentInstructions: agent.agentInstructions,
    agentLang: agent.agentLang,
    agentVoice: agent.agentVoice,
    functions: agent.functions.filter(isCarriedOutByVoice),
    ...remoteFunctionsOf(agent, source),
    callerResponseTimeout: agent.callerResponseTimeout,
    callerResponseTimeoutHangupCounter: agent.callerResponseTimeoutHangupCounter,
    interruptionMinimumSpeakingTime: agent.interruptionMinimumSpeakingTime,
    ...(agent.maxCallDuration === null ? {} : { maxCallDuration: agent.maxCallDuration }),
    recordingNotice: recordingNotice(agent, callerNumber),
    waitOnAnswer: agent.waitOnAnswer,
  };
}

export function remoteFunctionsOf(
  agent: Agent,
  { toolsOf }: Pick<ProfileSource, "toolsOf">,
): { remoteFunctions: RemoteFunction[] } {
  return { remoteFunctions: [...httpFunctions(agent), ...(toolsOf?.(agent) ?? [])] };
}

function isCarriedOutByVoice(one: AgentFunction): one is Exclude<AgentFunction, HttpFunction | McpFunction> {
  return one.type !== "http" && one.type !== "mcp";
}

/** A worker needs to know no more of them: where they lead, and with what, stays here. */
function httpFunctions({ functions }: Agent): RemoteFunction[] {
  return functions.flatMap((one) => {
    if (one.type !== "http") return [];
    const { name, condition, description, parameters } = one;
    return {
      name,
      description,
      ...(condition !== undefined && { condition }),
      ...(parameters && { parameters }),
    };
  });
}
