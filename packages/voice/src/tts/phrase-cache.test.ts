import assert from "node:assert/strict";
import { test } from "node:test";
import { PhraseCache } from "./phrase-cache.ts";

const pcm = (samples: number) => new Int16Array(samples);

test("keeps the recently used within its bytes", () => {
  const cache = new PhraseCache(800);
  for (const name of ["a", "b", "c", "d"]) cache.set(name, pcm(100));
  assert.equal(cache.bytes, 800);
  assert.ok(cache.get("a"));
  cache.set("e", pcm(50));
  assert.equal(cache.get("b"), undefined, "the least recently used went");
  assert.ok(cache.get("a") && cache.get("e"));
  assert.equal(cache.bytes, 700);
});

test("a phrase set again replaces itself; a huge one is not kept", () => {
  const cache = new PhraseCache(800);
  cache.set("a", pcm(100));
  cache.set("a", pcm(50));
  assert.equal(cache.bytes, 100);
  cache.set("huge", pcm(101));
  assert.equal(cache.get("huge"), undefined);
});
