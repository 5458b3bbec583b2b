import assert from "node:assert/strict";
import { test } from "node:test";
import { SourceLatch } from "./source-latch.ts";

function latchFor(address = "192.0.2.1", port = 4000): SourceLatch {
  const latch = new SourceLatch();
  latch.announce(address, port);
  return latch;
}

test("packets go to the announced address until two in sequence have come", () => {
  const latch = latchFor();
  assert.equal(latch.address, "192.0.2.1");
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 1), "candidate");
  assert.equal(latch.latched, false);
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 2), "latched");
  assert.equal(latch.final, true);
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 3), "accept");
});

test("a NATed source is followed, over the sequence wrap", () => {
  const latch = latchFor();
  assert.equal(latch.judge("203.0.113.9", 61000, 7, 0xffff), "candidate");
  assert.equal(latch.judge("203.0.113.9", 61000, 7, 0), "latched");
  assert.equal(latch.address, "203.0.113.9");
  assert.equal(latch.port, 61000);
});

test("a source port of 0 is nobody's", () => {
  const latch = latchFor();
  for (let i = 0; i < 3; i++) assert.equal(latch.judge("203.0.113.9", 0, 7, i), "stranger");
});

test("whoever sprays the port first shuts nobody out", () => {
  for (const [address, port] of [
    ["203.0.113.9", 61000],
    ["192.0.2.1", 4000],
  ] as const) {
    const latch = latchFor();
    latch.judge("192.0.2.1", 4000, 7, 500);
    for (let i = 0; i < 20; i++) latch.judge("198.51.100.6", 1000 + i, 1, 1);
    assert.equal(latch.judge(address, port, 7, 1), "candidate");
    for (let i = 0; i < 2; i++) latch.judge("198.51.100.6", 2000 + i, 1, 1);
    assert.equal(latch.judge(address, port, 7, 2), "latched");
  }
});

test("packets out of sequence or of changing SSRC never latch", () => {
  const latch = latchFor();
  latch.judge("203.0.113.9", 61000, 7, 5);
  assert.equal(latch.judge("203.0.113.9", 61000, 7, 9), "candidate");
  assert.equal(latch.judge("203.0.113.9", 61000, 8, 10), "candidate");
  assert.equal(latch.latched, false);
});

test("strangers change nothing after the latch", () => {
  const latch = latchFor();
  latch.judge("192.0.2.1", 4000, 7, 1);
  latch.judge("192.0.2.1", 4000, 7, 2);
  for (let i = 0; i < 10; i++) assert.equal(latch.judge("198.51.100.6", 5, 7, 3 + i), "stranger");
  assert.equal(latch.judge("192.0.2.1", 4001, 7, 3), "stranger", "another port is another source");
  assert.equal(latch.address, "192.0.2.1");
});

test("the announced source takes over from one that came first, but only for a while", () => {
  const latch = latchFor();
  latch.judge("198.51.100.6", 5, 1, 1);
  assert.equal(latch.judge("198.51.100.6", 5, 1, 2), "latched");
  assert.equal(latch.final, false);
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 1), "candidate");
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 2), "latched");
  assert.equal(latch.address, "192.0.2.1");

  const held = latchFor();
  for (let i = 0; i < 60; i++) held.judge("203.0.113.9", 61000, 1, i);
  assert.equal(held.final, true);
  assert.equal(held.judge("192.0.2.1", 4000, 7, 1), "stranger");
  assert.equal(held.judge("192.0.2.1", 4000, 7, 2), "stranger");
});

test("a spray of sources is bounded and does not keep the announced one out", () => {
  const latch = latchFor();
  for (let i = 0; i < 100; i++) latch.judge("198.51.100.6", 1000 + i, 1, 1);
  assert.equal(latch.judge("198.51.100.6", 1000, 1, 2), "candidate", "forgotten meanwhile");
  latch.judge("192.0.2.1", 4000, 7, 1);
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 2), "latched");
});

test("a new address in a re-INVITE arms the latch again, the same address does not", () => {
  const latch = latchFor();
  latch.judge("203.0.113.9", 61000, 7, 1);
  latch.judge("203.0.113.9", 61000, 7, 2);
  assert.equal(latch.announce("192.0.2.1", 4000), false);
  assert.equal(latch.port, 61000);
  assert.equal(latch.announce("192.0.2.7", 4100), true);
  assert.equal(latch.address, "192.0.2.7");
  assert.equal(latch.latched, false);
  latch.judge("192.0.2.7", 4100, 9, 1);
  assert.equal(latch.judge("192.0.2.7", 4100, 9, 2), "latched");
});

test("who had the peer's place is not taken for the one who has it now", () => {
  const latch = latchFor();
  latch.judge("192.0.2.1", 4000, 7, 1);
  latch.judge("192.0.2.1", 4000, 7, 2);
  latch.succeed("192.0.2.2", 5000);
  assert.equal(latch.address, "192.0.2.2");
  for (let i = 0; i < 5; i++) assert.equal(latch.judge("192.0.2.1", 4000, 7, 3 + i), "stranger");
  // the new one behind a NAT
  assert.equal(latch.judge("203.0.113.9", 61000, 9, 1), "candidate");
  assert.equal(latch.judge("203.0.113.9", 61000, 9, 2), "latched");
  // and back again, as somebody sends it back
  latch.succeed("192.0.2.1", 4000);
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 10), "candidate");
  assert.equal(latch.judge("192.0.2.1", 4000, 7, 11), "latched");
});
