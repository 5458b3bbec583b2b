import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

test("a stream tells what changes, to its organization and its agent, and its end frees it", async (t) => {
  const { api, store, token, organizationId, events } = await testApi(t);
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const agent = await store.agents.create(organizationId, { username: "demo" });
  const open = async (query = "") => {
    const response = await fetch(`http://127.0.0.1:${port}/api/v2/events${query}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    const reader = (response.body ?? assert.fail("no body")).pipeThrough(new TextDecoderStream()).getReader();
    return { response, reader, next: async () => (await reader.read()).value ?? "" };
  };
  const all = await open();
  assert.equal(all.response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  assert.match(await all.next(), /^retry: 3000\n\nevent: hello\ndata: \{\}\n\n$/);
  const one = await open(`?targetAccountId=${agent.id}`);
  await one.next();
  assert.equal(events.size, 2);

  events.publish(organizationId, { type: "call", id: "call_1", agentId: "agt_other", state: "ringing" });
  events.publish(organizationId, { type: "registration", agentId: agent.id });
  events.publish("org_other", { type: "rejectedCall" });
  assert.equal(
    await all.next(),
    'event: call\ndata: {"id":"call_1","agentId":"agt_other","state":"ringing"}\n\n' +
      `event: registration\ndata: {"agentId":"${agent.id}"}\n\n`,
  );
  assert.equal(await one.next(), `event: registration\ndata: {"agentId":"${agent.id}"}\n\n`);

  const headers = { authorization: `Bearer ${token}` };
  await api.inject({ method: "PATCH", url: `/api/v2/agents/${agent.id}`, headers, payload: { title: "x" } });
  await api.inject({ method: "PATCH", url: `/api/v2/agents/${agent.id}`, headers, payload: { title: 1 } });
  assert.equal(await all.next(), 'event: settings\ndata: {"path":"/agents/:id"}\n\n');

  const gone = new Promise<void>((resolve) => {
    const look = () => (events.size === 0 ? resolve() : setImmediate(look));
    look();
  });
  await all.reader.cancel();
  await one.reader.cancel();
  await gone;
});
