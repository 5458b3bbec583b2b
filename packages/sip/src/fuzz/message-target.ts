import { isDeepStrictEqual } from "node:util";
import { SipParseError } from "../errors.ts";
import { createResponse } from "../message/create.ts";
import { contentLength, cseq, type SipMessage, to, topVia } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { defaultFramerLimits, StreamFramer } from "../message/stream-framer.ts";
import { serverTransactionKey, traceKey } from "../transaction/transaction-key.ts";
import { stampReceived } from "../transport/via-received.ts";
import { checkedReaders, informingReaders, throwingReaders } from "./readers.ts";
import { recordedMessages } from "./recorded.ts";
import { type FuzzTarget, hold, orCode } from "./target.ts";
import { sipJoints, sipWords } from "./words.ts";

const flow = {
  transport: "udp",
  localAddress: "192.0.2.1",
  localPort: 5060,
  remoteAddress: "192.0.2.9",
  remotePort: 6000,
} as const;

/** Bytes as a datagram: parsed, read, answered, written and read again. */
export const messageTarget: FuzzTarget = {
  name: "message",
  material: { words: sipWords, joints: sipJoints },
  seeds: recordedMessages,
  run(bytes) {
    try {
      return judge(parseMessage(bytes), bytes);
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      const { partial } = error;
      if (partial !== undefined) {
        stampReceived(partial, flow);
        const answer = serialiseMessage(createResponse(partial, error.status, undefined, { toTag: "t" }));
        isOneMessage(answer, "the answer to a broken request");
        hasOnlyOurLines(answer);
      }
      hold(error.position >= 0 && error.position <= bytes.length, "an error's position is in the message");
      return `${error.code} ${error.header ?? ""} ${partial === undefined ? "" : "partial"}`;
    }
  },
};

function judge(message: SipMessage, bytes: Buffer): string {
  for (const reader of checkedReaders) reader(message);
  for (const reader of informingReaders) reader(message);
  const outcomes = throwingReaders.map((reader) => {
    const outcome = orCode(SipParseError, () => reader(message), reader.name);
    return "code" in outcome ? `${reader.name} ${outcome.code}` : "";
  });
  for (const [name] of message.headers.entries()) message.headers.list(name);
  hold(
    isDeepStrictEqual(lines(message.headers.clone()), lines(message.headers)),
    "a clone has the same lines",
  );

  const written = serialiseMessage(message);
  isOneMessage(written, "a message that was read and written");
  const again = readAgain(written);
  // Written out in full, with each value in a line of its own, it is more than the limit of what is read.
  if (again === undefined) return "grown";
  hold(again.kind === message.kind, "what was written is of the same kind");
  hold(
    isDeepStrictEqual(lines(again.headers), lines(message.headers)),
    "what was written has the same headers",
  );
  hold(again.body.equals(message.body), "what was written has the same body");
  for (const reader of checkedReaders) {
    if (reader === contentLength) continue;
    hold(isDeepStrictEqual(reader(again), reader(message)), `what was written has the same ${reader.name}`);
  }
  traceKey(message, "in");
  isFramedAsParsed(bytes);
  if (message.kind === "response") return `response ${Math.floor(message.status / 100)} ${outcomes.join("")}`;

  hold(
    again.kind === "request" && isDeepStrictEqual(again.uri, message.uri),
    "what was written has the same Request-URI",
  );
  serverTransactionKey(message);
  stampReceived(message, flow);
  hold(topVia(message).params.size > 0, "a stamped Via has parameters");
  for (const status of [100, 200, 400]) {
    const answer = serialiseMessage(createResponse(message, status, undefined, { toTag: "t" }));
    isOneMessage(answer, "an answer");
    const read = readAgain(answer);
    if (read === undefined) return "grown in the answer";
    hold(read.kind === "response" && read.status === status, "an answer is a response");
    hold(isDeepStrictEqual(cseq(read), cseq(message)), "an answer has the request's CSeq");
    hold(status === 100 || to(read).params.has("tag"), "an answer has a To tag");
  }
  return `request ${outcomes.join("")}`;
}

/** @returns undefined: it is too large */
function readAgain(bytes: Buffer): SipMessage | undefined {
  try {
    return parseMessage(bytes);
  } catch (error) {
    const isTooLarge = error instanceof SipParseError && error.code === "header_too_large";
    if (isTooLarge && bytes.length > defaultFramerLimits.headerBytes) return undefined;
    throw error;
  }
}

/** Content-Length is the writer's business. */
function lines(headers: SipMessage["headers"]): [string, string][] {
  return [...headers.entries()].filter(([name]) => name !== "Content-Length");
}

function isOneMessage(bytes: Buffer, what: string): void {
  const framer = new StreamFramer({ headerBytes: 1_000_000, bodyBytes: 1_000_000 });
  const [first, ...others] = framer.push(bytes);
  const isWhole = first?.type === "message" && first.bytes.length === bytes.length;
  hold(isWhole && others.length === 0 && !framer.pending, `${what} is cut as one`);
}

/** Two readers that see different ends of one message let somebody hide a second one in it. */
function isFramedAsParsed(bytes: Buffer): void {
  const [first] = new StreamFramer().push(bytes);
  if (first?.type !== "message") return;
  const outcome = orCode(SipParseError, () => parseMessage(first.bytes), "the parser");
  if ("code" in outcome) return;
  const head = first.bytes.indexOf("\r\n\r\n") + 4;
  hold(
    head + outcome.value.body.length === first.bytes.length,
    "the stream framer and the parser agree where a message ends",
  );
}

const ours =
  /^(?:SIP\/2\.0 |Via: |From: |To: |Call-ID: |CSeq: |Timestamp: |Record-Route: |Content-Length: |$)/;

function hasOnlyOurLines(bytes: Buffer): void {
  for (const line of bytes.toString("latin1").split(/\r\n|\r|\n/)) {
    hold(ours.test(line), "the answer to a broken request has only lines of ours");
  }
}
