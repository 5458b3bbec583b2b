import assert from "node:assert/strict";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { callRecord } from "../../store/test-store.ts";
import { testApi } from "../test-api.ts";

const bytes = Buffer.from(Array.from({ length: 5000 }, (_, index) => index % 251));

test("a recording is served whole and in parts, and its size by HEAD", async (t) => {
  const { api, store, config, organizationId, token } = await testApi(t);
  mkdirSync(join(config.dataDir, "recordings"));
  writeFileSync(join(config.dataDir, "recordings", "call_1.wav"), bytes);
  void store.calls.insert(
    callRecord({ id: "call_1", organizationId, state: "active", recording: "recordings/call_1.wav" }),
  );
  const get = (headers: Record<string, string> = {}, method: "GET" | "HEAD" = "GET") =>
    api.inject({
      method,
      url: "/api/v2/calls/call_1/recording",
      headers: { authorization: `Bearer ${token}`, ...headers },
    });

  const whole = await get();
  assert.equal(whole.statusCode, 200);
  assert.equal(whole.headers["content-type"], "audio/wav");
  assert.equal(whole.headers["accept-ranges"], "bytes");
  assert.ok(whole.rawPayload.equals(bytes));

  const part = await get({ range: "bytes=100-199" });
  assert.equal(part.statusCode, 206);
  assert.equal(part.headers["content-range"], "bytes 100-199/5000");
  assert.equal(part.headers["content-length"], "100");
  assert.ok(part.rawPayload.equals(bytes.subarray(100, 200)));
  assert.ok((await get({ range: "bytes=-10" })).rawPayload.equals(bytes.subarray(4990)));
  assert.equal((await get({ range: "bytes=0-9", "if-range": '"x"' })).statusCode, 200);

  const beyond = await get({ range: "bytes=5000-" });
  assert.equal(beyond.statusCode, 416);
  assert.equal(beyond.headers["content-range"], "bytes */5000");
  assert.equal(beyond.json().code, "range_not_satisfiable");

  const head = await get({}, "HEAD");
  assert.equal(head.statusCode, 200);
  assert.equal(head.headers["content-length"], "5000");
  assert.equal(head.rawPayload.length, 0);

  // The call runs: what has been written since is there too.
  writeFileSync(join(config.dataDir, "recordings", "call_1.wav"), Buffer.concat([bytes, bytes]));
  assert.equal((await get()).rawPayload.length, 10_000);
});

test("a message that a caller left is served by the URL that its call names", async (t) => {
  const { api, call, store, config, organizationId, token } = await testApi(t);
  mkdirSync(join(config.dataDir, "recordings"));
  writeFileSync(join(config.dataDir, "recordings", "two.wav"), bytes);
  const at = "2026-11-23T18:00:00.000Z";
  const messages = ["gone", "two"].map((name) => ({ at, seconds: 1.5, recording: `recordings/${name}.wav` }));
  void store.calls.insert(callRecord({ id: "call_1", organizationId, messages }));
  const { body } = await call("GET", "/api/v2/calls/call_1");
  const [first, second] = (body.call as { messages: { at: string; seconds: number; recording: string }[] })
    .messages;
  assert.deepEqual(second, {
    at,
    seconds: 1.5,
    recording: "http://localhost:80/api/v2/calls/call_1/messages/2/recording",
  });
  const get = (url = "", headers = {}) =>
    api.inject({ url, headers: { authorization: `Bearer ${token}`, ...headers } });
  const whole = await get(second.recording);
  assert.equal(whole.headers["content-type"], "audio/wav");
  assert.match(String(whole.headers["content-disposition"]), /call_1-message-2\.wav/);
  assert.ok(whole.rawPayload.equals(bytes));
  assert.equal((await get(second.recording, { range: "bytes=0-9" })).statusCode, 206);
  assert.equal((await get(first?.recording)).json().code, "recording_not_found");
  assert.equal(
    (await call("GET", "/api/v2/calls/call_1/messages/3/recording")).body.code,
    "message_not_found",
  );
  assert.equal((await call("GET", "/api/v2/calls/call_1/messages/0/recording")).status, 400);
  assert.equal((await api.inject("/api/v2/calls/call_1/messages/2/recording")).statusCode, 401);
});

test("nothing outside the data folder and nothing but a WAV is served", async (t) => {
  const { call, store, config, organizationId } = await testApi(t);
  const outside = join(config.dataDir, "..", `outside-${process.pid}.wav`);
  writeFileSync(outside, "secret");
  t.after(() => import("node:fs").then(({ rmSync }) => rmSync(outside)));
  writeFileSync(join(config.dataDir, "ringdown.db"), "secret");
  symlinkSync(outside, join(config.dataDir, "link.wav"));
  mkdirSync(join(config.dataDir, "folder.wav"));
  const paths = [
    `../outside-${process.pid}.wav`,
    outside,
    "link.wav",
    "ringdown.db",
    "folder.wav",
    "none.wav",
    "",
    ".",
  ];
  for (const [index, recording] of paths.entries()) {
    const id = `call_${index}`;
    void store.calls.insert(callRecord({ id, organizationId, recording }));
    const answer = await call("GET", `/api/v2/calls/${id}/recording`);
    assert.deepEqual([recording, answer.status, answer.body.code], [recording, 404, "recording_not_found"]);
  }
  void store.calls.insert(callRecord({ id: "call_none", organizationId }));
  assert.equal((await call("GET", "/api/v2/calls/call_none/recording")).body.code, "recording_not_found");
  void store.calls.insert(
    callRecord({ id: "call_foreign", organizationId: "org_other", recording: "x.wav" }),
  );
  assert.equal((await call("GET", "/api/v2/calls/call_foreign/recording")).body.code, "call_not_found");
});
