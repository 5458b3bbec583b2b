import assert from "node:assert/strict";
import { test } from "node:test";
import type { CapturedMessage } from "./captured-message.ts";
import { pcapOf } from "./pcap.ts";

const message = (fields: Partial<CapturedMessage>): CapturedMessage => ({
  ...{ at: 1_795_521_600_123, direction: "in", transport: "udp", transaction: "t" },
  ...{ source: "192.0.2.9:5060", destination: "192.0.2.1:5080", text: "OPTIONS sip:a SIP/2.0\r\n\r\n" },
  ...fields,
});

/** The packets of a file, with their stamps. */
function packetsOf(file: Buffer): { seconds: number; micros: number; packet: Buffer }[] {
  assert.deepEqual([file.readUInt32LE(0), file.readUInt32LE(20)], [0xa1b2c3d4, 101]);
  const packets = [];
  for (let at = 24; at < file.length; ) {
    const length = file.readUInt32LE(at + 8);
    assert.equal(file.readUInt32LE(at + 12), length);
    const packet = file.subarray(at + 16, at + 16 + length);
    packets.push({ seconds: file.readUInt32LE(at), micros: file.readUInt32LE(at + 4), packet });
    at += 16 + length;
  }
  return packets;
}

/** RFC 1071 over a header with its sum in it is zero. */
function sum(bytes: Buffer): number {
  let total = 0;
  for (let index = 0; index < bytes.length; index += 2)
    total += ((bytes[index] ?? 0) << 8) | (bytes[index + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return ~total & 0xffff;
}

test("UDP over IPv4, with true sums and the message's bytes", () => {
  const [one] = packetsOf(pcapOf([message({ text: "caf\u00e9 odd" })]));
  assert.ok(one !== undefined);
  const { packet } = one;
  assert.deepEqual([one.seconds, one.micros], [1_795_521_600, 123_000]);
  assert.deepEqual([packet[0], packet[9], packet.readUInt16BE(2)], [0x45, 17, packet.length]);
  assert.equal(sum(packet.subarray(0, 20)), 0);
  assert.deepEqual([...packet.subarray(12, 20)], [192, 0, 2, 9, 192, 0, 2, 1]);
  assert.deepEqual([packet.readUInt16BE(20), packet.readUInt16BE(22)], [5060, 5080]);
  const udp = packet.subarray(20);
  const pseudo = Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 17, 0, udp.length]), udp]);
  assert.equal(sum(pseudo), 0);
  assert.equal(udp.subarray(8).toString("latin1"), "caf\u00e9 odd");
});

test("TCP goes on where it was, in each direction; IPv6; what was encrypted is UDP", () => {
  const ends = { source: "[2001:db8::9]:40000", destination: "[2001:db8::1]:5060" };
  const back = { source: ends.destination, destination: ends.source };
  const tcp = packetsOf(
    pcapOf([
      message({ transport: "tcp", ...ends, text: "12345" }),
      message({ transport: "tcp", ...back, text: "123" }),
      message({ transport: "tcp", ...ends, text: "1" }),
      message({ transport: "tls", ...ends }),
      message({ transport: "tcp", source: "0.0.0.0:0", destination: ends.destination }),
    ]),
  ).map(({ packet }) => packet);
  assert.deepEqual(
    tcp.slice(0, 3).map((packet) => [packet[0], packet[6], packet.readUInt32BE(44), packet.readUInt32BE(48)]),
    [
      [0x60, 6, 1, 1],
      [0x60, 6, 1, 6],
      [0x60, 6, 6, 4],
    ],
  );
  assert.equal(tcp[3]?.[6], 17);
  assert.deepEqual([tcp[4]?.length, tcp[4]?.subarray(8, 24).every((byte) => byte === 0)], [85, true]);
});

test("what is too long for one packet is in several, and time never goes back", () => {
  const packets = packetsOf(
    pcapOf([message({ transport: "tcp", text: "x".repeat(65_535) }), message({ at: 1_795_521_600_000 })]),
  );
  assert.deepEqual(
    packets.map(({ packet, micros }) => [packet.length, micros]),
    [
      [65_040, 123_000],
      [575, 123_000],
      [53, 123_000],
    ],
  );
});
