// What is found out about the far side of a call that we made: tones of the network, who answered, the beep. Told in the
// timeline; call control decides by it.
import { type AudioSink, type FrameInfo, LineListener, type MediaLeg } from "@ringdown/media";
import type { Quality } from "./protocol.ts";

/** Frames (20 ms) after the answer in which something may still be learnt: a minute; of a machine three. */
const FRAMES = 3_000;
const FRAMES_OF_A_MACHINE = 9_000;

export class LineWatch implements AudioSink {
  readonly #listener: LineListener;
  readonly #remove: () => void;
  #answered = false;
  #left = FRAMES;

  constructor(leg: Pick<MediaLeg, "addSink" | "sampleRate">, tell: (name: string, fields: Quality) => void) {
    this.#listener = new LineListener({
      sampleRate: leg.sampleRate,
      onTone: (tone, afterMs) => tell("tone_heard", { tone, afterMs }),
      onAnsweredBy: ({ who, ...result }) => {
        if (who === "machine") this.#left += FRAMES_OF_A_MACHINE;
        tell("answered_by", { answeredBy: who, ...result });
      },
      onBeep: ({ hertz, durationMs, endedAt }) =>
        tell("beep_heard", { hertz: Math.round(hertz), durationMs, afterMs: endedAt }),
      onGreetingEnd: (silenceMs) => tell("machine_silent", { silenceMs }),
      onVoice: (afterMs) => tell("voice_heard", { afterMs }),
    });
    this.#remove = leg.addSink(this);
  }

  answered(): void {
    this.#answered = true;
    this.#listener.answered();
  }

  write(frame: Int16Array, info: FrameInfo): void {
    this.#listener.write(frame, info);
    if (this.#answered && --this.#left <= 0) this.#remove();
  }
}
