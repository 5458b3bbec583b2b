import { foldLineBreaks } from "../message/grammar.ts";
import { reasonPhrase } from "../message/reason-phrases.ts";

/** Content-Type of `sipfrag` bodies (RFC 3420). */
export const sipfragType = "message/sipfrag";

/** Bytes of a body that are looked at: a status line, and what may precede it. */
const longestLine = 1_024;

/** How far a referred request has come, RFC 3515 §2.4.5. */
export interface StatusFragment {
  /** 100 to 699. */
  readonly status: number;
  readonly reason: string;
}

/**
 * The status line that a NOTIFY of REFER begins with; undefined where it does not. What may follow, headers of the
 * referred request's response, is not looked at.
 */
export function parseSipfrag(body: Buffer): StatusFragment | undefined {
  const text = body.toString("utf8", 0, longestLine);
  // Some peers begin with an empty line, or end the line by LF alone.
  const match = /^\s{0,8}SIP\/2\.0 +([1-6]\d\d)(?: ([^\r\n]*))?(?:\r|\n|$)/i.exec(text);
  if (match === null) return undefined;
  return { status: Number(match[1]), reason: (match[2] ?? "").trim() };
}

/** @param status 100 to 699 */
export function serialiseSipfrag(status: number, reason: string = reasonPhrase(status)): string {
  return `SIP/2.0 ${status} ${foldLineBreaks(reason)}\r\n`;
}
