import assert from "node:assert/strict";
import { test } from "node:test";
import { frames, overLine, type Sound, sounds } from "../tone/tone-sounds.ts";
import { LineListener, type LineListenerOptions } from "./line-listener.ts";

const info = { concealed: false, silenceInserted: false };
/** Three frequencies in no cadence, in syllables: to these ears a voice. */
function voice(ms: number): Sound[] {
  const parts: Sound[] = [];
  for (let at = 0; at < ms; at += 200) parts.push({ hertz: [310, 730, 1190], ms: 160, level: -24 }, 40);
  return parts;
}

function listen(pcm: Int16Array, answeredAtMs: number, options: Partial<LineListenerOptions> = {}): string[] {
  const log: string[] = [];
  const listener = new LineListener({
    sampleRate: 8000,
    onTone: (tone) => log.push(tone),
    onAnsweredBy: ({ who, reason, revised }) => log.push(`${who} ${reason}${revised ? " revised" : ""}`),
    onBeep: ({ hertz }) => log.push(`beep ${Math.round(hertz / 10) * 10}`),
    onGreetingEnd: () => log.push("greeting over"),
    onVoice: () => log.push("voice"),
    ...options,
  });
  let now = 0;
  for (const frame of frames(overLine(pcm, -50))) {
    if (now === answeredAtMs) listener.answered();
    now += 20;
    listener.write(frame, info);
  }
  return log;
}

const ring: Sound[] = [{ hertz: [440, 480], ms: 2000 }, 4000];

test("early media: ringback is told, nothing else counts before the answer", () => {
  const early = sounds(...ring, ...ring, ...voice(3000), 500, { hertz: [1000], ms: 400 }, 1000);
  assert.deepEqual(listen(early, 100_000), ["ringback"]);
});

test("ringback, the answer, a person", () => {
  assert.deepEqual(listen(sounds(...ring, ...ring, ...voice(400), 3000), 12_000), [
    "ringback",
    "voice",
    "human short_greeting",
  ]);
});

test("a machine, its beep; no end of its greeting is told after that", () => {
  const pcm = sounds(500, ...voice(5000), 700, { hertz: [1000], ms: 400 }, 4000);
  assert.deepEqual(listen(pcm, 0), ["voice", "machine long_greeting", "beep 1000"]);
});

test("a machine without a beep: its greeting is over after 2.5 s of silence", () => {
  assert.deepEqual(listen(sounds(500, ...voice(5000), 4000), 0), [
    "voice",
    "machine long_greeting",
    "greeting over",
  ]);
});

test("nothing but a beep is a machine; nothing at all is told as that", () => {
  assert.deepEqual(listen(sounds(1000, { hertz: [850], ms: 500 }, 3000), 0), ["machine beep", "beep 850"]);
  assert.deepEqual(listen(sounds(6000), 0), ["unknown silence"]);
});

test("the network's announcement, a fax, and a busy tone on an answered call are machines", () => {
  const rise: Sound[] = [950, 1400, 1800].map((hertz) => ({ hertz: [hertz], ms: 330 }));
  assert.deepEqual(listen(sounds(500, ...rise, 200, ...voice(600)), 0).slice(0, 2), [
    "special_information",
    "machine special_information",
  ]);
  assert.deepEqual(listen(sounds(500, { hertz: [2100], ms: 2000 }), 0), ["fax_answer", "machine fax"]);
  const busy: Sound[] = [{ hertz: [480, 620], ms: 500 }, 500];
  assert.deepEqual(listen(sounds(500, ...busy, ...busy, ...busy), 0), ["busy", "machine busy"]);
});

test("a stream of beeps is not told without end", () => {
  const beeps = Array.from({ length: 30 }, (): Sound[] => [{ hertz: [1000], ms: 200 }, 800]).flat();
  assert.equal(listen(sounds(...beeps), 0).filter((entry) => entry.startsWith("beep")).length, 5);
});
