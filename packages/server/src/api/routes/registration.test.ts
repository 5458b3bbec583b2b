import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { serialiseMessage } from "@ringdown/sip";
import type { RegistrationView } from "../../registrations/registration-view.ts";
import { type TestApi, testApi } from "../test-api.ts";

const path = "/api/v2/sip/registration";
const account = { aor: "1001@pbx.example", password: "secret", transport: "TCP", proxy: "edge.example:5070" };

async function scene(
  test: TestContext,
): Promise<TestApi & { agentId: string; registration(): Promise<RegistrationView> }> {
  const api = await testApi(test);
  const { body } = await api.call("POST", "/api/v2/agents", { username: "sales" });
  const { id: agentId } = body.agent as { id: string };
  const registration = async () => (await api.call("GET", path)).body.registration as RegistrationView;
  return { ...api, agentId, registration };
}

test("a registration is made, shown with how it stands, changed and deleted", async (t) => {
  const { call, pbx, registration, agentId } = await scene(t);
  assert.deepEqual((await call("GET", path)).body.code, "registration_not_found");
  const made = await call("POST", path, account);
  assert.equal(made.status, 201);
  assert.match(made.body.message ?? "", /^The registration is made: registering\.$/);
  await pbx.clock.pass(1_000);
  const { createdAt, updatedAt, expiresAt, nextAttemptAt, ...shown } = await registration();
  assert.deepEqual(shown, {
    agentId,
    aor: "1001@pbx.example",
    username: "1001",
    authUsername: null,
    hasPassword: true,
    sipRealm: "pbx.example",
    proxy: "edge.example:5070",
    port: null,
    transport: "tcp",
    subscribe: false,
    state: "registered",
    fault: null,
    hint: null,
    lastCode: 200,
    lastReason: "OK",
    target: "udp:192.0.2.1:5060",
    publicAddress: null,
    voicemail: null,
    calls: null,
  });
  for (const time of [createdAt, updatedAt, expiresAt, nextAttemptAt]) {
    assert.match(time ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  }
  assert.match((await call("GET", path)).body.message ?? "", /^registered at udp:192\.0\.2\.1:5060 until /);
  const changed = await call("POST", path, { subscribe: true });
  assert.equal(changed.status, 200);
  assert.equal((await registration()).subscribe, true);
  assert.equal((await pbx.clock.passUntil(call("DELETE", path))).status, 200);
  assert.equal(pbx.bindings.size, 0);
  assert.equal((await call("DELETE", path)).body.code, "registration_not_found");
  assert.equal((await call("POST", `${path}/refresh`)).body.code, "registration_not_found");
});

test("a refusal is shown as it came", async (t) => {
  const { call, pbx, registration } = await scene(t);
  pbx.status = 403;
  await call("POST", path, account);
  await pbx.clock.pass(1_000);
  const { state, lastCode, lastReason, fault } = await registration();
  assert.deepEqual([state, lastCode, lastReason, fault], ["rejected", 403, "Forbidden", "forbidden"]);
  assert.match((await call("GET", path)).body.message ?? "", /^rejected 403 Forbidden: The PBX forbids it/);
  pbx.status = undefined;
  assert.equal((await call("POST", `${path}/refresh`)).status, 200);
  await pbx.clock.pass(1_000);
  assert.equal((await registration()).state, "registered");
});

test("the password is in no answer and no line of the log", async (t) => {
  const { call, logLines, pbx, store } = await scene(t);
  const answers = [
    await call("POST", path, { ...account, password: "hunter2!" }),
    await call("POST", path, { ...account, password: "hunter2!", port: "x" }),
    await call("POST", path, { aor: "1001:hunter2!@pbx.example" }),
    await call("POST", path, { aor: "1001@pbx.example", password: "hunter2!\u0007" }),
    await call("POST", path, { pasword: "hunter2!", aor: "1001@pbx.example" }),
  ];
  await pbx.clock.pass(1_000);
  answers.push(await call("GET", path), await call("GET", "/api/v2/agents"));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 400, 400, 400, 400, 200, 200],
  );
  assert.match(answers[4]?.body.message ?? "", /^pasword is not a field here; did you mean password\?$/);
  const rows = JSON.stringify(await store.registrations.list());
  for (const text of [...answers.map(({ raw }) => raw.toString()), ...logLines, rows]) {
    assert.doesNotMatch(text, /hunter2/);
  }
});

