import assert from "node:assert/strict";
import { test } from "node:test";
import { reliable, unreliable, words } from "./machine-test-kit.ts";
import { NonInviteServer } from "./non-invite-server.ts";

test("a repeated request gets what was sent last, and nothing before that", () => {
  const machine = new NonInviteServer(unreliable);
  assert.deepEqual(words(machine.handle("request")), []);
  assert.deepEqual(words(machine.handle("send 1xx")), ["send"]);
  assert.deepEqual(words(machine.handle("request")), ["resend"]);
  assert.deepEqual(words(machine.handle("send final")), ["send", "set J 32000"]);
  assert.deepEqual(words(machine.handle("request")), ["resend"]);
  assert.deepEqual(words(machine.handle("send final")), []);
  assert.deepEqual(words(machine.handle("timer J")), ["terminate"]);
  assert.deepEqual(words(machine.handle("request")), []);
});

test("TCP: timer J is zero", () => {
  const machine = new NonInviteServer(reliable);
  assert.deepEqual(words(machine.handle("send final")), ["send", "terminate"]);
});

test("a transport error ends it in every state", () => {
  for (const inputs of [[], ["send 1xx"], ["send final"]] as const) {
    const machine = new NonInviteServer(unreliable);
    for (const input of inputs) machine.handle(input);
    assert.deepEqual(words(machine.handle("transport error")), ["fail transport-error", "terminate"]);
  }
});
