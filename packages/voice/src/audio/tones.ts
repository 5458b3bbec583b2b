/** The tone before a message is taken: 1 kHz for 0.4 s, its edges rounded so that they do not click. */
export function beep(sampleRate: number): Int16Array {
  return tone(sampleRate, 1000, 0.4);
}

/** Three falling tones that say "something went wrong" where no voice can. */
export function failureTones(sampleRate: number): Int16Array {
  const parts = [950, 760, 570].map((hertz) => tone(sampleRate, hertz, 0.3));
  const whole = new Int16Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function tone(sampleRate: number, hertz: number, seconds: number): Int16Array {
  const pcm = new Int16Array(Math.round(sampleRate * seconds));
  const ramp = sampleRate / 100;
  for (let index = 0; index < pcm.length; index++) {
    const edge = Math.min(1, index / ramp, (pcm.length - index) / ramp);
    pcm[index] = Math.round(8000 * edge * Math.sin((2 * Math.PI * hertz * index) / sampleRate));
  }
  return pcm;
}
