import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sentences, speakable, wholeSentences } from "./speakable-text.ts";

test("markup, accents and typography become what the voice can say", () => {
  assert.equal(
    speakable("**Hello**, café “Zoë” – it’s <b>open</b>…"),
    "Hello , cafe Zoe , it's b open /b ...",
  );
  assert.equal(speakable("See https://example.com/x?y=1 now"), "See a web address now");
  assert.equal(speakable("日本語"), "");
});

test("a phone number is said digit by digit, other numbers are left to the voice", () => {
  assert.equal(speakable("Call +1 (512) 555-0123."), "Call plus 1, 5 1 2, 5 5 5, 0 1 2 3.");
  assert.equal(speakable("Open until 1730, room 204."), "Open until 1730, room 204.");
});

test("sentences come one by one, long ones in pieces, empty ones not at all", () => {
  assert.deepEqual(sentences("Hello there. How are you? Fine!"), ["Hello there.", "How are you?", "Fine!"]);
  assert.deepEqual(sentences(" ... !? "), []);
  const pieces = sentences("word, ".repeat(200));
  assert.ok(pieces.length >= 4);
  assert.ok(pieces.every((piece) => piece.length <= 300));
});

test("property: any text is cut without end or loss of a word, and every piece is short", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (text) => {
      const clean = speakable(text);
      assert.match(clean, /^[\x20-\x7e]*$/);
      const pieces = sentences(clean);
      assert.ok(pieces.every((piece) => piece.length <= 300 && /[a-z0-9]/i.test(piece)));
      const letters = (value: string) => value.replace(/[^a-z0-9]/gi, "");
      assert.equal(letters(pieces.join(" ")), letters(clean));
    }),
    { numRuns: 300 },
  );
});

test("a text that comes in pieces is handed on as its sentences are whole, and no more once it is given up", async () => {
  const giveUp = new AbortController();
  const said: string[] = [];
  async function* pieces() {
    yield* ["Good m", "orning. How", " are you? I", " am"];
    yield Symbol("flush");
    yield "Yes. N";
    giveUp.abort();
    yield "o.";
  }
  for await (const text of wholeSentences(pieces(), giveUp.signal)) said.push(text);
  assert.deepEqual(said, ["Good morning. ", "How are you? ", "I am", "Yes. "]);
});
