import type { AgentProfile } from "@ringdown/voice";
import type { Agent } from "../store/records.ts";

/** What the voice needs to know of an agent; undefined for a mode that is not built yet. */
export function agentProfile(agent: Agent): AgentProfile | undefined {
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
    recordingNotice: recordingNotice(agent),
    waitOnAnswer: agent.waitOnAnswer,
  };
}

/**
 * `"true"` means: to callers from places whose law asks for it. Which those are is not known here yet, so that the
 * notice is spoken to all: too often rather than once too seldom.
 */
function recordingNotice(agent: Agent): string | null {
  if (!agent.recording || agent.autoRecordingNotification === "false") return null;
  const phrase = agent.recordingNotificationPhrase.trim();
  return phrase === "" ? null : phrase;
}
