// The whole node as a process, called by our own SIP and media.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { readWav } from "@ringdown/media";
import { ChildNode } from "./cli/child-node.ts";
import { Caller, type CallerCall } from "./cli/demo-caller.ts";
import type { Agent, CallRecord, RejectedCall } from "./store/records.ts";

const dataDir = mkdtempSync(join(tmpdir(), "ringdown-test-"));
const lines: string[] = [];
/** Resolved by the next log line that fits. */
const watchers = new Set<{ fits(line: string): boolean; resolve(line: string): void }>();
let node: ChildNode;
let caller: Caller;

function onLine(line: string): void {
  lines.push(line);
  for (const watcher of watchers) {
    if (!watcher.fits(line)) continue;
    watchers.delete(watcher);
    watcher.resolve(line);
  }
}

function nextLine(fits: (line: string) => boolean): Promise<string> {
  return new Promise((resolve) => watchers.add({ fits, resolve }));
}

const rtpPorts = [21_000, 21_199] as const;

before(async () => {
  node = await ChildNode.start({ dataDir, onLine, environment: { NODE_TEST_CONTEXT: undefined } });
  caller = await Caller.open({ rtpPorts });
  await node.api("POST", "/api/v2/agents", {
    username: "echo-line",
    title: "Echo",
    mode: "echo",
    phoneNumbers: ["+15550100200"],
  });
});

after(async () => {
  await caller?.close();
  if (node !== undefined) {
    node.process.kill("SIGTERM");
    await node.exited;
  }
  rmSync(dataDir, { recursive: true, force: true });
});

interface Dial {
  from?: string;
  transport?: "udp" | "tcp";
  withoutOffer?: boolean;
  caller?: Caller;
}

function dial(user: string, given: Dial = {}): Promise<CallerCall> {
  const transport = given.transport ?? "udp";
  const { address, port } = transport === "udp" ? node.udp : node.tcp;
  return (given.caller ?? caller).dial({
    uri: `sip:${user}@127.0.0.1`,
    from: given.from ?? "<sip:+15550100@127.0.0.1>",
    target: { transport, address, port },
    ...(given.withoutOffer === undefined ? {} : { withoutOffer: given.withoutOffer }),
  });
}

