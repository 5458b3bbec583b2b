import fc from "fast-check";
import type { SipUri } from "../message/uri.ts";
import { Dice } from "./dice.ts";

/**
 * Values that SIP's grammar allows (RFC 3261 §25.1), and for each one of the many ways in which it may be written: what a
 * parser reads has to be the value, whichever way was taken.
 */
export interface Written<T> {
  readonly value: T;
  readonly text: string;
}

const lower = [..."abcdefghijklmnopqrstuvwxyz0123456789"];
const tokenCharacters = [...lower, ..."-.!%*_+`'~"];

export const token = fc.string({ unit: fc.constantFrom(...tokenCharacters), minLength: 1, maxLength: 10 });
const paramName = fc.string({ unit: fc.constantFrom(...lower, "-"), minLength: 1, maxLength: 8 });
/** Any text of one line. */
const line = fc
  .oneof(fc.string({ unit: "grapheme-ascii", maxLength: 12 }), fc.string({ unit: "grapheme", maxLength: 12 }))
  .map((text) => text.replace(/[\r\n]/g, ""))
  .filter((text) => text.isWellFormed());

const label = fc.stringMatching(/^[a-z](?:[a-z0-9-]{0,6}[a-z0-9])?$/);
const hostName = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
export const host = fc.oneof(
  hostName,
  fc.ipV4(),
  fc.ipV6().map((text) => text.toLowerCase()),
);
const port = fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined });

/** How something is written follows from a number, which shrinks to the plainest way: always as it is. */
const wayNumber = fc.nat(1_000_000);
type Way = Dice | undefined;

function wayOf(seed: number): Way {
  return seed === 0 ? undefined : new Dice(seed);
}

/** `text` as it is, or, by chance, otherwise. */
function perhaps(dice: Way, times: number, text: string, otherwise: (dice: Dice) => string): string {
  return dice?.oneIn(times) === true ? otherwise(dice) : text;
}

/** White space where none is needed (SWS). */
export function space(dice: Way): string {
  return perhaps(dice, 3, "", (one) => one.pick([" ", "  ", "\t", "\r\n ", " \r\n\t", "\r\n \r\n "]));
}

/** White space where some is needed (LWS). */
export function blank(dice: Way): string {
  return perhaps(dice, 3, " ", (one) => one.pick(["  ", "\t", "\r\n ", " \r\n\t "]));
}

function mixedCase(dice: Way, text: string): string {
  if (dice?.oneIn(3) !== true) return text;
  return [...text].map((character) => (dice.oneIn(2) ? character.toUpperCase() : character)).join("");
}

/** Percent escapes where they are needed, and by chance where they are not. */
function escaped(dice: Way, text: string, safe: RegExp): string {
  return [...text]
    .map((character) => {
      if (safe.test(character) && dice?.oneIn(6) !== true) return character;
      return [...Buffer.from(character)]
        .map((byte) => `%${mixedCase(dice, byte.toString(16).padStart(2, "0"))}`)
        .join("");
    })
    .join("");
}

function quoted(dice: Way, text: string): string {
  const inner = [...text].map((character) => {
    const isNeeded = character === '"' || character === "\\";
    return isNeeded || (character < "\x80" && dice?.oneIn(6) === true) ? `\\${character}` : character;
  });
  return `"${inner.join("")}"`;
}

function uniqueNames<T>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly (readonly [string, T])[]> {
  return fc.uniqueArray(fc.tuple(paramName, value), { selector: ([name]) => name, maxLength: 4 });
}

const hostText = (text: string) => (text.includes(":") ? `[${text}]` : text);

