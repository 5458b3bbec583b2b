import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRequest, createResponse } from "../message/create.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { parseCredentials } from "./credentials.ts";
import { digestResponse } from "./digest.ts";
import { DigestClient } from "./digest-client.ts";

function register(): SipRequest {
  return createRequest("REGISTER", "sip:example.org", {
    from: "<sip:1001@example.org>;tag=a",
    to: "<sip:1001@example.org>",
    callId: "c",
    cseq: 1,
  });
}

function answer(status: number, headers: [string, string][], body?: string): SipResponse {
  return createResponse(register(), status, undefined, { headers, ...(body !== undefined && { body }) });
}

const asked = (params: string, name = "WWW-Authenticate"): SipResponse =>
  answer(name.startsWith("Proxy") ? 407 : 401, [[name, `Digest ${params}`]]);

function client(known: Record<string, string> = { r: "secret" }): DigestClient {
  let serial = 0;
  return new DigestClient({
    credentials: (realm) =>
      known[realm] === undefined ? undefined : { username: "1001", password: known[realm] },
    randomToken: (bytes) => String(++serial).padStart(2 * bytes, "0"),
  });
}

function sent(request: SipRequest, name = "Authorization") {
  return request.headers.getAll(name).map((line) => {
    const credentials = parseCredentials(line, name);
    assert.ok(credentials);
    return credentials;
  });
}

