import assert from "node:assert/strict";
import { test } from "node:test";
import { callRecord } from "../../store/test-store.ts";
import { testApi } from "../test-api.ts";

test("calls are listed newest first with filters, pages and only one's own", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  const agent = await store.agents.create(organizationId, { username: "demo" });
  for (let i = 0; i < 6; i++) {
    void store.calls.insert(
      callRecord({
        id: `call_${i}`,
        organizationId,
        agentId: i < 2 ? agent.id : "agt_gone",
        direction: i === 3 ? "outbound" : "inbound",
        from: i === 4 ? "+4930123456" : "+15125550100",
        startedAt: `2026-11-2${i}T00:00:00.000Z`,
      }),
    );
  }
  void store.calls.insert(callRecord({ id: "call_foreign", organizationId: "org_other" }));
  const ids = async (search: string) => {
    const answer = await call("GET", `/api/v2/calls${search}`);
    assert.equal(answer.status, 200, answer.body.message);
    return (answer.body.calls as { id: string }[]).map(({ id }) => id.slice(5)).join("");
  };
  assert.equal(await ids(""), "543210");
  assert.equal(await ids("?direction=outbound"), "3");
  assert.equal(await ids(`?agentId=${agent.id}`), "10");
  assert.equal(await ids(`?targetAccountId=${agent.id}`), "10");
  assert.equal(await ids(`?targetAccountId=${agent.id}&agentId=agt_gone`), "");
  assert.equal(await ids("?from=%2B4930123456"), "4");
  assert.equal(await ids("?from=+4930123456"), "4");
  assert.equal(await ids("?since=2026-11-22T00:00:00Z&until=2026-11-24T00:00:00.000Z"), "32");
  assert.equal(await ids("?since=2026-11-24T02:00:00+02:00"), "54");
  const first = await call("GET", "/api/v2/calls?limit=4");
  assert.equal(await ids(`?limit=4&after=${String(first.body.next)}`), "10");
  for (const [search, message] of [
    ["?state=done", /^state must be one of ringing, active, ended/],
    ["?since=yesterday", /^since must be a time in ISO 8601/],
    ["?after=rubbish", /cursor/],
    ["?stat=ended", /^stat is not a parameter here; did you mean state\?/],
  ] as const) {
    const answer = await call("GET", `/api/v2/calls${search}`);
    assert.equal(answer.status, 400, search);
    assert.match(answer.body.message ?? "", message);
  }
});

test("a call is shown with a URL for its recording", async (t) => {
  const { api, call, store, organizationId, token } = await testApi(t);
  void store.calls.insert(callRecord({ id: "call_1", organizationId, recording: "recordings/call_1.wav" }));
  const { body } = await call("GET", "/api/v2/calls/call_1");
  assert.equal(
    (body.call as { recording: string }).recording,
    "http://localhost:80/api/v2/calls/call_1/recording",
  );
  const spoofed = await api.inject({
    url: "/api/v2/calls/call_1",
    headers: { authorization: `Bearer ${token}`, host: 'x"><script>' },
  });
  assert.equal(spoofed.json().call.recording, "http://127.0.0.1:8080/api/v2/calls/call_1/recording");
  assert.equal((await call("GET", "/api/v2/calls/call_2")).body.code, "call_not_found");
});

test("the configured URL wins over the request's", async (t) => {
  const { call, store, organizationId } = await testApi(t, {
    RINGDOWN_PUBLIC_URL: "https://calls.example.com",
  });
  void store.calls.insert(callRecord({ id: "call_1", organizationId, recording: "x.wav" }));
  const { body } = await call("GET", "/api/v2/calls/call_1");
  assert.equal(
    (body.call as { recording: string }).recording,
    "https://calls.example.com/api/v2/calls/call_1/recording",
  );
});

test("commands reach a call that runs, and only that", async (t) => {
  const { call, store, organizationId, live, commands } = await testApi(t);
  void store.calls.insert(callRecord({ id: "call_1", organizationId, state: "active" }));
  void store.calls.insert(callRecord({ id: "call_2", organizationId, state: "ended" }));
  void store.calls.insert(callRecord({ id: "call_3", organizationId: "org_other", state: "active" }));
  for (const id of ["call_1", "call_2", "call_3"]) live.add(id);
  assert.equal((await call("POST", "/api/v2/calls/call_1/say", { text: "Hello" })).status, 200);
  assert.equal((await call("POST", "/api/v2/calls/call_1/dtmf", { digits: "1*#" })).status, 200);
  assert.equal((await call("POST", "/api/v2/calls/call_1/hangup")).status, 200);
  assert.equal((await call("POST", "/api/v2/calls/call_1/hangup", {})).status, 200);
  assert.deepEqual(commands, ["say Hello", "dtmf 1*#", "hangup", "hangup"]);
  for (const [id, code] of [
    ["call_2", "call_not_active"],
    ["call_3", "call_not_found"],
    ["call_4", "call_not_found"],
  ]) {
    const answer = await call("POST", `/api/v2/calls/${id}/hangup`);
    assert.deepEqual([answer.status, answer.body.code], [code === "call_not_active" ? 409 : 404, code]);
  }
  live.clear();
  assert.equal((await call("POST", "/api/v2/calls/call_1/hangup")).body.code, "call_not_active");
  for (const digits of ["", "12x", "1".repeat(65), 5]) {
    assert.equal((await call("POST", "/api/v2/calls/call_1/dtmf", { digits })).status, 400);
  }
  assert.equal((await call("POST", "/api/v2/calls/call_1/say", { text: "" })).status, 400);
});

