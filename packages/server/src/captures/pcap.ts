// Captured messages as a file for Wireshark and its like: pcap with nanosecond-free stamps, link type RAW (bare IP packets). The headers of
// IP, UDP and TCP are made up from the addresses. What was encrypted stands as UDP: as TLS it could not be read.
import ipaddr from "ipaddr.js";
import type { CapturedMessage } from "./captured-message.ts";

const MAGIC = 0xa1b2c3d4;
const LINK_RAW = 101;
const SNAP_LENGTH = 262_144;
const UDP = 17;
const TCP = 6;
/** Of one packet; IP's length has 16 bits. */
const MOST_PAYLOAD = 65_000;
const PSH_ACK = 0x18;

interface End {
  address: Buffer;
  port: number;
}

/** @param messages in order of time */
export function pcapOf(messages: readonly CapturedMessage[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(MAGIC, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(SNAP_LENGTH, 16);
  head.writeUInt32LE(LINK_RAW, 20);
  const parts: Buffer[] = [head];
  /** The next sequence number of each direction of a connection. */
  const sequences = new Map<string, number>();
  let last = 0;
  for (const { at, transport, source, destination, text } of messages) {
    const [from, to] = [endOf(source), endOf(destination)];
    const [sender, receiver] = sameFamily(from, to);
    const payload = Buffer.from(text, "latin1");
    // Nothing in a capture comes before what it follows.
    last = Math.max(last, at);
    for (let start = 0; start === 0 || start < payload.length; start += MOST_PAYLOAD) {
      const piece = payload.subarray(start, start + MOST_PAYLOAD);
      const isStream = transport === "tcp" || transport === "ws";
      const segment = isStream
        ? tcpSegment(
            sender,
            receiver,
            piece,
            sequences,
            `${source} ${destination}`,
            `${destination} ${source}`,
          )
        : udpDatagram(sender, receiver, piece);
      const packet = ipPacket(sender, receiver, isStream ? TCP : UDP, segment);
      const record = Buffer.alloc(16);
      record.writeUInt32LE(Math.floor(last / 1000), 0);
      record.writeUInt32LE((last % 1000) * 1000, 4);
      record.writeUInt32LE(packet.length, 8);
      record.writeUInt32LE(packet.length, 12);
      parts.push(record, packet);
    }
  }
  return Buffer.concat(parts);
}

function endOf(text: string): End {
  const colon = text.lastIndexOf(":");
  const host = text.slice(0, colon).replace(/^\[|\]$/g, "");
  const address = ipaddr.isValid(host) ? ipaddr.process(host) : ipaddr.parse("0.0.0.0");
  return { address: Buffer.from(address.toByteArray()), port: Number(text.slice(colon + 1)) & 0xffff };
}

/** An address that is not known is written as 0.0.0.0, whatever the other's family. */
function sameFamily(one: End, other: End): [End, End] {
  const size = Math.max(one.address.length, other.address.length);
  const widened = (end: End): End =>
    end.address.length === size ? end : { ...end, address: Buffer.alloc(size) };
  return [widened(one), widened(other)];
}

function ipPacket(from: End, to: End, protocol: number, segment: Buffer): Buffer {
  if (from.address.length === 16) {
    const head = Buffer.alloc(40);
    head.writeUInt8(0x60, 0);
    head.writeUInt16BE(segment.length, 4);
    head.writeUInt8(protocol, 6);
    head.writeUInt8(64, 7);
    from.address.copy(head, 8);
    to.address.copy(head, 24);
    return Buffer.concat([head, segment]);
  }
  const head = Buffer.alloc(20);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(20 + segment.length, 2);
  head.writeUInt8(64, 8);
  head.writeUInt8(protocol, 9);
  from.address.copy(head, 12);
  to.address.copy(head, 16);
  head.writeUInt16BE(checksum([head]), 10);
  return Buffer.concat([head, segment]);
}

function udpDatagram(from: End, to: End, payload: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(from.port, 0);
  head.writeUInt16BE(to.port, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  // RFC 768: a sum of zero is sent as ones.
  head.writeUInt16BE(checksum([pseudoHeader(from, to, UDP, 8 + payload.length), head, payload]) || 0xffff, 6);
  return Buffer.concat([head, payload]);
}

function tcpSegment(
  from: End,
  to: End,
  payload: Buffer,
  sequences: Map<string, number>,
  way: string,
  back: string,
): Buffer {
  const sequence = sequences.get(way) ?? 1;
  sequences.set(way, (sequence + payload.length) >>> 0);
  const head = Buffer.alloc(20);
  head.writeUInt16BE(from.port, 0);
  head.writeUInt16BE(to.port, 2);
  head.writeUInt32BE(sequence, 4);
  head.writeUInt32BE(sequences.get(back) ?? 1, 8);
  head.writeUInt8(0x50, 12);
  head.writeUInt8(PSH_ACK, 13);
  head.writeUInt16BE(0xffff, 14);
  head.writeUInt16BE(checksum([pseudoHeader(from, to, TCP, 20 + payload.length), head, payload]), 16);
  return Buffer.concat([head, payload]);
}

function pseudoHeader(from: End, to: End, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(length, 0);
  tail.writeUInt8(protocol, 7);
  return Buffer.concat([from.address, to.address, tail]);
}

/** RFC 1071. @param parts all but the last of an even length */
function checksum(parts: readonly Buffer[]): number {
  let sum = 0;
  for (const part of parts) {
    for (let index = 0; index < part.length; index += 2) {
      sum += ((part[index] ?? 0) << 8) | (part[index + 1] ?? 0);
      if (sum > 0xffff) sum = (sum & 0xffff) + 1;
    }
  }
  return ~sum & 0xffff;
}
