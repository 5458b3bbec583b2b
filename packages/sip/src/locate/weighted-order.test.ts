import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../simulation/random.ts";
import { interleaved, shuffled, weightedOrder } from "./weighted-order.ts";

const record = (name: string, priority: number, weight: number) => ({ name, priority, weight });

function firsts(records: ReturnType<typeof record>[], draws: number): Map<string, number> {
  const random = seededRandom(7);
  const counts = new Map<string, number>();
  for (let draw = 0; draw < draws; draw++) {
    const name = weightedOrder(records, random)[0]?.name ?? "";
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

describe("weightedOrder", () => {
  it("gives weight 0 a very small chance beside others, and an equal one among themselves (RFC 2782)", () => {
    const beside = firsts([record("heavy", 1, 99), record("zero", 1, 0)], 10_000);
    const zero = beside.get("zero") ?? 0;
    // One in a hundred, four standard deviations.
    assert.ok(zero > 60 && zero < 140, `${zero}`);
    // "Between 0 and the sum (inclusive)": of 0 and 1 each is drawn half the time.
    const one = firsts([record("one", 1, 1), record("zero", 1, 0)], 10_000).get("one") ?? 0;
    assert.ok(Math.abs(one - 5_000) < 200, `${one}`);
    const among = firsts([record("a", 1, 0), record("b", 1, 0), record("c", 1, 0)], 9_000);
    for (const name of ["a", "b", "c"]) assert.ok(Math.abs((among.get(name) ?? 0) - 3_000) < 180, name);
  });

  it("draws the second by the weights that are left", () => {
    const random = seededRandom(11);
    let b = 0;
    for (let draw = 0; draw < 10_000; draw++) {
      const [first, second] = weightedOrder(
        [record("a", 1, 1), record("b", 1, 300), record("c", 1, 100)],
        random,
      );
      if (first?.name === "a") continue;
      if (second?.name === (first?.name === "b" ? "c" : "b")) b++;
    }
    assert.ok(b > 9_600, `${b}: the light one is nearly always last`);
  });

  it("loses none, doubles none, and keeps priorities apart", () => {
    const records = fc.array(fc.record({ priority: fc.nat(3), weight: fc.nat(65_535) }), { maxLength: 20 });
    fc.assert(
      fc.property(records, fc.integer(), (list, seed) => {
        const order = weightedOrder(list, seededRandom(seed));
        assert.equal(new Set(order).size, list.length);
        for (let at = 1; at < order.length; at++)
          assert.ok((order[at - 1]?.priority ?? 0) <= (order[at]?.priority ?? 0));
      }),
    );
  });

  it("bears a generator at its edges", () => {
    const list = [record("a", 1, 0), record("b", 1, 5), record("c", 0, 0)];
    for (const value of [0, 1 - 2 ** -32]) assert.equal(weightedOrder(list, () => value).length, 3);
    assert.equal(shuffled(list, () => 1 - 2 ** -32).length, 3);
  });
});

describe("interleaved", () => {
  it("takes turns, and goes on with the longer list", () => {
    assert.deepEqual(interleaved([["a", "b", "c"], ["x"]]), ["a", "x", "b", "c"]);
    assert.deepEqual(interleaved([[], ["x", "y"]]), ["x", "y"]);
    assert.deepEqual(interleaved([]), []);
  });
});
