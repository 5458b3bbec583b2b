import assert from "node:assert/strict";
import { test } from "node:test";
import { reliable, unreliable, words } from "./machine-test-kit.ts";
import { NonInviteClient } from "./non-invite-client.ts";

function trying(config = unreliable): NonInviteClient {
  const machine = new NonInviteClient(config);
  machine.handle("start");
  return machine;
}

test("UDP: timer E doubles up to T2 until F ends it (§17.1.2.2)", () => {
  const machine = new NonInviteClient(unreliable);
  assert.deepEqual(words(machine.handle("start")), ["send", "set F 32000", "set E 500"]);
  for (const interval of [1000, 2000, 4000, 4000])
    assert.deepEqual(words(machine.handle("timer E")), ["resend", `set E ${interval}`]);
  assert.deepEqual(words(machine.handle("timer F")), ["fail timeout", "terminate"]);
});

test("TCP: nothing is retransmitted", () => {
  assert.deepEqual(words(new NonInviteClient(reliable).handle("start")), ["send", "set F 32000"]);
});

test("a provisional response slows retransmission to T2, and F still runs", () => {
  const machine = trying();
  assert.deepEqual(words(machine.handle("1xx")), ["deliver"]);
  assert.deepEqual(words(machine.handle("timer E")), ["resend", "set E 4000"]);
  assert.deepEqual(words(machine.handle("timer F")), ["fail timeout", "terminate"]);
});

test("the final response is delivered once; K absorbs repetitions", () => {
  const machine = trying();
  assert.deepEqual(words(machine.handle("final")), ["clear E", "clear F", "set K 5000", "deliver"]);
  assert.deepEqual(words(machine.handle("final")), []);
  assert.deepEqual(words(machine.handle("1xx")), []);
  assert.deepEqual(words(machine.handle("timer K")), ["terminate"]);
});

test("TCP: timer K is zero", () => {
  const machine = trying(reliable);
  machine.handle("1xx");
  assert.deepEqual(words(machine.handle("final")), ["clear E", "clear F", "terminate", "deliver"]);
  assert.equal(machine.state, "terminated");
});

test("a transport error ends it", () => {
  assert.deepEqual(words(trying().handle("transport error")), ["fail transport-error", "terminate"]);
});
