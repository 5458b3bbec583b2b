import assert from "node:assert/strict";
import { test } from "node:test";
import { type AudioCodec, codecs, pcma, pcmu } from "./g711.ts";

/**
 * The slow reference, from ITU-T G.711 tables 1 and 2: decision values and quantised values of the positive half,
 * in the standard's own units (µ-law: 8159 full scale; A-law: 4096 full scale).
 */
function muLawReference(): { decisions: number[]; outputs: number[] } {
  // Table 2a: segments of 16 intervals of 2, 4, 8 … 256; the first interval of the first segment is 1 wide.
  const decisions = [0, 1];
  let width = 2;
  for (let segment = 0; segment < 8; segment++, width *= 2) {
    for (let i = segment === 0 ? 1 : 0; i < 16; i++) decisions.push((decisions.at(-1) ?? 0) + width);
  }
  const outputs = decisions.slice(0, -1).map((x, n) => (n === 0 ? 0 : (x + (decisions[n + 1] ?? 0)) / 2));
  return { decisions, outputs };
}

function aLawReference(): { decisions: number[]; outputs: number[] } {
  // Table 1a: 32 intervals of 2, then 16 each of 4, 8 … 128.
  const decisions = [0];
  const widths = [2, 2, 4, 8, 16, 32, 64, 128];
  for (const width of widths) for (let i = 0; i < 16; i++) decisions.push((decisions.at(-1) ?? 0) + width);
  const outputs = decisions.slice(0, -1).map((x, n) => (x + (decisions[n + 1] ?? 0)) / 2);
  return { decisions, outputs };
}

/** Number of the interval that a magnitude falls into. A value on a decision belongs to the interval above. */
function interval(decisions: number[], magnitude: number): number {
  let n = 0;
  while (n < 127 && magnitude >= (decisions[n + 1] ?? Number.POSITIVE_INFINITY)) n += 1;
  return n;
}

function encodeAll(codec: AudioCodec): Uint8Array {
  const pcm = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
  const out = new Uint8Array(65536);
  codec.encode(pcm, out, 0);
  return out;
}

function decodeAll(codec: AudioCodec): Int16Array {
  const out = new Int16Array(256);
  codec.decode(
    Uint8Array.from({ length: 256 }, (_, i) => i),
    0,
    256,
    out,
  );
  return out;
}

test("the reference meets the values that the standard prints", () => {
  const mu = muLawReference();
  assert.deepEqual(
    [mu.decisions.length, mu.decisions[16], mu.decisions[112], mu.decisions[128]],
    [129, 31, 4063, 8159],
  );
  assert.equal(mu.outputs[127], 8031);
  const a = aLawReference();
  assert.deepEqual(
    [a.decisions.length, a.decisions[32], a.decisions[112], a.decisions[128]],
    [129, 64, 2048, 4096],
  );
  assert.equal(a.outputs[127], 4032);
});

test("µ-law is exact for all 65536 samples and 256 bytes", () => {
  const { decisions, outputs } = muLawReference();
  const encoded = encodeAll(pcmu);
  for (let sample = -32768; sample < 32768; sample++) {
    // 16 bits hold the 14-bit code four times. Negative samples mirror: on a decision they go towards zero.
    const magnitude = sample < 0 ? (-sample - 1) >> 2 : sample >> 2;
    const expected = 0xff - (sample < 0 ? 0x80 : 0) - interval(decisions, magnitude);
    assert.equal(encoded[sample + 32768], expected, `sample ${sample}`);
  }
  const decoded = decodeAll(pcmu);
  for (let n = 0; n < 128; n++) {
    assert.equal(decoded[0xff - n], (outputs[n] ?? 0) * 4);
    assert.equal(decoded[0x7f - n], (outputs[n] ?? 0) * -4 || 0);
  }
});

test("A-law is exact for all 65536 samples and 256 bytes", () => {
  const { decisions, outputs } = aLawReference();
  const encoded = encodeAll(pcma);
  for (let sample = -32768; sample < 32768; sample++) {
    const magnitude = sample < 0 ? (-sample - 1) >> 3 : sample >> 3;
    const expected = ((sample < 0 ? 0 : 0x80) + interval(decisions, magnitude)) ^ 0x55;
    assert.equal(encoded[sample + 32768], expected, `sample ${sample}`);
  }
  const decoded = decodeAll(pcma);
  for (let n = 0; n < 128; n++) {
    assert.equal(decoded[(0x80 + n) ^ 0x55], (outputs[n] ?? 0) * 8);
    assert.equal(decoded[n ^ 0x55], (outputs[n] ?? 0) * -8);
  }
});

test("a byte survives decoding and encoding", () => {
  for (const codec of [pcmu, pcma]) {
    const back = new Uint8Array(256);
    codec.encode(decodeAll(codec), back, 0);
    // µ-law alone has two zeros; the negative one comes back as the positive one.
    for (let byte = 0; byte < 256; byte++)
      assert.equal(back[byte], codec === pcmu && byte === 0x7f ? 0xff : byte);
  }
});

test("silence is the code of zero, and static payload types are those of RFC 3551", () => {
  for (const codec of [pcmu, pcma]) {
    const out = new Uint8Array(1);
    codec.encode(new Int16Array(1), out, 0);
    assert.equal(out[0], codec.silence);
    assert.equal(codecs[codec.name], codec);
  }
  assert.deepEqual([pcmu.payloadType, pcma.payloadType], [0, 8]);
});

test("offsets are honoured and nothing beside is written", () => {
  const out = new Uint8Array(6).fill(1);
  pcmu.encode(Int16Array.of(0, 0), out, 2);
  assert.deepEqual([...out], [1, 1, 0xff, 0xff, 1, 1]);
  const pcm = new Int16Array(4).fill(7);
  pcma.decode(Uint8Array.of(0, 0xd5, 0x55, 0), 1, 2, pcm);
  assert.deepEqual([...pcm], [8, -8, 7, 7]);
});
