import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { SiteState } from "../../console/console-site.ts";
import { testApi } from "../test-api.ts";

const HTML = { accept: "text/html" };
const plain = { gzip: undefined, brotli: undefined };
const script = Buffer.from("hello ".repeat(300));
const files = new Map([
  [
    "/index.html",
    { type: "text/html; charset=utf-8", bytes: Buffer.from('<meta content="%NONCE%">'), ...plain },
  ],
  ["/assets/app-1.js", { type: "text/javascript", bytes: script, gzip: gzipSync(script), brotli: undefined }],
]);

test("a console that is switched off, being built or broken says so, without a script", async (t) => {
  let state: SiteState | undefined;
  const { api } = await testApi(t, {}, { state: () => state ?? { kind: "building" } });
  const building = await api.inject({ url: "/", headers: HTML });
  assert.match(building.body, /being built/);
  assert.match(building.body, /http-equiv="refresh"/);
  assert.match(
    String(building.headers["content-security-policy"]),
    /^default-src 'none'; style-src 'sha256-/,
  );
  state = { kind: "failed", why: "<b>no vite</b>" };
  const failed = await api.inject({ url: "/calls", headers: HTML });
  assert.match(failed.body, /&#60;b&#62;no vite/);
  assert.equal((await api.inject({ url: "/assets/app-1.js" })).statusCode, 404);
  assert.match((await (await testApi(t)).api.inject({ url: "/", headers: HTML })).body, /switched off/);
});

test("the page has a nonce of its own each time, and a policy that lets nothing else run", async (t) => {
  const { api } = await testApi(t, {}, { state: () => ({ kind: "ready", files }) });
  const [first, second] = [
    await api.inject({ url: "/" }),
    await api.inject({ url: "/calls/x", headers: HTML }),
  ];
  const nonce = /content="([^"]+)"/.exec(first.body)?.[1] ?? "";
  assert.match(nonce, /^[\w+/]{22}==$/);
  assert.notEqual(second.body, first.body);
  const policy = String(first.headers["content-security-policy"]);
  assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`), policy);
  assert.match(policy, /^default-src 'none'; script-src 'self';/);
  assert.doesNotMatch(policy, /unsafe/);
  assert.equal(first.headers["cache-control"], "no-store");
});

test("files are sent packed where that is taken, and kept by browsers; nothing else becomes the page", async (t) => {
  const { api } = await testApi(t, {}, { state: () => ({ kind: "ready", files }) });
  const bare = await api.inject({ url: "/assets/app-1.js" });
  assert.deepEqual([bare.rawPayload, bare.headers["content-encoding"]], [script, undefined]);
  const packed = await api.inject({ url: "/assets/app-1.js", headers: { "accept-encoding": "gzip, br" } });
  assert.deepEqual([packed.headers["content-encoding"], packed.headers.vary], ["gzip", "Accept-Encoding"]);
  assert.match(String(packed.headers["cache-control"]), /immutable/);
  for (const url of ["/assets/none.js", "/assets/../index.html", "/api/v2/nothing", "/api/v2"]) {
    const answer = await api.inject({ url, headers: HTML });
    assert.equal(answer.statusCode, url.includes("..") ? 200 : 404, url);
  }
  assert.equal(
    (await api.inject({ url: "/calls", headers: { accept: "application/json" } })).statusCode,
    404,
  );
});
