import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { settled } from "./call-test-kit.ts";
import { EarlyMedia } from "./early-media.ts";

function setUp() {
  const accepted: string[] = [];
  const heard: string[] = [];
  const early = new EarlyMedia({
    accept: async (sdp) => {
      accepted.push(sdp);
      if (sdp.startsWith("bad")) throw new Error("no codec");
      return { audible: !sdp.startsWith("silent") };
    },
    onHeard: (fork) => heard.push(fork),
  });
  return { early, accepted, heard };
}

describe("early media", () => {
  test("of the newest phone is heard; a repeated response changes nothing", async () => {
    const { early, accepted, heard } = setUp();
    early.take("a", "A");
    early.take("a", "A");
    await settled();
    early.take("b", "B");
    early.take("a", "A");
    await settled();
    assert.deepEqual(
      [accepted, heard],
      [
        ["A", "B"],
        ["a", "b"],
      ],
    );
  });

  test("of a phone that sends nothing is passed over", async () => {
    const { early, accepted, heard } = setUp();
    early.take("a", "A");
    await settled();
    early.take("b", "silent");
    await settled();
    assert.deepEqual(
      [accepted, heard],
      [
        ["A", "silent", "A"],
        ["a", "a"],
      ],
    );
  });

  test("goes back to another phone when the one that is heard rings no more", async () => {
    const { early, heard } = setUp();
    early.take("a", "A");
    early.take("b", "B");
    early.gone("b");
    await settled();
    assert.deepEqual(heard, ["a"]);
    early.take("c", "C");
    await settled();
    early.gone("c");
    await settled();
    assert.deepEqual(heard, ["a", "c", "a"]);
  });

  test("that cannot be used leaves what was heard, and is not asked for again", async () => {
    const { early, accepted } = setUp();
    early.take("a", "A");
    await settled();
    early.take("b", "bad");
    await settled();
    early.take("c", "C");
    await settled();
    assert.deepEqual(accepted, ["A", "bad", "C"]);
  });

  test("touches nothing after the answer", async () => {
    const { early, accepted } = setUp();
    early.take("a", "A");
    await early.end();
    early.take("b", "B");
    await settled();
    assert.ok(!accepted.includes("B"));
  });
});
