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
  cseq: CSeq | undefined;
  contact: readonly NameAddr[] | "*" | undefined;
  route: readonly NameAddr[] | undefined;
  recordRoute: readonly NameAddr[] | undefined;
}

/**
 * The header lines of a message in their order. Names are case-insensitive and compact forms are
 * folded into the long name; values are the raw text of the line, unfolded and trimmed.
 *
 * What is set here can never start a new line on the wire: line breaks in a value become a space, and
 * a name that is no token is refused.
 */
export class Headers {
  readonly #names: HeaderName[];
  /** Whole lines as they go on the wire, CRLF included; the value is cut out when somebody asks for it. */
  readonly #lines: string[];
  /** For the typed readers alone. */
  readonly typed: TypedValues = {
    via: undefined,
    topVia: undefined,
    from: undefined,
    to: undefined,
    cseq: undefined,
    contact: undefined,
    route: undefined,
    recordRoute: undefined,
  };

  constructor(entries?: Iterable<readonly [name: string, value: string]>) {
    this.#names = [];
    this.#lines = [];
    if (entries !== undefined) for (const [name, value] of entries) this.append(name, value);
  }

  /** For the parser: adds a line that is known to be clean and begins with the name's `prefix`. */
  appendLine(name: HeaderName, line: string): void {
    this.#names.push(name);
    this.#lines.push(line);
  }

  /** Number of header lines. */
  get size(): number {
    return this.#names.length;
  }

  /** Value of the first line of that name, a comma list as a whole. */
  get(name: string): string | undefined {
    const index = this.#indexOf(headerName(name).key);
    return index === -1 ? undefined : this.#valueAt(index);
  }

  /** Value of each line of that name in order; comma lists are not split. */
  getAll(name: string): readonly string[] {
    const { key } = headerName(name);
    const found: string[] = [];
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i]?.key === key) found.push(this.#valueAt(i));
    }
    return found;
  }

  /** Elements of the comma lists of all lines of that name, in order; empty elements are left out. */
  list(name: string): string[] {
    const lines = this.getAll(name);
    return lines.length === 1 ? splitList(lines[0] ?? "") : lines.flatMap(splitList);
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
    this.#lines[index] = lineOf(header, value);
    this.#removeFrom(header.key, index + 1);
    this.#forget(header.key);
  }

  /** Adds a line at the end. */
  append(name: string, value: string): void {
    const header = checkedName(name);
    this.appendLine(header, lineOf(header, value));
    this.#forget(header.key);
  }

  /** Adds a line before all others of that name, or before all lines where there is none. */
  prepend(name: string, value: string): void {
    const header = checkedName(name);
    const index = Math.max(this.#indexOf(header.key), 0);
    this.#names.splice(index, 0, header);
    this.#lines.splice(index, 0, lineOf(header, value));
    this.#forget(header.key);
  }

  /** Changes the first line of that name alone; nothing where there is none. */
  replaceFirst(name: string, value: string): void {
    const header = headerName(name);
    const index = this.#indexOf(header.key);
    if (index === -1) return;
    this.#lines[index] = lineOf(this.#names[index] ?? header, value);
    this.#forget(header.key);
  }

  delete(name: string): void {
    const { key } = headerName(name);
    this.#removeFrom(key, 0);
    this.#forget(key);
  }

  /** Lines in order, names in the spelling that goes on the wire. */
  *entries(): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.#names.length; i++) {
      yield [this.#names[i]?.display ?? "", this.#valueAt(i)];
    }
  }

  /** A copy that changes on its own. */
  clone(): Headers {
    const copy = new Headers();
    for (let i = 0; i < this.#names.length; i++) copy.#appendFrom(this, i);
    return copy;
  }

  /** Copies all lines of that name from `other` to the end of this. */
  copyFrom(other: Headers, name: string): void {
    const { key } = headerName(name);
    const count = other.#names.length;
    for (let i = 0; i < count; i++) {
      if (other.#names[i]?.key === key) this.#appendFrom(other, i);
    }
    this.#forget(key);
  }

  /** The header lines as they go on the wire, Content-Length set to `contentLength`, without the empty line. */
  serialise(contentLength: number): string {
    let text = "";
    let lengthWritten = false;
    for (let i = 0; i < this.#names.length; i++) {
      const name = this.#names[i];
      if (name === undefined) continue;
      if (name.bit !== bits.contentLength) {
        text += this.#lines[i];
      } else if (!lengthWritten) {
        lengthWritten = true;
        text += `Content-Length: ${contentLength}\r\n`;
      }
    }
    return lengthWritten ? text : `${text}Content-Length: ${contentLength}\r\n`;
  }

  #valueAt(index: number): string {
    return this.#lines[index]?.slice(this.#names[index]?.prefix.length, -2) ?? "";
  }

  #appendFrom(other: Headers, index: number): void {
    const name = other.#names[index];
    const line = other.#lines[index];
    if (name !== undefined && line !== undefined) this.appendLine(name, line);
  }

  #indexOf(key: string): number {
    const names = this.#names;
    for (let i = 0; i < names.length; i++) if (names[i]?.key === key) return i;
    return -1;
  }

  #removeFrom(key: string, from: number): void {
    let kept = from;
    for (let i = from; i < this.#names.length; i++) {
      const name = this.#names[i];
      const line = this.#lines[i];
      if (name === undefined || line === undefined || name.key === key) continue;
      this.#names[kept] = name;
      this.#lines[kept] = line;
      kept++;
    }
    this.#names.length = kept;
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
