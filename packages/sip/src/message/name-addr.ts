import { SipParseError } from "../errors.ts";
import { endOfQuoted, foldLineBreaks, LESS, QUOTE, quote, skipSpace, unquote } from "./grammar.ts";
import { type Params, parseParams, serialiseParams } from "./params.ts";
import { parseUri, serialiseUri, type Uri } from "./uri.ts";

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
  const start = skipSpace(text, 0);
  let displayName: string | undefined;
  let less: number;
  if (text.charCodeAt(start) === QUOTE) {
    const end = endOfQuoted(text, start);
    if (end === -1) throw new SipParseError("malformed_header", start, header);
    displayName = unquote(text.slice(start, end));
    less = skipSpace(text, end);
    if (text.charCodeAt(less) !== LESS) throw new SipParseError("malformed_header", less, header);
  } else {
    less = text.indexOf("<", start);
    if (less > start) {
      displayName = text.slice(start, less).trim();
      // The grammar has tokens here; letters beyond ASCII and dots come from real phones, specials do not.
      const bad = displayName.search(/[",;:<>@\\]/);
      if (bad !== -1) throw new SipParseError("malformed_header", start + bad, header);
    }
  }
  if (less === -1) return parseAddrSpec(text, start, header);
  const greater = text.indexOf(">", less);
  if (greater === -1) throw new SipParseError("malformed_header", less, header);
  const uri = uriAt(text, less + 1, greater, header);
  const params = parseParams(text, greater + 1, header);
  return displayName === undefined ? { uri, params } : { displayName, uri, params };
}

/** RFC 3261 §20.10: without `<>`, what follows a semicolon belongs to the header, and no `?` or `,` may stand. */
function parseAddrSpec(text: string, start: number, header: string | undefined): NameAddr {
  const at = text.indexOf("@", start);
  const semicolon = text.indexOf(";", at === -1 ? start : at);
  let end = semicolon === -1 ? text.length : semicolon;
  const paramsStart = end;
  while (end > start && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 9)) end--;
  const question = text.indexOf("?", at === -1 ? start : at);
  if (question !== -1 && question < end) throw new SipParseError("malformed_header", question, header);
  return { uri: uriAt(text, start, end, header), params: parseParams(text, paramsStart, header) };
}

function uriAt(text: string, start: number, end: number, header: string | undefined): Uri {
  try {
    return parseUri(text.slice(start, end));
  } catch (error) {
    if (error instanceof SipParseError) throw new SipParseError(error.code, start + error.position, header);
    throw error;
  }
}

/** Always with `<>`, the display name always quoted: the one form that no peer misreads. */
export function serialiseNameAddr(address: NameAddr): string {
  const text = `<${serialiseUri(address.uri)}>${serialiseParams(address.params)}`;
  return address.displayName === undefined ? text : `${quote(foldLineBreaks(address.displayName))} ${text}`;
}
