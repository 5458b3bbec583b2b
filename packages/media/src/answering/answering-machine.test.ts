import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { ToneRun } from "../tone/tone-runs.ts";
import { AnsweringMachineDetector, type AnsweringSettings, type AnswerResult } from "./answering-machine.ts";

/** Ms of voice (at -20 dBm0, up and down as syllables are), of silence, or of ringback. */
type Step = ["voice" | "silence" | "ring", number];

function listen(steps: Step[], settings: Partial<AnsweringSettings> = {}): AnswerResult[] {
  const results: AnswerResult[] = [];
  const detector = new AnsweringMachineDetector((result) => results.push(result), settings);
  for (const [kind, ms] of steps)
    for (let at = 0; at < ms; at += 20) {
      const run: ToneRun = { low: 425, high: 0, startedAt: 0, endedAt: at, level: -16, spread: 1 };
      const level = kind === "silence" ? -60 : kind === "ring" ? -16 : -20 - (at % 100) / 10;
      detector.write(level, kind === "ring" ? run : undefined);
    }
  return results;
}

const only = (results: AnswerResult[]): AnswerResult => {
  assert.equal(results.length, 1);
  return results[0] as AnswerResult;
};

describe("a person", () => {
  test("a word, then 800 ms of silence", () => {
    const result = only(
      listen([
        ["silence", 500],
        ["voice", 400],
        ["silence", 3000],
      ]),
    ); // prettier-ignore
    assert.deepEqual(result, {
      who: "human",
      reason: "short_greeting",
      afterMs: 1700,
      waitedMs: 800,
      greetingMs: 400,
      words: 1,
      revised: false,
    });
  });

  test("a longer greeting needs 1,200 ms: a machine's first sentence is as long", () => {
    const result = only(
      listen([
        ["silence", 500],
        ["voice", 1800],
        ["silence", 3000],
      ]),
    ); // prettier-ignore
    assert.deepEqual([result.who, result.waitedMs, result.afterMs], ["human", 1200, 3500]);
  });

  test("a second hello within the wait belongs to the greeting", () => {
    const result = only(
      listen([
        ["voice", 400],
        ["silence", 600],
        ["voice", 400],
        ["silence", 3000],
      ]),
    ); // prettier-ignore
    assert.deepEqual([result.who, result.greetingMs, result.words], ["human", 1400, 2]);
  });

  test("a knock before the word is no voice", () => {
    const result = only(
      listen([
        ["silence", 300],
        ["voice", 60],
        ["silence", 900],
        ["voice", 400],
        ["silence", 2000],
      ]), // prettier-ignore
    );
    assert.deepEqual([result.greetingMs, result.words], [400, 1]);
  });
});

describe("a machine", () => {
  test("talks on, told as soon as it has for longer than people do", () => {
    const result = only(
      listen([
        ["silence", 500],
        ["voice", 1500],
        ["silence", 400],
        ["voice", 6000],
      ]),
    ); // prettier-ignore
    assert.deepEqual([result.who, result.reason, result.afterMs], ["machine", "long_greeting", 3120]);
  });

  test("uses many words", () => {
    const words = Array.from({ length: 12 }, (): Step[] => [
      ["voice", 100],
      ["silence", 100],
    ]).flat(); // prettier-ignore
    const result = only(listen(words));
    assert.deepEqual([result.who, result.reason], ["machine", "many_words"]);
  });

  test("beeps: that stands over a person told before", () => {
    const results: AnswerResult[] = [];
    const detector = new AnsweringMachineDetector((result) => results.push(result));
    for (let at = 0; at < 4000; at += 20) detector.write(at < 400 ? -20 : -60, undefined);
    detector.machine("beep");
    detector.machine("beep");
    assert.deepEqual(
      results.map(({ who, reason, revised }) => [who, reason, revised]),
      [
        ["human", "short_greeting", false],
        ["machine", "beep", true],
      ],
    );
    assert.equal(results[1]?.afterMs, 4000);
  });
});

describe("neither", () => {
  test("nobody speaks", () => {
    const result = only(listen([["silence", 9000]]));
    assert.deepEqual([result.who, result.reason, result.afterMs], ["unknown", "silence", 4000]);
  });

  test("no end and no length in the time allowed", () => {
    const steps = Array.from({ length: 4 }, (): Step[] => [
      ["voice", 300],
      ["silence", 500],
    ]).flat(); // prettier-ignore
    const result = only(listen(steps, { longestAnalysis: 2000 }));
    assert.deepEqual([result.who, result.reason, result.afterMs], ["unknown", "time_over", 2000]);
  });
});

test("ringback after the answer makes what was said before it an announcement, and is waited for", () => {
  const result = only(
    listen([
      ["voice", 700],
      ["silence", 500],
      ["ring", 1000],
      ["silence", 4000],
      ["ring", 1000],
      ["silence", 1000],
      ["voice", 400],
      ["silence", 2000],
    ]),
  );
  assert.deepEqual([result.who, result.greetingMs, result.afterMs], ["human", 400, 9400]);
});

test("ringback without end is given up after a minute", () => {
  const steps = Array.from({ length: 20 }, (): Step[] => [
    ["ring", 1000],
    ["silence", 4000],
  ]).flat(); // prettier-ignore
  const result = only(listen(steps));
  assert.deepEqual([result.who, result.reason], ["unknown", "time_over"]);
  assert.ok(result.afterMs >= 60_000 && result.afterMs <= 65_000);
});
