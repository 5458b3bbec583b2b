export {
  type Answerer,
  type AnsweringSettings,
  type AnswerReason,
  type AnswerResult,
  answeringDefaults,
} from "./answering/answering-machine.ts";
export { GREETING_SILENCE, LineListener, type LineListenerOptions } from "./answering/line-listener.ts";
export * from "./codec/g711.ts";
export type { DtlsFailure } from "./dtls/server.ts";
export * from "./dtmf/event-receiver.ts";
export * from "./dtmf/event-sender.ts";
export { eventDigits } from "./dtmf/telephone-event.ts";
export { type AudioSink, type AudioSource, EchoSource, type FrameInfo } from "./engine/audio.ts";
export type { BridgeOptions, MediaBridge } from "./engine/bridge.ts";
export { type MediaClock, systemClock } from "./engine/clock.ts";
export { type EngineStats, MediaEngine, type MediaEngineOptions } from "./engine/media-engine.ts";
export { type LegOptions, MediaLeg } from "./engine/media-leg.ts";
export { type PortRange, splitPortRange } from "./engine/port-range.ts";
export { estimateMos, type LegQuality } from "./engine/quality.ts";
export type { QualitySample } from "./engine/quality-log.ts";
export type { MediaCertificate } from "./engine/secure-path.ts";
export { MediaError, type MediaErrorCode } from "./errors.ts";
export { type FrameKind, JitterBuffer, type JitterBufferOptions } from "./jitter/jitter-buffer.ts";
export * from "./record/recorder.ts";
export * from "./record/wav.ts";
export { parseRtcp, type RtcpReport } from "./rtcp/packet.ts";
export { RtpView, writeRtpHeader } from "./rtp/packet.ts";
export type { Direction } from "./sdp/audio-stream.ts";
export { type NegotiatedMedia, SdpNegotiator, type SdpNegotiatorOptions } from "./sdp/negotiator.ts";
export { offeredAddress } from "./sdp/offered-address.ts";
export {
  connectionOf,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
  serialiseSdp,
} from "./sdp/session-description.ts";
export type { Beep } from "./tone/beep-detector.ts";
export * from "./tone/call-progress.ts";
export { readHoldAudio } from "./tone/hold-file.ts";
export { holdMelody, holdMelodySource } from "./tone/hold-melody.ts";
export { LoopedAudio } from "./tone/looped-audio.ts";

export type { NetworkTone } from "./tone/network-tones.ts";
export { ringbackOf } from "./tone/ringback-plans.ts";
