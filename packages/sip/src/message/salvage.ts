import { type PartialRequest, SipParseError } from "../errors.ts";
import { isToken, skipSpace } from "./grammar.ts";
import { headerName } from "./header-names.ts";
import { Headers, lineOf } from "./headers.ts";
import { parseVia } from "./via.ts";

const copied = new Set(["via", "from", "to", "call-id", "cseq", "timestamp", "record-route"]);
const once = new Set(["from", "to", "call-id", "cseq", "timestamp"]);
const bytesLooked = 16_384;
const linesLooked = 128;

/**
 * What can be read of a broken request, for the 400 that answers it: undefined where there is no
 * request line of any SIP version, or no topmost Via that says where an answer would go. Never throws.
 */
export function salvage(bytes: Buffer): PartialRequest | undefined {
  const text = bytes.toString("utf8", 0, Math.min(bytes.length, bytesLooked));
  const lines = unfoldedLines(text);
  const startLine = lines.shift() ?? "";
  const method = startLine.slice(0, Math.max(startLine.indexOf(" "), 0));
  if (!isToken(method) || !/ SIP\/[0-9]{1,9}\.[0-9]{1,9}\s{0,9}$/i.test(startLine.slice(-32)))
    return undefined;
  const headers = new Headers();
  const seen = new Set<string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0) continue;
    const name = headerName(line.slice(0, colon).trim());
    if (!copied.has(name.key) || (once.has(name.key) && seen.has(name.key))) continue;
    seen.add(name.key);
    headers.appendLine(name, { text: lineOf(name, line.slice(colon + 1)) });
  }
  const via = headers.get("Via");
  const readable = via === undefined ? undefined : readablePart(via);
  if (readable === undefined) return undefined;
  if (readable !== via) headers.replaceFirst("Via", readable);
  return { method, headers };
}

/** Lines up to the empty one, folds undone, bare CR or LF inside a line made a space. */
function unfoldedLines(text: string): string[] {
  const lines: string[] = [];
  let at = 0;
  while (text.startsWith("\r\n", at)) at += 2;
  while (at < text.length && lines.length < linesLooked) {
    const end = text.indexOf("\r\n", at);
    // A line cut off by the end of the datagram, or by our own bound, tells nothing.
    if (end === -1 || end === at) break;
    const line = text.slice(at, end).replace(/[\r\n]/g, " ");
    if (skipSpace(line, 0) > 0 && lines.length > 0) lines.push(`${lines.pop()} ${line.trim()}`);
    else lines.push(line);
    at = end + 2;
  }
  return lines;
}

/**
 * The beginning of a Via line that says where an answer goes and, if possible, by its branch what is answered:
 * parameters from the first broken one on are left out, and with them the line's other values. undefined where not
 * even sent-by can be read.
 */
function readablePart(viaLine: string): string | undefined {
  const fault = viaFault(viaLine);
  if (fault === -1) return viaLine;
  for (const end of [fault, viaLine.search(/[;,]/)]) {
    if (end <= 0) continue;
    const part = viaLine.slice(0, end).replace(/[;, \t]{1,64}$/, "");
    if (viaFault(part) === -1) return part;
  }
  return undefined;
}

/** Where a Via line breaks its grammar, -1 where it does not. */
function viaFault(viaLine: string): number {
  try {
    parseVia(viaLine);
    return -1;
  } catch (error) {
    if (error instanceof SipParseError) return error.position;
    throw error;
  }
}
