import { SipParseError } from "../errors.ts";
import {
  COLON,
  COMMA,
  endOfQuoted,
  foldLineBreaks,
  isSpaceCode,
  isUriBreak,
  LESS,
  QUOTE,
  quote,
  SEMICOLON,
  skipSpace,
  unquote,
} from "./grammar.ts";
import { noParams, type Params, parseParams, serialiseParams } from "./params.ts";
import { parseUriIn, serialiseUri, type Uri } from "./uri.ts";

const QUESTION = 63;
const AT = 64;

/** `name-addr` or `addr-spec` with header parameters (RFC 3261 §20.10): From, To, Contact, Route … */
export interface NameAddr {
  /** Without quotes and escapes; "" where an empty quoted string stands. */
  readonly displayName?: string;
  readonly uri: Uri;
  readonly params: Params;
}

/**
 * @param header named in errors
 * @param start with `end` a range of a longer text; positions of errors count in `text`
 * @throws SipParseError malformed_header, malformed_uri, malformed_parameter, duplicate_parameter
 */
export function parseNameAddr(text: string, header?: string, start = 0, end = text.length): NameAddr {
  const first = skipSpace(text, start, end);
  let displayName: string | undefined;
  let less = first;
  const code = first < end ? text.charCodeAt(first) : 0;
  if (code === QUOTE) {
    const close = endOfQuoted(text, first, end);
    if (close === -1) throw new SipParseError("malformed_header", first, header);
    displayName = unquote(text.slice(first, close));
    less = skipSpace(text, close, end);
    if (less === end || text.charCodeAt(less) !== LESS)
      throw new SipParseError("malformed_header", less, header);
  } else if (code !== LESS) {
    less = lessBeforeColon(text, first, end);
    if (less === -1) return parseAddrSpec(text, header, first, end);
    displayName = text.slice(first, less).trim();
    // The grammar has tokens here; dots and letters beyond ASCII come from real phones, specials do not.
    const bad = displayName.search(/[",;>@\\]/);
    if (bad !== -1) throw new SipParseError("malformed_header", first + bad, header);
  }
  const greater = text.indexOf(">", less);
  if (greater === -1 || greater >= end) throw new SipParseError("malformed_header", less, header);
  const uri = uriAt(text, less + 1, greater, header);
  const params = greater + 1 === end ? noParams : parseParams(text, greater + 1, header, end);
  return displayName === undefined ? { uri, params } : { displayName, uri, params };
}

/** Where `<` opens the URI; -1 where the scheme's colon comes first: a `<` behind that stands in a parameter's quotes. */
function lessBeforeColon(text: string, start: number, end: number): number {
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === LESS) return i;
    if (code === COLON) return -1;
  }
  return -1;
}

/** RFC 3261 §20.10: without `<>`, what follows a semicolon belongs to the header, and no `?` or `,` may stand. */
function parseAddrSpec(text: string, header: string | undefined, start: number, end: number): NameAddr {
  // A semicolon or question mark before the @ is part of the user. One behind a space or quote is a parameter's.
  let hostStart = start;
  while (hostStart < end && !isUriBreak(text.charCodeAt(hostStart))) hostStart++;
  if (hostStart === end || text.charCodeAt(hostStart) !== AT) hostStart = start;
  let paramsStart = hostStart;
  for (; paramsStart < end; paramsStart++) {
    const code = text.charCodeAt(paramsStart);
    if (code === SEMICOLON) break;
    if (code === QUESTION || code === COMMA) throw new SipParseError("malformed_header", paramsStart, header);
  }
  let uriEnd = paramsStart;
  while (uriEnd > start && isSpaceCode(text.charCodeAt(uriEnd - 1))) uriEnd--;
  return { uri: uriAt(text, start, uriEnd, header), params: parseParams(text, paramsStart, header, end) };
}

function uriAt(text: string, start: number, end: number, header: string | undefined): Uri {
  try {
    return parseUriIn(text, start, end);
  } catch (error) {
    if (error instanceof SipParseError) throw new SipParseError(error.code, error.position, header);
    throw error;
  }
}

/** Always with `<>`, the display name always quoted: the one form that no peer misreads. */
export function serialiseNameAddr(address: NameAddr): string {
  const text = `<${serialiseUri(address.uri)}>${serialiseParams(address.params)}`;
  return address.displayName === undefined ? text : `${quote(foldLineBreaks(address.displayName))} ${text}`;
}
