// Listens to one leg without a conversation: to somebody who is asked a question before he is put through.
import { sharedRuntime } from "../attendant/attendant-runtime.ts";
import { Resampler } from "../audio/resampler.ts";
import { VoiceError } from "../errors.ts";
import type { LegPort } from "../leg-port.ts";
import { meaningOf, type Phrase, spokenWords } from "../stt/phrase-grammar.ts";
import type { Recogniser } from "../stt/recogniser.ts";
import type { VoiceLog } from "../voice-log.ts";
import { ListeningWindows, listeningRate } from "./listening-windows.ts";
import { initialiseLiveKit } from "./livekit.ts";
import { type SpeechModel, type Utterance, VoiceDetector } from "./voice-detector.ts";

export interface SpeechListenerOptions {
  /** What is listened for; none: any voice is told, without its words. */
  phrases: readonly string[];
  /** Once an utterance. undefined: none of the phrases. */
  onSpeech(text: string | undefined): void;
  log?: VoiceLog;
  /** Tests hand in their own. */
  createModel?: () => SpeechModel;
  recogniser?: Recogniser;
}

/**
 * @returns what ends it
 * @throws VoiceError `stt_failed` where this machine has no voice detector, or phrases are wanted and no recogniser is installed
 */
export async function listenForSpeech(
  leg: Pick<LegPort, "sampleRate" | "addSink">,
  { phrases, onSpeech, log, ...given }: SpeechListenerOptions,
): Promise<() => void> {
  initialiseLiveKit();
  const runtime = sharedRuntime(log);
  const createModel = given.createModel ?? runtime.createSpeechModel;
  const recogniser = given.recogniser ?? runtime.recogniser;
  if (createModel === undefined) throw new VoiceError("stt_failed", { detail: "no voice detector loads" });
  const wanted: Phrase[] = phrases.map((phrase) => ({ words: spokenWords(phrase), meaning: phrase }));
  if (wanted.length > 0 && recogniser === undefined)
    throw new VoiceError("stt_failed", { detail: "no recogniser is installed" });

  let closed = false;
  const understand = async ({ pcm }: Utterance): Promise<void> => {
    let text: string | undefined;
    if (recogniser !== undefined && wanted.length > 0) {
      try {
        text = meaningOf(await recogniser.recognise(wanted, pcm), wanted);
      } catch (error) {
        log?.warn({ err: error }, "what was said on a leg could not be recognised");
      }
    }
    if (!closed) onSpeech(text);
  };
  const detector = new VoiceDetector({
    createModel,
    onUtterance: (utterance) => void understand(utterance),
    mayInterrupt: () => false,
  });
  const stream = detector.stream();
  if (wanted.length > 0) void recogniser?.prepare(wanted).catch(() => undefined);
  const resampler =
    leg.sampleRate === listeningRate ? undefined : await Resampler.create(leg.sampleRate, listeningRate);
  const windows = new ListeningWindows(resampler, (window) => detector.hear(window));
  const removeSink = leg.addSink(windows);
  return () => {
    if (closed) return;
    closed = true;
    removeSink();
    windows.close();
    stream.close();
  };
}
