/** Hold audio out of a WAV file: read, made mono and of the leg's rate once, then shared by all that wait. */
import { stat } from "node:fs/promises";
import { MediaError } from "../errors.ts";
import { readWav } from "../record/wav.ts";

/** Ten minutes of 48 kHz stereo: more is a mistake. Bytes. */
const LARGEST_FILE = 120_000_000;
/** Half width of the low pass, in samples of the slower rate. */
const HALF_TAPS = 12;

/**
 * @param sampleRate Hz wanted; @returns mono samples
 * @throws MediaError `wav_malformed`, also for a file that is too large or empty; the system's errors
 */
export async function readHoldAudio(path: string, sampleRate: number): Promise<Int16Array> {
  if ((await stat(path)).size > LARGEST_FILE) throw new MediaError("wav_malformed", "over 120 MB");
  const wav = await readWav(path);
  const mono = mixDown(wav.samples);
  if (mono.length === 0) throw new MediaError("wav_malformed", "no audio");
  return wav.sampleRate === sampleRate ? mono : resample(mono, wav.sampleRate, sampleRate);
}

function mixDown(channels: readonly Int16Array[]): Int16Array {
  const [first = new Int16Array()] = channels;
  if (channels.length === 1) return first;
  return first.map((_, i) => {
    let sum = 0;
    for (const channel of channels) sum += channel[i] ?? 0;
    return Math.round(sum / channels.length);
  });
}

/** A windowed sinc at each sample: slow and good, for audio that is made once. Exported for its test. */
export function resample(pcm: Int16Array, from: number, to: number): Int16Array {
  const ratio = from / to;
  // going down, what is above the new rate's half has to go first
  const scale = Math.min(1, to / from) * 0.95;
  const reach = Math.ceil(HALF_TAPS / scale);
  const out = new Int16Array(Math.max(1, Math.floor(pcm.length / ratio)));
  for (let i = 0; i < out.length; i++) {
    const centre = i * ratio;
    let sum = 0;
    for (let k = Math.ceil(centre - reach); k <= centre + reach; k++) {
      const distance = k - centre;
      const x = distance * scale;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      const window = 0.5 + 0.5 * Math.cos((Math.PI * distance) / reach);
      sum += (pcm[k] ?? 0) * sinc * window * scale;
    }
    out[i] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
}
