import type { AgentProfile } from "../agent-profile.ts";
import { loadSpeechModel, type SpeechModel } from "../session/voice-detector.ts";
import type { Phrase } from "../stt/phrase-grammar.ts";
import { createRecogniser, type Recogniser } from "../stt/recogniser.ts";
import { FliteEngine, type SpeechEngine } from "../tts/flite-engine.ts";
import { fliteVoiceOf } from "../tts/flite-voices.ts";
import { sentences, speakable } from "../tts/speakable-text.ts";
import type { VoiceLog } from "../voice-log.ts";
import { fixedTexts } from "./attendant-phrases.ts";
import { menuPhrases } from "./menu.ts";

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
  shared = { voice: new FliteEngine(), createSpeechModel, recogniser };
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

/** Makes the fixed phrases of the agents and their grammars, one after another, so that a call's own text waits for one of them at most. */
export async function prepareAgents(
  profiles: readonly AgentProfile[],
  runtime: AttendantRuntime,
  sampleRate: number,
): Promise<void> {
  for (const profile of profiles.slice(0, mostAgents)) {
    await runtime.recogniser?.prepare(menuPhrases(profile)).catch(() => undefined);
    for (const text of fixedTexts(profile)) {
      for (const sentence of sentences(text)) {
        await runtime.voice
          .synthesise(speakable(sentence), fliteVoiceOf(profile.agentVoice), sampleRate)
          .catch(() => undefined);
      }
    }
  }
}

/** The agent's grammar, ready; undefined: no recogniser, or it failed and speech stays off for this call. */
export async function grammarOf(
  profile: AgentProfile,
  runtime: AttendantRuntime,
  log: VoiceLog,
): Promise<{ grammar: string; phrases: Phrase[] } | undefined> {
  if (runtime.recogniser === undefined) return undefined;
  try {
    return await runtime.recogniser.prepare(menuPhrases(profile));
  } catch (error) {
    log.warn({ error, agent: profile.username }, "speech is off on this call: the recogniser failed");
    return undefined;
  }
}
