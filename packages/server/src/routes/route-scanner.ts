import { isIPv4, isIPv6 } from "node:net";
import type { RouteHop, RouteTransport } from "./outbound-route.ts";

export interface RouteParts extends RouteHop {
  transport?: RouteTransport;
  proxy?: RouteHop;
}
export type RouteScan = { ok: true; parts: RouteParts } | { ok: false; position: number; reason: string };

/** Thrown inside the scanner alone. */
class Fault extends Error {
  readonly position: number;
  constructor(position: number, reason: string) {
    super(reason);
    this.position = position;
  }
}

export function scanRoute(text: string): RouteScan {
  try {
    return { ok: true, parts: new RouteScanner(text).route() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ok: false, position: error.position, reason: error.message };
  }
}

const parameters = ["transport", "proxyAddress"] as const;
const transports = ["udp", "tcp", "tls"] as const;

/** Reads from left to right and stops at the first character after which no route can come of it. */
class RouteScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  route(): RouteParts {
    const parts: RouteParts = this.#hop("the route");
    const left = new Set<(typeof parameters)[number]>(parameters);
    while (this.#at < this.#text.length) {
      if (this.#here() !== ";") this.#refuse(left.size > 0 ? '";" and a parameter, or the end' : "the end");
      this.#at++;
      const name = this.#word(
        [...left],
        left.size === 0 ? "nothing more" : `${listed([...left])}, each once`,
      );
      left.delete(name);
      if (this.#here() !== "=") this.#refuse(`"=" after ${name}`);
      this.#at++;
      if (name === "transport") parts.transport = this.#word(transports, listed(transports));
      else parts.proxy = this.#hop("proxyAddress");
    }
    return parts;
  }

  #hop(of: string): RouteHop {
    const host = this.#here() === "[" ? this.#ipv6() : this.#nameOrIpv4(of);
    if (this.#here() !== ":") return { host };
    this.#at++;
    return { host, port: this.#port() };
  }

  #port(): number {
    const start = this.#at;
    for (; /^\d$/.test(this.#here()); this.#at++) {
      const port = Number(this.#text.slice(start, this.#at + 1));
      if (port === 0 || port > 65_535) this.#refuse("a port from 1 to 65535");
    }
    if (this.#at === start) this.#refuse("a port from 1 to 65535");
    return Number(this.#text.slice(start, this.#at));
  }

  #ipv6(): string {
    const start = this.#at + 1;
    for (this.#at = start; this.#here() !== "]"; this.#at++) {
      if (!isIpv6Beginning(this.#text.slice(start, this.#at + 1)))
        this.#refuse("an IPv6 address in brackets");
      if (this.#at >= this.#text.length) this.#refuse('"]" after the IPv6 address');
    }
    const address = this.#text.slice(start, this.#at);
    if (!isIPv6(address)) this.#refuse("the rest of the IPv6 address");
    this.#at++;
    return address.toLowerCase();
  }

  #nameOrIpv4(of: string): string {
    const start = this.#at;
    const numeric = /^\d+\.[\d.]*(?=$|[:;])/.exec(this.#text.slice(start))?.[0];
    if (numeric !== undefined) return this.#ipv4(numeric);
    let label = 0;
    for (; /^[a-z0-9.-]$/i.test(this.#here()); this.#at++) {
      const before = this.#text[this.#at - 1];
      if (this.#here() === ".") {
        if (label === 0) this.#refuse(`a letter or a digit, where a label of ${of}'s host begins`);
        if (before === "-") this.#refuse("a letter or a digit, as a label does not end with a hyphen");
        label = 0;
      } else if (this.#here() === "-" && label === 0) {
        this.#refuse(`a letter or a digit, where a label of ${of}'s host begins`);
      } else if (++label > 63) this.#refuse("a dot, as a label has 63 characters at most");
      if (this.#at - start >= 253) this.#refuse("the end of the name, which has 253 characters at most");
    }
    if (this.#at === start)
      this.#refuse(`the host of ${of}: a name, an IPv4 address, or an IPv6 address in brackets`);
    const name = this.#text.slice(start, this.#at).toLowerCase();
    if (label === 0) this.#refuse("a letter or a digit, where a label begins");
    if (name.endsWith("-")) this.#refuse("a letter or a digit, as a label does not end with a hyphen");
    // RFC 1123 §2.1, RFC 3261 §25.1: what ends with a number is an address in disguise.
    if (/(^|\.)\d+$/.test(name)) this.#refuse("a letter, as the last label of a name is not a number");
    return name;
  }

  #ipv4(text: string): string {
    const start = this.#at;
    for (; this.#at < start + text.length; this.#at++) {
      if (!isIpv4Beginning(this.#text.slice(start, this.#at + 1))) {
        this.#refuse("an IPv4 address: four numbers from 0 to 255, without leading zeros");
      }
    }
    if (!isIPv4(text)) this.#refuse("the rest of the IPv4 address");
    return text;
  }

  /** One of the words, in any case, and no longer. */
  #word<T extends string>(words: readonly T[], expected: string): T {
    let fitting = words;
    for (let length = 0; ; length++, this.#at++) {
      const whole = fitting.find((word) => word.length === length);
      if (whole !== undefined) return whole;
      const here = this.#here().toLowerCase();
      fitting = fitting.filter((word) => here !== "" && word[length]?.toLowerCase() === here);
      if (fitting.length === 0) this.#refuse(expected);
    }
  }

  /** The character to read now; "" at the end. */
  #here(): string {
    return this.#text[this.#at] ?? "";
  }

  #refuse(expected: string): never {
    const rest = this.#text.slice(this.#at);
    const [character] = rest;
    const found = character === undefined ? "the route ends" : `${JSON.stringify(character)} stands`;
    throw new Fault(
      this.#at,
      `At position ${this.#at} ${found}; expected was ${expected}.${hintFor(this.#text)}`,
    );
  }
}

/** The two mistakes that most people make. */
function hintFor(text: string): string {
  if (/^sips?:/i.test(text)) return ' Write the host alone, without "sip:".';
  return isIPv6(text.slice(0, 45)) ? " Write an IPv6 address in brackets." : "";
}

function listed(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(", ")} or ${words.at(-1)}` : words.join("");
}

/** Whether more characters could make an IPv4 address of it. */
function isIpv4Beginning(text: string): boolean {
  return ["", "0", ".0", "0.0", ".0.0", "0.0.0", ".0.0.0"].some((end) => isIPv4(text + end));
}

/** Ends of an IPv6 address: any number of groups, with or without the abbreviation or an IPv4 address at the end. */
const ipv6Ends = ["", "0", ":", ":0", "::"].flatMap((head) =>
  Array.from({ length: 8 }, (_, groups) => head + ":0".repeat(groups)).flatMap((end) =>
    ["", ".0", ".0.0", ".0.0.0"].map((tail) => end + tail),
  ),
);

/** Whether more characters could make an IPv6 address of it. Without a zone: it means nothing on another machine. */
function isIpv6Beginning(text: string): boolean {
  return /^[0-9a-f:.]+$/i.test(text) && text.length <= 45 && ipv6Ends.some((end) => isIPv6(text + end));
}
