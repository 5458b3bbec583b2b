// From one law of G.711 to the other, byte by byte: what decoding and encoding give, without a frame in between.

import type { AudioCodec } from "./g711.ts";

const tables = new Map<AudioCodec, Map<AudioCodec, Uint8Array>>();

/** Writes `length` bytes at `bytes[offset…]` over with the other law's code of the same sample. */
export function convertLaw(
  bytes: Uint8Array,
  offset: number,
  length: number,
  from: AudioCodec,
  to: AudioCodec,
): void {
  const table = tables.get(from)?.get(to) ?? makeTable(from, to);
  for (let i = offset; i < offset + length; i++) bytes[i] = table[bytes[i] as number] as number;
}

function makeTable(from: AudioCodec, to: AudioCodec): Uint8Array {
  const pcm = new Int16Array(256);
  from.decode(
    Uint8Array.from({ length: 256 }, (_, code) => code),
    0,
    256,
    pcm,
  );
  const table = new Uint8Array(256);
  to.encode(pcm, table, 0);
  const ofFrom = tables.get(from) ?? new Map<AudioCodec, Uint8Array>();
  tables.set(from, ofFrom);
  ofFrom.set(to, table);
  return table;
}
