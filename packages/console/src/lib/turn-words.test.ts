import assert from "node:assert/strict";
import { test } from "node:test";
import { momentOf, turnWords } from "./turn-words.ts";

test("a word is where its letters are in the turn", () => {
  const words = turnWords("We are open. Goodbye.");
  assert.deepEqual(
    words.map(({ text }) => text),
    ["We ", "are ", "open. ", "Goodbye."],
  );
  const turn = { startedAt: "2026-11-27T12:00:00.000Z", endedAt: "2026-11-27T12:00:02.100Z" };
  assert.deepEqual(
    words.map(({ share }) => momentOf(turn, share).slice(17, -1)),
    ["00.000", "00.300", "00.700", "01.300"],
  );
  assert.deepEqual(turnWords(" "), []);
  assert.equal(momentOf({ ...turn, endedAt: turn.startedAt }, 0.5), turn.startedAt);
});
