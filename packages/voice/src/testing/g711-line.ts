/** What PCMU makes of a sample (ITU-T G.711): for tests that must hear as a phone hears. */
export function overG711(pcm: Int16Array): Int16Array {
  return pcm.map((sample) => expand(compress(sample)));
}

function compress(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), 32635) + 132;
  const exponent = Math.max(0, 31 - Math.clz32(magnitude) - 7);
  return sign | (exponent << 4) | ((magnitude >> (exponent + 3)) & 0x0f);
}

function expand(code: number): number {
  const exponent = (code >> 4) & 7;
  const magnitude = ((((code & 0x0f) << 3) + 132) << exponent) - 132;
  return code & 0x80 ? -magnitude : magnitude;
}
