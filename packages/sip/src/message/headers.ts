import { SipParseError } from "../errors.ts";
import { foldLineBreaks, isToken, splitList } from "./grammar.ts";
import { bits, type HeaderName, headerName } from "./header-names.ts";
import type { CSeq } from "./message.ts";
import type { NameAddr } from "./name-addr.ts";
import type { Via } from "./via.ts";

/** Values that the typed readers of `message.ts` keep; gone when that header changes. */
export interface TypedValues {
  via: readonly Via[] | undefined;
  topVia: Via | undefined;
  from: NameAddr | undefined;
  to: NameAddr | undefined;
  callId: string | undefined;
  cseq: CSeq | undefined;
  contact: readonly NameAddr[] | "*" | undefined;
  route: readonly NameAddr[] | undefined;
  recordRoute: readonly NameAddr[] | undefined;
}

/** A text that lines are ranges of. An object, so that to tell whether two are the same takes no look at characters. */
export interface TextBlock {
  readonly text: string;
}

/** One line as it goes on the wire, CRLF included: a range of a text. Never changes, and is shared by copies. */
interface HeaderLine {
  readonly name: HeaderName;
  readonly block: TextBlock;
  readonly start: number;
  readonly end: number;
}

const noText: TextBlock = { text: "" };

/**
 * The header lines of a message in their order. Names are case-insensitive and compact forms are
 * folded into the long name; values are the raw text of the line, unfolded and trimmed.
 *
 * What is set here can never start a new line on the wire: line breaks in a value become a space, and
 * a name that is no token is refused.
 */
export class Headers {
  readonly #lines: HeaderLine[] = [];
  /** For the typed readers alone. */
  readonly typed: TypedValues = {
    via: undefined,
    topVia: undefined,
    from: undefined,
    to: undefined,
    callId: undefined,
    cseq: undefined,
    contact: undefined,
    route: undefined,
    recordRoute: undefined,
  };

  constructor(entries?: Iterable<readonly [name: string, value: string]>) {
    if (entries !== undefined) for (const [name, value] of entries) this.append(name, value);
  }

  /**
   * For the parser: adds a line as it goes on the wire, a range of a text that is known to be clean, begins with
   * the name's `prefix` and ends in CRLF.
   */
  appendLine(name: HeaderName, block: TextBlock, start = 0, end = block.text.length): void {
    this.#lines.push({ name, block, start, end });
  }

  /** Number of header lines. */
  get size(): number {
    return this.#lines.length;
  }

  /** Value of the first line of that name, a comma list as a whole. */
  get(name: string): string | undefined {
    const line = this.#lines[this.#indexOf(headerName(name).key)];
    return line === undefined ? undefined : valueIn(line);
  }

