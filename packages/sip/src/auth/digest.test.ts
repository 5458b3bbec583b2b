import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { algorithmNamed, type DigestInput, digestHash, digestResponse, usernameHash } from "./digest.ts";

/** RFC 7616 §3.9.1. */
const mufasa: Omit<DigestInput, "algorithm"> = {
  qop: "auth",
  username: "Mufasa",
  realm: "http-auth@example.org",
  password: "Circle of Life",
  method: "GET",
  uri: "/dir/index.html",
  nonce: "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  nc: "00000001",
  cnonce: "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  body: Buffer.alloc(0),
};

/** RFC 7616 §3.9.2; its erratum 4897 has the right values, as SHA-512/256 gives them. */
const jason: Omit<DigestInput, "algorithm"> = {
  qop: "auth",
  username: "Jäsøn Doe",
  realm: "api@example.org",
  password: "Secret, or not?",
  method: "GET",
  uri: "/doe.json",
  nonce: "5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK",
  nc: "00000001",
  cnonce: "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v",
  body: Buffer.alloc(0),
};

describe("digest", () => {
  it("gives the responses of RFC 7616 §3.9.1", () => {
    assert.equal(digestResponse({ ...mufasa, algorithm: "MD5" }), "8ca523f5e9506fed4657c9700eebdbec");
    assert.equal(
      digestResponse({ ...mufasa, algorithm: "SHA-256" }),
      "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    );
  });

  it("gives the response and the name's hash of RFC 7616 §3.9.2 (erratum 4897)", () => {
    assert.equal(
      usernameHash("SHA-512-256", jason.username, jason.realm),
      "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b",
    );
    assert.equal(
      digestResponse({ ...jason, algorithm: "SHA-512-256" }),
      "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5",
    );
  });

  it("gives the response of RFC 2617 §3.5, the same for its SIP successor", () => {
    assert.equal(
      digestResponse({
        ...mufasa,
        algorithm: "MD5",
        realm: "testrealm@host.com",
        password: "Circle Of Life",
        nonce: "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        cnonce: "0a4f113b",
      }),
      "6629fae49393a05397450978507c4ef1",
    );
  });

  it("leaves nc, cnonce and qop out where the server knows none", () => {
    const response = digestResponse({ ...mufasa, qop: undefined, algorithm: "MD5" });
    const key = digestHash("MD5", "Mufasa:http-auth@example.org:Circle of Life");
    const request = digestHash("MD5", "GET:/dir/index.html");
    assert.equal(response, digestHash("MD5", `${key}:${mufasa.nonce}:${request}`));
  });

  it("takes the body in for auth-int, and the nonces for a session key", () => {
    const body = Buffer.from("v=0\r\n");
    const key = digestHash("SHA-256", "Mufasa:http-auth@example.org:Circle of Life");
    const session = digestHash("SHA-256", `${key}:${mufasa.nonce}:${mufasa.cnonce}`);
    const request = digestHash("SHA-256", `GET:/dir/index.html:${digestHash("SHA-256", body)}`);
    assert.equal(
      digestResponse({ ...mufasa, algorithm: "SHA-256-sess", qop: "auth-int", body }),
      digestHash("SHA-256", `${session}:${mufasa.nonce}:00000001:${mufasa.cnonce}:auth-int:${request}`),
    );
  });

  it("knows the algorithms' names in any case, and no others", () => {
    assert.equal(algorithmNamed(undefined), "MD5");
    assert.equal(algorithmNamed("md5"), "MD5");
    assert.equal(algorithmNamed("sha-512-256-SESS"), "SHA-512-256-sess");
    assert.equal(algorithmNamed("SHA-512"), undefined);
    assert.equal(algorithmNamed("__proto__"), undefined);
  });
});
