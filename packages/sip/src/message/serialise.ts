import { foldLineBreaks } from "./grammar.ts";
import type { SipMessage } from "./message.ts";

/**
 * The message as it goes on the wire: names in their long form, one line a header, Content-Length
 * always present and right. No value can begin a line of its own.
 */
export function serialiseMessage(message: SipMessage): Buffer {
  const { body } = message;
  const startLine =
    message.kind === "request"
      ? `${message.method} ${message.uriText} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const head = `${foldLineBreaks(startLine)}\r\n${message.headers.serialise(body.length)}\r\n`;
  if (body.length === 0) return Buffer.from(head, "utf8");
  const headLength = Buffer.byteLength(head, "utf8");
  const bytes = Buffer.allocUnsafe(headLength + body.length);
  bytes.write(head, 0, headLength, "utf8");
  body.copy(bytes, headLength);
  return bytes;
}
