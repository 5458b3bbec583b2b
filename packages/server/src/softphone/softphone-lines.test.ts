import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { openSoftphoneDoor, SOFTPHONE_PATH } from "./softphone-door.ts";
import { LINE_WAITS_MS, SoftphoneLines } from "./softphone-lines.ts";

const line = { organizationId: "org_a", agentId: "agt_a", caller: "owner (browser)" };

test("a line opens once, within its time, and lives as long as its connection", () => {
  let now = 1_000;
  const lines = new SoftphoneLines(() => now);
  const { secret, until } = lines.give(line);
  assert.equal(until, 1_000 + LINE_WAITS_MS);
  assert.match(secret, /^[\w-]{32}$/);
  assert.equal(lines.take("another"), undefined);
  assert.deepEqual(lines.take(secret), line);
  assert.equal(lines.take(secret), undefined, "once");
  const late = lines.give(line).secret;
  now += LINE_WAITS_MS;
  assert.equal(lines.take(late), undefined, "too late");

  assert.equal(lines.of(7), undefined);
  lines.opened(7, line);
  assert.deepEqual([lines.of(7), lines.of(8), lines.of(undefined)], [line, undefined, undefined]);
  lines.closed(undefined);
  lines.closed(7);
  assert.equal(lines.of(7), undefined);
});

test("of lines that nobody opens the oldest makes room", () => {
  const lines = new SoftphoneLines(() => 0);
  const first = lines.give(line).secret;
  const second = lines.give(line).secret;
  for (let count = 0; count < 999; count++) lines.give(line);
  assert.equal(lines.take(first), undefined);
  assert.deepEqual(lines.take(second), line);
});

test("the door is for who has a line, and for nothing else", async (t) => {
  const lines = new SoftphoneLines(() => 0);
  const server = createServer((_, response) => response.end("a page"));
  const taken: string[] = [];
  openSoftphoneDoor(server, {
    lines,
    transport: {
      adoptWebSocket: ({ url }, socket) => {
        taken.push(String(url));
        socket.destroy();
        return 5;
      },
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const knock = async (path: string): Promise<number | undefined> => {
    const headers = { Connection: "Upgrade", Upgrade: "websocket" };
    const asked = request({ host: "127.0.0.1", port, path, headers });
    asked.end();
    const answered = once(asked, "response").catch(() => [{}]);
    return ((await answered)[0] as { statusCode?: number }).statusCode;
  };
  const { secret } = lines.give(line);
  assert.equal(await knock("/elsewhere"), 404);
  assert.equal(await knock("//"), 404);
  assert.equal(await knock(SOFTPHONE_PATH), 403);
  assert.equal(await knock(`${SOFTPHONE_PATH}?line=guessed`), 403);
  assert.deepEqual(taken, []);
  assert.equal(await knock(`${SOFTPHONE_PATH}?line=${secret}`), undefined);
  assert.deepEqual([taken.length, lines.of(5)], [1, line]);
  assert.equal(await knock(`${SOFTPHONE_PATH}?line=${secret}`), 403, "used");
});