test("its last messages are shown in each form, without the secrets, as long as it is there", async (t) => {
  const { call, pbx, captures, agentId } = await scene(t);
  const messages = `${path}/captures`;
  assert.equal((await call("GET", messages)).body.code, "registration_not_found");
  await call("POST", path, { ...account, subscribe: true });
  assert.deepEqual((await call("GET", messages)).body.captures, []);
  await pbx.clock.pass(1_000);
  // What the stack would have traced.
  for (const { request, target } of pbx.sent) {
    const bytes = serialiseMessage(request);
    captures.trace?.({
      ...{ at: 0, direction: "out", flow: target, message: request, transaction: "t", bytes },
    });
  }
  const { body } = await call("GET", messages);
  const shown = body.captures as { line: string; message: string; destination: string }[];
  assert.deepEqual(
    shown.map(({ line }) => line),
    ["REGISTER sip:pbx.example SIP/2.0", "REGISTER sip:pbx.example SIP/2.0"],
    "of its REGISTERs alone",
  );
  assert.equal(shown[0]?.destination, "192.0.2.1:5060");
  assert.match(shown[1]?.message ?? "", /^Authorization: Digest .*response="x{64}"/m);
  assert.match((await call("GET", `${messages}?format=text`)).raw.toString(), /^--- .* UDP .*\nREGISTER /);
  const pcap = await call("GET", `${messages}?format=pcap`);
  assert.equal(pcap.raw.readUInt32LE(0), 0xa1b2c3d4);
  assert.equal(pcap.headers["content-disposition"], 'attachment; filename="registration-sales.pcap"');
  const second = (await call("POST", "/api/v2/agents", { username: "second" })).body.agent as { id: string };
  assert.equal((await call("GET", `${messages}?targetAccountId=${second.id}`)).status, 404);
  await call("POST", `${path}?targetAccountId=${second.id}`, { ...account, aor: "1002@pbx.example" });
  assert.deepEqual((await call("GET", `${messages}?targetAccountId=${second.id}`)).body.captures, []);
  await pbx.clock.passUntil(call("DELETE", `${path}?targetAccountId=${agentId}`));
  assert.equal((await call("GET", `${messages}?targetAccountId=${agentId}`)).status, 404);
  assert.deepEqual(captures.registrations.of(agentId), []);
});

test("the agent is the one that is named, or the only one", async (t) => {
  const { call, agentId, organizationId, pbx } = await scene(t);
  assert.equal((await call("POST", `${path}?targetAccountId=${organizationId}`, account)).status, 201);
  const { body } = await call("POST", "/api/v2/agents", { username: "second" });
  const second = (body.agent as { id: string }).id;
  const unnamed = await call("GET", path);
  assert.deepEqual([unnamed.status, unnamed.body.code], [400, "agent_required"]);
  assert.match(unnamed.body.message ?? "", /name the one .* targetAccountId/);
  assert.equal((await call("GET", `${path}?targetAccountId=${agentId}`)).status, 200);
  assert.equal((await call("GET", `${path}?targetAccountId=${second}`)).status, 404);
  const taken = await call("POST", `${path}?targetAccountId=${second}`, account);
  assert.deepEqual([taken.status, taken.body.code], [409, "aor_taken"]);
  await pbx.clock.pass(1_000);
  assert.equal(pbx.bindings.size, 1);
});

test("without an agent there is nothing to register", async (t) => {
  const { call } = await testApi(t);
  const answer = await call("POST", path, account);
  assert.deepEqual([answer.status, answer.body.code], [400, "agent_required"]);
  assert.match(answer.body.message ?? "", /make one first/);
});

test("an AOR is asked about, whole or in parts", async (t) => {
  const { call, agentId } = await scene(t);
  await call("POST", path, account);
  const asked = async (body: object, query = "") => {
    const answer = await call("POST", `${path}/available${query}`, body);
    return [answer.status, answer.body.available];
  };
  assert.deepEqual(await asked({ aor: "1001@PBX.example" }), [200, false]);
  assert.deepEqual(await asked({ username: "1001", sipRealm: "pbx.example" }), [200, false]);
  assert.deepEqual(await asked({ aor: "1001@pbx.example" }, `?targetAccountId=${agentId}`), [200, true]);
  assert.deepEqual(await asked({ aor: "1002@pbx.example" }), [200, true]);
  for (const body of [{}, { username: "1001" }, { sipRealm: "pbx.example" }, { aor: "x" }]) {
    assert.deepEqual(await asked(body), [400, undefined], JSON.stringify(body));
  }
});

for (const [body, sentence] of [
  [{}, /^aor is missing/],
  [{ aor: 5 }, /^aor must be a text of at most 320 characters/],
  [{ ...account, port: 0 }, /^port must be a whole number from 1 to 65535 or null\.$/],
  [{ ...account, port: "5060" }, /^port must be a whole number/],
  [{ ...account, transport: "sctp" }, /^transport must be one of udp, tcp, tls\.$/],
  [{ ...account, subscribe: "yes" }, /^subscribe must be true or false\.$/],
  [{ ...account, realm: "x" }, /^realm is not a field here/],
  [{ ...account, proxy: "a b" }, /^proxy .* is not host or host:port/],
] as const) {
  test(`${JSON.stringify(body)} is refused with a sentence`, async (t) => {
    const { call } = await scene(t);
    const answer = await call("POST", path, body);
    assert.deepEqual([answer.status, answer.body.code], [400, "validation_failed"]);
    assert.match(answer.body.message ?? "", sentence);
    assert.equal((await call("GET", path)).status, 404);
  });
}
