import type { Dice } from "./dice.ts";

/** What mutations are made from besides the input itself. */
export interface Material {
  /** Whole inputs, for pieces of other messages. */
  readonly pool: readonly Buffer[];
  /** Words of the format. */
  readonly words: readonly Buffer[];
  /** Bytes after which values begin or end. */
  readonly joints: string;
}

/** Longest that a mutated input becomes, bytes: above what the parsers take, so that their bounds are met too. */
const longest = 80_000;

const numbers = [
  ..."0 1 00 -1 255 256 65535 65536 2147483647 2147483648 4294967295 4294967296 1e9 0x1 9999999999999999999999".split(
    " ",
  ),
  "9".repeat(400),
].map((text) => Buffer.from(text));

type Mutation = (bytes: Buffer, dice: Dice, material: Material) => Buffer;

/** `bytes` with one to a dozen changes. */
export function mutate(bytes: Buffer, dice: Dice, material: Material): Buffer {
  let mutated = bytes;
  for (let count = dice.magnitude(3); count > 0; count--) {
    mutated = dice.pick(mutations)(mutated, dice, material);
  }
  return mutated.length > longest ? mutated.subarray(0, longest) : mutated;
}

function splice(bytes: Buffer, at: number, remove: number, put: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(Math.min(at + remove, bytes.length))]);
}

/** A range of up to `most` bytes. */
function range(bytes: Buffer, dice: Dice, most = 64): { at: number; length: number } {
  const at = dice.below(bytes.length + 1);
  return { at, length: Math.min(dice.below(most) + 1, bytes.length - at) };
}

/** Right behind a byte that joins two things, where there is one. */
function joint(bytes: Buffer, dice: Dice, { joints }: Material): number {
  const byte = joints.charCodeAt(dice.below(joints.length));
  const found = bytes.indexOf(byte, dice.below(bytes.length + 1));
  return found === -1 ? dice.below(bytes.length + 1) : found + 1;
}

/** Where lines begin. */
function lineStarts(bytes: Buffer): number[] {
  const starts = [0];
  for (let at = bytes.indexOf(10); at !== -1 && starts.length < 1000; at = bytes.indexOf(10, at + 1)) {
    starts.push(at + 1);
  }
  return starts;
}

function line(bytes: Buffer, dice: Dice): { at: number; length: number } {
  const starts = lineStarts(bytes);
  const index = dice.below(starts.length);
  const at = starts[index] ?? 0;
  return { at, length: (starts[index + 1] ?? bytes.length) - at };
}

function repeated(piece: Buffer, dice: Dice, most: number): Buffer {
  const times = Math.min(dice.magnitude(12), Math.floor(most / Math.max(piece.length, 1)));
  return Buffer.concat(Array.from({ length: times }, () => piece));
}

const mutations: readonly Mutation[] = [
  function flipBit(bytes, dice) {
    if (bytes.length === 0) return bytes;
    const changed = Buffer.from(bytes);
    const at = dice.below(bytes.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << dice.below(8));
    return changed;
  },
  function overwrite(bytes, dice) {
    const { at, length } = range(bytes, dice, 8);
    return splice(bytes, at, length, dice.bytes(length));
  },
  function insertBytes(bytes, dice) {
    return splice(bytes, dice.below(bytes.length + 1), 0, dice.bytes(dice.below(8) + 1));
  },
  function cutOut(bytes, dice) {
    const { at, length } = range(bytes, dice);
    return splice(bytes, at, length, Buffer.alloc(0));
  },
  function cutOff(bytes, dice) {
    return dice.oneIn(4) ? bytes.subarray(0, dice.below(bytes.length + 1)) : bytes;
  },
  function doubleRange(bytes, dice) {
    const { at, length } = range(bytes, dice);
    return splice(bytes, at, 0, bytes.subarray(at, at + length));
  },
  function moveRange(bytes, dice) {
    const { at, length } = range(bytes, dice);
    const piece = bytes.subarray(at, at + length);
    const rest = splice(bytes, at, length, Buffer.alloc(0));
    return splice(rest, dice.below(rest.length + 1), 0, piece);
  },
  function takeFromAnother(bytes, dice, { pool }) {
    const other = dice.pick(pool);
    const { at, length } = range(other, dice, 200);
    return splice(bytes, dice.below(bytes.length + 1), dice.below(40), other.subarray(at, at + length));
  },
  function crossOver(bytes, dice, { pool }) {
    const other = dice.pick(pool);
    const from = lineStarts(other);
    return Buffer.concat([bytes.subarray(0, dice.pick(lineStarts(bytes))), other.subarray(dice.pick(from))]);
  },
  function insertWord(bytes, dice, material) {
    return splice(bytes, joint(bytes, dice, material), dice.below(4), dice.pick(material.words));
  },
  function insertWordAnywhere(bytes, dice, { words }) {
    return splice(bytes, dice.below(bytes.length + 1), 0, dice.pick(words));
  },
  function manyWords(bytes, dice, material) {
    if (!dice.oneIn(4)) return bytes;
    return splice(bytes, joint(bytes, dice, material), 0, repeated(dice.pick(material.words), dice, 20_000));
  },
  function number(bytes, dice) {
    const at = dice.below(bytes.length + 1);
    for (let start = at; start < bytes.length; start++) {
      if (!isDigit(bytes[start])) continue;
      let end = start;
      while (end < bytes.length && isDigit(bytes[end])) end++;
      return splice(bytes, start, end - start, dice.pick(numbers));
    }
    return bytes;
  },
  function doubleLine(bytes, dice) {
    const { at, length } = line(bytes, dice);
    const times = dice.oneIn(8) ? dice.magnitude(9) : 1;
    const piece = bytes.subarray(at, at + length);
    return splice(bytes, at, 0, Buffer.concat(Array.from({ length: times }, () => piece)));
  },
  function dropLine(bytes, dice) {
    const { at, length } = line(bytes, dice);
    return splice(bytes, at, length, Buffer.alloc(0));
  },
  function moveLine(bytes, dice) {
    const { at, length } = line(bytes, dice);
    const piece = bytes.subarray(at, at + length);
    const rest = splice(bytes, at, length, Buffer.alloc(0));
    return splice(rest, dice.pick(lineStarts(rest)), 0, piece);
  },
  function lineOfAnother(bytes, dice, { pool }) {
    const other = dice.pick(pool);
    const { at, length } = line(other, dice);
    return splice(bytes, dice.pick(lineStarts(bytes)), 0, other.subarray(at, at + length));
  },
  function changeCase(bytes, dice) {
    const { at, length } = range(bytes, dice, 16);
    const text = bytes.toString("latin1", at, at + length);
    const changed = dice.oneIn(2) ? text.toUpperCase() : text.toLowerCase();
    return splice(bytes, at, length, Buffer.from(changed.slice(0, length), "latin1"));
  },
  function fold(bytes, dice, material) {
    return splice(
      bytes,
      joint(bytes, dice, material),
      0,
      Buffer.from(dice.pick(["\r\n ", "\r\n\t", "\r\n  \r\n "])),
    );
  },
];

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
