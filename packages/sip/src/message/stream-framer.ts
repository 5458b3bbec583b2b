import { parseDecimal } from "./grammar.ts";

/** What makes a stream unreadable; its connection is of no use afterwards. */
export type FramingErrorCode =
  | "header_too_large"
  | "body_too_large"
  | "missing_content_length"
  | "malformed_content_length";

export type FramedOutput =
  | { readonly type: "message"; readonly bytes: Buffer }
  /** CRLF CRLF between messages (RFC 5626 §4.4.1): answer with one CRLF. */
  | { readonly type: "keepalive-ping" }
  /** One CRLF between messages after `expectPong`. */
  | { readonly type: "keepalive-pong" }
  /** Nothing comes after this. `head` is the header block, its first part where it is too large. */
  | { readonly type: "error"; readonly code: FramingErrorCode; readonly head: Buffer };

export interface FramerLimits {
  /** Start line and headers with the empty line, bytes. */
  readonly headerBytes: number;
  /** Content-Length, bytes. */
  readonly bodyBytes: number;
}

export const defaultFramerLimits: FramerLimits = { headerBytes: 32_768, bodyBytes: 65_536 };

const CR = 13;
const LF = 10;
const endOfHeaders = Buffer.from("\r\n\r\n");
const empty = Buffer.alloc(0);

/**
 * Cuts a byte stream into messages by their Content-Length (RFC 3261 §18.3), which on a stream is
 * mandatory (§20.14). Pure. Each byte is looked at a bounded number of times however the chunks fall.
 */
export class StreamFramer {
  readonly #limits: FramerLimits;
  /** Bytes not yet given out are `#buffer[#start..#end)`. */
  #buffer: Buffer = empty;
  #start = 0;
  #end = 0;
  /** Whether `#buffer` is our own to append to, or the last chunk as it came. */
  #owned = false;
  /** Up to here, counted from `#start`, no end of headers was found. */
  #scanned = 0;
  /** Whole size of the message at `#start`, once its headers are read. */
  #size: number | undefined;
  #lineBreaks = 0;
  #expectsPong = false;
  #failed = false;

  constructor(limits: Partial<FramerLimits> = {}) {
    this.#limits = { ...defaultFramerLimits, ...limits };
  }

  /** True while part of a message has come and its end has not. */
  get pending(): boolean {
    return this.#end > this.#start;
  }

  /** A ping was sent: the next CRLF between messages is its answer, and not half of a ping. */
  expectPong(): void {
    this.#expectsPong = true;
  }

