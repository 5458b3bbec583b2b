import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { grammarInputs } from "./arbitraries.ts";
import { Corpus } from "./corpus.ts";
import { Dice, seedOf } from "./dice.ts";
import { FuzzRun, whatFails } from "./fuzz-run.ts";
import { minimise, minimiseBytes } from "./minimise.ts";
import { mutate } from "./mutate.ts";
import { FuzzFault, type FuzzTarget } from "./target.ts";
import { sipCorpus, sipTargets } from "./targets.ts";

/** The same inputs with every run; `npm run fuzz` has others each time. */
const seed = Number(process.env.RINGDOWN_FUZZ_SEED ?? 3261);
const runs: Record<string, number> = { message: 3_000, stream: 600, value: 3_000, dns: 5_000, session: 120 };

describe("inputs that nobody would send", () => {
  for (const target of sipTargets) {
    test(`${target.name}: what once broke it does so no more`, () => {
      for (const { name, bytes } of new Corpus(sipCorpus).read(target.name)) {
        assert.equal(whatFails(target, bytes), undefined, name);
      }
    });

    test(`${target.name}: ${runs[target.name]} inputs made from what there is`, () => {
      const known = new Corpus(sipCorpus).read(target.name).map(({ bytes }) => bytes);
      const run = new FuzzRun(target, { seed, more: [...known, ...grammarInputs(target.name, seed)] });
      while (run.steps < (runs[target.name] ?? 0)) {
        const finding = run.step();
        if (finding === undefined) continue;
        const { what, step, smallest, error } = finding;
        const input = smallest.toString("latin1");
        assert.fail(
          new Error(`${what}; input ${step} of RINGDOWN_FUZZ_SEED=${seed}:\n${input}`, { cause: error }),
        );
      }
      assert.ok(run.outcomes > 4, `only ${run.outcomes} different outcomes`);
    });
  }
});

describe("the fuzzer itself", () => {
  /** Breaks on an input with an "x" somewhere before a "y". */
  const fragile: FuzzTarget = {
    name: "fragile",
    material: { words: [Buffer.from("x"), Buffer.from("y")], joints: "a" },
    seeds: () => [Buffer.from("abcabcabc")],
    run(bytes) {
      const x = bytes.indexOf("x");
      if (x !== -1 && bytes.indexOf("y", x) !== -1) throw new FuzzFault("no x before a y");
      return String(x !== -1);
    },
  };
  const firstFinding = (one: number) => {
    const run = new FuzzRun(fragile, { seed: one });
    for (;;) {
      const finding = run.step();
      if (finding !== undefined) return finding;
      assert.ok(run.steps < 10_000, "found in time");
    }
  };

  test("finds a fault, makes it small, and finds it again by its seed", () => {
    const finding = firstFinding(7);
    assert.equal(finding.what, "no x before a y");
    assert.equal(finding.smallest.toString(), "xy");
    assert.ok(finding.bytes.equals(firstFinding(7).bytes));
    assert.equal(finding.step, firstFinding(7).step);
    assert.notEqual(firstFinding(8).bytes.toString("latin1"), finding.bytes.toString("latin1"));
  });

  test("faults that are not its own are told by where they are thrown", () => {
    const what = whatFails({ ...fragile, run: () => JSON.parse("{") as string }, Buffer.alloc(1));
    assert.match(what ?? "", /^SyntaxError at /);
    assert.equal(whatFails(fragile, Buffer.from("yx")), undefined);
  });

  test("minimising leaves what the failure needs, in units where they are asked for", () => {
    const needed = (items: readonly number[]) => items.includes(3) && items.includes(17);
    assert.deepEqual(
      minimise(
        Array.from({ length: 40 }, (_, index) => index),
        needed,
      ),
      [3, 17],
    );
    const units = (bytes: Buffer) => bytes.includes("cd") && bytes.length % 2 === 0;
    assert.equal(minimiseBytes(Buffer.from("abcdefgh"), units, 2).toString(), "cd");
    assert.deepEqual(
      minimise([1, 2, 3], () => false),
      [1, 2, 3],
    );
    assert.deepEqual(
      minimise([1, 2, 3], () => true),
      [],
    );
  });

  test("mutations stay within bounds, whatever they begin with", () => {
    const material = {
      pool: [Buffer.alloc(0), Buffer.from("a: b\r\n")],
      words: [Buffer.from("w")],
      joints: ":",
    };
    for (let step = 0; step < 3_000; step++) {
      const dice = new Dice(seedOf(1, step));
      const bytes = mutate(dice.pick(material.pool), dice, material);
      assert.ok(bytes.length <= 80_000);
    }
  });
});
