import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { parseNetwork } from "../edge/address.ts";
import { OutgoingError, type OutgoingErrorCode } from "./outgoing-error.ts";
import { OutgoingHttp, type OutgoingRequest } from "./outgoing-http.ts";

const here = new OutgoingHttp({ privateNetworks: "all" });

async function receiver(t: TestContext, listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` };
}

/** A peer that is no HTTP server. */
async function raw(t: TestContext, connected: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    connected(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function post(url: string, more: Partial<OutgoingRequest> = {}): OutgoingRequest {
  return { method: "POST", url, body: "{}", timeoutMs: 10_000, maxBytes: 1_000, ...more };
}

async function failsWith(code: OutgoingErrorCode, attempt: Promise<unknown>): Promise<void> {
  await assert.rejects(attempt, (error) => {
    assert.ok(error instanceof OutgoingError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

test("a request goes out as it was given, but for what frames it", async (t) => {
  let seen: object = {};
  const { url } = await receiver(t, (request, response) => {
    const { host, "x-own": own, "content-length": length, "transfer-encoding": coding } = request.headers;
    seen = { method: request.method, url: request.url, host, own, length, coding };
    response.writeHead(201, { "X-Answer": "yes" }).end("done");
  });
  const headers = { "X-Own": "1", Host: "elsewhere", "Content-Length": "99", "transfer-encoding": "chunked" };
  const answer = await here.send(post(url, { headers }));
  const { host } = new URL(url);
  assert.deepEqual(seen, { method: "POST", url: "/hook", host, own: "1", length: "2", coding: undefined });
  assert.equal(answer.status, 201);
  assert.equal(answer.headers["x-answer"], "yes");
  assert.equal(answer.body.toString(), "done");
  assert.equal(answer.truncated, false);
});

test("a redirect is an answer and not followed", async (t) => {
  let asked = 0;
  const { url } = await receiver(t, (_request, response) => {
    asked++;
    response.writeHead(302, { Location: "/elsewhere" }).end();
  });
  assert.equal((await here.send(post(url))).status, 302);
  assert.equal(asked, 1);
});

test("of a body without an end only the beginning is read", async (t) => {
  const gone = Promise.withResolvers<void>();
  const { url } = await receiver(t, (_request, response) => {
    response.on("close", () => gone.resolve());
    const more = (): void => {
      while (response.write(Buffer.alloc(16_384, "x")));
      response.once("drain", more);
    };
    more();
  });
  const { body, truncated } = await here.send(post(url));
  assert.deepEqual([body.length, truncated], [1_000, true]);
  // And the connection is let go.
  await gone.promise;
});

test("the time is for all of it: a hanging name, a silent peer, a body that drips", async (t) => {
  const timeoutMs = 100;
  const slowName = new OutgoingHttp({ privateNetworks: "all", resolve: () => new Promise(() => {}) });
  await failsWith("timed_out", slowName.send(post("http://slow.example/", { timeoutMs })));
  await failsWith("timed_out", here.send(post(await raw(t, () => {}), { timeoutMs })));
  const drips = await raw(t, (socket) => {
    socket.write("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
    const timer = setInterval(() => socket.write("x"), 10);
    socket.on("close", () => clearInterval(timer));
  });
  await failsWith("timed_out", here.send(post(drips, { timeoutMs })));
});

test("what breaks off is told as that", async (t) => {
  await failsWith("response_broken", here.send(post(await raw(t, (socket) => socket.destroy()))));
  await failsWith("response_broken", here.send(post(await raw(t, (socket) => socket.end("220 mail\r\n")))));
  const cut = await raw(t, (socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"));
  await failsWith("response_broken", here.send(post(cut)));
  const upgraded = await raw(t, (socket) =>
    socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n"),
  );
  await failsWith("response_broken", here.send(post(upgraded)));
  const { server, url } = await receiver(t, () => {});
  server.close();
  await once(server, "close");
  await failsWith("unreachable", here.send(post(url)));
  await failsWith(
    "tls_failed",
    here.send(post((await raw(t, (s) => s.end("no TLS"))).replace("http", "https"))),
  );
});

test("a request can be given up", async (t) => {
  const stop = new AbortController();
  const url = await raw(t, () => stop.abort());
  await failsWith("aborted", here.send(post(url, { signal: stop.signal })));
  await failsWith("aborted", here.send(post(url, { signal: stop.signal })));
});

test("no address inside is connected to, by number or by name", async (t) => {
  const { server, url } = await receiver(t, (_request, response) => response.end());
  let connections = 0;
  server.on("connection", () => connections++);
  const { port } = new URL(url);
  const strict = new OutgoingHttp({
    privateNetworks: "none",
    resolve: async () => [{ address: "127.0.0.1", family: 4 }],
  });
  for (const host of [
    "127.0.0.1",
    "2130706433",
    "0x7f.1",
    "[::ffff:127.0.0.1]",
    "hook.example",
    "localhost.",
  ]) {
    await failsWith("address_refused", strict.send(post(`http://${host}:${port}/`)));
  }
  assert.equal(connections, 0);
});

test("a name that changes between look and connection gains nothing: it is looked up once", async (t) => {
  const { server, url } = await receiver(t, (_request, response) => response.end());
  let connections = 0;
  server.on("connection", () => connections++);
  let looks = 0;
  const { port } = new URL(url);
  // Another address of the machine, where nobody listens on that port, stands for the internet.
  const reading = parseNetwork("127.0.0.2");
  assert.ok(reading.ok);
  const privateNetworks = [reading.network];
  const rebound = new OutgoingHttp({
    privateNetworks,
    resolve: async () => [{ address: looks++ === 0 ? "127.0.0.2" : "127.0.0.1", family: 4 }],
  });
  await failsWith("unreachable", rebound.send(post(`http://hook.example:${port}/`)));
  assert.deepEqual([looks, connections], [1, 0]);
  // Of several the allowed ones are used alone.
  const mixed = new OutgoingHttp({
    privateNetworks,
    resolve: async () => [
      { address: "127.0.0.1", family: 4 },
      { address: "127.0.0.2", family: 4 },
    ],
  });
  await failsWith("unreachable", mixed.send(post(`http://hook.example:${port}/`)));
  assert.equal(connections, 0);
});

test("what is no address of a web server is refused with a reason", async () => {
  for (const url of [
    "",
    "hook",
    "ftp://example.com/",
    "file:///etc/passwd",
    "https://a:b@example.com/",
    `https://e.com/${"x".repeat(3000)}`,
  ]) {
    await failsWith("url_invalid", here.send(post(url)));
  }
  await failsWith(
    "request_invalid",
    here.send(post("http://127.0.0.1:1/", { headers: { "X-A": "a\r\nX-B: b" } })),
  );
  await failsWith("request_invalid", here.send(post("http://127.0.0.1:1/", { method: "GET /x" })));
});
