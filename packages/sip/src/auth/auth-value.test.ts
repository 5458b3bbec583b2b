import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { SipParseError } from "../errors.ts";
import { parseAuthParams, parseAuthValues } from "./auth-value.ts";
import { parseAuthenticationInfo, serialiseAuthenticationInfo } from "./authentication-info.ts";
import { parseChallenges, serialiseChallenge } from "./challenge.ts";
import { parseCredentials, serialiseCredentials } from "./credentials.ts";
import { digestLength, hashNames } from "./digest.ts";

const read = (text: string) => parseAuthValues(text, "WWW-Authenticate");

function code(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof SipParseError);
    return error.code;
  }
  return "nothing thrown";
}

/** What can stand in a quoted string of ours: all but controls. */
const text = fc.string({ unit: "grapheme" }).filter((value) => !/\p{Cc}/u.test(value));
const token = fc.stringMatching(/^[A-Za-z0-9]{1,20}$/);
const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`));
const algorithm = fc.constantFrom(...hashNames, ...hashNames.map((name) => `${name}-sess` as const));
const qop = fc.constantFrom("auth", "auth-int");

describe("authentication headers", () => {
  it("reads RFC 3261's challenge with its odd spaces", () => {
    const [value, ...others] = read(
      'Digest  realm = "biloxi.com" ,qop="auth,auth-int",\tnonce="dcd98b7102", opaque="",stale=FALSE, , algorithm=MD5',
    );
    assert.equal(others.length, 0);
    assert.equal(value?.scheme, "digest");
    assert.deepEqual(
      [...(value?.params ?? [])],
      [
        ["realm", "biloxi.com"],
        ["qop", "auth,auth-int"],
        ["nonce", "dcd98b7102"],
        ["opaque", ""],
        ["stale", "FALSE"],
        ["algorithm", "MD5"],
      ],
    );
  });

  it("tells several challenges in one line from parameters", () => {
    const values = read(
      'Digest realm="a", nonce=x, NTLM, Basic realm="b, Digest", Digest realm="c", nonce=y',
    );
    assert.deepEqual(
      values.map(({ scheme, params }) => [scheme, params.get("realm")]),
      [
        ["digest", "a"],
        ["ntlm", undefined],
        ["basic", "b, Digest"],
        ["digest", "c"],
      ],
    );
  });

  it("takes quotes and escapes off", () => {
    assert.equal(read('Digest realm="a\\"b\\\\c", nonce=""')[0]?.params.get("realm"), 'a"b\\c');
  });

  it("refuses what cannot be told apart, with its place", () => {
    for (const [line, expected] of [
      ["", "malformed_header"],
      [",", "malformed_header"],
      ['Digest realm="a', "malformed_parameter"],
      ['Digest realm="a" nonce="b"', "malformed_parameter"],
      ["Digest realm=, nonce=b", "malformed_parameter"],
      ['Digest realm=a"b', "malformed_parameter"],
      ['Digest realm="a", Realm="b"', "duplicate_parameter"],
      ["Negotiate a/b==", "malformed_header"],
      [`Digest ${Array.from({ length: 65 }, (_, n) => `a${n}=1`).join(",")}`, "header_too_large"],
      [Array.from({ length: 17 }, (_, n) => `S${n}`).join(","), "header_too_large"],
      [`Digest realm="${"a".repeat(9_000)}"`, "header_too_large"],
    ] as const) {
      assert.equal(
        code(() => read(line)),
        expected,
        line.slice(0, 40),
      );
    }
  });

  it("keeps a name like any other where it is __proto__", () => {
    const params = parseAuthParams("__proto__=1, constructor=2", "Authentication-Info");
    assert.deepEqual(
      [...params],
      [
        ["__proto__", "1"],
        ["constructor", "2"],
      ],
    );
  });

  it("leaves out challenges that it cannot answer", () => {
    const answerable = (line: string) => parseChallenges(line).length;
    assert.equal(answerable('Digest realm="a", nonce="b"'), 1);
    assert.equal(answerable('Digest realm="a", nonce="b", qop=""'), 1);
    assert.equal(answerable('Digest realm="a", nonce="b", qop="token, AUTH"'), 1);
    assert.equal(answerable('Digest realm="a", nonce="b", qop="token"'), 0);
    assert.equal(answerable('Digest realm="a", nonce="b", algorithm=AKAv1-MD5'), 0);
    assert.equal(answerable('Digest realm="a", nonce="b", algorithm=MD5-sess'), 0);
    assert.equal(answerable('Digest realm="a"'), 0);
    assert.equal(answerable('Bearer realm="a", nonce="b"'), 0);
  });

  it("refuses credentials that lack something, or whose response is no hash", () => {
    const whole = serialiseCredentials({
      ...{ username: "u", realm: "r", nonce: "n", uri: "sip:r", opaque: undefined, userhash: false },
      ...{ algorithm: "MD5", response: "0".repeat(32) },
      protection: { qop: "auth", cnonce: "c", count: 1 },
    });
    assert.ok(parseCredentials(whole));
    for (const cut of [/username="u", /, /realm="r", /, / uri="sip:r",/, /cnonce="c", /, /, nc=00000001/]) {
      const broken = whole.replace(cut, "");
      assert.notEqual(broken, whole);
      assert.equal(
        code(() => parseCredentials(broken)),
        "malformed_header",
        String(cut),
      );
    }
    assert.equal(
      code(() => parseCredentials(whole.replace("nc=00000001", "nc=00000000"))),
      "malformed_header",
    );
    assert.equal(
      code(() => parseCredentials(whole.replace(/0{32}/, "0".repeat(31)))),
      "malformed_header",
    );
    assert.equal(parseCredentials(whole.replace("algorithm=MD5", "algorithm=SHA-1")), undefined);
    assert.equal(parseCredentials("Basic dXNlcjpwYXNz"), undefined);
  });

  it("gives back what it wrote: challenges", () => {
    fc.assert(
      fc.property(
        fc.record(
          {
            ...{ realm: text, nonce: text, algorithm },
            qop: fc.uniqueArray(qop, { minLength: 1 }),
            opaque: fc.option(text, { nil: undefined }),
            domain: fc.option(text, { nil: undefined }),
            ...{ stale: fc.boolean(), userhash: fc.boolean() },
          },
          { noNullPrototype: true },
        ),
        (challenge) => {
          const line = serialiseChallenge(challenge);
          assert.deepEqual(parseChallenges(line), [challenge]);
          assert.deepEqual(parseChallenges(`${line}, ${line}`), [challenge, challenge]);
        },
      ),
    );
  });

  it("gives back what it wrote: credentials and information", () => {
    fc.assert(
      fc.property(
        fc.record({ username: text, realm: text, nonce: text, uri: text, userhash: fc.boolean() }),
        algorithm.chain((name) => fc.tuple(fc.constant(name), hex(digestLength(name)))),
        fc.option(text, { nil: undefined }),
        fc.option(
          fc.record(
            { qop, cnonce: text, count: fc.integer({ min: 1, max: 0xffff_ffff }) },
            { noNullPrototype: true },
          ),
          {
            nil: undefined,
          },
        ),
        (names, [algorithm, response], opaque, protection) => {
          const credentials = { ...names, algorithm, response, opaque, protection };
          assert.deepEqual(parseCredentials(serialiseCredentials(credentials)), credentials);
          const info = {
            nextnonce: names.nonce,
            rspauth: response,
            qop: protection?.qop,
            cnonce: protection?.cnonce,
            count: protection?.count,
          };
          assert.deepEqual(parseAuthenticationInfo(serialiseAuthenticationInfo(info)), info);
        },
      ),
    );
  });

  it("lets nothing but its own errors out of changed lines", () => {
    const line =
      'Digest username="alice", realm="a\\"b", nonce="n", uri="sip:x", response="00", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"';
    const piece = fc.constantFrom(
      '"',
      "\\",
      ",",
      "=",
      " ",
      "\t",
      "\u0000",
      "é",
      "Digest ",
      "realm=",
      '"",',
      "",
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(line.length), fc.nat(6), fc.oneof(piece, token)), { maxLength: 6 }),
        (changes) => {
          let changed = line;
          for (const [at, length, put] of changes)
            changed = changed.slice(0, at) + put + changed.slice(at + length);
          for (const parse of [parseChallenges, parseCredentials, parseAuthenticationInfo]) {
            try {
              parse(changed);
            } catch (error) {
              assert.ok(error instanceof SipParseError, String(error));
            }
          }
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
