import assert from "node:assert/strict";
import { test } from "node:test";
import { writeRtpHeader } from "../rtp/packet.ts";
import { derive, SRTP_TAG_LENGTH, SrtpStream } from "./srtp-stream.ts";

const key = Buffer.from("e1f97a0d3e018be0d64fa32c06de4139", "hex");
const salt = Buffer.from("0ec675ad498afeebb6960b3aabe6", "hex");

function packet(sequence: number, ssrc = 0xcafe_babe, length = 160): Buffer {
  const bytes = Buffer.alloc(12 + length, sequence & 0xff);
  writeRtpHeader(bytes, 0, false, sequence & 0xffff, 160 * sequence, ssrc);
  return bytes;
}

test("keys are derived as in RFC 3711, appendix B.3", () => {
  assert.equal(derive(key, salt, 0, 16).toString("hex"), "c61e7a93744f39ee10734afe3ff7a087");
  assert.equal(derive(key, salt, 2, 14).toString("hex"), "30cbbc08863d8c85d49db34a9ae1");
  assert.equal(derive(key, salt, 1, 20).toString("hex"), "cebe321f6ff7716b6fd4ab49af256a156d38baa4");
});

test("a packet is protected as libsrtp's own test vector has it", () => {
  const clear = Buffer.from(`800f1234decafbadcafebabe${"ab".repeat(16)}`, "hex");
  assert.equal(
    new SrtpStream(key, salt).protectRtp(clear).toString("hex"),
    "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
  );
});

test("what is protected is opened again, over the sequence's end and out of order", () => {
  const [sender, receiver] = [new SrtpStream(key, salt), new SrtpStream(key, salt)];
  const order = [0xfffd, 0xffff, 0xfffe, 0x1_0001, 0x1_0000, 0x1_0002];
  const sent = new Map([...order].sort((a, b) => a - b).map((n) => [n, sender.protectRtp(packet(n))]));
  for (const n of order) {
    const bytes = sent.get(n) ?? Buffer.alloc(0);
    assert.notDeepEqual(bytes.subarray(12, 172), packet(n).subarray(12));
    assert.deepEqual(receiver.openRtp(Buffer.from(bytes)), packet(n), String(n));
    assert.equal(receiver.openRtp(Buffer.from(bytes)), undefined, "twice");
  }
});

test("a changed, cut, old or stranger's packet is refused and changes nothing", () => {
  const [sender, receiver] = [new SrtpStream(key, salt), new SrtpStream(key, salt)];
  const first = sender.protectRtp(packet(1));
  for (let at = 0; at < first.length; at++) {
    const changed = Buffer.from(first);
    changed[at] = (changed[at] ?? 0) ^ 0x40;
    assert.equal(receiver.openRtp(changed), undefined, `byte ${at}`);
  }
  for (let length = 0; length < first.length; length++)
    assert.equal(receiver.openRtp(Buffer.from(first.subarray(0, length))), undefined);
  assert.deepEqual(receiver.openRtp(Buffer.from(first)), packet(1));
  for (let n = 2; n < 400; n++) receiver.openRtp(sender.protectRtp(packet(n)));
  assert.equal(receiver.openRtp(Buffer.from(first)), undefined);
  assert.equal(receiver.openRtp(new SrtpStream(key, Buffer.alloc(14)).protectRtp(packet(400))), undefined);
});

test("reports have their own keys, and are taken once", () => {
  const [sender, receiver] = [new SrtpStream(key, salt), new SrtpStream(key, salt)];
  const report = Buffer.concat([Buffer.from("80c90001cafebabe", "hex"), Buffer.alloc(20, 7)]);
  const first = sender.protectRtcp(report);
  const second = sender.protectRtcp(report);
  assert.equal(first.length, report.length + 4 + SRTP_TAG_LENGTH);
  assert.notDeepEqual(first, second);
  assert.deepEqual(receiver.openRtcp(Buffer.from(second)), report);
  assert.deepEqual(receiver.openRtcp(Buffer.from(first)), report);
  assert.equal(receiver.openRtcp(Buffer.from(first)), undefined);
  first[9] = (first[9] ?? 0) ^ 1;
  assert.equal(receiver.openRtcp(first), undefined);
});
