import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WorkerError } from "../worker/worker-error.ts";
import { TestClock } from "./call-test-kit.ts";
import { type RunningCall, RunningCalls } from "./running-calls.ts";

class FakeCall implements RunningCall {
  isFull = false;
  legOf(): undefined {
    return undefined;
  }
  readonly id: string;
  live = true;
  talking = true;
  readonly done: string[] = [];
  answer: Promise<void> = Promise.resolve();
  constructor(id: string) {
    this.id = id;
  }
  hangUp(code: string): void {
    this.live = false;
    this.done.push(`hangUp ${code}`);
  }
  say(text: string): Promise<void> {
    this.done.push(`say ${text}`);
    return this.answer;
  }
  sendDtmf(digits: string): Promise<void> {
    this.done.push(`dtmf ${digits}`);
    return this.answer;
  }
  overhear(_: unknown, by: string): (() => void) | undefined {
    this.done.push(`overhear ${by}`);
    return this.isFull ? undefined : () => this.done.push("no longer");
  }
}

const owner = { organizationId: "o1", agentId: "a1" };

describe("running calls", () => {
  test("count for limits until they end, and hold the drain until they are released", async () => {
    const calls = new RunningCalls();
    calls.add(new FakeCall("1"), owner);
    calls.add(new FakeCall("2"), { organizationId: "o1", agentId: "a2" });
    assert.deepEqual([calls.size, calls.ofOrganization("o1"), calls.ofAgent("a1")], [2, 2, 1]);
    calls.ended("1");
    calls.ended("1");
    assert.deepEqual([calls.size, calls.ofOrganization("o1"), calls.ofAgent("a1")], [1, 1, 0]);
    let idle = false;
    const wait = calls.idle().then(() => {
      idle = true;
    });
    calls.released("2");
    await Promise.resolve();
    assert.equal(idle, false);
    calls.released("1");
    await wait;
    assert.deepEqual([calls.size, calls.ofOrganization("o1"), calls.ofAgent("a2")], [0, 0, 0]);
  });

  test("commands reach live calls only", async () => {
    const calls = new RunningCalls();
    const call = new FakeCall("1");
    calls.add(call, owner);
    await calls.say("1", "hello");
    await calls.sendDtmf("1", "12");
    await calls.hangUp("1");
    const listener = { onAudio: () => undefined, onEnd: () => undefined };
    calls.overhear("1", listener, "owner")();
    assert.deepEqual(call.done, ["say hello", "dtmf 12", "hangUp operator", "overhear owner", "no longer"]);
    call.isFull = true;
    assert.throws(() => calls.overhear("1", listener, "owner"), { code: "too_many_requests" });
    calls.ended("1");
    assert.throws(() => calls.overhear("1", listener, "owner"), { code: "call_not_active" });
    for (const attempt of [calls.hangUp("1"), calls.say("1", "x"), calls.sendDtmf("2", "1")]) {
      await assert.rejects(attempt, { code: "call_not_active" });
    }
  });

  for (const [code, expected] of [
    ["worker_gone", "call_not_active"],
    ["conversation_over", "call_not_active"],
    ["text_too_long", "bad_request"],
    ["too_many_says", "too_many_requests"],
    ["unheard_of", "internal_error"],
  ] as const) {
    test(`a worker's ${code} is ${expected} to the API`, async () => {
      const calls = new RunningCalls();
      const call = new FakeCall("1");
      call.answer = Promise.reject(new WorkerError(code, code));
      calls.add(call, owner);
      await assert.rejects(calls.say("1", "x"), { code: expected });
    });
  }

  test("the drain says goodbye where there is a voice, and waits for it no longer than it should", async () => {
    const clock = new TestClock();
    const calls = new RunningCalls();
    const [talks, ringing, stuck, mute] = ["talks", "ringing", "stuck", "mute"].map((id) => new FakeCall(id));
    assert.ok(talks && ringing && stuck && mute);
    ringing.talking = false;
    stuck.answer = new Promise(() => undefined);
    mute.answer = Promise.reject(new WorkerError("conversation_over", "no voice"));
    for (const call of [talks, ringing, stuck, mute]) calls.add(call, owner);
    const all = calls.endAll("Goodbye.", (ms, action) => clock.after(ms, action));
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(talks.done, ["say Goodbye.", "hangUp node_shutdown"]);
    assert.deepEqual(ringing.done, ["hangUp node_shutdown"]);
    assert.deepEqual(mute.done, ["say Goodbye.", "hangUp node_shutdown"]);
    assert.deepEqual(stuck.done, ["say Goodbye."]);
    clock.advance(5_000);
    await all;
    assert.deepEqual(stuck.done, ["say Goodbye.", "hangUp node_shutdown"]);
    assert.equal(clock.pending, 0);
  });
});
