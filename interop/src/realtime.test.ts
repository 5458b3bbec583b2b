// An agent by a realtime model on real phone calls: baresip plays what a person has said, the provider speaks OpenAI Realtime by WebSocket and
// follows a script. What is heard, what is written down, and that a provider who breaks off leaves nobody in silence.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { FakeProviders } from "@ringdown/fake-providers";
import type { CallRecord } from "./api-client.ts";
import { loudness, readWav, strengthAt } from "./audio.ts";
import { Baresip } from "./baresip.ts";
import { baresip, peerTest } from "./peer.ts";
import { people, personSays } from "./person.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { turnEdges } from "./turn-edges.ts";
import { eventually } from "./wait.ts";

describe("an agent by a realtime model", { concurrency: 2 }, () => {
  const peers = [baresip, people];
  const story = "Once upon a time there was a king who had three sons, and ".repeat(4);
  const goodbye = { name: "end_call", arguments: "{}" };
  let ringdown: RingdownProcess;
  let fake: FakeProviders;
  let agents = 0;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    fake = await FakeProviders.start();
    // The scenes run side by side: an answer follows from what is asked, never from who asks first.
    fake.transcription.otherwise = () => ({ text: "What are your opening hours?" });
    fake.chat.otherwise = () => ({ text: "Here is somebody else. Goodbye.", toolCalls: [goodbye] });
    fake.realtime.otherwise = ({ model, asked, items }) => {
      if (asked) return { text: "Hello." };
      const turns = items.filter(({ role }) => role === "user").length;
      if (model === "story" && turns === 1) return { text: story };
      if (model === "breaking") return { text: story.slice(0, 60), fault: "drop" };
      if (model === "used-up") return { fault: "quota" };
      return { text: "We are open from nine to five. Goodbye.", toolCalls: [goodbye] };
    };
    ringdown = await RingdownProcess.start({
      environment: { OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url },
    });
  });
  after(async () => {
    await ringdown?.stop();
    await fake?.close();
  });

  interface Heard {
    call: CallRecord;
    /** What the caller heard, 8 kHz. */
    pcm: Int16Array;
    sampleRate: number;
  }

  async function talk(settings: object, speech: Int16Array): Promise<Heard> {
    const number = `+1555000${2_000 + ++agents}`;
    const agent = await ringdown.api.createAgent({
      ...{ username: `realtime-${agents}`, mode: "realtime", autoRecordingNotification: "false" },
      ...{ welcomeMessage: "Hello.", interruptionMinimumSpeakingTime: 0 },
      ...settings,
    });
    const phone = await Baresip.start({ user: number, speech });
    try {
      await phone.dial(`sip:${agent.username}@${ringdown.udp.host}:${ringdown.udp.port}`);
      await phone.event("CALL_ESTABLISHED");
      const { id } = await eventually("the agent has the call", async () =>
        (await ringdown.api.calls()).find(({ from }) => from === number),
      );
      await phone.event("CALL_CLOSED", 60_000);
      const call = await eventually("the call is over", async () => {
        const record = await ringdown.api.call(id);
        return record.state === "ended" && record;
      });
      const { channels, sampleRate } = await phone.heard();
      return { call, pcm: channels[0] ?? new Int16Array(), sampleRate };
    } finally {
      await phone.stop();
    }
  }

  const said = ({ callDialog }: CallRecord, who: string): string[] =>
    callDialog.filter(({ role }) => role === who).map(({ content }) => content);

  peerTest(
    "a person is heard and answered, and the goodbye is heard; the latency is what the recording says",
    { peers, onFailure },
    async () => {
      const { call, pcm, sampleRate } = await talk(
        { agentInstructions: "You sell tea." },
        personSays("001", 3),
      );
      assert.deepEqual([call.endedBy, call.endCode], ["agent", "agent_goodbye"]);
      assert.deepEqual(
        call.callDialog.map(({ role, content }) => [role, content]),
        [
          ["agent", "Hello."],
          ["user", "What are your opening hours?"],
          ["agent", "We are open from nine to five. Goodbye."],
        ],
      );
      assert.ok(strengthAt(pcm.subarray(-2 * sampleRate), 400, sampleRate) > 300, "he hears the answer");
      const asked = fake.realtime.asked.find(({ model }) => model === "gpt-realtime");
      assert.match(asked?.instructions ?? "", /You sell tea/);
      assert.equal(fake.chat.asked.length, 0, "no other model is asked");
      const usage = JSON.stringify(call.timeline.find(({ type }) => type === "usage"));
      assert.match(usage, /"outputAudioTokens":[1-9]/);
      const latency = call.timeline.find(({ type }) => type === "turn_latency");
      const { channels } = readWav(await ringdown.api.recording(call.id));
      const [caller = new Int16Array(), agent = new Int16Array()] = channels;
      const [edge] = turnEdges(caller, agent);
      assert.ok(latency !== undefined && edge !== undefined);
      const difference = Math.abs(Number(latency.totalMs) - (edge.answeredAt - edge.silentAt));
      assert.ok(difference <= 80, `told ${latency.totalMs} ms, off by ${difference} ms`);
      assert.ok(!ringdown.lines.join("\n").includes("sk-from-the-environment"), "no key in the log");
    },
  );

  peerTest(
    "a person cuts in: the agent is silent, and the model knows what was heard",
    { peers, onFailure },
    async () => {
      const { call } = await talk({ agentS2SEngine: "openai/story" }, personSays("001", 3, 9));
      assert.equal(call.endCode, "agent_goodbye");
      const cut = said(call, "agent").find((text) => text.startsWith("Once")) ?? "";
      assert.ok(
        cut !== "" && story.startsWith(cut) && cut.length < story.length / 2,
        JSON.stringify(call.callDialog),
      );
      const last = fake.realtime.asked.filter(({ model }) => model === "story").at(-1);
      const told = last?.items.find(({ text }) => text.startsWith("Once"))?.text ?? "";
      assert.ok(Math.abs(told.length - cut.length) < 25, `${told} | ${cut}`);
      const at = (type: string, before = Number.POSITIVE_INFINITY): number => {
        const event = call.timeline.findLast((one) => one.type === type && Date.parse(one.at) <= before);
        return Date.parse(event?.at ?? "");
      };
      const interrupted = at("agent_interrupted");
      const took = interrupted - at("user_speech_started", interrupted);
      assert.ok(took >= 0 && took < 500, `silent ${took} ms after the provider has told of a voice`);
    },
  );

  peerTest(
    "the provider breaks off in the middle of a sentence, and again: another model speaks",
    { peers, onFailure },
    async () => {
      const { call, pcm, sampleRate } = await talk(
        { agentS2SEngine: "openai/breaking" },
        personSays("001", 3, 16, 30),
      );
      const agent = said(call, "agent").join(" ");
      assert.match(agent, /something went wrong on my side/);
      assert.match(agent, /Here is somebody else/);
      assert.ok(call.timeline.some(({ type }) => type === "fell_back"));
      assert.equal(call.endCode, "agent_goodbye");
      assert.ok(loudness(pcm.subarray(-2 * sampleRate)) > 200, "he hears it");
    },
  );

  peerTest("the key is used up: the pipeline answers in its place", { peers, onFailure }, async () => {
    const { call } = await talk({ agentS2SEngine: "openai/used-up" }, personSays("001", 3));
    assert.deepEqual(said(call, "agent"), ["Hello.", "Here is somebody else. Goodbye."]);
    const failed = call.timeline.find(({ type }) => type === "provider_failed");
    assert.match(String(failed?.reason), /exceeded your current quota/);
  });
});
