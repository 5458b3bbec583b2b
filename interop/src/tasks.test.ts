// The queue of outbound calls on a node: called, counted, and through a kill -9 neither lost nor called twice.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { ended } from "./child.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, startSippServer } from "./sipp.ts";
import { eventually } from "./wait.ts";

interface Task {
  id: string;
  target: string;
  state: string;
  outcome: string | null;
  reason: string | null;
  callId: string | null;
  attempts: { callId: string; outcome: string | null; sipStatus: number | null }[];
  waitingFor: string | null;
}

describe("the queue of calls", { concurrency: 2 }, () => {
  const peers = [sipp];

  async function queue(ringdown: RingdownProcess, body: object): Promise<Task[]> {
    return (await ringdown.api.json<{ tasks: Task[] }>("POST", "/api/v2/agent/outboundCall", body)).tasks;
  }
  function until(ringdown: RingdownProcess, id: string, state: string): Promise<Task> {
    let last: Task | undefined;
    return eventually(
      () => `task ${id} is ${state}: ${JSON.stringify(last)}`,
      async () => {
        last = (await ringdown.api.json<{ task: Task }>("GET", `/api/v2/tasks/${id}`)).task;
        return last.state === state && last;
      },
    );
  }
  async function allow(ringdown: RingdownProcess): Promise<void> {
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
  }

  peerTest("each outcome is told, one call after another", { peers }, async () => {
    const ringdown = await RingdownProcess.start();
    try {
      await allow(ringdown);
      await ringdown.api.json("POST", "/api/v2/tasks/limits", { concurrencyPerRun: 1 });
      const answers = await startSippServer({ scenario: "callee", values: { ring: "50" } });
      const busy = await startSippServer({ scenario: "callee-refuses", values: { status: "486 Busy Here" } });
      const tasks = await queue(ringdown, {
        targets: [answers, busy].map(({ address }) => ({ target: `sip:desk@127.0.0.1:${address.port}` })),
        retryPolicy: { delaysSeconds: [60] },
      });
      const [first, second] = tasks;
      assert.ok(first && second);
      const running = await until(ringdown, first.id, "running");
      const waits = (await ringdown.api.json<{ task: Task }>("GET", `/api/v2/tasks/${second.id}`)).task;
      assert.deepEqual([waits.state, waits.waitingFor], ["pending", "concurrency"]);
      const callId = running.attempts[0]?.callId ?? "";
      await eventually("it is answered", async () => (await ringdown.api.call(callId)).state === "active");
      await ringdown.api.json("POST", `/api/v2/calls/${callId}/hangup`);
      const done = await until(ringdown, first.id, "finished");
      assert.equal(done.attempts[0]?.sipStatus, 200);
      const again = await eventually("the busy one is to be tried again", async () => {
        const { task } = await ringdown.api.json<{ task: Task }>("GET", `/api/v2/tasks/${second.id}`);
        return task.attempts.length === 1 && task.state === "pending" && task;
      });
      assert.deepEqual(
        [again.outcome, again.waitingFor, again.attempts[0]?.sipStatus],
        ["busy", "retry", 486],
      );
      for (const server of [answers, busy]) assertSippPassed(await server.result);
      const steps = (await ringdown.api.call(callId)).timeline as { type: string; taskId?: string }[];
      assert.match(JSON.stringify(steps[0]), new RegExp(first.id));
    } finally {
      await ringdown.stop();
    }
  });

  peerTest("kill -9 while one rings: none is lost, none is called twice", { peers }, async () => {
    const dataFolder = mkdtempSync(join(tmpdir(), "ringdown-queue-"));
    let ringdown = await RingdownProcess.start({ dataFolder });
    try {
      await allow(ringdown);
      await ringdown.api.json("POST", "/api/v2/tasks/limits", { concurrencyPerRun: 1 });
      // It waits for a CANCEL that never comes, or an INVITE that must not.
      const ringing = await startSippServer({ scenario: "callee-rings", limitSeconds: 12 });
      const next = await startSippServer({ scenario: "callee-refuses", values: { status: "603 Decline" } });
      const targets = [ringing, next].map(({ address }) => `sip:desk@127.0.0.1:${address.port}`);
      const [first, second] = await queue(ringdown, { targets });
      assert.ok(first && second);
      const { callId } = await until(ringdown, first.id, "running");
      await eventually("it rings", async () =>
        (await ringdown.api.call(callId ?? "")).timeline.some(({ type }) => type === "progress"),
      );
      ringdown.child.kill("SIGKILL");
      await ended(ringdown.child);

      ringdown = await RingdownProcess.start({ dataFolder });
      const settled = await until(ringdown, first.id, "errored");
      assert.deepEqual([settled.outcome, settled.attempts.length], ["transient_failure", 1]);
      assert.match(settled.reason ?? "", /Ringdown stopped while the call was under way/);
      const declined = await until(ringdown, second.id, "errored");
      assert.deepEqual([declined.outcome, declined.attempts.length], ["rejected", 1]);
      assertSippPassed(await next.result);
      const { messages } = await ringing.result;
      const invites = messages
        .filter(({ name }) => name === "INVITE")
        .map((invite) => invite.header("Call-ID"));
      assert.equal(new Set(invites).size, 1, "one INVITE of one call");
    } finally {
      await ringdown.stop();
      rmSync(dataFolder, { recursive: true, force: true });
    }
  });
});
