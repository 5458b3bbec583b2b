// The public face of one conversation on one phone leg. Heavy parts (LiveKit Agents, voices) load lazily behind these.
export type {
  AgentFunction,
  AgentProfile,
  EndCallFunction,
  FunctionOutcome,
  RemoteFunction,
  RunFunction,
  SayFunction,
  SendDtmfFunction,
  TakeMessageFunction,
} from "./agent-profile.ts";
export {
  askModel,
  type Conversation,
  type ConversationContext,
  type ConversationEnd,
  type ConversationEvents,
  chatByText,
  checkProvider,
  listenForSpeech,
  type SayOptions,
  type StopReason,
  type SuspendOptions,
  startConversation,
  type TakenMessage,
  type TimelineEvent,
  type Turn,
} from "./conversation.ts";
export { type EndCode, endCodes, VoiceError, type VoiceErrorCode } from "./errors.ts";
export { installedSpeech } from "./installed-speech.ts";
export type { AudioSink, AudioSource, LegPort } from "./leg-port.ts";
export type { ModelAnswer } from "./model/ask-model.ts";
export type { CheckedProvider, ProviderAnswer } from "./model/provider-check.ts";
export type { TokenUsage } from "./model/streamed-answer.ts";
export type { ChatContext, ChatEnd, ChatEvent, ChatMessage } from "./model/text-chat.ts";
export { Announcement, type AnnouncementOptions } from "./tts/announcement.ts";
export { FliteEngine, type SpeechEngine } from "./tts/flite-engine.ts";
export { defaultVoice } from "./tts/flite-voices.ts";
export { sharedVoice } from "./tts/shared-voice.ts";
export type { VoiceLog } from "./voice-log.ts";
export { preload, warmUp } from "./warm-up.ts";
