import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { LiteAgent, makeIceCredentials } from "./lite-agent.ts";
import { bindingRequest, readBindingRequest } from "./stun-message.ts";

/** RFC 5769 §2.1. */
const sample = Buffer.from(
  "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74" +
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020" +
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf",
  "hex",
);
const local = { fragment: "us/4", password: "a password of ours, long" };
const transaction = randomBytes(12);
const check = (options: { user?: string; password?: string; nominate?: boolean } = {}) =>
  bindingRequest(
    transaction,
    options.user ?? "us/4:them",
    options.password ?? local.password,
    options.nominate,
  );

test("the sample request of RFC 5769 is read, and with no other password", () => {
  const request = readBindingRequest(sample, "VOkJxbRl1RmTxUk/WvJxBt");
  assert.equal(request?.username, "evtj:h6vY");
  assert.equal(request?.controlled, true);
  assert.equal(readBindingRequest(sample, "VOkJxbRl1RmTxUk/WvJxBT"), undefined);
});

test("a check that is changed in any bit, or cut, proves nothing", () => {
  const agent = new LiteAgent(local, "them");
  const whole = check();
  for (let at = 0; at < whole.length; at++) {
    const changed = Buffer.from(whole);
    changed[at] = (changed[at] ?? 0) ^ 0x10;
    assert.equal(agent.receive(changed, "192.0.2.1", 4000, 0), undefined, `byte ${at}`);
    assert.equal(agent.receive(whole.subarray(0, at), "192.0.2.1", 4000, 0), undefined);
  }
  assert.equal(agent.selected, undefined);
  assert.ok(agent.receive(whole, "192.0.2.1", 4000, 0));
  assert.deepEqual(agent.selected, { address: "192.0.2.1", port: 4000 });
});

test("another's password or name is not answered", () => {
  const agent = new LiteAgent(local, "them");
  assert.equal(agent.receive(check({ password: "guessed" }), "192.0.2.1", 4000, 0), undefined);
  assert.equal(agent.receive(check({ user: "us/4:else" }), "192.0.2.1", 4000, 0), undefined);
  assert.equal(agent.isProved({ address: "192.0.2.1", port: 4000 }), false);
  assert.equal(agent.refused, 2);
});

test("the answer names where the check came from, under our password", () => {
  const agent = new LiteAgent(local, "them");
  const v4 = agent.receive(check(), "192.0.2.1", 32853, 0);
  assert.equal(v4?.readUInt16BE(0), 0x0101);
  // RFC 5769 §2.2 has this address and port
  assert.match(v4?.toString("hex") ?? "", /002000080001a147e112a643/);
  const v6 = agent.receive(check(), "2001:db8:1234:5678:11:2233:4455:6677", 32853, 0);
  assert.match(v6?.toString("hex") ?? "", /002000140002a1470113a9fa/);
});

test("the pair that is nominated last counts, else the first that was proved", () => {
  const agent = new LiteAgent(local, "them");
  agent.receive(check(), "192.0.2.1", 1, 0);
  agent.receive(check(), "192.0.2.2", 2, 0);
  assert.deepEqual(agent.selected, { address: "192.0.2.1", port: 1 });
  agent.receive(check({ nominate: true }), "192.0.2.2", 2, 0);
  agent.receive(check(), "192.0.2.1", 1, 0);
  assert.deepEqual(agent.selected, { address: "192.0.2.2", port: 2 });
  agent.receive(check({ nominate: true }), "192.0.2.1", 1, 0);
  assert.deepEqual(agent.selected, { address: "192.0.2.1", port: 1 });
});

test("credentials are of ICE's alphabet and length, and never the same", () => {
  const { fragment, password } = makeIceCredentials();
  assert.match(fragment, /^[A-Za-z0-9+/]{8}$/);
  assert.match(password, /^[A-Za-z0-9+/]{24}$/);
  assert.notEqual(makeIceCredentials().password, password);
});
