import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { maskSecrets } from "./mask-secrets.ts";

test("credentials, keys and passwords are crossed out, and nothing moves", () => {
  for (const [given, shown] of [
    [
      'Authorization: Digest username="1001", realm="pbx", nonce="n1", uri="sip:pbx", response="0123abcd", cnonce="c\\"1", nc=00000001',
      'Authorization: Digest username="1001", realm="pbx", nonce="n1", uri="sip:pbx", response="xxxxxxxx", cnonce="xx"x", nc=00000001',
    ],
    ["proxy-authorization :\tBasic dXNlcjpw\r\nTo: x", "proxy-authorization :\tBasic xxxxxxxx\r\nTo: x"],
    ["Authorization: Bearer abc.def", "Authorization: Bearer xxxxxxx"],
    ["Authorization: abcdef", "Authorization: xxxxxx"],
    [
      'Authorization: Digest username="a",\r\n response=abc,\r\n qop=auth',
      'Authorization: Digest username="a",\r\n response=xxx,\r\n qop=auth',
    ],
    ['Authentication-Info: rspauth="aa", nextnonce="b"', 'Authentication-Info: rspauth="xx", nextnonce="b"'],
    [
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20",
      "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxxxxxxx",
    ],
    ["a=ice-ufrag:ab\r\na=ice-pwd:secret\r\n", "a=ice-ufrag:ab\r\na=ice-pwd:xxxxxx\r\n"],
    ["Contact: <sip:1001:hunter2@192.0.2.1:5060>", "Contact: <sip:1001:xxxxxxx@192.0.2.1:5060>"],
    ["INVITE sip:demo@192.0.2.1:5060 SIP/2.0", "INVITE sip:demo@192.0.2.1:5060 SIP/2.0"],
    ['WWW-Authenticate: Digest realm="pbx", nonce="n1"', 'WWW-Authenticate: Digest realm="pbx", nonce="n1"'],
  ] as const) {
    const masked = maskSecrets(given);
    assert.equal(masked.length, given.length);
    if (!given.includes('\\"')) assert.equal(masked, shown);
    else assert.doesNotMatch(masked, /0123abcd|c\\/);
  }
});

test("whatever comes keeps its length, also where it is long", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii", maxLength: 300 }), (text) => {
      assert.equal(maskSecrets(`Authorization: Digest ${text}`).length, 22 + text.length);
    }),
  );
  for (const piece of [
    "sip:a:",
    "a=crypto:",
    'response="\\',
    "Authorization:\r\n ",
    "Authorization: Digest response=",
    "\r\n ",
  ]) {
    const text = `Authorization: Digest x\r\n ${piece.repeat(65_535 / piece.length)}`;
    // A square of its length would be minutes.
    assert.equal(maskSecrets(text).length, text.length);
  }
});
