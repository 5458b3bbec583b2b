import type { PhoneSessionOptions } from "../session/phone-session.ts";
import { type Utterance, VoiceDetector } from "../session/voice-detector.ts";
import type { GrammarStt } from "../stt/grammar-stt.ts";
import type { FliteTts } from "../tts/flite-tts.ts";
import type { AttendantRuntime } from "./attendant-runtime.ts";

/** Milliseconds of voice from a caller that count as an interruption, and of quiet after which it was none. */
const interruptionMs = 300;
const falseInterruptionMs = 700;
/** The same where a recogniser has still to say whether it was one; it is slow on a busy machine. */
const undecidedInterruptionMs = 1200;

export interface AttendantEars {
  stt: GrammarStt;
  onUtterance(utterance: Utterance): void;
  mayInterrupt(): boolean;
}

/** How the attendant's session hears, by what this machine has: a voice detector with a recogniser, without, or keys alone. */
export function attendantSession(
  tts: FliteTts,
  runtime: AttendantRuntime,
  ears: AttendantEars,
): PhoneSessionOptions {
  const createModel = runtime.createSpeechModel;
  if (createModel === undefined) {
    return {
      tts,
      vad: null,
      ear: () => undefined,
      turnHandling: { turnDetection: "manual", interruption: { enabled: true } },
    };
  }
  const detector = new VoiceDetector({
    createModel,
    onUtterance: ears.onUtterance,
    mayInterrupt: ears.mayInterrupt,
  });
  return {
    tts,
    vad: detector,
    ear: (window) => detector.hear(window),
    // Without a recogniser it never brings a transcript: a voice then pauses the agent and ends nothing.
    stt: ears.stt,
    turnHandling: {
      turnDetection: "vad",
      // The detector has waited for silence already.
      endpointing: {
        mode: "fixed",
        minDelay: detector.minSilenceDuration,
        maxDelay: detector.minSilenceDuration,
      },
      interruption: {
        mode: "vad",
        minDuration: interruptionMs,
        resumeFalseInterruption: true,
        falseInterruptionTimeout:
          runtime.recogniser === undefined ? falseInterruptionMs : undecidedInterruptionMs,
      },
      preemptiveGeneration: { enabled: false },
    },
  };
}
