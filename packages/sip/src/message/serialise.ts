import { foldLineBreaks } from "./grammar.ts";
import type { SipMessage } from "./message.ts";

const CR = 13;
const LF = 10;

/**
 * The message as it goes on the wire: names in their long form, one line a header, Content-Length
 * always present and right. No value can begin a line of its own.
 */
export function serialiseMessage(message: SipMessage): Buffer {
  const { body } = message;
  const startLine =
    message.kind === "request"
      ? `${message.method} ${message.uriText} SIP/2.0\r\n`
      : `SIP/2.0 ${message.status} ${message.reason}\r\n`;
  return write(oneLine(startLine), message.headers.serialise(body.length), body);
}

/** A line break before the last becomes a space. */
function oneLine(line: string): string {
  const end = line.length - 2;
  return line.indexOf("\r") === end && line.indexOf("\n") === end + 1
    ? line
    : `${foldLineBreaks(line.slice(0, end))}\r\n`;
}

/**
 * Messages are written one after the other into a slab: no measuring before, no copying after, and a
 * seventieth of the allocations. What is written stays: a retransmission may need it for 32 seconds.
 */
const slabBytes = 65_536;
let slab = Buffer.allocUnsafeSlow(slabBytes);
let used = 0;

function write(startLine: string, lines: string, body: Buffer): Buffer {
  // No UTF-16 unit takes more than three bytes of UTF-8.
  const room = (startLine.length + lines.length) * 3 + 2 + body.length;
  if (room > slabBytes / 4) return Buffer.concat([Buffer.from(`${startLine}${lines}\r\n`, "utf8"), body]);
  if (used + room > slabBytes) {
    slab = Buffer.allocUnsafeSlow(slabBytes);
    used = 0;
  }
  const start = used;
  used += slab.write(startLine, used);
  used += slab.write(lines, used);
  slab[used++] = CR;
  slab[used++] = LF;
  if (body.length > 0) used += body.copy(slab, used);
  return slab.subarray(start, used);
}
