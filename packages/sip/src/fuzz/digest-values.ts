import { parseCredentials } from "../auth/credentials.ts";
import { DigestClient } from "../auth/digest-client.ts";
import { DigestServer } from "../auth/digest-server.ts";
import { createRequest } from "../message/create.ts";
import { Headers } from "../message/headers.ts";
import type { SipRequest } from "../message/message.ts";
import { hold } from "./target.ts";

const randomToken = (bytes: number) => "0".repeat(2 * bytes);
const options = { realm: "sip.example", secret: "0123456789abcdef", randomToken };
const server = new DigestServer({ ...options, account: (username) => ({ username, password: "right" }) });

function register(): SipRequest {
  const address = "<sip:a@sip.example>";
  return createRequest("REGISTER", "sip:sip.example", {
    from: `${address};tag=1`,
    to: address,
    callId: "c",
    cseq: 1,
  });
}

/** Answers a challenge: the credentials have to be readable, and for the realm and nonce that were named. */
export function answerChallenge(text: string): string {
  const client = new DigestClient({
    credentials: () => ({ username: 'a"b\\c', password: "é" }),
    randomToken,
  });
  const exchange = client.exchange();
  const headers = new Headers([["WWW-Authenticate", text]]);
  const { retry } = exchange.challenged({
    kind: "response",
    status: 401,
    reason: "",
    headers,
    body: Buffer.alloc(0),
  });
  const request = register();
  exchange.authorize(request);
  const line = request.headers.get("Authorization");
  hold(retry === (line !== undefined), "a challenge that can be answered is answered");
  if (line === undefined) return "refused";
  const credentials = parseCredentials(line);
  hold(credentials?.userhash === true || credentials?.username === 'a"b\\c', "an answer names the user");
  return credentials.algorithm;
}

/** Judges credentials that nobody can have made from the password. */
export function judgeCredentials(text: string): string {
  const request = register();
  request.headers.append("Authorization", text);
  const verdict = server.verify(request, 1_000);
  hold(!verdict.ok, "credentials without the password are refused");
  hold(server.size === 0, "nothing is kept for credentials that are refused");
  return verdict.code;
}
