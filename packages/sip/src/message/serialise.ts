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
  // Written once into a buffer that is always large enough for it, rather than measured and then written.
  const room = head.length * 3;
  const target = room <= scratch.length ? scratch : Buffer.allocUnsafe(room);
  const headLength = target.write(head, "utf8");
  const bytes = Buffer.allocUnsafe(headLength + body.length);
  target.copy(bytes, 0, 0, headLength);
  if (body.length > 0) body.copy(bytes, headLength);
  return bytes;
}

const scratch = Buffer.allocUnsafeSlow(65_536);
