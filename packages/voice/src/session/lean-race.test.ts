import assert from "node:assert/strict";
import { after, before, describe, mock, test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { raceLeanly } from "./lean-race.ts";

class OwnPromise<Value> extends Promise<Value> {}

describe("a race that forgets who has lost", () => {
  const { race } = Promise;
  before(raceLeanly);
  after(() => {
    Promise.race = race;
  });

  test("the first to settle decides, be it a value, a promise or an error", async () => {
    const never = new Promise<never>(() => undefined);
    assert.equal(await Promise.race([never, Promise.resolve("first")]), "first");
    assert.equal(await Promise.race([never, "no promise"]), "no promise");
    await assert.rejects(Promise.race([never, Promise.reject(new Error("lost"))]), /lost/);
    const { promise, resolve } = Promise.withResolvers<string>();
    const races = [Promise.race([never, promise]), Promise.race([promise, never])];
    resolve("late");
    assert.deepEqual(await Promise.all(races), ["late", "late"]);
    assert.equal(await Promise.race([promise, never]), "late", "one that has settled can be raced again");
    const order = [Promise.resolve("a"), Promise.resolve("b")];
    assert.equal(await Promise.race(order), "a");
    assert.equal(await Promise.race(order.reverse()), "b");
  });

  test("what cannot be read rejects; nobody racing never settles", async () => {
    await assert.rejects(Promise.race(undefined as unknown as []), TypeError);
    let settled = false;
    Promise.race([]).finally(() => {
      settled = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(settled, false);
  });

  test("a subclass races in its own kind", async () => {
    const raced = OwnPromise.race([Promise.resolve(1)]);
    assert.ok(raced instanceof OwnPromise);
    assert.equal(await raced, 1);
  });

  test("the loser's failure afterwards is nobody's", async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on("unhandledRejection", note);
    const { promise, reject } = Promise.withResolvers<string>();
    assert.equal(await Promise.race([promise, "won"]), "won");
    reject(new Error("too late"));
    await new Promise((resolve) => setImmediate(resolve));
    process.off("unhandledRejection", note);
    assert.deepEqual(unhandled, []);
  });

  for (const [kind, racing] of [
    ["the language's own", Promise],
    ["a subclass's", OwnPromise],
  ] as const) {
    test(`of a thousand winners against one that never settles, none is kept: ${kind}`, async () => {
      setFlagsFromString("--expose-gc");
      const collect = runInNewContext("gc") as () => void;
      const never = new Promise<never>(() => undefined);
      const asked = mock.method(never, "then");
      const winners: WeakRef<object>[] = [];
      for (let index = 0; index < 1_000; index++) {
        const winner = await racing.race([Promise.resolve({ index }), never]);
        winners.push(new WeakRef(winner));
      }
      await new Promise((resolve) => setImmediate(resolve));
      collect();
      const kept = winners.filter((winner) => winner.deref() !== undefined).length;
      assert.ok(kept < 5, `${kept} are kept`);
      assert.equal(asked.mock.callCount(), 1, "who is raced often keeps nothing of it");
    });
  }
});
