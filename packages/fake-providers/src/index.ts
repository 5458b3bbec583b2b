export { type ChatReply, type ChatRequest, lastUserText } from "./chat-completions.ts";
export { FakeProviders } from "./fake-providers.ts";
export { type ClientEvent, REALTIME_RATE, type RealtimeReply, type RealtimeRequest } from "./realtime.ts";
export type { Fault } from "./script.ts";
export { SPEECH_RATE, type SpeechReply, toneFor } from "./speech.ts";
export type { TranscriptionReply } from "./transcription.ts";
