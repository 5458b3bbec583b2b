import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import fc from "fast-check";
import { mediaCorpus, mediaTargets } from "./targets.ts";

/** The fuzzer itself is `npm run fuzz`; here what it found is run again, and each target once over its own seeds. */
describe("inputs that nobody would send", () => {
  for (const target of mediaTargets) {
    test(`${target.name}: what real peers send comes to something`, () => {
      const outcomes = new Set(target.seeds().map((bytes) => target.run(bytes)));
      assert.ok(outcomes.size > 1, [...outcomes].join("; "));
    });

    test(`${target.name}: what once broke it does so no more`, () => {
      const folder = new URL(`${target.name}/`, mediaCorpus);
      const names = existsSync(folder) ? readdirSync(folder) : [];
      for (const name of names)
        assert.doesNotThrow(() => target.run(readFileSync(new URL(name, folder))), name);
    });

    test(`${target.name}: pieces cut out, doubled and put in`, () => {
      const seeds = target.seeds();
      const edit = fc.record({
        at: fc.nat(2_000),
        drop: fc.nat(12),
        put: fc.oneof(
          fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
          fc.constantFrom(...target.material.words),
        ),
      });
      fc.assert(
        fc.property(
          fc.constantFrom(...seeds),
          fc.array(edit, { minLength: 1, maxLength: 8 }),
          (seed, edits) => {
            let bytes = seed;
            for (const { at, drop, put } of edits) {
              const start = at % (bytes.length + 1);
              bytes = Buffer.concat([bytes.subarray(0, start), put, bytes.subarray(start + drop)]);
            }
            target.run(bytes);
          },
        ),
        { numRuns: 1_000 },
      );
    });
  }
});
