// What all conversations by models of this process share. Tests hand in their own.
import { loadSpeechModel, type SpeechModel } from "../session/voice-detector.ts";
import type { SpeechEngine } from "../tts/flite-engine.ts";
import { sharedVoice } from "../tts/shared-voice.ts";
import { loadEndOfTurn, type PredictEnd } from "./end-of-turn.ts";

export interface ModelRuntime {
  /** The last voice, and that of apologies. */
  readonly voice: SpeechEngine;
  /** undefined: no voice detector loads, and no conversation by models is possible. */
  readonly createSpeechModel: (() => SpeechModel) | undefined;
  /** undefined: silence alone ends turns. */
  readonly predictEnd: PredictEnd | undefined;
}

let shared: ModelRuntime | undefined;

export function sharedModelRuntime(): ModelRuntime {
  shared ??= { voice: sharedVoice(), createSpeechModel: loadSpeechModel(), predictEnd: loadEndOfTurn() };
  return shared;
}
