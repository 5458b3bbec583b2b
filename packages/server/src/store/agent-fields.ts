import type { AgentConfiguration } from "./schema.ts";

/** E.164 with its plus: 7 to 15 digits, the first not 0. */
export const E164_PATTERN = "^\\+[1-9][0-9]{6,14}$";
const E164 = new RegExp(E164_PATTERN);

export function isE164(text: string): boolean {
  return E164.test(text);
}

/** Letters, digits and `._-`, 1 to 64. It may not look like a phone number: callers dial both in the same place. */
export const USERNAME_PATTERN = "^(?=.*[A-Za-z])[A-Za-z0-9._-]{1,64}$";
const USERNAME = new RegExp(USERNAME_PATTERN);

export function isUsername(text: string): boolean {
  return USERNAME.test(text);
}

/** Voice and turn settings are those of facts §6; what has no number there is ours (docs/design/api.md). */
export const AGENT_DEFAULTS: AgentConfiguration = {
  title: "",
  description: "",
  mode: "attendant",
  functions: [],
  welcomeMessage: "",
  agentInstructions: "",
  agentLang: "en-US",
  agentVoice: null,
  timezone: "UTC",
  callerResponseTimeout: 13,
  callerResponseTimeoutHangupCounter: 3,
  interruptionWordCount: 3,
  interruptionMinimumSpeakingTime: 3,
  speakingTimeout: 1200,
  speechProcessingDelay: 500,
  agentModel: null,
  agentModelFallback: null,
  agentSttEngine: null,
  agentS2SEngine: null,
  waitOnAnswer: 0,
  waitToGreetTimeout: 8,
  onMachine: "continue",
  machineMessage: "",
  confirmTransfers: false,
  transferConfirmTimeout: 30,
  useAgentNumberForTransfers: false,
  transferMode: "bridge",
  transferReferFallback: true,
  attendedTransfers: false,
  attendedTransferBridgeTrigger: null,
  monitorTransfers: false,
  transferAudio: "music",
  acceptTransfers: true,
  preAnswerRingTime: null,
  callSummary: true,
  reportingFields: [],
  recording: true,
  autoRecordingNotification: "true",
  recordingNotificationPhrase: "This call is being recorded.",
  maxCallDuration: 7200,
  maxConcurrentCalls: null,
};

/**
 * What is spoken first to tell that the call is recorded, or null. "true" asks for the notice only where the
 * caller's area code requires it; until a table of those codes is here, that is every caller from +1.
 */
export function recordingNotice(
  agent: Pick<AgentConfiguration, "recording" | "autoRecordingNotification" | "recordingNotificationPhrase">,
  callerNumber: string,
): string | null {
  if (!agent.recording || agent.autoRecordingNotification === "false") return null;
  if (agent.autoRecordingNotification === "true" && !callerNumber.startsWith("+1")) return null;
  return agent.recordingNotificationPhrase === "" ? null : agent.recordingNotificationPhrase;
}
