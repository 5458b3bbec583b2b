// Tells a person who answers from a machine that does, by when they speak. A person says a word or two and waits; a machine
// talks on, and beeps. No words are understood.
//
// A pure machine over the levels of 20 ms frames and the tones found in them; LineListener feeds it.
import type { ToneRun } from "../tone/tone-runs.ts";
import { NO_SOUND, VoiceActivity } from "./voice-activity.ts";

export type Answerer = "human" | "machine" | "unknown";

export type AnswerReason =
  /** human: a short greeting, then silence */
  | "short_greeting"
  /** machine: the greeting went on for longer than people's do */
  | "long_greeting"
  /** machine: more words than people greet with */
  | "many_words"
  /** machine: the beep to record after */
  | "beep"
  /** machine: the network's announcement, after its three tones */
  | "special_information"
  /** machine: a fax or a modem */
  | "fax"
  /** machine: a busy or congestion tone on an answered call */
  | "busy"
  /** unknown: nothing was said */
  | "silence"
  /** unknown: no sign either way in the time allowed */
  | "time_over";

export interface AnswerResult {
  who: Answerer;
  reason: AnswerReason;
  /** Ms of audio from the answer to the decision. */
  afterMs: number;
  /** Ms from the end of the voice to the decision: what a person who has said hello has waited. 0 where the voice went on. */
  waitedMs: number;
  /** Ms of the greeting, its pauses included; 0 where none was heard. */
  greetingMs: number;
  /** Stretches of voice between pauses of 100 ms. */
  words: number;
  /** A second result: what was taken for a person, or could not be told, then beeped like a machine. */
  revised: boolean;
}

/** All in ms unless said otherwise. */
export interface AnsweringSettings {
  /** Silence from the answer after which nobody seems to speak: `unknown`. 1000 to 20000. */
  initialSilence: number;
  /** A greeting that lasts longer, pauses included, is a machine's. 1000 to 10000. */
  longestGreeting: number;
  /** Silence after a greeting of up to a second that makes a person. 300 to 3000. */
  silenceAfterShort: number;
  /** The same for a longer one: a machine's first sentence may be short, too. 300 to 3000. */
  silenceAfterLong: number;
  /** Words, as the voice's pauses cut them: more are a machine's. 2 to 50. */
  mostWords: number;
  /** Time for all of it, counted from the last ringback that is heard after the answer. 2000 to 30000. */
  longestAnalysis: number;
}

export const answeringDefaults: Readonly<AnsweringSettings> = {
  initialSilence: 4000,
  longestGreeting: 2600,
  silenceAfterShort: 800,
  silenceAfterLong: 1200,
  mostWords: 10,
  longestAnalysis: 8000,
};

/** Up to here a greeting is "Hello?" or a name. */
const SHORT_GREETING = 1000;
/** A tone from here on, of ringback's frequencies, is ringback: the far end is still being called. */
const RING_BURST = 380;
/** Ringback's longest pause (E.180: 6 s at the longest), and a little: nobody has to speak before it is over. */
const RING_PAUSE = 6500;
/** All of the ringing that is listened to after the answer. */
const MOST_RINGING = 60_000;

export class AnsweringMachineDetector {
  /** The last one told. */
  result: AnswerResult | undefined;
  readonly #settings: AnsweringSettings;
  readonly #onResult: (result: AnswerResult) => void;
  #voice: VoiceActivity;
  #now = 0;
  /** Whether ringback was heard, and whether it sounds. */
  #rang = false;
  #ringing = false;

  /** @param onResult called from inside `write` or `machine`: once, or a second time with `revised` */
  constructor(onResult: (result: AnswerResult) => void, settings: Partial<AnsweringSettings> = {}) {
    this.#onResult = onResult;
    this.#settings = { ...answeringDefaults, ...settings };
    this.#voice = this.#listen();
  }

  /**
   * Takes one 20 ms frame.
   * @param level dBm0
   * @param tone the steady tone that sounds: no voice
   */
  write(level: number, tone: ToneRun | undefined): void {
    this.#now += 20;
    if (this.result !== undefined || this.#isRinging(tone)) return;
    const voice = this.#voice;
    voice.write(tone === undefined ? level : NO_SOUND);
    const { initialSilence, longestGreeting, mostWords, longestAnalysis } = this.#settings;
    const patience = this.#rang ? Math.max(RING_PAUSE, initialSilence) : initialSilence;
    if (voice.firstVoiceAt === undefined) {
      if (voice.now >= patience) this.#decide("unknown", "silence");
    } else if (voice.spanMs > longestGreeting) this.#decide("machine", "long_greeting");
    else if (voice.words > mostWords) this.#decide("machine", "many_words");
    else if (tone === undefined && voice.silenceMs >= this.#silenceWanted(voice.spanMs))
      this.#decide("human", "short_greeting");
    else if (voice.now >= longestAnalysis) this.#decide("unknown", "time_over");
  }

  /** A sign that needs no voice. It stands over an earlier result that did not say so. */
  machine(reason: "beep" | "special_information" | "fax" | "busy"): void {
    if (this.result?.who !== "machine") this.#decide("machine", reason);
  }

  /** Ringback after the answer (a PBX, a forwarding) makes all before it an announcement: listening begins anew. */
  #isRinging(tone: ToneRun | undefined): boolean {
    const rings =
      tone !== undefined &&
      tone.high === 0 &&
      tone.low >= 380 &&
      tone.low <= 500 &&
      tone.endedAt - tone.startedAt >= RING_BURST;
    if (rings) {
      this.#rang = this.#ringing = true;
      if (this.#now >= MOST_RINGING) this.#decide("unknown", "time_over");
    } else if (this.#ringing) {
      this.#ringing = false;
      this.#voice = this.#listen();
    }
    return rings;
  }

  #listen(): VoiceActivity {
    return new VoiceActivity(this.#settings.longestAnalysis);
  }

  #silenceWanted(spanMs: number): number {
    const { silenceAfterShort, silenceAfterLong } = this.#settings;
    return spanMs <= SHORT_GREETING ? silenceAfterShort : silenceAfterLong;
  }

  #decide(who: Answerer, reason: AnswerReason): void {
    const { silenceMs, spanMs, words } = this.#voice;
    const revised = this.result !== undefined;
    this.result = {
      who,
      reason,
      afterMs: this.#now,
      waitedMs: silenceMs,
      greetingMs: spanMs,
      words,
      revised,
    };
    this.#onResult(this.result);
  }
}
