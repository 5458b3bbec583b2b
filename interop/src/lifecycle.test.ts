// Starting wrong, losing a worker, running out of media ports, and leaving politely.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { peerTest, sipp } from "./peer.ts";
import { type RingdownOptions, RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";
import { eventually } from "./wait.ts";

/** Runs `body` with a Ringdown of its own, and keeps the log when it fails. */
async function withRingdown(
  options: RingdownOptions,
  body: (ringdown: RingdownProcess) => Promise<void>,
): Promise<void> {
  const ringdown = await RingdownProcess.start(options);
  try {
    await ringdown.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
    await body(ringdown);
  } catch (error) {
    ringdown.onFailure(error, "lifecycle");
    throw error;
  } finally {
    await ringdown.stop();
  }
}

/** Ids of the children of a process. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8"))?.[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}

async function bindUdp(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  await new Promise<void>((resolve, reject) => {
    socket.once("error", reject);
    socket.bind(port, "127.0.0.1", resolve);
  });
  return socket;
}

async function activeCall(ringdown: RingdownProcess): Promise<void> {
  await eventually(
    "an active call",
    async () => (await ringdown.api.calls()).some((call) => call.state === "active"),
    // A worker that had to be started anew takes the call late.
    20_000,
  );
}

describe("lifecycle", { concurrency: 2 }, () => {
  peerTest("a wrong environment variable: one clear line that names it, and no start", {}, async () => {
    for (const [name, value] of [
      ["RINGDOWN_SIP", "carrier-pigeon:0.0.0.0:5060"],
      ["RINGDOWN_HTTP", "here:there"],
      ["RINGDOWN_RTP_PORTS", "20000-10000"],
      ["RINGDOWN_LOG", "shouting"],
    ] as const) {
      await assert.rejects(RingdownProcess.start({ environment: { [name]: value } }), (error: Error) => {
        assert.match(error.message, new RegExp(name));
        assert.doesNotMatch(error.message, /\bat .*\.ts:\d+/, "no stack trace");
        return true;
      });
    }
  });

  peerTest("a database that is none: one clear line, and no start", {}, async () => {
    await withRingdown({}, async (first) => {
      const database = readdirSync(first.dataFolder).find((name) => /\.(db|sqlite3?)$/.test(name));
      assert.ok(database !== undefined, `a database in ${readdirSync(first.dataFolder).join(" ")}`);
      const folder = mkdtempSync(join(tmpdir(), "ringdown-broken-"));
      try {
        writeFileSync(join(folder, database), "this is no database, and never was one. ".repeat(200));
        await assert.rejects(RingdownProcess.start({ dataFolder: folder }), (error: Error) => {
          assert.match(error.message, /database/i);
          assert.doesNotMatch(error.message, /no ready line/);
          return true;
        });
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  });

  peerTest("a port that is taken: one clear line that names it", {}, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = address !== null && typeof address !== "string" ? address.port : 0;
    try {
      await assert.rejects(
        RingdownProcess.start({ environment: { RINGDOWN_SIP: `udp:127.0.0.1:0,tcp:127.0.0.1:${port}` } }),
        new RegExp(String(port)),
      );
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  });

  peerTest(
    "media ports that are taken are passed over; with none left the caller hears so",
    { peers: [sipp] },
    async () => {
      const taken = [await bindUdp(29_300), await bindUdp(29_303)];
      try {
        await withRingdown({ environment: { RINGDOWN_RTP_PORTS: "29300-29305" } }, async (ringdown) => {
          const run = runSipp({
            scenario: "call",
            remote: ringdown.udp,
            user: "echo-line",
            values: { hold: "2500" },
          });
          await activeCall(ringdown);
          // 29300 is taken, 29303 is: 29304 and 29305 are the one pair, and the first call has it.
          const second = await runSipp({
            scenario: "refused",
            remote: ringdown.udp,
            user: "echo-line",
            values: { status: "503" },
          });
          assertSippPassed(second);
          assertSippPassed(await run);
        });
      } finally {
        for (const socket of taken) socket.close();
      }
    },
  );

  peerTest(
    "a call worker that dies: BYE and a record that says so; the next call is taken",
    { peers: [sipp] },
    async () => {
      await withRingdown({}, async (ringdown) => {
        const run = runSipp({ scenario: "they-hang-up", remote: ringdown.udp, user: "echo-line" });
        await activeCall(ringdown);
        const workers = childrenOf(ringdown.pid);
        assert.ok(workers.length > 0, "there is a worker");
        for (const worker of workers) process.kill(worker, "SIGKILL");
        const result = await run;
        assertSippPassed(result);
        const call = await ringdown.endedCall(result.callId);
        assert.equal(call.endedBy, "system");
        assert.match(`${call.endCode} ${call.endReason}`, /worker/i);
        const next = await eventually(
          "the next call is taken",
          async () => {
            const attempt = await runSipp({
              scenario: "call",
              remote: ringdown.udp,
              user: "echo-line",
              values: { hold: "300" },
            });
            return attempt.exitCode === 0 ? attempt : undefined;
          },
          15_000,
        );
        assert.equal((await ringdown.endedCall(next.callId)).endedBy, "caller");
      });
    },
  );

  peerTest(
    "SIGTERM: the running call goes on, a new one gets 503, then the end",
    { peers: [sipp] },
    async () => {
      const ringdown = await RingdownProcess.start();
      try {
        await ringdown.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
        const run = runSipp({
          scenario: "call",
          remote: ringdown.udp,
          user: "echo-line",
          values: { hold: "3000" },
        });
        await activeCall(ringdown);
        ringdown.child.removeAllListeners("exit");
        ringdown.child.kill("SIGTERM");
        await eventually("not ready any more", async () => {
          try {
            return (await ringdown.api.raw("GET", "/readyz")).status !== 200;
          } catch {
            return true;
          }
        });
        const late = await runSipp({
          scenario: "refused",
          remote: ringdown.udp,
          user: "echo-line",
          values: { status: "503" },
        });
        assertSippPassed(late);
        const refusal = late.messages.find((message) => message.name === "503 INVITE");
        assert.match(refusal?.header("Retry-After") ?? "", /^\d+/);
        assertSippPassed(await run);
        await eventually("the process ends", () => !ringdown.alive, 15_000);
        assert.equal(ringdown.child.exitCode, 0);
      } catch (error) {
        ringdown.onFailure(error, "drain");
        throw error;
      } finally {
        await ringdown.stop();
      }
    },
  );

  peerTest(
    "a second start keeps agents, calls and token, and ends calls that a kill -9 left",
    { peers: [sipp] },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), "ringdown-kept-"));
      try {
        const first = await RingdownProcess.start({ dataFolder: folder });
        await first.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
        const run = runSipp({
          scenario: "they-hang-up",
          remote: first.udp,
          user: "echo-line",
          limitSeconds: 3,
        });
        await activeCall(first);
        first.child.removeAllListeners("exit");
        first.child.kill("SIGKILL");
        const interrupted = await run;
        await first.stop();
        const second = await RingdownProcess.start({ dataFolder: folder });
        try {
          assert.ok((await second.api.agents()).some((agent) => agent.username === "echo-line"));
          const call = await second.endedCall(interrupted.callId);
          assert.equal(call.endedBy, "system");
          assert.ok(call.endedAt !== null);
        } catch (error) {
          second.onFailure(error, "second start");
          throw error;
        } finally {
          await second.stop();
        }
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );
});
