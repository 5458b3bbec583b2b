import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createRequest, createResponse } from "../message/create.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import { seededRandom } from "../simulation/random.ts";
import { hashNames, type Qop, usernameHash } from "./digest.ts";
import { DigestClient, type DigestExchange } from "./digest-client.ts";
import { DigestServer, type DigestServerOptions } from "./digest-server.ts";
import { ReplayTable } from "./replay-table.ts";

function tokens(seed: number): (bytes: number) => string {
  const random = seededRandom(seed);
  return (bytes) => Array.from({ length: 2 * bytes }, () => Math.floor(random() * 16).toString(16)).join("");
}

const alice = { username: "alice", password: 'sé"c\\ret' };

function server(options: Partial<DigestServerOptions> = {}): DigestServer {
  return new DigestServer({
    realm: 'the "realm"',
    secret: "0123456789abcdef",
    randomToken: tokens(1),
    account: (username) => (username === alice.username ? alice : undefined),
    ...options,
  });
}

function client(password = alice.password, username = alice.username): DigestClient {
  return new DigestClient({ credentials: () => ({ username, password }), randomToken: tokens(2) });
}

function invite(body = "v=0\r\n", method = "INVITE"): SipRequest {
  return createRequest(method, "sip:bob@example.org;transport=tcp", {
    ...{ from: "<sip:alice@example.org>;tag=a", to: "<sip:bob@example.org>", callId: "c", cseq: 1 },
    ...{ body, contentType: "application/sdp" },
  });
}

function asked(from: DigestServer, now: number, stale?: boolean): SipResponse {
  const headers = from.challenge(now, stale);
  return createResponse(invite(), headers[0]?.[0] === "Proxy-Authenticate" ? 407 : 401, undefined, {
    headers,
  });
}

/** A request with credentials for a nonce that `from` made at `now`. */
function authorized(from: DigestServer, now: number, digest = client(), request = invite()) {
  const exchange: DigestExchange = digest.exchange();
  exchange.authorize(request);
  assert.equal(exchange.challenged(asked(from, now)).retry, true);
  exchange.authorize(request);
  return { request, exchange };
}

const fault = (from: DigestServer, request: SipRequest, now: number) => {
  const verdict = from.verify(request, now);
  return verdict.ok ? "ok" : `${verdict.code} ${verdict.status}${verdict.stale ? " stale" : ""}`;
};

