import assert from "node:assert/strict";
import { test } from "node:test";
import { Value } from "typebox/value";
import { callRecord } from "../store/test-store.ts";
import { testApi } from "./test-api.ts";

interface Operation {
  summary?: string;
  operationId?: string;
  security?: unknown[];
  parameters?: { name: string; in: string; required?: boolean }[];
  requestBody?: { content: Record<string, { schema: object }> };
  responses: Record<string, { description: string; content?: Record<string, { schema: object }> }>;
}
interface Reference {
  openapi: string;
  info: { title: string; version: string };
  paths: Record<string, Record<string, Operation>>;
  components: { securitySchemes: object };
  security: object[];
}

test("the reference is OpenAPI 3.1 and has every route", async (t) => {
  const routes = new Set<string>();
  const { api } = await testApi(t);
  const reference = (await api.inject("/api/v2/openapi.json")).json() as Reference;
  assert.match(reference.openapi, /^3\.1\.\d+$/);
  assert.ok(reference.info.title !== "" && reference.info.version !== "");
  // What fastify itself says it serves, but for the page and the reference's own files.
  for (const line of api.printRoutes({ commonPrefix: false, method: "GET" }).split("\n")) {
    const path = /── (\/\S*) \(/.exec(line)?.[1];
    if (path !== undefined) routes.add(path);
  }
  assert.ok(routes.size > 0);
  const expected = [
    "get /healthz",
    "get /readyz",
    "get /api/v2/agents",
    "post /api/v2/agents",
    "get /api/v2/agents/{id}",
    "patch /api/v2/agents/{id}",
    "delete /api/v2/agents/{id}",
    "post /api/v2/agents/{id}/chat",
    "post /api/v2/agents/{id}/softphone",
    "get /api/v2/agents/{id}/draft",
    "put /api/v2/agents/{id}/draft",
    "delete /api/v2/agents/{id}/draft",
    "post /api/v2/agents/{id}/publish",
    "get /api/v2/agents/{id}/versions",
    "get /api/v2/agents/{id}/versions/{number}",
    "post /api/v2/agents/{id}/versions/{number}/restore",
    "get /api/v2/calls/{id}/audio",
    "get /api/v2/providers",
    "put /api/v2/providers/{name}",
    "delete /api/v2/providers/{name}",
    "post /api/v2/mcp/tools",
    "post /api/v2/providers/{name}/test",
    "get /api/v2/secrets",
    "put /api/v2/secrets/{name}",
    "delete /api/v2/secrets/{name}",
    "get /api/v2/webhooks",
    "post /api/v2/webhooks",
    "post /api/v2/webhooks/{id}/secret",
    "delete /api/v2/webhooks",
    "get /api/v2/sip/captures",
    "get /api/v2/webhooks/deliveries",
    "post /api/v2/webhooks/deliveries/{id}/resend",
    "get /api/v2/sip/allowedDestinations",
    "put /api/v2/sip/allowedDestinations",
    "get /api/v2/sip/ipWhitelist",
    "post /api/v2/sip/ipWhitelist",
    "delete /api/v2/sip/ipWhitelist",
    "get /api/v2/sip/outboundRoutes",
    "post /api/v2/sip/outboundRoutes",
    "delete /api/v2/sip/outboundRoutes",
    "post /api/v2/sip/outboundRoutes/test",
    "get /api/v2/sip/outboundRoutes/{id}",
    "patch /api/v2/sip/outboundRoutes/{id}",
    "delete /api/v2/sip/outboundRoutes/{id}",
    "get /api/v2/sip/registration",
    "get /api/v2/sip/registrations",
    "get /api/v2/sip/registration/captures",
    "post /api/v2/sip/registration",
    "delete /api/v2/sip/registration",
    "post /api/v2/sip/registration/refresh",
    "post /api/v2/sip/registration/available",
    "post /api/v2/agent/outboundCall",
    "get /api/v2/tasks",
    "post /api/v2/tasks",
    "get /api/v2/tasks/{id}",
    "post /api/v2/tasks/{id}",
    "delete /api/v2/tasks/{id}",
    "get /api/v2/tasks/stats",
    "get /api/v2/tasks/dailyCounts",
    "get /api/v2/tasks/limits",
    "post /api/v2/tasks/limits",
    "post /api/v2/tasks/csv",
    "get /api/v2/tokens",
    "post /api/v2/tokens",
    "delete /api/v2/tokens",
    "get /api/v2/calls",
    "post /api/v2/calls",
    "get /api/v2/calls/{id}",
    "get /api/v2/calls/{id}/recording",
    "head /api/v2/calls/{id}/recording",
    "get /api/v2/calls/{id}/messages/{number}/recording",
    "head /api/v2/calls/{id}/messages/{number}/recording",
    "post /api/v2/calls/{id}/hangup",
    "post /api/v2/calls/{id}/transfer",
    "delete /api/v2/calls/{id}/transfer",
    "post /api/v2/calls/{id}/dtmf",
    "post /api/v2/calls/{id}/say",
    "get /api/v2/rejectedCalls",
    "get /api/v2/status",
    "get /api/v2/events",
    "get /api/v2/session",
    "post /api/v2/session",
    "delete /api/v2/session",
    "post /api/v2/session/link",
    "put /api/v2/session/password",
    "get /api/v2/users",
    "post /api/v2/users",
    "post /api/v2/users/{id}/passwordLink",
    "patch /api/v2/users/{id}",
    "delete /api/v2/users/{id}",
  ];
  const documented = Object.entries(reference.paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method} ${path}`),
  );
  assert.deepEqual(documented.sort(), expected.sort());
});

test("every operation is described, and its parts are those of OpenAPI 3.1", async (t) => {
  const { api } = await testApi(t);
  const reference = (await api.inject("/api/v2/openapi.json")).json() as Reference;
  const ids = new Set<string>();
  for (const [path, operations] of Object.entries(reference.paths)) {
    for (const [method, operation] of Object.entries(operations)) {
      const name = `${method} ${path}`;
      assert.ok((operation.summary ?? "") !== "", name);
      if (operation.operationId !== undefined) {
        assert.ok(!ids.has(operation.operationId), `${name}: operationId twice`);
        ids.add(operation.operationId);
      }
      const pathNames = [...path.matchAll(/\{(\w+)\}/g)].map(([, parameter]) => parameter);
      const given = (operation.parameters ?? []).filter((parameter) => parameter.in === "path");
      assert.deepEqual(
        given.map((parameter) => parameter.name),
        pathNames,
        name,
      );
      assert.ok(
        given.every((parameter) => parameter.required === true),
        name,
      );
      assert.ok(
        !(operation.parameters ?? []).some((parameter) => parameter.name === "token"),
        `${name}: a token is security`,
      );
      const statuses = Object.keys(operation.responses);
      assert.ok(
        statuses.some((status) => status.startsWith("2")),
        name,
      );
      if (path.startsWith("/api/v2/")) {
        for (const status of ["400", "401", "403", "429"])
          assert.ok(statuses.includes(status), `${name} ${status}`);
      } else assert.deepEqual(operation.security, [], name);
      for (const [status, response] of Object.entries(operation.responses)) {
        assert.ok(response.description !== "", `${name} ${status}`);
        const other = /\/(recording|audio)$/.test(path) ? "audio/wav" : "text/event-stream";
        const isOther = status.startsWith("2") && /\/(recording|audio|events|chat)$/.test(path);
        const isCapture = status.startsWith("2") && path.endsWith("/captures");
        assert.deepEqual(
          Object.keys(response.content ?? {}),
          isCapture
            ? ["application/json", "text/plain", "application/vnd.tcpdump.pcap"]
            : [isOther ? other : "application/json"],
          `${name} ${status}`,
        );
      }
    }
  }
});

test("what the API answers is what its reference says", async (t) => {
  const { api, store, organizationId, call, live, pbx } = await testApi(t);
  const reference = (await api.inject("/api/v2/openapi.json")).json() as Reference;
  const checked: string[] = [];
  const check = async (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    path: string,
    body?: unknown,
    id = "",
  ) => {
    const [bare = "", search] = path.split("?");
    const url = bare.replace("{id}", id) + (search === undefined ? "" : `?${search}`);
    const answer = await call(method, url, body);
    const response = reference.paths[bare]?.[method.toLowerCase()]?.responses[String(answer.status)];
    const name = `${method} ${path} ${answer.status}`;
    assert.ok(response !== undefined, `${name} is not documented`);
    const schema = response.content?.["application/json"]?.schema;
    assert.ok(schema !== undefined, name);
    assert.deepEqual([name, [...Value.Errors(schema as never, answer.body)]], [name, []]);
    checked.push(name);
    return answer.body;
  };
  await check("GET", "/healthz");
  await check("GET", "/readyz");
  const functions = [
    { type: "say", name: "hours", key: "1", condition: "opening hours", text: "We are open." },
    { type: "endCall", name: "bye" },
  ];
  const made = await check("POST", "/api/v2/agents", {
    username: "demo",
    functions,
    phoneNumbers: ["+15125550100"],
  });
  const { id } = made.agent as { id: string };
  await check("POST", "/api/v2/agents", { username: "demo" });
  await check("POST", "/api/v2/agents", { username: "" });
  await check("GET", "/api/v2/agents");
  await check("GET", "/api/v2/agents/{id}", undefined, id);
  await check("PATCH", "/api/v2/agents/{id}", { title: "x" }, id);
  await check("GET", "/api/v2/sip/registration");
  await check("POST", "/api/v2/sip/registration", { aor: "1001@192.0.2.1", password: "secret" });
  await check("POST", "/api/v2/sip/registration", { aor: "1001@192.0.2.1", proxy: "192.0.2.2:5070" });
  await check("GET", "/api/v2/sip/registration");
  await check("GET", "/api/v2/sip/registrations");
  await check("GET", "/api/v2/sip/registration/captures");
  await check("POST", "/api/v2/sip/registration/refresh");
  await check("POST", "/api/v2/sip/registration/available", { aor: "1001@192.0.2.1" });
  await pbx.clock.passUntil(check("DELETE", "/api/v2/sip/registration"));
  await check("DELETE", "/api/v2/agents/{id}", undefined, id);
  await check("GET", "/api/v2/agents/{id}", undefined, id);
  await check("POST", "/api/v2/sip/ipWhitelist", { ip: "192.0.2.1", label: "trunk" });
  await check("GET", "/api/v2/sip/ipWhitelist");
  await check("DELETE", "/api/v2/sip/ipWhitelist", { ip: "192.0.2.1" });
  await check("DELETE", "/api/v2/sip/ipWhitelist", { ip: "192.0.2.1" });
  const { token } = (await check("POST", "/api/v2/tokens", {})) as { token: { token: string } };
  await check("GET", "/api/v2/tokens");
  await check("DELETE", "/api/v2/tokens", { token: token.token });
  const ended = callRecord({
    id: "call_1",
    organizationId,
    state: "ended",
    answeredAt: "2026-11-23T18:00:01.000Z",
    endedAt: "2026-11-23T18:00:02.000Z",
    duration: 1,
    endedBy: "caller",
    endCode: "bye",
    legs: [{ id: "leg_1", packets: 3 }],
    callDialog: [{ role: "agent", content: "Hi", startedAt: "x", endedAt: "y" }],
    timeline: [{ type: "answered", at: "2026-11-23T18:00:01.000Z" }],
    recording: "recordings/call_1.wav",
    messages: [
      { at: "2026-11-23T18:00:01.500Z", seconds: 2.5, recording: "recordings/call_1-message-1.wav" },
    ],
    quality: { jitterMs: 1 },
    qualitySamples: [{ at: "2026-11-23T18:00:02.000Z", seconds: 1, packetsReceived: 50, mos: 4.39 }],
  });
  void store.calls.insert(ended);
  void store.calls.insert(callRecord({ id: "call_2", organizationId, state: "active" }));
  live.add("call_2");
  await check("GET", "/api/v2/calls");
  await check("GET", "/api/v2/calls/{id}", undefined, "call_1");
  await check("GET", "/api/v2/calls/{id}", undefined, "call_3");
  await check("GET", "/api/v2/calls/{id}/recording", undefined, "call_3");
  await check("POST", "/api/v2/calls/{id}/hangup", undefined, "call_1");
  await check("POST", "/api/v2/calls/{id}/say", { text: "Hello" }, "call_2");
  await check("POST", "/api/v2/calls/{id}/dtmf", { digits: "12#" }, "call_2");
  await check("POST", "/api/v2/calls/{id}/hangup", undefined, "call_2");
  store.rejectedCalls.add({
    source: "192.0.2.1",
    transport: "udp",
    from: "1",
    to: "2",
    code: "x",
    status: 403,
    hint: "h",
  });
  await check("GET", "/api/v2/rejectedCalls");
  await check("GET", "/api/v2/status");
  assert.equal(checked.length, 36);
});

test("the readable reference loads nothing from elsewhere", async (t) => {
  const { api } = await testApi(t);
  const page = await api.inject("/api/v2/docs/");
  assert.equal(page.statusCode, 200);
  const places = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, place = ""]) => place);
  assert.ok(places.length >= 4);
  for (const place of places) {
    assert.match(place, /^\.\/static\//);
    assert.equal((await api.inject(`/api/v2/docs/${place.slice(2)}`)).statusCode, 200, place);
  }
  const script = await api.inject("/api/v2/docs/static/swagger-initializer.js");
  assert.doesNotMatch(script.body, /url: *["']https?:/);
});