  /** @param chunk bytes in order; messages given out may be views on it, so it must not be written again */
  push(chunk: Buffer): FramedOutput[] {
    const outputs: FramedOutput[] = [];
    if (this.#failed) return outputs;
    this.#append(chunk);
    while (!this.#failed && this.#step(outputs));
    if (!this.#failed && this.pending) this.#own();
    else if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
      if (!this.#owned) this.#buffer = empty;
    }
    return outputs;
  }

  /** One message or what else stands at `#start`; false when more bytes are needed. */
  #step(outputs: FramedOutput[]): boolean {
    if (this.#size === undefined) {
      if (this.#scanned === 0 && !this.#skipLineBreaks(outputs)) return false;
      const size = this.#readHead(outputs);
      if (size === undefined) return false;
      this.#size = size;
    }
    if (this.#end - this.#start < this.#size) return false;
    const bytes = this.#buffer.subarray(this.#start, this.#start + this.#size);
    // A view is safe: bytes before `#start` are never written again, in our own buffer or in a chunk.
    outputs.push({ type: "message", bytes });
    this.#start += this.#size;
    this.#size = undefined;
    this.#scanned = 0;
    this.#lineBreaks = 0;
    return true;
  }

  /** Empty lines before a message; two in a row are a ping. False when nothing is left. */
  #skipLineBreaks(outputs: FramedOutput[]): boolean {
    while (this.#end - this.#start >= 2) {
      if (this.#buffer[this.#start] !== CR || this.#buffer[this.#start + 1] !== LF) return true;
      this.#start += 2;
      if (this.#expectsPong) {
        this.#expectsPong = false;
        outputs.push({ type: "keepalive-pong" });
      } else if (++this.#lineBreaks === 2) {
        this.#lineBreaks = 0;
        outputs.push({ type: "keepalive-ping" });
      }
    }
    // A lone CR may be the first half of an empty line.
    return this.#end > this.#start && this.#buffer[this.#start] !== CR;
  }

  /** Size of the message whose header block is complete; undefined when it is not, or after an error. */
  #readHead(outputs: FramedOutput[]): number | undefined {
    const { headerBytes, bodyBytes } = this.#limits;
    const from = this.#start + Math.max(this.#scanned - 3, 0);
    const found = this.#buffer.subarray(from, this.#end).indexOf(endOfHeaders);
    const length = found === -1 ? this.#end - this.#start : from - this.#start + found + 4;
    if (length > headerBytes) {
      this.#fail(
        outputs,
        "header_too_large",
        Buffer.from(this.#buffer.subarray(this.#start, this.#start + headerBytes)),
      );
      return undefined;
    }
    if (found === -1) {
      this.#scanned = length;
      return undefined;
    }
    const head = this.#buffer.subarray(this.#start, this.#start + length);
    const body = contentLengthOf(head.toString("latin1"));
    if (typeof body === "number" && body <= bodyBytes) return length + body;
    this.#fail(outputs, typeof body === "number" ? "body_too_large" : body, Buffer.from(head));
    return undefined;
  }

  #fail(outputs: FramedOutput[], code: FramingErrorCode, head: Buffer): void {
    this.#failed = true;
    this.#buffer = empty;
    this.#start = 0;
    this.#end = 0;
    outputs.push({ type: "error", code, head });
  }

  #append(chunk: Buffer): void {
    if (this.#start === this.#end) {
      this.#buffer = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      this.#owned = false;
      return;
    }
    const kept = this.#end - this.#start;
    if (this.#end + chunk.length > this.#buffer.length) {
      // Twice what is needed: a byte is moved a bounded number of times, one by one as they may come.
      const grown = Buffer.allocUnsafe(Math.max((kept + chunk.length) * 2, 2_048));
      this.#buffer.copy(grown, 0, this.#start, this.#end);
      this.#buffer = grown;
      this.#start = 0;
      this.#end = kept;
    }
    chunk.copy(this.#buffer, this.#end);
    this.#end += chunk.length;
  }

  /** Moves an unfinished rest out of the chunk it came in, which may be much larger. */
  #own(): void {
    if (this.#owned) return;
    const kept = this.#end - this.#start;
    const own = Buffer.allocUnsafe(Math.max(kept * 2, 2_048));
    this.#buffer.copy(own, 0, this.#start, this.#end);
    this.#buffer = own;
    this.#start = 0;
    this.#end = kept;
    this.#owned = true;
  }
}

/** Content-Length of a header block; two that differ would let two readers cut the stream differently. */
function contentLengthOf(head: string): number | "missing_content_length" | "malformed_content_length" {
  let length: number | undefined;
  let at = head.indexOf("\r\n") + 2;
  while (at < head.length - 2) {
    let end = head.indexOf("\r\n", at);
    while (head.charCodeAt(end + 2) === 32 || head.charCodeAt(end + 2) === 9) {
      end = head.indexOf("\r\n", end + 2);
    }
    // "l", or "Content-Length": the first letter spares most lines the comparison.
    const letter = head.charCodeAt(at) | 32;
    if (letter === 108 || letter === 99) {
      const colon = head.indexOf(":", at);
      const name = colon === -1 || colon > end ? "" : head.slice(at, colon).trim().toLowerCase();
      if (name === "l" || name === "content-length") {
        const value = parseDecimal(head.slice(colon + 1, end).trim(), 0xffff_ffff);
        if (value === -1 || (length !== undefined && length !== value)) return "malformed_content_length";
        length = value;
      }
    }
    at = end + 2;
  }
  return length ?? "missing_content_length";
}
