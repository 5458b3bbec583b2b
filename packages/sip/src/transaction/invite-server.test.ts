import assert from "node:assert/strict";
import { test } from "node:test";
import { InviteServer } from "./invite-server.ts";
import { reliable, unreliable, words } from "./machine-test-kit.ts";

test("while proceeding a repeated INVITE gets the last provisional response", () => {
  const machine = new InviteServer(unreliable);
  assert.deepEqual(words(machine.handle("invite")), ["resend"]);
  assert.deepEqual(words(machine.handle("send 1xx")), ["send"]);
  assert.deepEqual(words(machine.handle("send 1xx")), ["send"]);
  assert.deepEqual(words(machine.handle("ack")), []);
});

test("UDP: a refusal is repeated by G up to T2 until the ACK, then I absorbs", () => {
  const machine = new InviteServer(unreliable);
  assert.deepEqual(words(machine.handle("send 3xx-6xx")), ["send", "set H 32000", "set G 500"]);
  for (const interval of [1000, 2000, 4000, 4000])
    assert.deepEqual(words(machine.handle("timer G")), ["resend", `set G ${interval}`]);
  assert.deepEqual(words(machine.handle("invite")), ["resend"]);
  assert.deepEqual(words(machine.handle("ack")), ["clear G", "clear H", "set I 5000"]);
  assert.deepEqual(words(machine.handle("invite")), []);
  assert.deepEqual(words(machine.handle("ack")), []);
  assert.deepEqual(words(machine.handle("timer I")), ["terminate"]);
});

test("TCP: no G, and I is zero", () => {
  const machine = new InviteServer(reliable);
  assert.deepEqual(words(machine.handle("send 3xx-6xx")), ["send", "set H 32000"]);
  assert.deepEqual(words(machine.handle("ack")), ["clear G", "clear H", "terminate"]);
});

test("H: no ACK to a refusal; over UDP, INVITEs that are still on their way are absorbed", () => {
  const machine = new InviteServer(unreliable);
  machine.handle("send 3xx-6xx");
  assert.deepEqual(words(machine.handle("timer H")), ["fail timeout", "clear G", "set I 5000"]);
  assert.deepEqual(words(machine.handle("invite")), []);
  assert.deepEqual(words(machine.handle("timer I")), ["terminate"]);
  const stream = new InviteServer(reliable);
  stream.handle("send 3xx-6xx");
  assert.deepEqual(words(stream.handle("timer H")), ["fail timeout", "terminate"]);
});

test("Accepted absorbs INVITEs and passes the user's 2xx and the ACK until L (RFC 6026 §7.1)", () => {
  for (const config of [unreliable, reliable]) {
    const machine = new InviteServer(config);
    machine.handle("send 1xx");
    assert.deepEqual(words(machine.handle("send 2xx")), [
      "send",
      config === reliable ? "set L 32000" : "set L 37000",
    ]);
    assert.deepEqual(words(machine.handle("invite")), []);
    assert.deepEqual(words(machine.handle("send 2xx")), ["send"]);
    assert.deepEqual(words(machine.handle("send 3xx-6xx")), []);
    assert.deepEqual(words(machine.handle("ack")), ["deliver"]);
    assert.deepEqual(words(machine.handle("transport error")), ["fail transport-error"]);
    assert.deepEqual(words(machine.handle("timer L")), ["terminate"]);
  }
});

test("after a final response no other is sent", () => {
  const machine = new InviteServer(unreliable);
  machine.handle("send 3xx-6xx");
  for (const input of ["send 1xx", "send 2xx", "send 3xx-6xx"] as const)
    assert.deepEqual(words(machine.handle(input)), []);
});

test("a transport error ends it before and after a refusal", () => {
  assert.deepEqual(words(new InviteServer(unreliable).handle("transport error")), [
    "fail transport-error",
    "terminate",
  ]);
  const machine = new InviteServer(unreliable);
  machine.handle("send 3xx-6xx");
  assert.deepEqual(words(machine.handle("transport error")), ["fail transport-error", "terminate"]);
});
