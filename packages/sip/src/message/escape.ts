import { isUtf8 } from "node:buffer";
import { SipParseError } from "../errors.ts";

/** What needs no escape beside `unreserved` (RFC 3261 §25.1), by where it stands in a URI. */
const safe = {
  user: /^[A-Za-z0-9\-_.!~*'()&=+$,;?/]*$/,
  password: /^[A-Za-z0-9\-_.!~*'()&=+$,]*$/,
  param: /^[A-Za-z0-9\-_.!~*'()[\]/:&+$]*$/,
};
const safeOne = {
  user: /[A-Za-z0-9\-_.!~*'()&=+$,;?/]/,
  password: /[A-Za-z0-9\-_.!~*'()&=+$,]/,
  param: /[A-Za-z0-9\-_.!~*'()[\]/:&+$]/,
};
export type UriPart = keyof typeof safe;

/** `text` with every character that may not stand in that part of a SIP URI as `%XX` of its UTF-8 bytes. */
export function escapeUri(text: string, part: UriPart): string {
  if (safe[part].test(text)) return text;
  const allowed = safeOne[part];
  let escaped = "";
  for (const byte of Buffer.from(text, "utf8")) {
    const character = String.fromCharCode(byte);
    escaped +=
      byte < 128 && allowed.test(character)
        ? character
        : `%${byte < 16 ? "0" : ""}${byte.toString(16).toUpperCase()}`;
  }
  return escaped;
}

/**
 * Takes `%XX` escapes off. Escapes that are no UTF-8 stand for the characters of Latin-1.
 * @param position of `text` in the URI, for the error
 * @throws SipParseError malformed_uri when two hexadecimal digits do not follow a `%`
 */
export function unescapeUri(text: string, position: number): string {
  let percent = text.indexOf("%");
  if (percent === -1) return text;
  const bytes = Buffer.from(text, "utf8");
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    let byte = bytes[i] ?? 0;
    if (byte === 37) {
      const high = hexDigit(bytes[i + 1]);
      const low = hexDigit(bytes[i + 2]);
      if (high === -1 || low === -1) throw new SipParseError("malformed_uri", position + percent);
      byte = high * 16 + low;
      i += 2;
      percent = text.indexOf("%", percent + 1);
    }
    bytes[length++] = byte;
  }
  return decodeText(bytes, 0, length);
}

/** Bytes as UTF-8, or as the Latin-1 of old devices where they are none. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  const text = bytes.toString("utf8", start, end);
  // The replacement character may also have been sent as such.
  const isText = !text.includes("\ufffd") || isUtf8(bytes.subarray(start, end));
  return isText ? text : bytes.toString("latin1", start, end);
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1;
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
