import { SipParseError } from "../errors.ts";
import { foldLineBreaks, isToken, splitList } from "./grammar.ts";
import { type HeaderName, headerName } from "./header-names.ts";
import type { CSeq } from "./message.ts";
import type { NameAddr } from "./name-addr.ts";
import type { Via } from "./via.ts";

/** Values that the typed readers of `message.ts` keep, by header key; gone when that header changes. */
export interface TypedValues {
  via?: readonly Via[] | undefined;
  topVia?: Via | undefined;
  from?: NameAddr | undefined;
  to?: NameAddr | undefined;
  cseq?: CSeq | undefined;
  contact?: readonly NameAddr[] | "*" | undefined;
  route?: readonly NameAddr[] | undefined;
  "record-route"?: readonly NameAddr[] | undefined;
}

/**
 * The header lines of a message in their order. Names are case-insensitive and compact forms are
 * folded into the long name; values are the raw text of the line, unfolded and trimmed.
 *
 * What is set here can never start a new line on the wire: line breaks in a value become a space, and
 * a name that is no token is refused.
 */
export class Headers {
  #names: HeaderName[];
  #values: string[];
  /** For the typed readers alone. */
  readonly typed: TypedValues = {};

  constructor(entries?: Iterable<readonly [name: string, value: string]>) {
    this.#names = [];
    this.#values = [];
    if (entries !== undefined) for (const [name, value] of entries) this.append(name, value);
  }

  /** For the parser: lines that are known to be clean. The arrays are taken over, not copied. */
  static fromParsed(names: HeaderName[], values: string[]): Headers {
    const headers = new Headers();
    headers.#names = names;
    headers.#values = values;
    return headers;
  }

  /** Number of header lines. */
  get size(): number {
    return this.#names.length;
  }

  /** Value of the first line of that name, a comma list as a whole. */
  get(name: string): string | undefined {
    const index = this.#indexOf(headerName(name).key);
    return index === -1 ? undefined : this.#values[index];
  }

  /** Value of each line of that name in order; comma lists are not split. */
  getAll(name: string): readonly string[] {
    const { key } = headerName(name);
    const found: string[] = [];
    for (let i = 0; i < this.#names.length; i++) {
      if (this.#names[i]?.key === key) found.push(this.#values[i] ?? "");
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
    this.#removeFrom(header.key, index + 1);
    this.#forget(header.key);
  }

  /** Adds a line at the end. */
  append(name: string, value: string): void {
    const header = checkedName(name);
    this.#names.push(header);
    this.#values.push(clean(value));
    this.#forget(header.key);
  }

  /** Adds a line before all others of that name, or before all lines where there is none. */
  prepend(name: string, value: string): void {
    const header = checkedName(name);
    const index = Math.max(this.#indexOf(header.key), 0);
    this.#names.splice(index, 0, header);
    this.#values.splice(index, 0, clean(value));
    this.#forget(header.key);
  }

  /** Changes the first line of that name alone; nothing where there is none. */
  replaceFirst(name: string, value: string): void {
    const { key } = headerName(name);
    const index = this.#indexOf(key);
    if (index === -1) return;
    this.#values[index] = clean(value);
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
      yield [this.#names[i]?.display ?? "", this.#values[i] ?? ""];
    }
  }

  /** A copy that changes on its own. */
  clone(): Headers {
    return Headers.fromParsed(this.#names.slice(), this.#values.slice());
  }

  /** Copies all lines of that name from `other` to the end of this. */
  copyFrom(other: Headers, name: string): void {
    const { key } = headerName(name);
    const count = other.#names.length;
    for (let i = 0; i < count; i++) {
      const header = other.#names[i];
      if (header?.key !== key) continue;
      this.#names.push(header);
      this.#values.push(other.#values[i] ?? "");
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
      if (name.key !== "content-length") text += `${name.prefix}${this.#values[i]}\r\n`;
      else if (!lengthWritten) {
        lengthWritten = true;
        text += `Content-Length: ${contentLength}\r\n`;
      }
    }
    return lengthWritten ? text : `${text}Content-Length: ${contentLength}\r\n`;
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
      this.#values[kept] = this.#values[i] ?? "";
      kept++;
    }
    this.#names.length = kept;
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
      case "record-route":
        this.typed[key] = undefined;
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
