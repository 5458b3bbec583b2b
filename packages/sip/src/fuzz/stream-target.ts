import { isDeepStrictEqual } from "node:util";
import { type FramedOutput, StreamFramer } from "../message/stream-framer.ts";
import { Dice } from "./dice.ts";
import { recordedMessages } from "./recorded.ts";
import { type FuzzTarget, hold } from "./target.ts";
import { sipJoints, sipWords } from "./words.ts";

/** Longest that is also fed byte by byte. */
const shortBytes = 4_096;

/** Bytes as a stream: however the chunks fall, the same comes out. */
export const streamTarget: FuzzTarget = {
  name: "stream",
  material: { words: sipWords, joints: sipJoints },
  seeds() {
    const messages = recordedMessages().filter((bytes) => bytes.length < 1_500);
    const streams: Buffer[] = [];
    for (let i = 0; i + 2 < messages.length; i += 3) {
      streams.push(Buffer.concat([Buffer.from("\r\n\r\n"), ...messages.slice(i, i + 3)]));
    }
    return streams;
  },
  run(bytes) {
    const whole = feed(bytes, () => bytes.length);
    // From the bytes themselves, so that the run is the same again.
    const dice = new Dice(bytes.length + (bytes[bytes.length >> 1] ?? 0));
    const pieces = feed(bytes, () => dice.magnitude(10));
    hold(isDeepStrictEqual(pieces, whole), "chunks of any size make the same messages");
    if (bytes.length <= shortBytes) {
      hold(
        isDeepStrictEqual(
          feed(bytes, () => 1),
          whole,
        ),
        "single bytes make the same messages",
      );
    }
    return whole.shown
      .map((text) => text.slice(0, 5))
      .join(" ")
      .slice(0, 100);
  },
};

interface Fed {
  readonly shown: readonly string[];
  readonly pending: boolean;
}

function feed(bytes: Buffer, size: () => number): Fed {
  const framer = new StreamFramer();
  const outputs: FramedOutput[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(at + size(), bytes.length);
    // A copy of its own, as from a socket.
    outputs.push(...framer.push(Buffer.from(bytes.subarray(at, end))));
    at = end;
  }
  // Shown at the end: what was given out must not have changed since.
  return { shown: outputs.map(show), pending: framer.pending };
}

function show(output: FramedOutput): string {
  if (output.type === "message") return `sip ${output.bytes.toString("latin1")}`;
  return output.type === "error" ? `${output.code} ${output.head?.toString("latin1") ?? ""}` : "ping";
}
