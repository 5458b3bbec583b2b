import { isDeepStrictEqual } from "node:util";
import { parseAuthValues } from "../auth/auth-value.ts";
import { parseAuthenticationInfo, serialiseAuthenticationInfo } from "../auth/authentication-info.ts";
import { parseChallenges, serialiseChallenge } from "../auth/challenge.ts";
import { parseCredentials, serialiseCredentials } from "../auth/credentials.ts";
import { SipParseError } from "../errors.ts";
import { parseReasons } from "../header/reason.ts";
import { parseReplaces, serialiseReplaces } from "../header/replaces.ts";
import { serialiseUriHeaders, uriHeaders, withoutUriHeaders } from "../header/uri-headers.ts";
import { splitList } from "../message/grammar.ts";
import { parseCSeq } from "../message/message.ts";
import { parseNameAddr, serialiseNameAddr } from "../message/name-addr.ts";
import { parseMessage } from "../message/parse.ts";
import { parseUri, serialiseUri } from "../message/uri.ts";
import { equalUris } from "../message/uri-compare.ts";
import { parseVia, serialiseVia } from "../message/via.ts";
import { answerChallenge, judgeCredentials } from "./digest-values.ts";
import { recordedMessages } from "./recorded.ts";
import { type FuzzTarget, hold, orCode } from "./target.ts";
import { sipJoints, sipWords } from "./words.ts";

const more = [
  'Digest realm="sip.example", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc", algorithm=SHA-256, qop="auth,auth-int", stale=FALSE',
  'Digest username="a", realm="r", nonce="n", uri="sip:a@b", response="0123456789abcdef0123456789abcdef", algorithm=MD5, cnonce="c", opaque="o", qop=auth, nc=00000001',
  'nextnonce="n", qop=auth, rspauth="0123456789abcdef0123456789abcdef", cnonce="c", nc=00000001',
  "98732@sip.example;from-tag=r33th4x0r;to-tag=ff87ff;early-only",
  "sip:a%20b:p%3Aw@[2001:db8::1]:5061;transport=tls;lr;x=%3B?Replaces=1%402&Subject=a%26b",
  "tel:+1-201-555-0123;phone-context=example.com",
];

interface Codec {
  readonly name: string;
  readonly read: (text: string) => unknown;
  /** Where what was read can be written: the same has to be read again. */
  readonly again?: (value: never) => unknown;
}

const codecs: readonly Codec[] = [
  {
    name: "URI",
    read: parseUri,
    again: (uri: ReturnType<typeof parseUri>) => {
      const same = parseUri(serialiseUri(uri));
      hold(equalUris(uri, same), "a URI equals itself, written and read");
      withoutUriHeaders(uri);
      const headers = orCode(SipParseError, () => uriHeaders(uri), "URI headers");
      if ("value" in headers) serialiseUriHeaders(headers.value);
      return same;
    },
  },
  {
    name: "name-addr",
    read: (text) => parseNameAddr(text, "To"),
    again: (address: ReturnType<typeof parseNameAddr>) => parseNameAddr(serialiseNameAddr(address), "To"),
  },
  {
    name: "Via",
    read: (text) => parseVia(text),
    again: (via: ReturnType<typeof parseVia>) => parseVia(serialiseVia(via)),
  },
  { name: "CSeq", read: (text) => parseCSeq(text) },
  { name: "auth values", read: (text) => parseAuthValues(text, "WWW-Authenticate") },
  {
    name: "challenge",
    read: (text) => parseChallenges(text),
    again: (challenges: ReturnType<typeof parseChallenges>) =>
      challenges.flatMap((one) => parseChallenges(serialiseChallenge(one))),
  },
  {
    name: "credentials",
    read: (text) => parseCredentials(text),
    again: (credentials: ReturnType<typeof parseCredentials>) =>
      credentials && parseCredentials(serialiseCredentials(credentials)),
  },
  {
    name: "authentication info",
    read: (text) => parseAuthenticationInfo(text),
    again: (info: ReturnType<typeof parseAuthenticationInfo>) =>
      Object.values(info).every((value) => value === undefined)
        ? info
        : parseAuthenticationInfo(serialiseAuthenticationInfo(info)),
  },
  {
    name: "Replaces",
    read: parseReplaces,
    again: (replaces: ReturnType<typeof parseReplaces>) => parseReplaces(serialiseReplaces(replaces)),
  },
  { name: "Reason", read: parseReasons },
  { name: "Digest client", read: answerChallenge },
  { name: "Digest server", read: judgeCredentials },
  { name: "list", read: splitList, again: (list: string[]) => splitList(list.join(", ")) },
];

/** Bytes as one header value, to each reader there is, whichever header it is for. */
export const valueTarget: FuzzTarget = {
  name: "value",
  material: { words: sipWords, joints: sipJoints },
  seeds() {
    const values = new Set(more);
    for (const bytes of recordedMessages()) {
      const outcome = orCode(SipParseError, () => parseMessage(bytes), "the parser");
      if ("code" in outcome) continue;
      for (const [, value] of outcome.value.headers.entries()) values.add(value);
    }
    return [...values].map((value) => Buffer.from(value));
  },
  run(bytes) {
    // No line break comes so far: the parser takes folds out and refuses the rest.
    const text = bytes.toString("utf8").replace(/[\r\n]+/g, " ");
    return codecs
      .map(({ name, read, again }) => {
        const outcome = orCode(SipParseError, () => read(text), name);
        if ("code" in outcome) return outcome.code;
        if (again === undefined) return "read";
        const rewritten = orCode(SipParseError, () => again(outcome.value as never), name);
        hold(!("code" in rewritten), `${name} can be read again after writing`);
        hold(
          isDeepStrictEqual(rewritten.value, outcome.value),
          `${name} is the same after writing and reading`,
        );
        return "read";
      })
      .join(" ");
  },
};
