import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { EngineStats, MediaLeg } from "@ringdown/media";
import {
  type AgentProfile,
  Announcement,
  type ConversationEvents,
  type LegPort,
  sharedVoice,
} from "@ringdown/voice";
import { echoProfile } from "../calls/call-test-kit.ts";
import type { Command, LegClosed, LegEvent } from "./protocol.ts";
import { WorkerLegs } from "./worker-legs.ts";

class FakeMediaLeg {
  readonly done: string[] = [];
  readonly sampleRate = 8000;
  media: object | undefined;
  source: unknown;
  onDtmf?: (digit: string, durationMs: number) => void;
  onMediaTimeout?: (silentMs: number) => void;
  offer(): string {
    return "our offer";
  }
  acceptOffer(sdp: string): string {
    if (sdp === "bad") throw Object.assign(new Error("no codec"), { code: "no_codec" });
    this.media = { codec: "PCMU", onHold: sdp === "hold" };
    return `answer to ${sdp}`;
  }
  acceptAnswer(): void {
    this.media = { codec: "PCMA", onHold: false, direction: "sendrecv" };
  }
  start(): void {
    this.done.push("start");
  }
  record(path: string): void {
    this.done.push(`record ${path}`);
  }
  async stopRecording(): Promise<{ path: string; seconds: number }> {
    this.done.push("stop recording");
    return { path: "r.wav", seconds: 1 };
  }
  addSink(): () => void {
    return () => undefined;
  }
  quality(): object {
    return { lost: 1, roundTripMs: undefined };
  }
  qualitySamples(): object[] {
    return this.done.includes("close") ? [] : [{ at: 1_000, seconds: 1, packetsReceived: 50 }];
  }
  async close(): Promise<void> {
    this.done.push("close");
  }
}

