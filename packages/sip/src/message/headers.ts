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
  /** A line is its value, or the whole line as it stands on the wire, from which the value is cut when asked for. */
  readonly #values: (string | undefined)[];
  readonly #lines: (string | undefined)[];
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
    this.#values = [];
    this.#lines = [];
    if (entries !== undefined) for (const [name, value] of entries) this.append(name, value);
  }

  /**
   * For the parser: adds a line that is known to be clean.
   * @param line as it is written on the wire, CRLF included, where it came in just that form: it is
   * then sent and copied as it is, and `value` may be left out
   */
  appendParsed(name: HeaderName, value: string | undefined, line: string | undefined): void {
    this.#names.push(name);
    this.#values.push(value);
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
    this.#values[index] = clean(value);
    this.#lines[index] = undefined;
    this.#removeFrom(header.key, index + 1);
    this.#forget(header.key);
  }

  /** Adds a line at the end. */
  append(name: string, value: string): void {
    const header = checkedName(name);
    this.appendParsed(header, clean(value), undefined);
    this.#forget(header.key);
  }

  /** Adds a line before all others of that name, or before all lines where there is none. */
  prepend(name: string, value: string): void {
    const header = checkedName(name);
    const index = Math.max(this.#indexOf(header.key), 0);
    this.#names.splice(index, 0, header);
    this.#values.splice(index, 0, clean(value));
    this.#lines.splice(index, 0, undefined);
    this.#forget(header.key);
  }

  /** Changes the first line of that name alone; nothing where there is none. */
  replaceFirst(name: string, value: string): void {
    const { key } = headerName(name);
    const index = this.#indexOf(key);
    if (index === -1) return;
    this.#values[index] = clean(value);
    this.#lines[index] = undefined;
    this.#forget(key);
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
        text += this.#lines[i] ?? `${name.prefix}${this.#values[i]}\r\n`;
      } else if (!lengthWritten) {
        lengthWritten = true;
        text += `Content-Length: ${contentLength}\r\n`;
      }
    }
    return lengthWritten ? text : `${text}Content-Length: ${contentLength}\r\n`;
  }

  #valueAt(index: number): string {
    let value = this.#values[index];
    if (value === undefined) {
      value = this.#lines[index]?.slice(this.#names[index]?.prefix.length, -2) ?? "";
      this.#values[index] = value;
    }
    return value;
  }

  #appendFrom(other: Headers, index: number): void {
    const name = other.#names[index];
    if (name !== undefined) this.appendParsed(name, other.#values[index], other.#lines[index]);
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
      if (name === undefined || name.key === key) continue;
      this.#names[kept] = name;
      this.#values[kept] = this.#values[i];
      this.#lines[kept] = this.#lines[i];
      kept++;
    }
    this.#names.length = kept;
    this.#lines.length = kept;
    this.#values.length = kept;
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

function clean(value: string): string {
  return foldLineBreaks(value).trim();
}
