import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { StepCounter } from "@ringdown/sip/fuzz";

// What is counted has to be loaded after the counter has begun.
const counter = new StepCounter((url) => url.includes("/packages/media/src/") && !url.includes("/fuzz/"));
counter.start();
const { mediaTargets, sdpShapes } = await import("@ringdown/media/fuzz");
const { Corpus, FuzzRun } = await import("@ringdown/sip/fuzz");
counter.begin();

const seed = Number(process.env.RINGDOWN_FUZZ_SEED ?? 8866);

describe("the media package's parsers", () => {
  test("a session description four times as long takes at most five times the steps", () => {
    const sdp = mediaTargets.find(({ name }) => name === "sdp");
    assert.ok(sdp !== undefined);
    const tooFast = sdpShapes.flatMap((shape) => {
      const [small = 0, large = 0] = [100, 400].map((size) => {
        const bytes = shape.make(size);
        return counter.count(() => sdp.run(bytes));
      });
      assert.ok(small > 0, `${shape.name} is counted`);
      return large <= 5 * small ? [] : [`${shape.name}: ${small} steps grow to ${large}`];
    });
    assert.deepEqual(tooFast, []);
  });

  for (const target of mediaTargets) {
    test(`${target.name}: 3,000 inputs that nobody would send`, () => {
      const run = new FuzzRun(target, { seed });
      while (run.steps < 3_000) {
        const finding = run.step();
        if (finding === undefined) continue;
        const input = finding.smallest.toString("latin1");
        assert.fail(
          new Error(`${finding.what}; RINGDOWN_FUZZ_SEED=${seed}:\n${input}`, { cause: finding.error }),
        );
      }
      assert.ok(run.outcomes > 4, `only ${run.outcomes} different outcomes`);
    });
  }
});

describe("npm run fuzz", () => {
  const script = fileURLToPath(new URL("fuzz.ts", import.meta.url));
  const fuzz = (...words: string[]) => spawnSync(process.execPath, [script, ...words], { encoding: "utf8" });

  test("runs every target and says which seed gives the same again", () => {
    const { status, stdout, stderr } = fuzz("--runs", "20", "--seed", "5");
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^Seed 5\./);
    for (const name of ["message", "stream", "value", "dns", "session", "sdp", "packet"]) {
      assert.match(stdout, new RegExp(`^${name}: 20 inputs`, "m"));
    }
    assert.match(stdout, /Nothing broke\.\n$/);
  });

  test("replays one input of a corpus, by the name of its folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "ringdown-fuzz-"));
    try {
      const corpus = new Corpus(new URL(`file://${folder}/`));
      const file = corpus.write("value", Buffer.from("sip:a@b"));
      assert.deepEqual(
        corpus.read("value").map(({ bytes }) => bytes.toString()),
        ["sip:a@b"],
      );
      const { status, stdout } = fuzz("--replay", join(folder, file));
      assert.equal(status, 0);
      assert.match(stdout, /^value: read /);
      writeFileSync(join(folder, "stray.bin"), "x");
      assert.equal(fuzz("--replay", join(folder, "stray.bin")).status, 2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