function setUp(given: { conversation?: "fails" | "waits" } = {}) {
  const legs: FakeMediaLeg[] = [];
  const events: [string, LegEvent][] = [];
  const conversation: string[] = [];
  const held = {
    port: undefined as LegPort | undefined,
    events: undefined as ConversationEvents | undefined,
  };
  let begin = (): void => undefined;
  const waiting = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const loaded: string[] = [];
  const workerLegs = new WorkerLegs({
    createEngine: () => ({
      createLeg: async () => {
        const leg = new FakeMediaLeg();
        legs.push(leg);
        return leg as unknown as MediaLeg;
      },
      bridge: () => {
        throw new Error("nothing is bridged here");
      },
      close: async () => undefined,
      stats: { tickLateness: { count: 0 } } as EngineStats,
    }),
    loadVoice: async () => {
      loaded.push("voice");
      return {
        Announcement,
        sharedVoice,
        askModel: async () => assert.fail("no question here"),
        chatByText: async () => assert.fail("no chat here"),
        listenForSpeech: async () => () => undefined,
        preload: async () => undefined,
        warmUp: async () => undefined,
        startConversation: async (_profile: AgentProfile, port: LegPort, on: ConversationEvents) => {
          if (given.conversation === "fails") throw new Error("no voice");
          if (given.conversation === "waits") await waiting;
          held.port = port;
          held.events = on;
          return {
            say: async (text: string) => void conversation.push(`say ${text}`),
            suspend: (options) => void conversation.push(`suspend ${options?.listen}`),
            resume: (note) => void conversation.push(`resume ${note}`),
            stop: async (reason: string) => void conversation.push(`stop ${reason}`),
          };
        },
      };
    },
    runFunction: () => async () => ({ output: "", failed: true }),
    emitChat: () => assert.fail("no chat here"),
    emit: (legId, event) => events.push([legId, event]),
    log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  let requestId = 0;
  type Plain = Command extends infer C ? (C extends Command ? Omit<C, "requestId"> : never) : never;
  const run = (command: Plain): Promise<unknown> =>
    workerLegs.carryOut({ ...command, requestId: ++requestId } as Command);
  const start = (): Promise<unknown> =>
    run({
      type: "startLeg",
      legId: "a",
      profile: echoProfile,
      from: "+15550100",
      to: "echo",
      inputs: { direction: "inbound" },
      recordingPath: "r.wav",
      messagePrefix: "r-message-",
    });
  const open = (offer: string | null): Promise<unknown> =>
    run({ type: "openLeg", legId: "a", localAddress: "127.0.0.1", offer });
  return { run, open, start, legs, events, conversation, held, loaded, begin, workerLegs };
}

async function configured(given: Parameters<typeof setUp>[0] = {}) {
  const all = setUp(given);
  await all.run({ type: "configure", settings: { rtpPorts: [10_000, 10_099] } });
  return all;
}

describe("legs in a worker", () => {
  test("an offer is answered, and the conversation begins only at start", async () => {
    const { open, start, legs, loaded } = await configured();
    assert.deepEqual(await open("theirs"), {
      sdp: "answer to theirs",
      codec: "PCMU",
      onHold: false,
      audible: false,
      telephoneEvents: false,
    });
    assert.deepEqual(loaded, []);
    assert.deepEqual(legs[0]?.done, []);
    await start();
    assert.deepEqual(legs[0]?.done, ["start", "record r.wav"]);
    assert.deepEqual(loaded, ["voice"]);
  });

  test("no offer: ours goes out, the answer settles the codec", async () => {
    const { open, run } = await configured();
    assert.deepEqual(await open(null), {
      sdp: "our offer",
      codec: null,
      onHold: false,
      audible: false,
      telephoneEvents: false,
    });
    assert.equal(
      ((await run({ type: "acceptAnswer", legId: "a", sdp: "x", early: false })) as { codec: string }).codec,
      "PCMA",
    );
  });

  test("is heard and recorded before the answer, with nobody speaking; the recording begins once", async () => {
    const { open, run, start, legs, loaded } = await configured();
    await open(null);
    const early = await run({ type: "acceptAnswer", legId: "a", sdp: "x", early: true });
    assert.equal((early as { audible: boolean }).audible, true);
    await run({ type: "startMedia", legId: "a", recordingPath: "r.wav", line: "ringing" });
    assert.deepEqual([legs[0]?.done, loaded], [["start", "record r.wav"], []]);
    await start();
    assert.deepEqual([legs[0]?.done, loaded], [["start", "record r.wav", "start"], ["voice"]]);
  });

  test("an offer that cannot be met frees its ports", async () => {
    const { open, legs, workerLegs } = await configured();
    await assert.rejects(open("bad"), { code: "no_codec" });
    assert.deepEqual(legs[0]?.done, ["close"]);
    assert.equal(workerLegs.size, 0);
  });

  test("hold is told", async () => {
    const { open, run } = await configured();
    await open("theirs");
    assert.deepEqual(await run({ type: "renegotiate", legId: "a", offer: "hold" }), {
      sdp: "answer to hold",
      codec: "PCMU",
      onHold: true,
      audible: false,
      telephoneEvents: false,
    });
  });

  test("keys reach the conversation and the timeline, turns and the end reach the parent", async () => {
    const { open, start, legs, held, events } = await configured();
    await open("theirs");
    await start();
    const keys: string[] = [];
    const remove = held.port?.onDtmf((digit) => keys.push(digit));
    legs[0]?.onDtmf?.("5", 120);
    remove?.();
    legs[0]?.onDtmf?.("6", 120);
    held.events?.onTurn({ role: "agent", content: "Hi.", startedAt: 1, endedAt: 2 });
    held.events?.onEnd({ by: "agent", code: "agent_goodbye", reason: "Bye." });
    legs[0]?.onMediaTimeout?.(30_000);
    assert.deepEqual(keys, ["5"]);
    assert.deepEqual(
      events.map(([legId, event]) => `${legId} ${event.type === "timeline" ? event.name : event.type}`),
      ["a dtmf_received", "a dtmf_received", "a turn", "a conversationEnded", "a mediaTimeout"],
    );
  });

  test("messages are numbered beside the recording", async () => {
    const { open, start, held } = await configured();
    await open("theirs");
    await start();
    assert.deepEqual(
      [held.port?.messagePath?.(), held.port?.messagePath?.()],
      ["r-message-1.wav", "r-message-2.wav"],
    );
  });

  test("a conversation that cannot begin ends the call instead of leaving the caller in silence", async () => {
    const { open, start, events } = await configured({ conversation: "fails" });
    await open("theirs");
    await start();
    const event = events.at(-1)?.[1];
    assert.ok(
      event?.type === "conversationEnded" && event.code === "conversation_failed" && event.by === "system",
    );
  });

  test("closing stops the conversation, the recorder and the ports, once", async () => {
    const { open, start, run, legs, conversation } = await configured();
    await open("theirs");
    await start();
    const closed = (await run({ type: "closeLeg", legId: "a", reason: "caller-hung-up" })) as LegClosed;
    assert.deepEqual(conversation, ["stop caller-hung-up"]);
    assert.deepEqual(legs[0]?.done.slice(2), ["stop recording", "close"]);
    assert.deepEqual(closed, {
      codec: "PCMU",
      quality: { lost: 1 },
      qualitySamples: [{ at: 1_000, seconds: 1, packetsReceived: 50 }],
      recording: { path: "r.wav", seconds: 1 },
    });
    await assert.rejects(run({ type: "say", legId: "a", text: "x", interruptible: true }), {
      code: "leg_unknown",
    });
  });

  test("a conversation steps back and returns with a note, also while it is still being set up", async () => {
    const { open, start, run, conversation, begin } = await configured({ conversation: "waits" });
    await open("theirs");
    await assert.rejects(run({ type: "suspendConversation", legId: "a", listen: true }), {
      code: "conversation_over",
    });
    const starting = start();
    const suspending = run({ type: "suspendConversation", legId: "a", listen: true });
    begin();
    await Promise.all([starting, suspending]);
    await run({ type: "resumeConversation", legId: "a", note: "They are busy.", next: null });
    await run({ type: "resumeConversation", legId: "a", note: null, next: null });
    assert.deepEqual(conversation, ["suspend true", "resume They are busy.", "resume "]);
  });

  test("a leg has its media without a conversation, and is recorded once", async () => {
    const { open, start, run, legs, loaded } = await configured();
    await open("theirs");
    await run({ type: "startMedia", legId: "a", recordingPath: "early.wav", line: "ringing" });
    assert.deepEqual(loaded, []);
    await start();
    assert.deepEqual(legs[0]?.done, ["start", "record early.wav", "start"]);
  });

  test("a conversation that is still beginning when the leg closes is stopped when it stands", async () => {
    const { open, start, run, conversation, begin } = await configured({ conversation: "waits" });
    await open("theirs");
    const starting = start();
    await new Promise((resolve) => setImmediate(resolve));
    await run({ type: "closeLeg", legId: "a", reason: "caller-hung-up" });
    assert.deepEqual(conversation, []);
    begin();
    await starting;
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(conversation, ["stop caller-hung-up"]);
  });
});
