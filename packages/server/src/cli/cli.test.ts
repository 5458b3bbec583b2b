import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));

function run(
  args: string[],
  environment: Record<string, string> = {},
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, ...environment };
    execFile(process.execPath, [cli, ...args], { env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

async function inFolder(body: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-cli-"));
  try {
    await body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const ports = { RINGDOWN_SIP: "udp:127.0.0.1:0,tcp:127.0.0.1:0", RINGDOWN_HTTP: "127.0.0.1:0" };

describe("the command line", () => {
  test("help and version", async () => {
    const help = await run(["help"]);
    assert.equal(help.code, 0);
    for (const command of ["start", "demo", "version"])
      assert.match(help.stdout, new RegExp(`^ {2}${command} `, "m"));
    assert.match((await run(["version"])).stdout, /^ringdown \d+\.\d+\.\d+\n$/);
  });

  test("what is no command: usage on stderr, exit code 2", async () => {
    for (const args of [["stop"], ["start", "now"]]) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 2);
      assert.equal(stdout, "");
      assert.match(stderr, /Usage: ringdown/);
    }
  });

  test("route-test asks a real server, and says what is wrong with a route", async () => {
    const { createSipStack } = await import("@ringdown/sip");
    const stack = await createSipStack({
      listeners: [{ protocol: "tcp", host: "127.0.0.1", port: 0 }],
      screen: () => "answer",
      onInvite: (call) => call.reject(480),
    });
    try {
      const port = stack.transport.bound[0]?.port;
      const found = await run(["route-test", `sip.example.com;proxyAddress=127.0.0.1:${port};transport=tcp`]);
      assert.equal(found.code, 0, found.stdout + found.stderr);
      assert.match(found.stdout, /^A call to \+15550100 asks for sip:\+15550100@sip\.example\.com/);
      assert.match(found.stdout, /^1\. tcp 127\.0\.0\.1:\d+ answered 200 OK in [\d.]+ ms/m);
    } finally {
      await stack.close();
    }
    const wrong = await run(["route-test", "sip.example.com;transport=sctp"]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /At position 26 "s" stands; expected was udp, tcp or tls/);
    assert.equal((await run(["route-test"])).code, 2);
  });

  test("wrong settings: one line each, no stack, exit code 1", async () => {
    const { code, stderr } = await run(["start"], { RINGDOWN_SIP: "pigeon:1", RINGDOWN_LOG: "loud" });
    assert.equal(code, 1);
    assert.match(stderr, /^ringdown: RINGDOWN_SIP: .*$/m);
    assert.match(stderr, /^ringdown: RINGDOWN_LOG: .*$/m);
    assert.doesNotMatch(stderr, /\.ts:\d/);
  });

  test("a port that is taken, and a database that is none", async () => {
    await inFolder(async (folder) => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      assert.ok(address !== null && typeof address !== "string");
      const taken = await Promise.all([
        run([], { ...ports, RINGDOWN_DATA: join(folder, "a"), RINGDOWN_HTTP: `127.0.0.1:${address.port}` }),
        run([], {
          ...ports,
          RINGDOWN_DATA: join(folder, "b"),
          RINGDOWN_SIP: `tcp:127.0.0.1:${address.port}`,
        }),
      ]);
      server.close();
      writeFileSync(join(folder, "ringdown.db"), "no database ".repeat(1_000));
      const broken = await run([], { ...ports, RINGDOWN_DATA: folder });
      for (const { code, stderr, stdout } of [...taken, broken]) {
        assert.equal(code, 1, stderr);
        assert.doesNotMatch(stderr, /\.ts:\d/);
        assert.doesNotMatch(stdout, /^ready /m);
      }
      for (const { stderr } of taken) assert.match(stderr, new RegExp(String(address.port)));
      assert.match(broken.stderr, /database/);
    });
  });
});
