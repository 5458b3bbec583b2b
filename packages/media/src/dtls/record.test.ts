import assert from "node:assert/strict";
import { test } from "node:test";
import { fragmentOf, Reassembly } from "./handshake.ts";
import { pseudorandom, RecordCipher, readRecords, writeRecord } from "./record.ts";

const cipher = () => new RecordCipher(Buffer.alloc(16, 1), Buffer.alloc(4, 2));
const record = (sequence: number) => ({ type: 22, epoch: 1, sequence, body: Buffer.from("hello") });

test("a sealed record opens once, unchanged, and not when it is too old", () => {
  const sealer = cipher();
  const opener = cipher();
  const sealed = sealer.seal(record(5));
  for (let at = 0; at < sealed.body.length; at++) {
    const body = Buffer.from(sealed.body);
    body[at] = (body[at] ?? 0) ^ 1;
    assert.equal(opener.open({ ...sealed, body }), undefined, `byte ${at}`);
  }
  assert.equal(opener.open({ ...sealed, sequence: 6 }), undefined);
  assert.equal(opener.open({ ...sealed, type: 23 }), undefined);
  assert.equal(opener.open(sealed)?.toString(), "hello");
  assert.equal(opener.open(sealed), undefined);
  assert.ok(opener.open(sealer.seal(record(70))));
  assert.equal(opener.open(sealer.seal(record(6))), undefined);
  assert.ok(opener.open(sealer.seal(record(7))));
});

test("records of a datagram are read up to the one that is cut off", () => {
  const bytes = Buffer.concat([writeRecord(record(1)), writeRecord(record(2))]);
  assert.deepEqual(readRecords(bytes), [record(1), record(2)]);
  assert.deepEqual(readRecords(bytes.subarray(0, -1)), [record(1)]);
});

// A vector for TLS 1.2 with SHA-256 that implementations pass around.
test("the pseudorandom function gives what others' does", () => {
  const made = pseudorandom(
    Buffer.from("9bbe436ba940f017b17652849a71db35", "hex"),
    "test label",
    Buffer.from("a0ba9f936cda311827a6f796ffd5198c", "hex"),
    100,
  );
  assert.match(made.toString("hex"), /^e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a/);
  assert.equal(made.length, 100);
});

test("fragments in any order, twice and over one another make the message; others' lengths do not count", () => {
  const message = { type: 1, sequence: 0, body: Buffer.from("0123456789") };
  const reassembly = new Reassembly();
  reassembly.add(fragmentOf(message, 6, 4), 0);
  reassembly.add(fragmentOf({ ...message, body: Buffer.from("012345678") }, 0, 9), 0);
  reassembly.add(fragmentOf(message, 6, 4), 0);
  assert.equal(reassembly.take(), undefined);
  reassembly.add(fragmentOf(message, 0, 7), 0);
  assert.deepEqual(reassembly.take(), message);
  assert.equal(reassembly.add(fragmentOf(message, 0, 5), 0), false);
  assert.equal(reassembly.add(fragmentOf(message, 5, 5), 0), true);
  // too far ahead, or Finished in plain
  reassembly.add(fragmentOf({ ...message, sequence: 9 }, 0, 10), 0);
  reassembly.add(fragmentOf({ type: 20, sequence: 1, body: Buffer.alloc(12) }, 0, 12), 0);
  assert.equal(reassembly.take(), undefined);
});
