import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import { testApi } from "./test-api.ts";

test("every failure has the envelope and a stable code", async (t) => {
  const { api, token } = await testApi(t);
  const send = async (
    method: "GET" | "POST" | "PUT",
    url: string,
    payload?: string,
    type = "application/json",
  ) => {
    const answer = await api.inject({
      method,
      url,
      headers: {
        authorization: `Bearer ${token}`,
        ...(payload === undefined ? {} : { "content-type": type }),
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const { success, code, message } = answer.json() as Record<string, unknown>;
    assert.equal(success, false);
    assert.equal(typeof message, "string");
    return `${answer.statusCode} ${String(code)}`;
  };
  assert.equal(await send("GET", "/api/v2/nothing"), "404 route_not_found");
  assert.equal(await send("GET", "/nothing"), "404 route_not_found");
  assert.equal(await send("PUT", "/api/v2/agents", "{}"), "404 route_not_found");
  assert.equal(await send("GET", "/api/v2/agents/%zz"), "400 bad_request");
  assert.equal(await send("GET", `/api/v2/agents/${"x".repeat(200)}`), "404 route_not_found");
  assert.equal(await send("POST", "/api/v2/agents", "{"), "400 json_malformed");
  assert.equal(
    await send("POST", "/api/v2/agents", '{"__proto__":{"x":1},"username":"a"}'),
    "400 json_malformed",
  );
  assert.equal(await send("POST", "/api/v2/agents", ""), "400 validation_failed");
  assert.equal(await send("POST", "/api/v2/agents", "null"), "400 validation_failed");
  assert.equal(
    await send("POST", "/api/v2/agents", "username=a", "application/x-www-form-urlencoded"),
    "415 unsupported_media_type",
  );
  assert.equal(await send("POST", "/api/v2/agents", "x", "text/plain"), "415 unsupported_media_type");
  assert.equal(
    await send("POST", "/api/v2/agents", JSON.stringify({ x: "y".repeat(300_000) })),
    "413 payload_too_large",
  );
});

test("a fault of ours tells the client nothing and the log all", async (t) => {
  const { store, call, logLines } = await testApi(t);
  store.agents.list = async () => {
    throw new Error("secret internals: /var/lib/x");
  };
  const answer = await call("GET", "/api/v2/agents");
  assert.equal(answer.status, 500);
  assert.equal(answer.body.code, "internal_error");
  assert.doesNotMatch(answer.raw.toString(), /secret internals/);
  assert.match(logLines.join(""), /secret internals/);
});

test("a busy database asks to try again", async (t) => {
  const { store, call } = await testApi(t);
  const { default: Database } = await import("better-sqlite3");
  store.agents.list = async () => {
    throw new Database.SqliteError("database is locked", "SQLITE_BUSY");
  };
  const answer = await call("GET", "/api/v2/agents");
  assert.deepEqual([answer.status, answer.body.code], [503, "database_busy"]);
});

test("answers carry headers that keep browsers from mischief", async (t) => {
  const { api } = await testApi(t);
  for (const url of ["/", "/api/v2/agents", "/healthz", "/api/v2/docs/"]) {
    const { headers } = await api.inject({ url, headers: { origin: "https://evil.example" } });
    assert.equal(headers["x-content-type-options"], "nosniff", url);
    assert.match(
      String(headers["content-security-policy"]),
      /^default-src 'none';.*frame-ancestors 'none'/,
      url,
    );
    assert.equal(headers["referrer-policy"], "no-referrer");
    assert.equal(headers["access-control-allow-origin"], undefined);
    if (url !== "/api/v2/docs/") assert.equal(headers["cache-control"], "no-store", url);
  }
});

test("readyz follows the node", async (t) => {
  const { api, status } = await testApi(t);
  const probe = async () => {
    const answer = await api.inject("/readyz");
    return `${answer.statusCode} ${answer.json().code ?? answer.json().message}`;
  };
  assert.equal(await probe(), "200 ready");
  status.draining = true;
  assert.equal(await probe(), "503 not_ready");
  Object.assign(status, { draining: false, ready: false });
  assert.equal(await probe(), "503 not_ready");
  Object.assign(status, { ready: true, databaseOpen: false });
  assert.equal(await probe(), "503 not_ready");
  assert.equal((await api.inject("/healthz")).statusCode, 200);
});

test("what is no HTTP gets an answer in the envelope, and the server lives", async (t) => {
  const { api } = await testApi(t);
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const talk = async (bytes: string) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      answer += text;
    });
    socket.on("error", () => {});
    socket.write(bytes);
    await once(socket, "close");
    return answer;
  };
  assert.match(
    await talk("OPTIONS sip:demo@127.0.0.1 SIP/2.0\r\n\r\n"),
    /^HTTP\/1\.1 400 .*"code":"bad_request"/s,
  );
  assert.match(
    await talk(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"y".repeat(40_000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 .*"code":"request_header_too_large"/s,
  );
  assert.match(
    await talk("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
    /^HTTP\/1\.1 200/,
  );
});
