// What a person has said, for calls in which somebody has to be heard.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readWav } from "./audio.ts";
import type { Peer } from "./peer.ts";

/** Clips of people, as Debian has them. */
const clips = "/usr/share/pocketsphinx/test/data/cards";
export const people: Peer = {
  program: "pocketsphinx_batch",
  debianPackage: "pocketsphinx-testdata",
  file: "/usr/share/pocketsphinx/test/data/cards/001.wav",
};

/** A person's words at 8 kHz, at so many seconds each, and silence for a while after. */
export function personSays(clip: string, ...atSeconds: number[]): Int16Array {
  const { channels, sampleRate } = readWav(readFileSync(`${clips}/${clip}.wav`));
  const wide = channels[0] ?? new Int16Array();
  assert.equal(sampleRate, 16_000);
  const line = new Int16Array(((atSeconds.at(-1) ?? 0) + 40) * 8_000);
  for (const at of atSeconds)
    for (let index = 0; index < wide.length / 2; index++)
      line[at * 8_000 + index] = ((wide[index * 2] ?? 0) + (wide[index * 2 + 1] ?? 0)) / 2;
  return line;
}
