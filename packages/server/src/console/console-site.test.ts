import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { ConsoleSite } from "./console-site.ts";

const log = { info() {}, error() {} };

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "ringdown-site-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

test("a build that is there is served as it is, each file with its packed forms", async (t) => {
  const dist = folder(t);
  mkdirSync(join(dist, "assets"));
  writeFileSync(join(dist, "index.html"), "<html>");
  writeFileSync(join(dist, "assets/app-1.js"), "script");
  writeFileSync(join(dist, "assets/app-1.js.gz"), "packed");
  writeFileSync(join(dist, "build.json"), "{}");
  const site = new ConsoleSite(log, {
    isFresh: () => true,
    build: () => assert.fail("it is there"),
    folder: dist,
  });
  assert.equal(site.state().kind, "building");
  await site.prepare();
  const state = site.state();
  assert.ok(state.kind === "ready");
  assert.deepEqual([...state.files.keys()].sort(), ["/assets/app-1.js", "/index.html"]);
  const script = state.files.get("/assets/app-1.js");
  assert.deepEqual(
    [script?.type, script?.gzip?.toString(), script?.brotli],
    [...["text/javascript; charset=utf-8", "packed", undefined]],
  );
});

test("what keeps it from being built is told and kept, and never thrown", async (t) => {
  const dist = folder(t);
  const prepared = async (work: { isFresh?: () => boolean; build: () => Promise<void> }) => {
    const site = new ConsoleSite(log, { isFresh: () => false, folder: dist, ...work });
    await site.prepare();
    const state = site.state();
    return state.kind === "failed" ? state.why : state.kind;
  };
  assert.equal(await prepared({ build: () => Promise.reject(new Error("no vite")) }), "no vite");
  assert.match(await prepared({ build: async () => {} }), /There is no index\.html/);
  const unreadable = () => {
    throw new Error("sources cannot be read");
  };
  assert.equal(await prepared({ isFresh: unreadable, build: async () => {} }), "sources cannot be read");
});
