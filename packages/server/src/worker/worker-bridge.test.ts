// Bridges inside a worker, over real sockets and in virtual time: each phone is a leg of another engine.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, type TestContext, test } from "node:test";
import { MediaEngine, type MediaLeg, readWav, ringbackOf } from "@ringdown/media";
import { type AgentProfile, Announcement, type LegPort, type VoiceLog } from "@ringdown/voice";
import { echoProfile, TestClock } from "../calls/call-test-kit.ts";
import type { Command, LegEvent } from "./protocol.ts";
import { WorkerLegs } from "./worker-legs.ts";

const LOCAL = { localAddress: "127.0.0.1" };
const quiet: VoiceLog = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
let nextPort = 23_000 + (process.pid % 400) * 24;
type Plain = Command extends infer C ? (C extends Command ? Omit<C, "requestId"> : never) : never;

interface Phone {
  leg: MediaLeg;
  /** Level that it hears, tick by tick. */
  heard: number[];
  keys: string[];
}

async function setUp(t: TestContext) {
  const clock = { time: 1000, now: () => clock.time, wallClock: () => 1_795_000_000_000 + clock.time };
  const timers = new TestClock();
  const engineOn = (pairs: number): MediaEngine => {
    const range = [nextPort, nextPort + 2 * pairs - 1] as const;
    nextPort += 2 * pairs;
    return new MediaEngine({ portRange: range, bindAddress: "127.0.0.1", clock, autoTick: false });
  };
  const inside = engineOn(4);
  const outside = engineOn(4);
  const events: string[] = [];
  const conversation: string[] = [];
  const ports: LegPort[] = [];
  // each sentence is spoken as a level of its own
  const sharedVoice = () => ({
    synthesise: async (text: string) => new Int16Array(1600).fill(text.startsWith("First") ? 5000 : 7000),
  });
  const legs = new WorkerLegs({
    createEngine: () => inside,
    loadVoice: async () => ({
      Announcement,
      sharedVoice: sharedVoice as unknown as typeof import("@ringdown/voice").sharedVoice,
      askModel: async () => assert.fail("no question here"),
      chatByText: async () => assert.fail("no chat here"),
      listenForSpeech: async () => () => undefined,
      preload: async () => undefined,
      warmUp: async () => undefined,
      startConversation: async (_profile: AgentProfile, port: LegPort) => {
        ports.push(port);
        port.setSource({
          read: (frame) => conversation.at(-1) !== "suspend" && frame.fill(-4000).length > 0,
        });
        return {
          say: async () => undefined,
          suspend: () => void conversation.push("suspend"),
          resume: (note) => void conversation.push(`resume ${note}`),
          stop: async () => undefined,
        };
      },
    }),
    runFunction: () => async () => ({ output: "", failed: true }),
    emitChat: () => assert.fail("no chat here"),
    emit: (legId, event: LegEvent) =>
      events.push(
        `${legId} ${event.type === "timeline" ? event.name : event.type}${event.type === "otherHolds" ? ` ${event.onHold}` : ""}`,
      ),
    log: quiet,
    after: (ms, action) => timers.after(ms, action),
  });
  t.after(async () => {
    await legs.close();
    await outside.close();
  });
  const run = (command: Plain): Promise<unknown> => legs.carryOut({ ...command, requestId: 1 } as Command);
  await run({ type: "configure", settings: { rtpPorts: [10_000, 10_099] } });

  const phones: Phone[] = [];
  const phone = async (legId: string, level: number): Promise<Phone> => {
    const leg = await outside.createLeg(LOCAL);
    const opened = (await run({ type: "openLeg", legId, ...LOCAL, offer: leg.offer() })) as { sdp: string };
    leg.acceptAnswer(opened.sdp);
    const one: Phone = { leg, heard: [], keys: [] };
    leg.source = { read: (frame) => frame.fill(level).length > 0 };
    leg.addSink({ write: (frame) => one.heard.push(frame[80] ?? 0) });
    leg.onDtmf = (digit) => one.keys.push(digit);
    leg.start();
    await run({ type: "startMedia", legId, recordingPath: null, line: null });
    phones.push(one);
    return one;
  };
  const ticks = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      clock.time += 10;
      outside.tick();
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
      clock.time += 10;
      inside.tick();
      for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  /** What a phone hears by now: ticks, until it is that. */
  const hears = async (one: Phone, level: number): Promise<void> => {
    for (let tick = 0; tick < 200; tick++) {
      await ticks(1);
      if (one.heard.slice(-3).every((heard) => Math.abs(heard - level) < 250) && one.heard.length > 3) return;
    }
    assert.fail(`${level} was never heard: ${one.heard.slice(-10)}`);
  };
  return { run, phone, ticks, hears, events, conversation, ports, timers };
}

