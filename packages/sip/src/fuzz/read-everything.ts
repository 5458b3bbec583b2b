import { parseAuthValues } from "../auth/auth-value.ts";
import { parseChallenges } from "../auth/challenge.ts";
import { parseCredentials } from "../auth/credentials.ts";
import { SipParseError } from "../errors.ts";
import { createResponse } from "../message/create.ts";
import { parseMessage } from "../message/parse.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { stampReceived } from "../transport/via-received.ts";
import { informingReaders, throwingReaders } from "./readers.ts";

const limits = { messageBytes: 1_000_000, headerBytes: 1_000_000, headers: 100_000, lineLength: 1_000_000 };
const flow = {
  transport: "udp",
  localAddress: "192.0.2.1",
  localPort: 5060,
  remoteAddress: "192.0.2.9",
  remotePort: 6000,
} as const;

/** All that could be done with a datagram, without the limits that keep it short. */
export function readEverything(bytes: Buffer): void {
  try {
    const message = parseMessage(bytes, { limits });
    for (const reader of informingReaders) reader(message);
    for (const reader of throwingReaders) attempt(() => reader(message));
    const { headers } = message;
    for (const line of headers.getAll("WWW-Authenticate")) {
      attempt(() => parseAuthValues(line, ""));
      attempt(() => parseChallenges(line));
    }
    for (const line of headers.getAll("Authorization")) attempt(() => parseCredentials(line));
    if (message.kind === "request") {
      stampReceived(message, flow);
      serialiseMessage(createResponse(message, 200, undefined, { toTag: "t" }));
    }
    serialiseMessage(message);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    const { partial } = error;
    if (partial === undefined) return;
    stampReceived(partial, flow);
    serialiseMessage(createResponse(partial, error.status, undefined, { toTag: "t" }));
  }
}

function attempt(read: () => unknown): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
  }
}
