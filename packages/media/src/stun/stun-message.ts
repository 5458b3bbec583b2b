// STUN binding requests and their answers (RFC 8489), as far as a lite agent of ICE needs them. Pure.

import { createHmac, timingSafeEqual } from "node:crypto";
import { isIPv6 } from "node:net";
import { crc32 } from "node:zlib";

const HEADER = 20;
const COOKIE = 0x2112_a442;
const BINDING_REQUEST = 0x0001;
const BINDING_SUCCESS = 0x0101;
const BINDING_ERROR = 0x0111;
/** Browsers' checks have a hundred bytes or so. */
const MAX_LENGTH = 576;
const MAX_ATTRIBUTES = 32;

const attribute = {
  username: 0x0006,
  messageIntegrity: 0x0008,
  errorCode: 0x0009,
  xorMappedAddress: 0x0020,
  useCandidate: 0x0025,
  fingerprint: 0x8028,
  iceControlled: 0x8029,
} as const;

export interface BindingRequest {
  transaction: Buffer;
  username: string;
  useCandidate: boolean;
  /** The peer believes that we choose the pair. */
  controlled: boolean;
}

/** RFC 7983: the first byte tells STUN from DTLS and RTP on one port. */
export function looksLikeStun(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER && (bytes[0] ?? 255) < 4;
}

/**
 * Reads a binding request whose MESSAGE-INTEGRITY proves that its sender has the password.
 * @returns undefined for everything else, however it is wrong
 */
export function readBindingRequest(bytes: Buffer, password: string): BindingRequest | undefined {
  if (bytes.length < HEADER || bytes.length > MAX_LENGTH) return undefined;
  if (bytes.readUInt16BE(0) !== BINDING_REQUEST || bytes.readUInt32BE(4) !== COOKIE) return undefined;
  if (bytes.readUInt16BE(2) !== bytes.length - HEADER || bytes.length % 4 !== 0) return undefined;
  let username: string | undefined;
  let proved = false;
  let marked = false;
  let useCandidate = false;
  let controlled = false;
  let count = 0;
  for (let at = HEADER; at < bytes.length; ) {
    if (at + 4 > bytes.length || ++count > MAX_ATTRIBUTES) return undefined;
    const type = bytes.readUInt16BE(at);
    const length = bytes.readUInt16BE(at + 2);
    const value = bytes.subarray(at + 4, at + 4 + length);
    if (value.length !== length) return undefined;
    // §14.5: what stands behind the integrity counts for nothing, but the fingerprint
    if (type === attribute.fingerprint) {
      if (length !== 4 || at + 8 !== bytes.length) return undefined;
      if (value.readUInt32BE(0) !== fingerprintOf(bytes.subarray(0, at))) return undefined;
      marked = true;
    } else if (!proved) {
      if (type === attribute.username) username ??= value.toString("utf8");
      else if (type === attribute.useCandidate) useCandidate = true;
      else if (type === attribute.iceControlled) controlled = true;
      else if (type === attribute.messageIntegrity) {
        if (length !== 20 || !timingSafeEqual(value, integrityOf(bytes.subarray(0, at), password)))
          return undefined;
        proved = true;
      }
    }
    at += 4 + Math.ceil(length / 4) * 4;
  }
  // RFC 8445 §7.1: a check has both
  if (!proved || !marked || username === undefined) return undefined;
  return { transaction: Buffer.from(bytes.subarray(8, HEADER)), username, useCandidate, controlled };
}

/** What a request came from, told to who sent it. @param address IP literal */
export function bindingSuccess(transaction: Buffer, address: string, port: number, password: string): Buffer {
  const bytes = addressBytes(address);
  const value = Buffer.alloc(4 + bytes.length);
  value[1] = bytes.length === 4 ? 1 : 2;
  value.writeUInt16BE(port ^ (COOKIE >>> 16), 2);
  const mask = Buffer.alloc(16);
  mask.writeUInt32BE(COOKIE);
  transaction.copy(mask, 4);
  for (const [i, byte] of bytes.entries()) value[4 + i] = byte ^ (mask[i] ?? 0);
  return finish(BINDING_SUCCESS, transaction, [attribute.xorMappedAddress, value], password);
}

/** 487, RFC 8445 §7.3.1.1: the peer has to choose the pair, for we are a lite agent. */
export function roleConflict(transaction: Buffer, password: string): Buffer {
  const value = Buffer.concat([Buffer.of(0, 0, 4, 87), Buffer.from("Role Conflict")]);
  return finish(BINDING_ERROR, transaction, [attribute.errorCode, value], password);
}

/** A check, as a full agent sends it. For tests. */
export function bindingRequest(
  transaction: Buffer,
  username: string,
  password: string,
  useCandidate = false,
): Buffer {
  const parts: [number, Buffer][] = [[attribute.username, Buffer.from(username)]];
  if (useCandidate) parts.push([attribute.useCandidate, Buffer.alloc(0)]);
  return finish(BINDING_REQUEST, transaction, parts, password);
}

function finish(
  type: number,
  transaction: Buffer,
  given: [number, Buffer] | [number, Buffer][],
  password: string,
): Buffer {
  const parts = (Array.isArray(given[0]) ? given : [given]) as [number, Buffer][];
  const header = Buffer.alloc(8);
  header.writeUInt16BE(type);
  header.writeUInt32BE(COOKIE, 4);
  let message = Buffer.concat([
    header,
    transaction,
    ...parts.map(([name, value]) => attributeOf(name, value)),
  ]);
  message = Buffer.concat([message, attributeOf(attribute.messageIntegrity, integrityOf(message, password))]);
  message.writeUInt16BE(message.length + 8 - HEADER, 2);
  const mark = Buffer.alloc(4);
  mark.writeUInt32BE(fingerprintOf(message));
  return Buffer.concat([message, attributeOf(attribute.fingerprint, mark)]);
}

function attributeOf(type: number, value: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt16BE(type);
  head.writeUInt16BE(value.length, 2);
  return Buffer.concat([head, value, Buffer.alloc((4 - (value.length % 4)) % 4)]);
}

/** §14.5: over all before it, with the length as if the message ended behind it. */
function integrityOf(before: Buffer, password: string): Buffer {
  const covered = Buffer.from(before);
  covered.writeUInt16BE(before.length + 24 - HEADER, 2);
  return createHmac("sha1", password).update(covered).digest();
}

/** §14.7, over all before it, with the message's whole length. */
function fingerprintOf(before: Buffer): number {
  return (crc32(before) ^ 0x5354_554e) >>> 0;
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = (address.split("%", 1)[0] ?? "").split("::");
  const words = (text: string): number[] =>
    text
      .split(":")
      .filter((part) => part !== "")
      .flatMap((part) => {
        if (!part.includes(".")) return Number.parseInt(part, 16);
        const [a = 0, b = 0, c = 0, d = 0] = part.split(".").map(Number);
        return [(a << 8) | b, (c << 8) | d];
      });
  const first = words(head);
  const last = tail === undefined ? [] : words(tail);
  const all = [...first, ...new Array<number>(Math.max(0, 8 - first.length - last.length)).fill(0), ...last];
  const bytes = Buffer.alloc(16);
  for (const [i, word] of all.slice(0, 8).entries()) bytes.writeUInt16BE(word, i * 2);
  return bytes;
}
