import { randomBytes } from "node:crypto";

export type IdPrefix =
  | "org"
  | "agt"
  | "tok"
  | "call"
  | "rej"
  | "leg"
  | "acl"
  | "rte"
  | "task"
  | "usr"
  | "whk"
  | "dlv";

/** Crockford's base 32: no i, l, o, u. Its characters sort as their values. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

function base32(value: bigint, length: number): string {
  let text = "";
  for (let shift = BigInt((length - 1) * 5); shift >= 0n; shift -= 5n) {
    text += ALPHABET[Number((value >> shift) & 31n)] ?? "0";
  }
  return text;
}

let lastTime = 0;
let lastRandom = 0n;

/**
 * A new id such as `call_01kb2v…`: 48 bits of time in ms, then 80 random bits. Ids of one process sort in the order
 * they were made, also within one millisecond and when the clock steps back.
 */
export function newId(prefix: IdPrefix): string {
  const now = Date.now();
  if (now > lastTime) {
    lastTime = now;
    // The top bit stays free, so that counting up within the millisecond cannot overflow.
    lastRandom = BigInt(`0x${randomBytes(10).toString("hex")}`) >> 1n;
  } else {
    // Steps are random, so that one id does not tell the next.
    lastRandom += 1n + BigInt(`0x${randomBytes(4).toString("hex")}`);
  }
  return `${prefix}_${base32(BigInt(lastTime), 10)}${base32(lastRandom, 16)}`;
}

/** Whether a text has the form of an id of this kind (it may still name nothing). */
export function isId(prefix: IdPrefix, text: string): boolean {
  return text.startsWith(`${prefix}_`) && /^[0-9a-hjkmnp-tv-z]{26}$/.test(text.slice(prefix.length + 1));
}