/** The record of a call that is over: asked for again until the node has written it, at most 10 s. */
async function ended(call: CallerCall, of: ChildNode = node): Promise<CallRecord> {
  const until = performance.now() + 10_000;
  for (;;) {
    const { calls } = await of.api<{ calls: CallRecord[] }>("GET", "/api/v2/calls");
    const mine = calls.filter((one) => one.sipCallId === call.sip.callId);
    assert.ok(mine.length <= 1, "one record a call");
    const [found] = mine;
    if (found?.state === "ended") {
      return (await of.api<{ call: CallRecord }>("GET", `/api/v2/calls/${found.id}`)).call;
    }
    assert.ok(performance.now() < until, `no ended record of ${call.sip.callId}: ${JSON.stringify(mine)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The record of a call that runs. */
async function active(call: CallerCall): Promise<CallRecord> {
  const { calls } = await node.api<{ calls: CallRecord[] }>("GET", "/api/v2/calls?state=active");
  const mine = calls.find((one) => one.sipCallId === call.sip.callId);
  assert.ok(mine !== undefined);
  return mine;
}

/** Waits, at most 30 s, until the timeline of a call tells of this step. */
async function step(id: string, type: string): Promise<void> {
  const until = performance.now() + 30_000;
  for (;;) {
    const { call } = await node.api<{ call: CallRecord }>("GET", `/api/v2/calls/${id}`);
    if (steps(call).includes(type)) return;
    assert.ok(performance.now() < until, `${type} in ${steps(call)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const steps = (call: CallRecord): string[] => call.timeline.map((step) => step.type);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A tone that comes back from an echo line. */
const tone = Int16Array.from(
  { length: 8_000 },
  (_, at) => 8_000 * Math.sin((2 * Math.PI * 440 * at) / 8_000),
);

describe("a node", () => {
  for (const given of [{}, { transport: "tcp" }, { withoutOffer: true }] as const) {
    test(`answers, sends back what it hears, and records: ${JSON.stringify(given)}`, async () => {
      const call = await dial("echo-line", given);
      await call.answered;
      await Promise.all([call.speak(tone), call.hears.speech()]);
      call.hangUp();
      const record = await ended(call);
      assert.equal(record.endCode, "caller_hung_up");
      assert.equal(record.endedBy, "caller");
      assert.equal(record.direction, "inbound");
      assert.equal(record.codec, "PCMU");
      assert.equal(record.from, "+15550100");
      assert.equal(record.to, "echo-line");
      assert.ok((record.duration ?? 0) >= 0.9, `duration ${record.duration}`);
      assert.equal(record.legs.length, 1);
      for (const step of ["invite_received", "answer_sent", "ack_received", "media_first_packet", "ended"]) {
        assert.ok(steps(record).includes(step), `${step} in ${steps(record)}`);
      }
      assert.ok(record.recording !== null);
      const [year, month, day] = record.startedAt.slice(0, 10).split("-");
      const wav = await readWav(join(dataDir, `recordings/${year}/${month}/${day}/${record.id}.wav`));
      assert.equal(wav.samples.length, 2);
      for (const channel of wav.samples) assert.ok(channel.some((sample) => Math.abs(sample) > 4_000));
    });
  }

  test("an agent made by the API takes calls at once, by number as well", async () => {
    const { agent } = await node.api<{ agent: Agent }>("POST", "/api/v2/agents", {
      username: "second",
      title: "Second",
      mode: "echo",
      phoneNumbers: ["+15550100300"],
    });
    for (const user of ["second", "SECOND", "+15550100300"]) {
      const call = await dial(user);
      await call.answered;
      call.hangUp();
      assert.equal((await ended(call)).agentId, agent.id);
    }
  });

  test("the agent demo speaks, follows a key, takes a message, says goodbye and hangs up", async () => {
    const call = await dial("demo");
    await call.answered;
    await call.hears.speech();
    await call.leg.sendDtmf("2");
    const { id } = await active(call);
    await step(id, "message_started");
    await call.speak(tone);
    await call.leg.sendDtmf("#");
    await step(id, "message_taken");
    await call.leg.sendDtmf("9");
    assert.equal((await call.ended).cause, "bye");
    const record = await ended(call);
    assert.equal(record.endedBy, "agent");
    assert.equal(record.endCode, "agent_goodbye");
    const said = record.callDialog.filter(({ role }) => role === "agent").map(({ content }) => content);
    assert.match(said[0] ?? "", /recorded/);
    assert.match(said.at(-1) ?? "", /Goodbye/);
    assert.ok(record.callDialog.some(({ role, content }) => role === "user" && content === "[9]"));
    assert.equal(record.messages.length, 1);
    const [year, month, day] = record.startedAt.slice(0, 10).split("-");
    const message = await readWav(
      join(dataDir, `recordings/${year}/${month}/${day}/${record.id}-message-1.wav`),
    );
    assert.ok(message.samples[0]?.some((sample) => Math.abs(sample) > 4_000));
  });

  test("refusals are recorded", async () => {
    const cases = [
      ["echo-line", { from: "<sip:1001@127.0.0.1>" }, 404, "caller_not_e164"],
      ["nobody", {}, 404, "agent_unknown"],
    ] as const;
    for (const [user, given, status] of cases) {
      assert.equal((await (await dial(user, given)).ended).status, status);
    }
    const stranger = await Caller.open({ rtpPorts: [21_200, 21_209], address: "127.0.0.2" });
    const end = await (await dial("echo-line", { caller: stranger })).ended;
    await stranger.close();
    assert.equal(end.status, 403);
    const { rejectedCalls } = await node.api<{ rejectedCalls: RejectedCall[] }>(
      "GET",
      "/api/v2/rejectedCalls",
    );
    for (const code of ["caller_not_e164", "agent_unknown", "source_not_listed"]) {
      assert.ok(
        rejectedCalls.some((one) => one.code === code),
        `${code} in ${JSON.stringify(rejectedCalls)}`,
      );
    }
  });

  test("CANCEL while it rings", async () => {
    await node.api("POST", "/api/v2/agents", {
      username: "slow",
      title: "Slow",
      mode: "echo",
      preAnswerRingTime: 30,
    });
    const call = await dial("slow");
    await new Promise<void>((resolve) => {
      call.sip.onProgress = (status) => {
        if (status === 180) resolve();
      };
    });
    call.hangUp();
    const record = await ended(call);
    assert.equal(record.endCode, "cancelled");
    assert.equal(record.answeredAt, null);
    assert.equal(record.duration, 0);
  });

  test("hung up by the API", async () => {
    const call = await dial("echo-line");
    await call.answered;
    const mine = await active(call);
    await node.api("POST", `/api/v2/calls/${mine.id}/hangup`);
    assert.equal((await call.ended).cause, "bye");
    assert.equal((await ended(call)).endCode, "operator");
    await assert.rejects(node.api("POST", `/api/v2/calls/${mine.id}/hangup`), /409.*call_not_active/s);
  });

  test("hold and resume", async () => {
    const call = await dial("echo-line");
    await call.answered;
    for (const hold of [true, false]) {
      const answer = await new Promise<string | undefined>((resolve, reject) => {
        call.sip.onReinviteAnswer = (result) =>
          result.ok ? resolve(result.sdp) : reject(new Error(String(result.status)));
        call.sip.reinvite(call.leg.hold(hold));
      });
      assert.ok(answer !== undefined);
      call.leg.acceptAnswer(answer);
      assert.match(answer, hold ? /a=recvonly/ : /a=sendrecv/);
    }
    call.hears.reset();
    await Promise.all([call.speak(tone), call.hears.speech()]);
    call.hangUp();
    const record = await ended(call);
    assert.ok(steps(record).includes("hold") && steps(record).includes("resume"), String(steps(record)));
  });

  test("a worker that is killed: BYE, a record that says so, and the next call is taken", async () => {
    const ready = lines.map((line) =>
      line.includes("call worker ready") ? (JSON.parse(line).pid as number) : 0,
    );
    const pid = ready.filter((one) => one > 0).at(-1);
    assert.ok(pid !== undefined);
    const call = await dial("echo-line");
    await call.answered;
    await Promise.all([call.speak(tone), call.hears.speech()]);
    const replaced = nextLine((line) => line.includes("call worker ready"));
    process.kill(pid, "SIGKILL");
    assert.equal((await call.ended).cause, "bye");
    const record = await ended(call);
    assert.equal(record.endCode, "worker_died");
    assert.equal(record.endedBy, "system");
    // What was recorded until then can be read, or nothing had reached the disk yet.
    if (record.recording !== null) {
      const [year, month, day] = record.startedAt.slice(0, 10).split("-");
      await readWav(join(dataDir, `recordings/${year}/${month}/${day}/${record.id}.wav`));
    }
    await replaced;
    const next = await dial("echo-line");
    await next.answered;
    await Promise.all([next.speak(tone), next.hears.speech()]);
    next.hangUp();
    assert.equal((await ended(next)).endCode, "caller_hung_up");
  });
});

describe("the end of a node", () => {
  test("SIGTERM: running calls may finish, new ones get 503, then exit code 0", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ringdown-test-"));
    const other = await ChildNode.start({
      dataDir: folder,
      environment: { RINGDOWN_RTP_PORTS: "20200-20249", NODE_TEST_CONTEXT: undefined },
    });
    try {
      await other.api("POST", "/api/v2/agents", { username: "echo-line", title: "Echo", mode: "echo" });
      const target = { transport: "udp" as const, ...other.udp };
      const from = "<sip:+15550100@127.0.0.1>";
      const call = await caller.dial({ uri: "sip:echo-line@127.0.0.1", from, target });
      await call.answered;
      assert.equal((await fetch(`${other.http}/readyz`)).status, 200);
      other.process.kill("SIGTERM");
      // As through npm, which sends on what the whole group got: one request, not two.
      other.process.kill("SIGINT");
      while ((await fetch(`${other.http}/readyz`)).status === 200)
        await new Promise((done) => setTimeout(done, 20));
      assert.equal((await fetch(`${other.http}/readyz`)).status, 503);
      const late = await caller.dial({ uri: "sip:echo-line@127.0.0.1", from, target });
      assert.equal((await late.ended).status, 503);
      await Promise.all([call.speak(tone), call.hears.speech()]);
      call.hangUp();
      assert.equal(await other.exited, 0);
      assert.ok(statSync(join(folder, "ringdown.db")).size > 0);
    } finally {
      other.process.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("kill -9: the worker ends too, and the next start closes the call with its recording", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ringdown-test-"));
    const given = { RINGDOWN_RTP_PORTS: "20300-20349", NODE_TEST_CONTEXT: undefined };
    const said: string[] = [];
    const other = await ChildNode.start({
      dataDir: folder,
      environment: given,
      onLine: (line) => said.push(line),
    });
    try {
      const ready = said.find((line) => line.includes("call worker ready"));
      const { pid } = JSON.parse(ready ?? "{}") as { pid: number };
      await other.api("POST", "/api/v2/agents", { username: "echo-line", title: "Echo", mode: "echo" });
      const call = await caller.dial({
        uri: "sip:echo-line@127.0.0.1",
        from: "<sip:+15550100@127.0.0.1>",
        target: { transport: "udp", ...other.udp },
      });
      await call.answered;
      await Promise.all([call.speak(tone), call.hears.speech()]);
      other.process.kill("SIGKILL");
      await other.exited;
      const until = performance.now() + 10_000;
      while (isAlive(pid)) {
        assert.ok(performance.now() < until, "the worker outlives its node");
        await new Promise((done) => setTimeout(done, 50));
      }
      call.hangUp();
      const again = await ChildNode.start({ dataDir: folder, environment: given });
      const record = await ended(call, again);
      assert.equal(record.endCode, "node_restarted");
      assert.ok(record.recording !== null);
      const [year, month, day] = record.startedAt.slice(0, 10).split("-");
      const wav = await readWav(join(folder, `recordings/${year}/${month}/${day}/${record.id}.wav`));
      assert.ok(wav.samples[0]?.some((sample) => Math.abs(sample) > 4_000));
      assert.equal(await again.stop(), 0);
    } finally {
      other.process.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("SIGTERM with a limit of 0 s: the running call gets a BYE", async () => {
    const folder = mkdtempSync(join(tmpdir(), "ringdown-test-"));
    const given = {
      RINGDOWN_RTP_PORTS: "20250-20299",
      RINGDOWN_DRAIN_SECONDS: "0",
      NODE_TEST_CONTEXT: undefined,
    };
    const other = await ChildNode.start({ dataDir: folder, environment: given });
    try {
      await other.api("POST", "/api/v2/agents", { username: "echo-line", title: "Echo", mode: "echo" });
      const call = await caller.dial({
        uri: "sip:echo-line@127.0.0.1",
        from: "<sip:+15550100@127.0.0.1>",
        target: { transport: "udp", ...other.udp },
      });
      await call.answered;
      other.process.kill("SIGTERM");
      assert.equal((await call.ended).cause, "bye");
      assert.equal(await other.exited, 0);
      const again = await ChildNode.start({ dataDir: folder, environment: given });
      const record = await ended(call, again);
      assert.equal(record.endCode, "node_shutdown");
      assert.equal(await again.stop(), 0);
    } finally {
      other.process.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
