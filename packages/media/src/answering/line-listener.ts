// What is heard on an outbound leg before a conversation and at its start: tones of the network, who answered, the beep, the
// first voice. A sink of the leg; one for a call, taken off when there is nothing more to find out.
import type { AudioSink, FrameInfo } from "../engine/audio.ts";
import { type Beep, BeepDetector } from "../tone/beep-detector.ts";
import { type NetworkTone, NetworkToneDetector } from "../tone/network-tones.ts";
import { ToneRuns } from "../tone/tone-runs.ts";
import { AnsweringMachineDetector, type AnsweringSettings, type AnswerResult } from "./answering-machine.ts";
import { NO_SOUND, VoiceActivity } from "./voice-activity.ts";

export interface LineListenerOptions {
  /** 8000 or 16000 Hz. */
  sampleRate: number;
  /** Each kind once; `afterMs` of audio since the listening began. */
  onTone?(tone: NetworkTone, afterMs: number): void;
  /** After `answered()`: once, or a second time with `revised`. */
  onAnsweredBy?(result: AnswerResult): void;
  /** After `answered()`, at most a few. */
  onBeep?(beep: Beep): void;
  /** After a machine was told: its greeting is over, without a beep so far. Once. */
  onGreetingEnd?(silenceMs: number): void;
  /** After `answered()`: somebody, or a machine, spoke. Once. */
  onVoice?(afterMs: number): void;
  settings?: Partial<AnsweringSettings>;
  /** Ms of silence that end a machine's greeting where no beep comes. */
  greetingSilence?: number;
}

/** Ms of silence after a greeting: longer than a pause for breath, shorter than a machine's patience. */
export const GREETING_SILENCE = 2500;
/** Beeps that are told of one call. */
const MOST_BEEPS = 5;

export class LineListener implements AudioSink {
  readonly #options: LineListenerOptions;
  readonly #runs: ToneRuns;
  readonly #tones: NetworkToneDetector;
  readonly #beeps = new BeepDetector((beep) => this.#beep(beep));
  #machine: AnsweringMachineDetector | undefined;
  #voice: VoiceActivity | undefined;
  #answeredAt = 0;
  #beepsLeft = MOST_BEEPS;
  #voiceTold = false;
  #greetingOver = false;

  constructor(options: LineListenerOptions) {
    this.#options = options;
    this.#tones = new NetworkToneDetector((tone) => this.#tone(tone));
    this.#runs = new ToneRuns({
      sampleRate: options.sampleRate,
      onBegin: (run) => {
        this.#tones.begin(run);
        this.#beeps.begin(run);
      },
      onEnd: (run) => {
        this.#tones.end(run);
        this.#beeps.end(run);
      },
    });
  }

  /** The call is answered: from here on voices, machines and beeps count. */
  answered(): void {
    if (this.#machine !== undefined) return;
    this.#answeredAt = this.#runs.now;
    this.#voice = new VoiceActivity(0);
    this.#machine = new AnsweringMachineDetector((result) => {
      this.#options.onAnsweredBy?.(result);
    }, this.#options.settings);
  }

  write(frame: Int16Array, info: FrameInfo): void {
    const runs = this.#runs;
    runs.write(frame);
    const tone = runs.current;
    this.#tones.tick(runs.now, tone);
    this.#beeps.tick(runs.now, runs.level);
    if (this.#machine === undefined || this.#voice === undefined) return;
    const level = info.silenceInserted ? NO_SOUND : runs.level;
    this.#machine.write(level, tone);
    this.#voice.write(tone === undefined ? level : NO_SOUND);
    this.#watch(this.#voice);
  }

  #watch(voice: VoiceActivity): void {
    if (!this.#voiceTold && voice.firstVoiceAt !== undefined) {
      this.#voiceTold = true;
      this.#options.onVoice?.(voice.firstVoiceAt);
    }
    if (this.#greetingOver || this.#machine?.result?.who !== "machine") return;
    if (voice.silenceMs < (this.#options.greetingSilence ?? GREETING_SILENCE)) return;
    this.#greetingOver = true;
    this.#options.onGreetingEnd?.(voice.silenceMs);
  }

  #tone(tone: NetworkTone): void {
    this.#options.onTone?.(tone, this.#runs.now - this.#answeredAt);
    if (tone === "special_information") this.#machine?.machine("special_information");
    if (tone === "fax_answer") this.#machine?.machine("fax");
    if (tone === "busy" || tone === "congestion") this.#machine?.machine("busy");
  }

  #beep(beep: Beep): void {
    if (this.#machine === undefined || this.#beepsLeft === 0 || beep.endedAt < this.#answeredAt) return;
    this.#beepsLeft -= 1;
    this.#greetingOver = true;
    this.#machine.machine("beep");
    this.#options.onBeep?.({ ...beep, endedAt: beep.endedAt - this.#answeredAt });
  }
}
