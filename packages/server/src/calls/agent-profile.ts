import type { AgentProfile, RemoteFunction } from "@ringdown/voice";
import type { Providers } from "../models/providers.ts";
import { recordingNotice } from "../store/agent-fields.ts";
import type { Agent } from "../store/records.ts";

/** Who listens, thinks and speaks for agents by models. */
export type ModelSource = Pick<Providers, "modelsFor">;

/**
 * What the voice needs to know of an agent for one call, or a sentence that says why he cannot talk.
 * @param callerNumber decides whether the notice of recording is spoken
 */
export function agentProfile(
  agent: Agent,
  callerNumber: string,
  source: ModelSource,
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
    functions: agent.functions.filter((one) => one.type !== "http"),
    remoteFunctions: remoteFunctions(agent),
    callerResponseTimeout: agent.callerResponseTimeout,
    callerResponseTimeoutHangupCounter: agent.callerResponseTimeoutHangupCounter,
    interruptionMinimumSpeakingTime: agent.interruptionMinimumSpeakingTime,
    ...(agent.maxCallDuration === null ? {} : { maxCallDuration: agent.maxCallDuration }),
    recordingNotice: recordingNotice(agent, callerNumber),
    waitOnAnswer: agent.waitOnAnswer,
  };
}

/** A worker needs to know no more of them: where they lead, and with what, stays here. */
function remoteFunctions({ functions }: Agent): RemoteFunction[] {
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
