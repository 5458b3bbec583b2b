// The set of messages that the parser benchmark runs over: written by hand after what phones, PBXs and carriers send.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(import.meta.dirname, "../messages");

export interface SampleMessage {
  name: string;
  bytes: Buffer;
}

/** All messages, as they come off the wire: line ends CRLF, Content-Length right. */
export function sampleMessages(): SampleMessage[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".sip"))
    .sort()
    .map((file) => {
      const text = readFileSync(join(folder, file), "utf8").replaceAll("\n", "\r\n");
      const end = text.indexOf("\r\n\r\n") + 4;
      const length = Buffer.byteLength(text.slice(end));
      return { name: file.slice(0, -4), bytes: Buffer.from(text.replace("{length}", String(length))) };
    });
}
