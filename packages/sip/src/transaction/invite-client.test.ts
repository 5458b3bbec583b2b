import assert from "node:assert/strict";
import { test } from "node:test";
import { InviteClient } from "./invite-client.ts";
import { reliable, unreliable, words } from "./machine-test-kit.ts";

function calling(config = unreliable): InviteClient {
  const machine = new InviteClient(config);
  machine.handle("start");
  return machine;
}

test("UDP: the INVITE goes out with timers A and B", () => {
  const machine = new InviteClient(unreliable);
  assert.deepEqual(words(machine.handle("start")), ["send", "set B 32000", "set A 500"]);
  assert.equal(machine.state, "calling");
});

test("TCP: no timer A", () => {
  assert.deepEqual(words(new InviteClient(reliable).handle("start")), ["send", "set B 32000"]);
});

test("timer A doubles without a ceiling until B ends it (§17.1.1.2)", () => {
  const machine = calling();
  for (const interval of [1000, 2000, 4000, 8000, 16000, 32000])
    assert.deepEqual(words(machine.handle("timer A")), ["resend", `set A ${interval}`]);
  assert.deepEqual(words(machine.handle("timer B")), ["fail timeout", "terminate"]);
  assert.equal(machine.state, "terminated");
});

test("a provisional response stops retransmission and timer B", () => {
  const machine = calling();
  assert.deepEqual(words(machine.handle("1xx")), ["clear A", "clear B", "deliver"]);
  assert.deepEqual(words(machine.handle("1xx")), ["deliver"]);
  assert.deepEqual(words(machine.handle("timer A")), []);
});

test("a refusal is acknowledged from here, also when it is repeated, and delivered once", () => {
  for (const first of [[], ["1xx"]] as const) {
    const machine = calling();
    for (const input of first) machine.handle(input);
    assert.deepEqual(words(machine.handle("3xx-6xx")), [
      "clear A",
      "clear B",
      "ack",
      "set D 32000",
      "deliver",
    ]);
    assert.deepEqual(words(machine.handle("3xx-6xx")), ["resend"]);
    assert.deepEqual(words(machine.handle("2xx")), []);
    assert.deepEqual(words(machine.handle("timer D")), ["terminate"]);
  }
});

test("TCP: timer D is zero", () => {
  const machine = calling(reliable);
  assert.deepEqual(words(machine.handle("3xx-6xx")), ["clear A", "clear B", "ack", "terminate", "deliver"]);
  assert.equal(machine.state, "terminated");
});

test("Accepted lets every 2xx up until timer M, on any transport (RFC 6026 §7.2)", () => {
  for (const config of [unreliable, reliable]) {
    const machine = calling(config);
    assert.deepEqual(words(machine.handle("2xx")), ["clear A", "clear B", "set M 32000", "deliver"]);
    assert.deepEqual(words(machine.handle("2xx")), ["deliver"]);
    assert.deepEqual(words(machine.handle("3xx-6xx")), []);
    assert.deepEqual(words(machine.handle("timer M")), ["terminate"]);
    assert.deepEqual(words(machine.handle("2xx")), []);
  }
});

test("a transport error ends it while calling, and while acknowledging", () => {
  assert.deepEqual(words(calling().handle("transport error")), ["fail transport-error", "terminate"]);
  const machine = calling();
  machine.handle("3xx-6xx");
  assert.deepEqual(words(machine.handle("transport error")), ["fail transport-error", "terminate"]);
});
