import { SipParseError } from "../errors.ts";
import {
  afterQuoted,
  afterSpace,
  COMMA,
  endOfRun,
  foldLineBreaks,
  IN_URI,
  isSpaceCode,
  LESS,
  QUOTE,
  quote,
  SEMICOLON,
  unquote,
} from "./grammar.ts";
import { type Params, readParams, serialiseParams } from "./params.ts";
import { type Source, sourceOf } from "./source.ts";
import { readUri, serialiseUri, type Uri } from "./uri.ts";

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
 * @throws SipParseError malformed_header, malformed_uri, malformed_parameter, duplicate_parameter
 */
export function parseNameAddr(text: string, header?: string): NameAddr {
  return readNameAddr(sourceOf(text), 0, text.length, header);
}

/** As `parseNameAddr`, for a range of the text; positions of errors count in the whole. */
export function readNameAddr(
  source: Source,
  start: number,
  end: number,
  header: string | undefined,
): NameAddr {
  const { text, codes } = source;
  const first = afterSpace(codes, start, end);
  let displayName: string | undefined;
  let less = first;
  const code = first < end ? codes[first] : 0;
  if (code === QUOTE) {
    const close = afterQuoted(codes, first, end);
    if (close === -1) throw new SipParseError("malformed_header", first, header);
    displayName = text.slice(first + 1, close - 1);
    if (displayName.includes("\\")) displayName = unquote(text.slice(first, close));
    less = afterSpace(codes, close, end);
    if (less === end || codes[less] !== LESS) throw new SipParseError("malformed_header", less, header);
  } else if (code !== LESS) {
    less = text.indexOf("<", first);
    const colon = text.indexOf(":", first);
    // Where the scheme's colon comes first, a `<` behind that stands in a parameter's quotes.
    if (less === -1 || less >= end || (colon !== -1 && colon < less)) {
      return readAddrSpec(source, header, first, end);
    }
    displayName = text.slice(first, less).trim();
    // The grammar has tokens here; dots and letters beyond ASCII come from real phones, specials do not.
    const bad = displayName.search(/[",;>@\\]/);
    if (bad !== -1) throw new SipParseError("malformed_header", first + bad, header);
  }
  const greater = text.indexOf(">", less);
  if (greater === -1 || greater >= end) throw new SipParseError("malformed_header", less, header);
  const uri = uriIn(source, less + 1, greater, header);
  const params = readParams(source, greater + 1, end, header, false);
  return displayName === undefined ? { uri, params } : { displayName, uri, params };
}

/** RFC 3261 §20.10: without `<>`, what follows a semicolon belongs to the header, and no `?` or `,` may stand. */
function readAddrSpec(source: Source, header: string | undefined, start: number, end: number): NameAddr {
  const { codes } = source;
  // A semicolon or question mark before the @ is part of the user. One behind a space or quote is a parameter's.
  const userEnd = endOfRun(codes, IN_URI, start, end);
  let paramsStart = userEnd < end && codes[userEnd] === AT ? userEnd : start;
  for (; paramsStart < end; paramsStart++) {
    const code = codes[paramsStart];
    if (code === SEMICOLON) break;
    if (code === QUESTION || code === COMMA) throw new SipParseError("malformed_header", paramsStart, header);
  }
  let uriEnd = paramsStart;
  while (uriEnd > start && isSpaceCode(codes[uriEnd - 1] as number)) uriEnd--;
  return {
    uri: uriIn(source, start, uriEnd, header),
    params: readParams(source, paramsStart, end, header, false),
  };
}

function uriIn(source: Source, start: number, end: number, header: string | undefined): Uri {
  try {
    return readUri(source, start, end);
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
