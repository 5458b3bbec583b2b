import assert from "node:assert/strict";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { callRecord } from "../../store/test-store.ts";
import { testApi } from "../test-api.ts";

test("a listener gets WAV without an end, until the call's or his own", async (t) => {
  const { api, token, store, organizationId, live, commands, overhearing } = await testApi(t);
  for (const id of ["one", "other"])
    await store.calls.insert(callRecord({ id, organizationId, state: "active" }));
  live.add("one");
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const listen = async (id: string): Promise<IncomingMessage> => {
    const headers = { Authorization: `Bearer ${token}` };
    const asked = get({ host: "127.0.0.1", port, path: `/api/v2/calls/${id}/audio`, headers });
    return (await once(asked, "response"))[0];
  };
  const answer = await listen("one");
  assert.deepEqual([answer.statusCode, answer.headers["content-type"]], [200, "audio/wav"]);
  const read = async (): Promise<Buffer> => (await once(answer, "data"))[0];
  const header = await read();
  assert.equal(header.toString("latin1", 0, 4), "RIFF");
  assert.deepEqual([header.readUInt16LE(22), header.readUInt32LE(24)], [2, 8_000]);
  const [listener] = overhearing;
  listener?.onAudio(Buffer.from("a piece"));
  assert.equal((await read()).toString(), "a piece");
  assert.deepEqual(commands, ["overhear one for an API token"]);
  listener?.onEnd();
  await once(answer.resume(), "end");

  const leaving = await listen("one");
  leaving.destroy();
  while (commands.filter((one) => one === "no longer overhear one").length < 2)
    await new Promise((resolve) => setImmediate(resolve));
  assert.equal((await listen("other")).statusCode, 409);
  assert.equal((await listen("nobody's")).statusCode, 404);
  const headers = { authorization: `Bearer ${token}` };
  assert.equal(
    (await api.inject({ method: "HEAD", url: "/api/v2/calls/one/audio", headers })).statusCode,
    404,
  );
});