describe("DigestClient", () => {
  it("sends nothing before it is asked, then the right response", () => {
    const exchange = client().exchange();
    const request = register();
    exchange.authorize(request);
    assert.deepEqual(sent(request), []);
    const outcome = exchange.challenged(
      asked('realm="r", nonce="n", qop="auth", algorithm=SHA-256, opaque="o\\"p"'),
    );
    assert.deepEqual(outcome, { retry: true, stale: false });
    exchange.authorize(request);
    const [credentials] = sent(request);
    assert.ok(credentials?.protection);
    assert.equal(credentials.opaque, 'o"p');
    assert.equal(credentials.uri, "sip:example.org");
    assert.equal(
      credentials.response,
      digestResponse({
        ...{
          algorithm: "SHA-256",
          qop: "auth",
          username: "1001",
          realm: "r",
          password: "secret",
          nonce: "n",
        },
        ...{ method: "REGISTER", uri: "sip:example.org", nc: "00000001", body: request.body },
        cnonce: credentials.protection.cnonce,
      }),
    );
  });

  it("counts up with each request that uses a nonce, and starts anew with the next", () => {
    const digest = client();
    const first = digest.exchange();
    const request = register();
    first.authorize(request);
    first.challenged(asked('realm="r", nonce="n", qop="auth"'));
    for (const count of [1, 2, 3]) {
      digest.exchange().authorize(request);
      assert.deepEqual(
        sent(request).map(({ nonce, protection }) => [nonce, protection?.count]),
        [["n", count]],
      );
    }
    const later = digest.exchange();
    later.authorize(request);
    assert.deepEqual(later.challenged(asked('realm="r", nonce="m", stale=TRUE, qop="auth"')), {
      retry: true,
      stale: true,
    });
    later.authorize(request);
    assert.deepEqual(
      sent(request).map(({ nonce, protection }) => [nonce, protection?.count]),
      [["m", 1]],
    );
  });

  it("takes the strongest algorithm that it has, wherever it stands", () => {
    const exchange = client().exchange();
    const lines = ["MD5", "SHA-1", "SHA-256", "SHA-512-256", "SHA-256"].map((name, n): [string, string] => [
      "WWW-Authenticate",
      `Digest realm="r", nonce="n${n}", qop="auth", algorithm=${name}`,
    ]);
    const broken: [string, string] = ["WWW-Authenticate", 'Digest realm="r'];
    assert.equal(exchange.challenged(answer(401, [broken, ...lines])).retry, true);
    const request = register();
    exchange.authorize(request);
    assert.deepEqual(
      sent(request).map(({ algorithm, nonce }) => [algorithm, nonce]),
      [["SHA-512-256", "n3"]],
    );
  });

  it("answers several realms, and 401 and 407, together and one after the other", () => {
    const exchange = client({ r: "1", p: "2", q: "3" }).exchange();
    const request = register();
    exchange.authorize(request);
    exchange.challenged(
      answer(407, [
        ["Proxy-Authenticate", 'Digest realm="p", nonce="a", qop="auth"'],
        ["Proxy-Authenticate", 'Digest realm="q", nonce="b", qop="auth"'],
      ]),
    );
    exchange.authorize(request);
    assert.equal(exchange.challenged(asked('realm="r", nonce="c", qop="auth"')).retry, true);
    exchange.authorize(request);
    assert.deepEqual(
      sent(request).map(({ realm }) => realm),
      ["r"],
    );
    const proxies = sent(request, "Proxy-Authorization").map(({ realm, protection }) => [
      realm,
      protection?.count,
    ]);
    assert.deepEqual(proxies, [
      ["p", 2],
      ["q", 2],
    ]);
  });

  it("answers the realms that it can, and stops where only others are left", () => {
    const exchange = client({ p: "2" }).exchange();
    const both = answer(401, [
      ["WWW-Authenticate", 'Digest realm="r", nonce="c", qop="auth"'],
      ["Proxy-Authenticate", 'Digest realm="p", nonce="a", qop="auth"'],
    ]);
    exchange.authorize(register());
    assert.equal(exchange.challenged(both).retry, true);
    exchange.authorize(register());
    const rest = asked('realm="r", nonce="d", qop="auth"');
    assert.deepEqual(exchange.challenged(rest), { retry: false, code: "no_credentials", realm: "r" });
  });

  it("stops at a wrong password: the same nonce again, or another that is not called stale", () => {
    for (const second of [
      'realm="r", nonce="n", qop="auth", algorithm=SHA-256, stale=true',
      'realm="r", nonce="m", qop="auth"',
    ]) {
      const digest = client();
      const exchange = digest.exchange();
      exchange.authorize(register());
      exchange.challenged(asked('realm="r", nonce="n", qop="auth"'));
      exchange.authorize(register());
      assert.deepEqual(exchange.challenged(asked(second)), {
        retry: false,
        code: "wrong_password",
        realm: "r",
      });
      // Nor is the refused password sent unasked with the next request.
      const next = register();
      digest.exchange().authorize(next);
      assert.deepEqual(sent(next), []);
    }
  });

  it("retries with a new nonce where one of an earlier request is refused without a word about its age", () => {
    const digest = client();
    const first = digest.exchange();
    first.authorize(register());
    first.challenged(asked('realm="r", nonce="n", qop="auth"'));
    first.authorize(register());
    first.answered(answer(200, []));
    const second = digest.exchange();
    second.authorize(register());
    assert.equal(second.challenged(asked('realm="r", nonce="m", qop="auth"')).retry, true);
    second.authorize(register());
    const refused = second.challenged(asked('realm="r", nonce="o", qop="auth"'));
    assert.deepEqual(refused, { retry: false, code: "wrong_password", realm: "r" });
  });

  it("does not follow a server that calls every nonce stale for ever", () => {
    const exchange = client().exchange();
    let retries = 0;
    for (;;) {
      exchange.authorize(register());
      const outcome = exchange.challenged(asked(`realm="r", nonce="n${retries}", stale=true`));
      if (!outcome.retry) {
        assert.equal(outcome.code, "too_many_challenges");
        break;
      }
      retries++;
    }
    assert.equal(retries, 5);
  });

  it("says so where nothing of a challenge is ours", () => {
    const outcome = client().exchange().challenged(asked('realm="r", nonce="n", algorithm=AKAv1-MD5'));
    assert.deepEqual(outcome, { retry: false, code: "unsupported_challenge", realm: undefined });
  });

  it("answers as RFC 2069 did where the server knows no qop", () => {
    const exchange = client().exchange();
    exchange.challenged(asked('realm="r", nonce="n"'));
    const request = register();
    exchange.authorize(request);
    assert.equal(sent(request)[0]?.protection, undefined);
    assert.doesNotMatch(request.headers.get("Authorization") ?? "", /qop|nc=|cnonce/);
  });

  it("prefers auth to auth-int, and sends the name's hash where that is wanted", () => {
    const exchange = client().exchange();
    exchange.challenged(asked('realm="r", nonce="n", qop="auth-int,auth", userhash=true, algorithm=MD5'));
    const request = register();
    exchange.authorize(request);
    const [credentials] = sent(request);
    assert.equal(credentials?.protection?.qop, "auth");
    assert.equal(credentials?.userhash, true);
    assert.match(credentials?.username ?? "", /^[0-9a-f]{32}$/);
  });

  it("takes the next nonce, but not from one who cannot prove that he knows the password", () => {
    const digest = client();
    const exchange = digest.exchange();
    exchange.challenged(asked('realm="r", nonce="n", qop="auth"'));
    exchange.authorize(register());
    const info = (line: string) => answer(200, [["Authentication-Info", line]]);
    assert.equal(exchange.answered(info(`nextnonce="evil", rspauth="${"0".repeat(32)}"`)), "wrong");
    assert.equal(exchange.answered(info('nextnonce="oops')), "none");
    assert.equal(exchange.answered(info('nextnonce="m"')), "none");
    const request = register();
    digest.exchange().authorize(request);
    assert.deepEqual(
      sent(request).map(({ nonce, protection }) => [nonce, protection?.count]),
      [["m", 1]],
    );
  });

  it("keeps the nonces of a bounded number of realms", () => {
    const digest = new DigestClient({
      credentials: () => ({ username: "u", password: "p" }),
      randomToken: (bytes) => "0".repeat(2 * bytes),
    });
    for (let n = 0; n < 100; n++) digest.exchange().challenged(asked(`realm="r${n}", nonce="n"`));
    const request = register();
    digest.exchange().authorize(request);
    assert.equal(sent(request).length, 8);
  });
});