  /** Value of each line of that name in order; comma lists are not split. */
  getAll(name: string): readonly string[] {
    const { key } = headerName(name);
    const found: string[] = [];
    for (const line of this.#lines) if (line.name.key === key) found.push(valueIn(line));
    return found;
  }

  /** Elements of the comma lists of all lines of that name, in order; empty elements are left out. */
  list(name: string): string[] {
    const { key } = headerName(name);
    let found: string[] | undefined;
    for (const line of this.#lines) {
      if (line.name.key !== key) continue;
      const elements = splitList(valueIn(line));
      if (found === undefined) found = elements;
      else for (const element of elements) found.push(element);
    }
    return found ?? [];
  }

  has(name: string): boolean {
    return this.#indexOf(headerName(name).key) !== -1;
  }

  /** Puts one line in place of the first of that name, takes the others out; appends where there is none. */
  set(name: string, value: string): void {
    const header = checkedName(name);
    const index = this.#indexOf(header.key);
    if (index === -1) {
      this.append(name, value);
      return;
    }
    this.#lines[index] = newLine(header, value);
    this.#removeFrom(header.key, index + 1);
    this.#forget(header.key);
  }

  /** Adds a line at the end. */
  append(name: string, value: string): void {
    const header = checkedName(name);
    this.#lines.push(newLine(header, value));
    this.#forget(header.key);
  }

  /** Adds a line before all others of that name, or before all lines where there is none. */
  prepend(name: string, value: string): void {
    const header = checkedName(name);
    const index = Math.max(this.#indexOf(header.key), 0);
    this.#lines.splice(index, 0, newLine(header, value));
    this.#forget(header.key);
  }

  /** Changes the first line of that name alone; nothing where there is none. */
  replaceFirst(name: string, value: string): void {
    const header = headerName(name);
    const index = this.#indexOf(header.key);
    const line = this.#lines[index];
    if (line === undefined) return;
    this.#lines[index] = newLine(line.name, value);
    this.#forget(header.key);
  }

  delete(name: string): void {
    const { key } = headerName(name);
    this.#removeFrom(key, 0);
    this.#forget(key);
  }

  /** Lines in order, names in the spelling that goes on the wire. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (const line of this.#lines) yield [line.name.display, valueIn(line)];
  }

  /** A copy that changes on its own. */
  clone(): Headers {
    const copy = new Headers();
    for (const line of this.#lines) copy.#lines.push(line);
    return copy;
  }

  /** Copies all lines of that name from `other` to the end of this. */
  copyFrom(other: Headers, name: string): void {
    const { key } = headerName(name);
    // Not to its new end, where `other` is this.
    const count = other.#lines.length;
    for (let i = 0; i < count; i++) {
      const line = other.#lines[i];
      if (line?.name.key === key) this.#lines.push(line);
    }
    this.#forget(key);
  }

  /** The header lines as they go on the wire, Content-Length set to `contentLength`, without the empty line. */
  serialise(contentLength: number): string {
    const length = String(contentLength);
    let written = "";
    let lengthWritten = false;
    // Lines that stand side by side in one text, as those of a received message do, are copied as one.
    let block = noText;
    let start = 0;
    let end = 0;
    for (const line of this.#lines) {
      let next = line;
      if (line.name.bit === bits.contentLength) {
        if (lengthWritten) continue;
        lengthWritten = true;
        if (valueIn(line) !== length) next = newLine(line.name, length);
      }
      if (next.block !== block || next.start !== end) {
        written += block.text.slice(start, end);
        ({ block, start } = next);
      }
      end = next.end;
    }
    written += block.text.slice(start, end);
    return lengthWritten ? written : `${written}Content-Length: ${length}\r\n`;
  }

  #indexOf(key: string): number {
    const lines = this.#lines;
    for (let i = 0; i < lines.length; i++) if (lines[i]?.name.key === key) return i;
    return -1;
  }

  #removeFrom(key: string, from: number): void {
    let kept = from;
    for (let i = from; i < this.#lines.length; i++) {
      const line = this.#lines[i];
      if (line !== undefined && line.name.key !== key) this.#lines[kept++] = line;
    }
    this.#lines.length = kept;
  }

  #forget(key: string): void {
    switch (key) {
      case "via":
        this.typed.via = undefined;
        this.typed.topVia = undefined;
        break;
      case "from":
      case "to":
      case "cseq":
      case "contact":
      case "route":
        this.typed[key] = undefined;
        break;
      case "call-id":
        this.typed.callId = undefined;
        break;
      case "record-route":
        this.typed.recordRoute = undefined;
    }
  }
}

function checkedName(name: string): HeaderName {
  if (!isToken(name)) throw new SipParseError("malformed_header_line", 0);
  return headerName(name);
}

/** The line as it goes on the wire; no line break of the value stays in it. */
export function lineOf(name: HeaderName, value: string): string {
  return `${name.prefix}${foldLineBreaks(value).trim()}\r\n`;
}

function newLine(name: HeaderName, value: string): HeaderLine {
  const block = { text: lineOf(name, value) };
  return { name, block, start: 0, end: block.text.length };
}

function valueIn({ name, block, start, end }: HeaderLine): string {
  return block.text.slice(start + name.prefix.length, end - 2);
}