const hold = { type: "hold", path: null } as const;

describe("bridges in a worker", () => {
  test("agent, waiting, the other party, the agent again", async (t) => {
    const { run, phone, hears, ticks, conversation, events } = await setUp(t);
    const caller = await phone("a", 1000);
    await run({
      type: "startLeg",
      legId: "a",
      profile: echoProfile,
      from: "+15550100",
      to: "demo",
      inputs: { direction: "inbound" },
      recordingPath: null,
      messagePrefix: "m-",
    });
    await hears(caller, -4000);
    await run({ type: "suspendConversation", legId: "a", listen: false });
    await run({ type: "playTone", legId: "a", sound: { type: "tone", tone: ringbackOf("+49") } });
    await ticks(20);
    assert.ok(Math.max(...caller.heard.slice(-10)) > 1000, "ringback");
    const person = await phone("b", 2000);
    await run({ type: "bridge", legId: "a", otherId: "b", holdAudio: hold });
    await hears(caller, 2000);
    await hears(person, 1000);
    await assert.rejects(run({ type: "bridge", legId: "a", otherId: "b", holdAudio: hold }), {
      code: "bridge_impossible",
    });
    const pressed = person.leg.sendDtmf("7");
    await ticks(30);
    await pressed;
    assert.deepEqual(caller.keys, ["7"], "a key passes");
    assert.ok(events.includes("b dtmf_received"), "and is told");
    await run({ type: "pressKey", legId: "b", digit: "7", durationMs: 100 });
    await run({ type: "pressKey", legId: "b", digit: "8", durationMs: 100 });
    await ticks(30);
    assert.deepEqual(caller.keys, ["7", "8"], "one by INFO passes, but not one that the audio had too");
    await run({ type: "closeLeg", legId: "b", reason: "caller-hung-up" });
    assert.equal(events.at(-1), "a unbridged");
    await hears(caller, 0);
    await run({ type: "resumeConversation", legId: "a", note: "They hung up.", next: null });
    assert.deepEqual(conversation, ["suspend", "resume They hung up."]);
    await hears(caller, -4000);
  });

  test("hold on one leg reaches the other as hold audio and as an event; unbridging tells nobody", async (t) => {
    const { run, phone, hears, ticks, events } = await setUp(t);
    const caller = await phone("a", 1000);
    const person = await phone("b", 2000);
    await run({ type: "bridge", legId: "b", otherId: "a", holdAudio: hold });
    await hears(caller, 2000);
    const renegotiate = async (offer: string): Promise<void> => {
      const answer = (await run({ type: "renegotiate", legId: "b", offer })) as { sdp: string };
      person.leg.acceptAnswer(answer.sdp);
    };
    person.leg.source = undefined;
    // a phone without music of its own
    await renegotiate(person.leg.hold(true).replace("a=sendonly", "a=inactive"));
    assert.equal(events.at(-1), "a otherHolds true");
    await ticks(40);
    const music = caller.heard.slice(-20);
    assert.ok(new Set(music).size > 10 && Math.max(...music.map(Math.abs)) > 300, `a melody: ${music}`);
    person.leg.source = { read: (frame) => frame.fill(2000).length > 0 };
    await renegotiate(person.leg.hold(false));
    assert.equal(events.at(-1), "a otherHolds false");
    await hears(caller, 2000);
    await hears(person, 1000);
    await run({ type: "unbridge", legId: "a" });
    await run({ type: "unbridge", legId: "a" });
    assert.equal(events.at(-1), "a otherHolds false");
    await hears(caller, 0);
    await hears(person, 0);
  });

  test("an announcement is heard by one leg alone, in place of the one before it, and answered when heard", async (t) => {
    const { run, phone, hears, ticks } = await setUp(t);
    const caller = await phone("a", 1000);
    const person = await phone("b", 2000);
    await run({ type: "bridge", legId: "a", otherId: "b", holdAudio: hold });
    await hears(person, 1000);
    const announce = (text: string): Promise<unknown> =>
      run({ type: "announce", legId: "b", text, voice: null });
    const first = announce("First text.");
    await hears(person, 5000);
    const second = announce("Second text.");
    assert.deepEqual(await Promise.race([first, ticks(10).then(() => "late")]), { heard: false });
    await hears(person, 7000);
    await hears(person, 1000);
    assert.deepEqual(await second, { heard: true });
    assert.ok(
      caller.heard.every((level) => Math.abs(level) < 4000),
      "the caller hears nothing of it",
    );
    const hushed = announce("First text.");
    await hears(person, 5000);
    await run({ type: "hush", legId: "b" });
    await hears(person, 1000);
    assert.deepEqual(await hushed, { heard: false });
    await assert.rejects(announce("…"), { code: "text_empty" });
    const cut = announce("First text.");
    await ticks(2);
    await run({ type: "closeLeg", legId: "b", reason: "operator" });
    assert.deepEqual(await cut, { heard: false });
  });

  test("one of some keys is waited for, for a time", async (t) => {
    const { run, phone, ticks, timers } = await setUp(t);
    const person = await phone("b", 2000);
    await ticks(3);
    const listen = (keys: string): Promise<unknown> =>
      run({ type: "listenKeys", legId: "b", keys, timeoutMs: 5000 });
    const taken = listen("123");
    const pressed = person.leg.sendDtmf("91");
    await ticks(40);
    await pressed;
    assert.deepEqual(await taken, { key: "1" });
    const late = listen("");
    timers.advance(5000);
    assert.deepEqual(await late, { key: null });
    const waits = Array.from({ length: 8 }, () => listen("1"));
    await assert.rejects(listen("1"), { code: "too_many_waits" });
    await run({ type: "closeLeg", legId: "b", reason: "operator" });
    assert.deepEqual(await Promise.all(waits), Array(8).fill({ key: null }));
    assert.equal(timers.pending, 0);
  });

  test("the recording of the caller's leg goes on, and an agent who stays hears both", async (t) => {
    const { run, phone, hears, ticks, ports } = await setUp(t);
    const folder = await mkdtemp(join(tmpdir(), "worker-bridge-"));
    t.after(() => rm(folder, { recursive: true }));
    const caller = await phone("a", 1000);
    await run({
      type: "startLeg",
      legId: "a",
      profile: echoProfile,
      from: "+15550100",
      to: "demo",
      inputs: { direction: "inbound" },
      recordingPath: join(folder, "call.wav"),
      messagePrefix: "m-",
    });
    const other: number[] = [];
    const remove = ports[0]?.addOtherSink?.({ write: (frame) => other.push(frame[80] ?? 0) });
    await hears(caller, -4000);
    await phone("b", 2000);
    await run({ type: "suspendConversation", legId: "a", listen: true });
    await run({ type: "bridge", legId: "a", otherId: "b", holdAudio: hold });
    await hears(caller, 2000);
    await ticks(20);
    assert.ok(Math.abs((other.at(-1) ?? 0) - 2000) < 100, "the other party");
    remove?.();
    const count = other.length;
    await ticks(3);
    assert.equal(other.length, count);
    const closed = (await run({ type: "closeLeg", legId: "a", reason: "operator" })) as {
      recording: { path: string; seconds: number };
    };
    const { samples } = await readWav(closed.recording.path);
    const levels = samples.map((side) => Math.round((side.at(-400) ?? 0) / 100));
    assert.deepEqual(levels, [10, 20]);
    assert.ok(samples[1]?.includes(-4000), "and the agent before");
  });

  test("a file that is no hold audio is told of, and the melody is heard", async (t) => {
    const { run, phone, ticks } = await setUp(t);
    const caller = await phone("a", 0);
    await run({ type: "playTone", legId: "a", sound: { type: "hold", path: "/nowhere/music.wav" } });
    await ticks(40);
    assert.ok(Math.max(...caller.heard) > 300);
    await run({ type: "playTone", legId: "a", sound: null });
    await ticks(20);
    assert.ok(caller.heard.slice(-3).every((level) => Math.abs(level) < 10));
  });
});