describe("DigestServer", () => {
  it("offers each algorithm with one nonce, the strongest first", () => {
    const lines = server({
      algorithms: ["MD5", "SHA-512-256", "SHA-256"],
      qop: ["auth", "auth-int"],
    }).challenge(5);
    assert.deepEqual(
      lines.map(([name, value]) => [name, /algorithm=(\S+),/.exec(value)?.[1]]),
      ["SHA-512-256", "SHA-256", "MD5"].map((algorithm) => ["WWW-Authenticate", algorithm]),
    );
    assert.equal(new Set(lines.map(([, value]) => /nonce="(\w+)"/.exec(value)?.[1])).size, 1);
  });

  it("accepts what our client makes, whatever the algorithm, qop, side, name and password", () => {
    const names = [...hashNames, ...hashNames.map((name) => `${name}-sess` as const)];
    const line = fc.string({ unit: "grapheme" }).filter((value) => !/\p{Cc}/u.test(value));
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.constantFrom<Qop>("auth", "auth-int"),
        fc.record({ proxy: fc.boolean(), userhash: fc.boolean(), realm: line }),
        fc.record({ username: line, password: fc.string({ unit: "grapheme" }) }),
        fc.string(),
        (algorithm, qop, options, account, body) => {
          const one = server({
            ...options,
            algorithms: [algorithm],
            qop: [qop],
            account: (name, hashed) =>
              name === (hashed ? usernameHash(algorithm, account.username, options.realm) : account.username)
                ? account
                : undefined,
          });
          const digest = client(account.password, account.username);
          const { request, exchange } = authorized(one, 1_000, digest, invite(body));
          const verdict = one.verify(request, 2_000);
          assert.ok(verdict.ok, JSON.stringify(verdict));
          assert.equal(verdict.username, account.username);
          const information = one.information(verdict.credentials, Buffer.from("done"), 3_000);
          assert.ok(information);
          const success = createResponse(request, 200, undefined, { headers: [information], body: "done" });
          assert.equal(exchange.answered(success), "right");
          // The next request goes with the next nonce, unasked.
          const next = invite(body);
          digest.exchange().authorize(next);
          assert.equal(fault(one, next, 4_000), "ok");
        },
      ),
    );
  });

  it("asks where there is nothing for it, or nothing that can be read", () => {
    const one = server();
    assert.equal(fault(one, invite(), 0), "missing 401");
    assert.equal(fault(server({ proxy: true }), authorized(one, 0).request, 0), "missing 407");
    const elsewhere = authorized(server({ realm: "elsewhere" }), 0).request;
    assert.equal(fault(one, elsewhere, 0), "missing 401");
    const broken = invite();
    broken.headers.append("Authorization", 'Digest realm="the');
    assert.equal(fault(one, broken, 0), "malformed 400");
  });

  it("refuses a wrong password and an unknown user alike", () => {
    const one = server();
    assert.equal(fault(one, authorized(one, 0, client("wrong")).request, 0), "wrong_password 401");
    assert.equal(fault(one, authorized(one, 0, client("x", "mallory")).request, 0), "wrong_password 401");
    assert.equal(one.size, 0);
  });

  it("refuses credentials made for another method, URI or body", () => {
    const one = server({ qop: ["auth-int"] });
    const line = authorized(one, 0).request.headers.get("Authorization") ?? "";
    const moved = (request: SipRequest) => {
      request.headers.append("Authorization", line);
      return fault(one, request, 0);
    };
    assert.equal(moved(invite("v=1\r\n")), "wrong_password 401");
    assert.equal(moved(invite("v=0\r\n", "MESSAGE")), "wrong_password 401");
    const elsewhere = createRequest("INVITE", "sip:eve@example.org", {
      ...{ from: "<sip:a@b>;tag=a", to: "<sip:a@b>", callId: "c", cseq: 1, body: "v=0\r\n" },
    });
    assert.equal(moved(elsewhere), "uri_mismatch 400");
    assert.equal(moved(invite()), "ok");
  });

  it("takes a URI that means the same, and any where it is told to", () => {
    const change = (options: Partial<DigestServerOptions>, uri: string) => {
      const one = server(options);
      const { request } = authorized(one, 0);
      return fault(
        one,
        { ...request, uriText: uri, uri: { ...request.uri, host: "x" } as SipRequest["uri"] },
        0,
      );
    };
    assert.equal(change({}, "sip:else@x"), "uri_mismatch 400");
    assert.equal(change({ anyUri: true }, "sip:else@x"), "ok");
    const one = server();
    const { request } = authorized(one, 0);
    assert.equal(fault(one, { ...request, uriText: "sip:bob@EXAMPLE.org;transport=TCP" }, 0), "ok");
  });

  it("calls old nonces, and those of another secret, stale only where the password is right", () => {
    const one = server({ nonceLifetime: 1_000 });
    assert.equal(fault(one, authorized(one, 0).request, 1_000), "ok");
    assert.equal(fault(one, authorized(one, 0).request, 1_001), "stale 401 stale");
    assert.equal(fault(one, authorized(one, 5).request, 4), "stale 401 stale");
    assert.equal(fault(one, authorized(one, 0, client("wrong")).request, 1_001), "wrong_password 401");
    const restarted = server({ secret: "fedcba9876543210" });
    assert.equal(fault(one, authorized(restarted, 0).request, 0), "stale 401 stale");
  });

  it("refuses what was not offered", () => {
    const weak = authorized(server({ algorithms: ["MD5"], qop: ["auth"] }), 0).request;
    assert.equal(fault(server({ algorithms: ["SHA-256"] }), weak, 0), "not_offered 401");
    assert.equal(fault(server({ qop: ["auth-int"] }), weak, 0), "not_offered 401");
  });

  it("refuses a repetition, also of an old client's request without a count", () => {
    const one = server();
    const { request } = authorized(one, 0);
    assert.equal(fault(one, request, 1), "ok");
    assert.equal(fault(one, request, 2), "replayed 401 stale");
    const old = client();
    const exchange = old.exchange();
    const [line] = one.challenge(3);
    const headers = [["WWW-Authenticate", (line?.[1] ?? "").replace(', qop="auth"', "")] as const];
    exchange.challenged(createResponse(invite(), 401, undefined, { headers }));
    const legacy = invite();
    exchange.authorize(legacy);
    assert.equal(fault(one, legacy, 4), "ok");
    assert.equal(fault(one, legacy, 5), "replayed 401 stale");
  });

  it("remembers a bounded number of nonces, and accepts no repetition of a forgotten one", () => {
    const one = server({ maxNonces: 10 });
    const requests = Array.from({ length: 50 }, (_, n) => authorized(one, n).request);
    for (const request of requests) assert.equal(fault(one, request, 100), "ok");
    assert.equal(one.size, 10);
    for (const request of requests) assert.equal(fault(one, request, 101), "replayed 401 stale");
  });
});

describe("ReplayTable", () => {
  it("lets each count through once, whatever the order, as a plain set does within its window", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 60 }), (counts) => {
        const table = new ReplayTable(10, 1_000);
        const seen = new Set<number>();
        let highest = 0;
        for (const count of counts) {
          const allowed = !seen.has(count) && count > highest - 32;
          assert.equal(table.use("n", count, 0, 0), allowed, `${count} after ${[...seen]}`);
          seen.add(count);
          highest = Math.max(highest, count);
        }
      }),
    );
  });

  it("forgets nonces that are too old to be used", () => {
    const table = new ReplayTable(10, 1_000);
    for (let n = 0; n < 10; n++) assert.ok(table.use(`n${n}`, 1, n * 1_000, n * 1_000));
    assert.equal(table.size, 2);
  });
});