test("rejected calls: mine, and those of nobody for the operator alone", async (t) => {
  const { api, call, store, organizationId } = await testApi(t);
  const { id: second } = await store.organizations.create({ name: "Second" });
  const { token } = await store.tokens.create(second, { description: "" });
  const refused = {
    source: "192.0.2.1",
    transport: "udp",
    from: "1001",
    code: "caller_not_e164",
    status: 404,
    hint: "h",
  };
  store.rejectedCalls.add({ ...refused, to: "mine", organizationId });
  store.rejectedCalls.add({ ...refused, to: "theirs", organizationId: second });
  store.rejectedCalls.add({ ...refused, to: "nobody" });
  const mine = (await call("GET", "/api/v2/rejectedCalls")).body.rejectedCalls as { to: string }[];
  assert.deepEqual(
    mine.map(({ to }) => to),
    ["nobody", "mine"],
  );
  assert.ok(!("organizationId" in (mine[0] ?? {})));
  const theirs = await api.inject({
    url: "/api/v2/rejectedCalls",
    headers: { authorization: `Bearer ${token}` },
  });
  assert.deepEqual(
    (theirs.json().rejectedCalls as { to: string }[]).map(({ to }) => to),
    ["theirs"],
  );
});

test("a call out is placed for the agent that is meant, and its record is the answer", async (t) => {
  const { call, store, organizationId, placed } = await testApi(t);
  const demo = await store.agents.create(organizationId, { username: "demo" });
  const answer = await call("POST", "/api/v2/calls", {
    ...{ target: "+15125550123,,12", callerId: "+15125550100", greeting: "Hello." },
    ...{ waitToGreet: true, context: "a customer", taskContext: "the order", ringSeconds: 20 },
  });
  assert.equal(answer.status, 201, answer.body.message);
  const { id, to } = answer.body.call as { id: string; to: string };
  assert.deepEqual([id, to], ["call_1", "+15125550123,,12"]);
  assert.deepEqual(placed, [
    {
      ...{ organizationId, agentId: demo.id, targetText: "+15125550123,,12", ringSeconds: 20 },
      target: { kind: "number", number: "+15125550123", digits: [{ waitSeconds: 2, digits: "12" }] },
      ...{ callerId: "+15125550100", greeting: "Hello.", waitToGreet: true },
      ...{ context: "a customer", taskContext: "the order" },
    },
  ]);
  const sales = await store.agents.create(organizationId, { username: "sales" });
  assert.equal((await call("POST", "/api/v2/calls", { target: "demo" })).body.code, "agent_required");
  const other = await call("POST", `/api/v2/calls?targetAccountId=${sales.id}`, { target: "demo" });
  assert.equal(other.status, 201, other.body.message);
  assert.deepEqual(placed[1]?.target, { kind: "agent", agentId: demo.id, username: "demo" });
  assert.equal(placed[1]?.agentId, sales.id);
});

test("what may not be called is not, and says what would allow it", async (t) => {
  const { call, store, organizationId, placed } = await testApi(t);
  await store.agents.create(organizationId, { username: "demo" });
  for (const [body, status, message] of [
    [{ target: "+19005550100" }, 403, /premium-rate.*premiumRate: true/],
    [{ target: "911" }, 403, /emergency/],
    [{ target: "sip:a@elsewhere.example" }, 403, /sipHosts/],
    [{ target: "5125550123" }, 400, /with its plus and country code/],
    [{ target: "" }, 400, /target/],
    [{}, 400, /target/],
    [{ target: "+15125550123", ringSeconds: 4 }, 400, /ringSeconds/],
    [{ target: "+15125550123", callerId: "0512" }, 400, /callerId must be a number in E.164 form/],
    [{ target: "+15125550123", ringTime: 4 }, 400, /ringTime/],
  ] as const) {
    const answer = await call("POST", "/api/v2/calls", body);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    assert.match(String(answer.body.message), message);
  }
  assert.deepEqual(placed, []);
});
