import type { AgentProfile } from "../agent-profile.ts";
import { loadSpeechModel, type SpeechModel } from "../session/voice-detector.ts";
import { createRecogniser, type Recogniser } from "../stt/recogniser.ts";
import type { SpeechEngine } from "../tts/flite-engine.ts";
import { fliteVoiceOf } from "../tts/flite-voices.ts";
import { sharedVoice } from "../tts/shared-voice.ts";
import { sentences, speakable } from "../tts/speakable-text.ts";
import type { VoiceLog } from "../voice-log.ts";
import { firstTexts, laterTexts } from "./attendant-phrases.ts";

/** What all conversations of this process share. Tests hand in their own. */
export interface AttendantRuntime {
  readonly voice: SpeechEngine;
  /** undefined: no voice detector, so keys alone. */
  readonly createSpeechModel: (() => SpeechModel) | undefined;
  /** undefined: no recogniser, so the caller's voice pauses the agent but chooses nothing. */
  readonly recogniser: Recogniser | undefined;
}

let shared: AttendantRuntime | undefined;

/** @param log gets one line where something is not installed, the first time only */
export function sharedRuntime(log: VoiceLog | undefined): AttendantRuntime {
  if (shared !== undefined) return shared;
  const createSpeechModel = loadSpeechModel();
  const recogniser = createSpeechModel === undefined ? undefined : createRecogniser();
  shared = { voice: sharedVoice(), createSpeechModel, recogniser };
  if (createSpeechModel === undefined) {
    log?.warn({}, "speech: off, the voice detector does not load on this machine; callers use keys");
  } else if (recogniser === undefined) {
    log?.info(
      {},
      "speech: off, pocketsphinx is not installed (packages pocketsphinx and pocketsphinx-en-us); callers use keys",
    );
  } else log?.info({}, "speech: on, by pocketsphinx");
  return shared;
}

/** Texts made ahead at a start: a cache that is larger than this many agents' phrases would only push them out again. */
const mostAgents = 20;

/**
 * Makes the fixed phrases of the agents, one after another, so that a call's own text waits for one of them at most.
 * @returns when each agent's first words are made; what it may need later is made after that
 */
export async function prepareAgents(
  profiles: readonly AgentProfile[],
  runtime: AttendantRuntime,
  sampleRate: number,
): Promise<void> {
  const agents = profiles.slice(0, mostAgents);
  const make = async (profile: AgentProfile, texts: readonly string[]) => {
    for (const sentence of texts.flatMap(sentences)) {
      await runtime.voice
        .synthesise(speakable(sentence), fliteVoiceOf(profile.agentVoice), sampleRate)
        .catch(() => undefined); // the call that needs it will hear of it
    }
  };
  for (const profile of agents) await make(profile, firstTexts(profile));
  void (async () => {
    for (const profile of agents) await make(profile, laterTexts(profile));
  })();
}
