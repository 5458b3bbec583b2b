// A person told from a machine, on spoken answers over G.711 with noise: a part of the corpus, with the whole corpus's bounds.
// docs/design/answering-machine.md has all of it.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { answeringCorpus, type Line, overLine } from "./testing/answering-corpus.ts";
import { judge } from "./testing/answering-judge.ts";
import { FliteEngine } from "./tts/flite-engine.ts";

const engine = new FliteEngine({ cacheBytes: 32 * 1024 * 1024 });
after(() => engine.close());
const clips = "/usr/share/pocketsphinx/test/data";
const lines: Line[] = [
  { level: -20 },
  { level: -30, snr: 20, colour: "room" },
  { level: -20, snr: 10, colour: "white" },
];

test("people are people, machines are machines or put right by their beep, and no beep is heard where none is", async () => {
  const { answers } = await answeringCorpus(engine, {
    voices: ["rms", "slt"],
    ...(existsSync(clips) ? { clips } : {}),
  });
  const wrong: string[] = [];
  let beeps = 0;
  let heard = 0;
  for (const line of lines)
    for (const [index, answer] of answers.entries()) {
      const judged = judge(overLine(answer, line, 3000, index + 1));
      const note = `${judged.who} ${judged.reason} at ${judged.afterMs}, beeps ${judged.beeps}: ${answer.name}`;
      if (answer.who === "human") {
        // a person is never taken for a machine, and waits for 1.5 s at most
        assert.equal(judged.who, "human", note);
        assert.ok(judged.afterMs <= answer.pcm.length / 8 + 1500, note);
      } else if (judged.who !== "machine" && !judged.revised) wrong.push(note);
      const hits = judged.beeps.filter((at) => Math.abs(at - (answer.beepEndsAt ?? -1000)) <= 60).length;
      assert.equal(hits, judged.beeps.length, note);
      if (answer.beepEndsAt !== undefined) beeps += 1;
      heard += hits;
    }
  assert.ok(wrong.length <= 2, wrong.join("\n"));
  assert.ok(heard >= beeps * 0.95, `${heard} of ${beeps} beeps`);
});
