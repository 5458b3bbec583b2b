import type { AgentProfile } from "@ringdown/voice";
import { recordingNotice } from "../store/agent-fields.ts";
import type { Agent } from "../store/records.ts";

/**
 * What the voice needs to know of an agent for one call; undefined for a mode that is not built yet.
 * @param callerNumber decides whether the notice of recording is spoken
 */
export function agentProfile(agent: Agent, callerNumber: string): AgentProfile | undefined {
  if (agent.mode !== "attendant" && agent.mode !== "echo") return undefined;
  return {
    id: agent.id,
    username: agent.username,
    title: agent.title,
    mode: agent.mode,
    welcomeMessage: agent.welcomeMessage,
    agentInstructions: agent.agentInstructions,
    agentLang: agent.agentLang,
    agentVoice: agent.agentVoice,
    functions: agent.functions,
    callerResponseTimeout: agent.callerResponseTimeout,
    callerResponseTimeoutHangupCounter: agent.callerResponseTimeoutHangupCounter,
    interruptionMinimumSpeakingTime: agent.interruptionMinimumSpeakingTime,
    ...(agent.maxCallDuration === null ? {} : { maxCallDuration: agent.maxCallDuration }),
    recordingNotice: recordingNotice(agent, callerNumber),
    waitOnAnswer: agent.waitOnAnswer,
  };
}
