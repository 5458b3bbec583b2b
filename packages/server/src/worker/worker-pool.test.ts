import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TestClock } from "../calls/call-test-kit.ts";
import type { FromWorker, LegEvent, ToWorker } from "./protocol.ts";
import type { RunAgentFunction, WorkerChild } from "./worker-handle.ts";
import { WorkerPool } from "./worker-pool.ts";

/** A worker that answers as it is told. */
class FakeChild implements WorkerChild {
  readonly pid: number;
  readonly commands: ToWorker[] = [];
  hung = false;
  /** Codes with which commands fail, by type. */
  readonly failures = new Map<string, string>();
  #listener: ((message: FromWorker) => void) | undefined;
  #exit: ((how: string) => void) | undefined;

  constructor(pid: number) {
    this.pid = pid;
  }
  send(message: ToWorker): void {
    this.commands.push(message);
    if (this.hung) return;
    queueMicrotask(() => {
      if (message.type === "ping") {
        this.emit({
          type: "pong",
          sequence: message.sequence,
          stats: { legs: 0, rssBytes: 1, tickLatenessP99Ms: null },
        });
        return;
      }
      if (message.type === "functionResult") return;
      const code = this.failures.get(message.type);
      if (code !== undefined)
        this.emit({ type: "failure", requestId: message.requestId, code, message: code });
      else this.emit({ type: "result", requestId: message.requestId, value: { sdp: `from ${this.pid}` } });
    });
  }
  onMessage(listener: (message: FromWorker) => void): void {
    this.#listener = listener;
  }
  onExit(listener: (how: string) => void): void {
    this.#exit = listener;
  }
  emit(message: FromWorker): void {
    this.#listener?.(message);
  }
  kill(): void {
    this.dies("signal SIGKILL");
  }
  dies(how: string): void {
    this.#exit?.(how);
  }
  get types(): string[] {
    return this.commands.map((command) => command.type);
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function setUp(
  size: number,
  prepare: (child: FakeChild) => void = () => undefined,
  runFunction?: RunAgentFunction,
) {
  const clock = new TestClock();
  const children: FakeChild[] = [];
  const log: string[] = [];
  const write = (_fields: object, message: string): void => void log.push(message);
  const pool = new WorkerPool({
    size,
    rtpPorts: [10_000, 10_099],
    fork: () => {
      const child = new FakeChild(100 + children.length);
      prepare(child);
      children.push(child);
      return child;
    },
    log: { info: write, warn: write, error: write },
    after: (ms, action) => clock.after(ms, action),
    profiles: async () => [],
    ...(runFunction && { runFunction }),
  });
  await pool.start();
  const child = (index: number): FakeChild => {
    const one = children[index];
    assert.ok(one, `child ${index} was started`);
    return one;
  };
  return { clock, pool, children, child, log };
}

const events: LegEvent[] = [];
const silent = { onEvent: (event: LegEvent) => void events.push(event), onWorkerDied: () => undefined };
const leg = (legId: string) => ({ legId, localAddress: "127.0.0.1", offer: "offer" });

describe("the worker pool", () => {
  test("puts each leg on the least loaded worker", async () => {
    const { pool } = await setUp(2);
    const pids: number[] = [];
    for (const id of ["a", "b", "c"]) pids.push((await pool.openLeg(leg(id), silent)).workerPid);
    assert.deepEqual(pids, [100, 101, 100]);
    const last = await pool.openLeg(leg("d"), silent);
    await last.close("operator");
    assert.equal((await pool.openLeg(leg("e"), silent)).workerPid, last.workerPid);
  });

  test("tries another worker when one has no port left, and says so when none has", async () => {
    const { pool, child } = await setUp(2, (one) =>
      one.failures.set("openLeg", one.pid === 100 ? "no_port" : ""),
    );
    child(1).failures.clear();
    assert.equal((await pool.openLeg(leg("a"), silent)).workerPid, 101);
    child(1).failures.set("openLeg", "no_port");
    await assert.rejects(pool.openLeg(leg("b"), silent), { code: "no_port" });
  });

  test("does not try again what another worker would refuse as well", async () => {
    const { pool, child } = await setUp(2, (one) => one.failures.set("openLeg", "no_codec"));
    await assert.rejects(pool.openLeg(leg("a"), silent), { code: "no_codec" });
    assert.equal(child(1).types.includes("openLeg"), false);
  });

  test("a leg is opened beside another one, in its worker or nowhere", async () => {
    const { pool, child } = await setUp(3);
    const pids: number[] = [];
    for (const id of ["a", "b"]) pids.push((await pool.openLeg(leg(id), silent)).workerPid);
    const beside = await pool.openLeg({ ...leg("c"), beside: "b" }, silent);
    assert.equal(beside.workerPid, pids[1]);
    child(1).failures.set("openLeg", "no_port");
    await assert.rejects(pool.openLeg({ ...leg("d"), beside: "b" }, silent), { code: "no_port" });
    await assert.rejects(pool.openLeg({ ...leg("e"), beside: "nobody" }, silent), { code: "leg_unknown" });
    await beside.bridge("b");
    const last = child(1).commands.at(-1);
    assert.ok(last?.type === "bridge");
    assert.deepEqual(last, {
      type: "bridge",
      requestId: last.requestId,
      legId: "c",
      otherId: "b",
      holdAudio: { type: "hold", path: null },
    });
  });

  test("a worker that dies takes its own legs, and another takes its place", async () => {
    const { pool, clock, child, children } = await setUp(2);
    const died: string[] = [];
    const listen = (id: string) => ({
      onEvent: () => undefined,
      onWorkerDied: (how: string) => died.push(`${id} ${how}`),
    });
    const first = await pool.openLeg(leg("a"), listen("a"));
    await pool.openLeg(leg("b"), listen("b"));
    child(0).hung = true;
    const waiting = first.say("hello");
    child(0).dies("signal SIGSEGV");
    await assert.rejects(waiting, { code: "worker_gone" });
    assert.deepEqual(died, ["a signal SIGSEGV"]);
    await assert.rejects(first.sendDtmf("1"), { code: "worker_gone" });
    assert.equal(pool.ready, 1);
    clock.advance(0);
    await turn();
    assert.equal(children.length, 3);
    assert.equal(pool.ready, 2);
    assert.deepEqual(child(2).commands[0], { ...child(0).commands[0] });
  });

  test("a worker that dies again and again is started ever more slowly", async () => {
    const { clock, child, children } = await setUp(1);
    child(0).dies("exit code 1");
    clock.advance(0);
    await turn();
    child(1).dies("exit code 1");
    clock.advance(249);
    assert.equal(children.length, 2);
    clock.advance(1);
    await turn();
    assert.equal(children.length, 3);
    for (let second = 0; second < 60; second++) {
      clock.advance(1_000); // it lives: the next death counts as the first
      await turn();
    }
    child(2).dies("exit code 1");
    clock.advance(0);
    assert.equal(children.length, 4);
  });

  test("a call that comes while no worker is up waits for the new one, but not for ever", async () => {
    const { pool, clock, child } = await setUp(1, (one) => {
      one.hung = one.pid > 101;
    });
    child(0).dies("exit code 1");
    const soon = pool.openLeg(leg("a"), silent);
    clock.advance(0);
    assert.equal((await soon).workerPid, 101);
    child(1).dies("exit code 1");
    const never = assert.rejects(pool.openLeg(leg("b"), silent), { code: "no_worker" });
    clock.advance(8_000);
    await never;
  });

  test("a worker that hangs is killed and replaced", async () => {
    const { clock, child, children, log } = await setUp(1);
    for (let beat = 0; beat < 20; beat++) {
      clock.advance(1_000);
      await turn();
    }
    assert.equal(children.length, 1);
    child(0).hung = true;
    for (let beat = 0; beat < 10; beat++) {
      clock.advance(1_000);
      await turn();
    }
    assert.equal(children.length, 2);
    assert.ok(log.includes("call worker hangs: it is killed"));
  });

  test("a worker that is still loading has a minute before it counts as hung", async () => {
    const { clock, child, children, log } = await setUp(1, (one) => {
      one.hung = one.pid > 100;
    });
    child(0).dies("signal SIGSEGV");
    for (let beat = 0; beat < 50; beat++) {
      clock.advance(1_000);
      await turn();
    }
    assert.equal(children.length, 2);
    assert.ok(!log.includes("call worker hangs: it is killed"));
    for (let beat = 0; beat < 15; beat++) {
      clock.advance(1_000);
      await turn();
    }
    assert.ok(log.includes("call worker hangs: it is killed"));
  });

  test("pings left unanswered while it loaded do not count once it is ready", async () => {
    const { pool, clock, child, children } = await setUp(1, (one) => {
      one.hung = one.pid > 100;
    });
    const beats = async (count: number): Promise<void> => {
      for (let beat = 0; beat < count; beat++) {
        clock.advance(1_000);
        await turn();
      }
    };
    child(0).dies("signal SIGSEGV");
    await beats(20);
    const configure = child(1).commands.find((command) => command.type === "configure");
    assert.ok(configure !== undefined && "requestId" in configure);
    child(1).emit({ type: "result", requestId: configure.requestId, value: null });
    await turn();
    assert.equal(pool.ready, 1);
    await beats(1);
    child(1).hung = false;
    await beats(20);
    assert.equal(children.length, 2);
  });

  test("events come to their own leg, and no longer once it is closed", async () => {
    const { pool, child } = await setUp(1);
    const seen: LegEvent[] = [];
    const open = await pool.openLeg(leg("a"), {
      onEvent: (event) => seen.push(event),
      onWorkerDied: () => undefined,
    });
    const event: LegEvent = { type: "mediaTimeout", silentMs: 1 };
    child(0).emit({ type: "leg", legId: "a", event });
    child(0).emit({ type: "leg", legId: "b", event });
    await open.close("operator");
    child(0).emit({ type: "leg", legId: "a", event });
    assert.deepEqual(seen, [event]);
  });

  test("is closed with no timer left, and kills a worker that will not end", async () => {
    const { pool, clock, child } = await setUp(2);
    child(1).hung = true;
    const closed = pool.close();
    await turn();
    clock.advance(3_000);
    await closed;
    assert.equal(child(0).types.at(-1), "shutdown");
    await assert.rejects(pool.openLeg(leg("a"), silent), { code: "no_worker" });
  });
});

test("a worker's functions are run here; what it gives up, and its death, stop them", async () => {
  const signals: AbortSignal[] = [];
  const { child } = await setUp(1, undefined, async ({ agentId, name, arguments: given }, signal) => {
    signals.push(signal);
    if (name === "slow")
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    return { output: `${agentId} ${name} ${JSON.stringify(given)}`, failed: false };
  });
  const worker = child(0);
  const run = (runId: number, name: string) =>
    worker.emit({ type: "runFunction", runId, talkId: "a", agentId: "agt_1", name, arguments: { a: 1 } });
  const results = () => worker.commands.filter(({ type }) => type === "functionResult");
  run(1, "quick");
  await turn();
  assert.deepEqual(results(), [
    { type: "functionResult", runId: 1, output: 'agt_1 quick {"a":1}', failed: false },
  ]);
  run(2, "slow");
  worker.emit({ type: "cancelFunction", runId: 2 });
  await turn();
  assert.equal(results().length, 2);
  run(3, "slow");
  worker.dies("signal SIGSEGV");
  await turn();
  assert.equal(signals[2]?.aborted, true);
  assert.equal(results().length, 2);
});