export const uri: fc.Arbitrary<Written<SipUri>> = fc
  .record({
    scheme: fc.constantFrom("sip" as const, "sips" as const),
    user: fc.option(
      line.filter((text) => text !== ""),
      { nil: undefined },
    ),
    password: fc.option(line, { nil: undefined }),
    host,
    port,
    params: uniqueNames(line),
    headers: fc.option(fc.stringMatching(/^[a-z]{1,5}=[a-z%2]{0,5}$/), { nil: undefined }),
    wayNumber,
  })
  .map(({ scheme, user, password, host, port, params, headers, wayNumber }) => {
    const way = wayOf(wayNumber);
    const secret = user === undefined ? undefined : password;
    const value: SipUri = {
      scheme,
      ...(user !== undefined && { user }),
      ...(secret !== undefined && { password: secret }),
      host,
      ...(port !== undefined && { port }),
      params: new Map(params),
      headers,
    };
    const text = [
      `${mixedCase(way, scheme)}:`,
      user === undefined ? "" : escaped(way, user, /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/),
      secret === undefined ? "" : `:${escaped(way, secret, /[A-Za-z0-9\-_.!~*'()&=+$,]/)}`,
      user === undefined ? "" : "@",
      mixedCase(way, hostText(host)),
      port === undefined ? "" : `:${perhaps(way, 8, "", () => "00")}${port}`,
      ...params.map(([name, one]) => {
        const written = escaped(way, mixedCase(way, name), /[A-Za-z0-9\-_.!~*'()[\]/:&+$]/);
        return one === ""
          ? `;${written}`
          : `;${written}=${escaped(way, one, /[A-Za-z0-9\-_.!~*'()[\]/:&+$]/)}`;
      }),
      headers === undefined ? "" : `?${headers}`,
    ].join("");
    return { value, text };
  });

/** Header parameters: a value is as it was written, with its quotes. */
const headerParams = uniqueNames(
  fc.oneof(
    fc.constant(""),
    token,
    line.map((text) => quoted(undefined, text)),
    host.map(hostText),
  ),
);

function paramsText(dice: Way, params: readonly (readonly [string, string])[]): string {
  return params
    .map(([name, value]) => {
      const start = `${space(dice)};${space(dice)}${mixedCase(dice, name)}`;
      return value === "" ? start : `${start}${space(dice)}=${space(dice)}${value}`;
    })
    .join("");
}

export interface AddressValue {
  readonly displayName?: string;
  readonly uri: SipUri;
  readonly params: ReadonlyMap<string, string>;
}

/** name-addr or addr-spec with its parameters. */
export const address: fc.Arbitrary<Written<AddressValue>> = fc
  .record({
    displayName: fc.option(
      fc.oneof(
        line,
        fc.array(token, { minLength: 1, maxLength: 3 }).map((words) => words.join(" ")),
      ),
      {
        nil: undefined,
      },
    ),
    uri,
    params: headerParams,
    wayNumber,
  })
  .map(({ displayName, uri, params, wayNumber }) => {
    const way = wayOf(wayNumber);
    const value = {
      ...(displayName !== undefined && { displayName }),
      uri: uri.value,
      params: new Map(params),
    };
    const isPlain = uri.value.params.size === 0 && uri.value.headers === undefined && !/[?,;]/.test(uri.text);
    const canBeBare = displayName === undefined && isPlain;
    const isTokens =
      displayName !== undefined && /^[A-Za-z0-9\-.!%*_+`'~]+(?: [A-Za-z0-9\-.!%*_+`'~]+)*$/.test(displayName);
    const name =
      displayName === undefined
        ? ""
        : `${isTokens && way?.oneIn(2) === true ? displayName : quoted(way, displayName)}${blank(way)}`;
    const bracketed = canBeBare && way?.oneIn(2) === true ? uri.text : `<${uri.text}>`;
    return { value, text: `${name}${bracketed}${paramsText(way, params)}` };
  });

export interface ViaValue {
  readonly transport: string;
  readonly host: string;
  readonly port?: number;
  readonly params: ReadonlyMap<string, string>;
}

export const via: fc.Arbitrary<Written<ViaValue>> = fc
  .record({
    transport: fc.oneof(
      fc.constantFrom("UDP", "TCP", "TLS", "WS", "SCTP"),
      token.map((text) => text.toUpperCase()),
    ),
    host,
    port,
    params: headerParams,
    wayNumber,
  })
  .map(({ transport, host, port, params, wayNumber }) => {
    const way = wayOf(wayNumber);
    const slash = () => `${space(way)}/${space(way)}`;
    const portText = port === undefined ? "" : `${space(way)}:${space(way)}${port}`;
    const protocol = `${mixedCase(way, "sip")}${slash()}2.0${slash()}${transport}`;
    return {
      value: { transport, host, ...(port !== undefined && { port }), params: new Map(params) },
      text: `${protocol}${blank(way)}${mixedCase(way, hostText(host))}${portText}${paramsText(way, params)}`,
    };
  });

const compact: Record<string, string> = {
  Via: "v",
  From: "f",
  To: "t",
  "Call-ID": "i",
  Contact: "m",
  "Content-Length": "l",
};

/** A header line, its name in any of its forms. */
function headerLine(dice: Way, name: string, value: string): string {
  const short = compact[name];
  const written =
    short !== undefined && dice?.oneIn(3) === true ? short : mixedCase(dice, name.toLowerCase());
  return `${written}${perhaps(dice, 4, "", (one) => one.pick([" ", "\t", "  "]))}:${perhaps(dice, 4, " ", space)}${value}${perhaps(dice, 8, "", () => " ")}`;
}

/** Values of a list in lines of their own, or several in one. */
function listLines(dice: Way, name: string, values: readonly string[]): string[] {
  const lines: string[] = [];
  let current: string | undefined;
  for (const value of values) {
    if (current !== undefined && dice?.oneIn(2) === true) current += `${space(dice)},${space(dice)}${value}`;
    else {
      if (current !== undefined) lines.push(headerLine(dice, name, current));
      current = value;
    }
  }
  if (current !== undefined) lines.push(headerLine(dice, name, current));
  return lines;
}

export interface MessageValue {
  readonly method: string;
  readonly uri: SipUri;
  readonly vias: readonly ViaValue[];
  readonly from: AddressValue;
  readonly to: AddressValue;
  readonly callId: string;
  readonly seq: number;
  readonly maxForwards: number | undefined;
  readonly contacts: readonly AddressValue[];
  readonly routes: readonly AddressValue[];
  readonly others: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
}

const callId = fc.string({
  unit: fc.constantFrom(...tokenCharacters, ...'()<>:\\"/[]?{}@'),
  minLength: 1,
  maxLength: 20,
});
const otherValue = fc.stringMatching(/^[!-~](?:[ -~]{0,20}[!-~])?$/);

/** A whole request, its lines in any order. */
export const request: fc.Arbitrary<Written<MessageValue> & { readonly bytes: Buffer }> = fc
  .record({
    method: fc.oneof(fc.constantFrom("INVITE", "ACK", "BYE", "OPTIONS", "REGISTER"), token),
    uri,
    vias: fc.array(via, { minLength: 1, maxLength: 3 }),
    from: address,
    to: address,
    callId,
    seq: fc.integer({ min: 0, max: 0x7fff_ffff }),
    maxForwards: fc.option(fc.nat(255), { nil: undefined }),
    contacts: fc.array(address, { maxLength: 3 }),
    routes: fc.array(address, { maxLength: 3 }),
    others: fc.array(
      fc.tuple(
        token.map((name) => `X-${name}`),
        otherValue,
      ),
      { maxLength: 3 },
    ),
    body: fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
    hasLength: fc.boolean(),
    order: fc.array(fc.nat(), { minLength: 12, maxLength: 12 }),
    wayNumber,
  })
  .map(({ vias, from, to, contacts, routes, uri, hasLength, order, wayNumber, ...rest }) => {
    const way = wayOf(wayNumber);
    const { method, callId, seq, maxForwards, others, body } = rest;
    const value: MessageValue = {
      ...{ method, callId, seq, maxForwards, others, body },
      uri: uri.value,
      vias: vias.map((one) => one.value),
      from: from.value,
      to: to.value,
      contacts: contacts.map((one) => one.value),
      routes: routes.map((one) => one.value),
    };
    const texts = (list: readonly Written<unknown>[]) => list.map((one) => one.text);
    const groups = [
      listLines(way, "Via", texts(vias)),
      [headerLine(way, "From", from.text)],
      [headerLine(way, "To", to.text)],
      [headerLine(way, "Call-ID", callId)],
      [headerLine(way, "CSeq", `${seq}${blank(way)}${method}`)],
      maxForwards === undefined ? [] : [headerLine(way, "Max-Forwards", String(maxForwards))],
      listLines(way, "Contact", texts(contacts)),
      listLines(way, "Route", texts(routes)),
      others.map(([name, one]) => `${name}: ${one}`),
      hasLength ? [headerLine(way, "Content-Length", String(body.length))] : [],
    ];
    const shuffled = groups.map((group, index) => ({ group, key: order[index] ?? 0 }));
    if (way !== undefined) shuffled.sort((one, other) => one.key - other.key);
    const lines = shuffled.flatMap(({ group }) => group);
    const text = `${method} ${uri.text} ${mixedCase(way, "sip")}/2.0\r\n${lines.join("\r\n")}\r\n\r\n`;
    return { value, text, bytes: Buffer.concat([Buffer.from(text), body]) };
  });

export interface ChallengeValue {
  readonly realm: string;
  readonly nonce: string;
  readonly algorithm: "MD5" | "SHA-256";
  readonly opaque: string | undefined;
  readonly stale: boolean;
}

/** A Digest challenge: its parameters in any order, names in any case, with others among them. */
export const challenge: fc.Arbitrary<Written<ChallengeValue>> = fc
  .record({
    realm: line,
    nonce: line,
    algorithm: fc.constantFrom("MD5" as const, "SHA-256" as const),
    opaque: fc.option(line, { nil: undefined }),
    stale: fc.boolean(),
    order: fc.array(fc.nat(), { minLength: 8, maxLength: 8 }),
    wayNumber,
  })
  .map(({ order, wayNumber, ...value }) => {
    const way = wayOf(wayNumber);
    const equals = () => `${space(way)}=${space(way)}`;
    const params = [
      `${mixedCase(way, "realm")}${equals()}${quoted(way, value.realm)}`,
      `${mixedCase(way, "nonce")}${equals()}${quoted(way, value.nonce)}`,
      `algorithm${equals()}${perhaps(way, 3, value.algorithm, () => quoted(undefined, value.algorithm))}`,
      `qop${equals()}"auth${perhaps(way, 3, "", () => " , auth-int,other")}"`,
      ...(value.opaque === undefined ? [] : [`opaque${equals()}${quoted(way, value.opaque)}`]),
      ...(value.stale ? [`stale${equals()}${mixedCase(way, "true")}`] : []),
      ...(way?.oneIn(3) === true ? ['unheardof="x, y=z"'] : []),
    ].map((text, index) => ({ text, key: way === undefined ? index : (order[index] ?? 0) }));
    params.sort((one, other) => one.key - other.key);
    const text = params.map((one) => one.text).join(`${space(way)},${perhaps(way, 3, " ", space)}`);
    return { value, text: `${mixedCase(way, "digest")} ${text}`.replace(/\r\n/g, "") };
  });

/** Inputs that the grammar makes, for a fuzz target to begin with; the same for the same seed. */
export function grammarInputs(target: string, seed: number): Buffer[] {
  const options = { seed, numRuns: 100 };
  switch (target) {
    case "message":
      return fc.sample(request, options).map(({ bytes }) => bytes);
    case "stream":
      return fc
        .sample(request, options)
        .map(({ bytes }) => Buffer.concat([bytes, Buffer.from("\r\n\r\n"), bytes]));
    case "value":
      return [uri, address, via, challenge].flatMap((arbitrary) =>
        fc.sample<Written<unknown>>(arbitrary, { seed, numRuns: 25 }).map(({ text }) => Buffer.from(text)),
      );
    default:
      return [];
  }
}
