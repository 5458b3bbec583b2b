// An agent by models on a real phone call: baresip plays what a person has said, the providers speak their real protocols and follow a
// script. What is heard, what is written down, and how long the caller waited by the recording itself.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { FakeProviders } from "@ringdown/fake-providers";
import type { Agent, CallRecord } from "./api-client.ts";
import { loudness, readWav, strengthAt } from "./audio.ts";
import { Baresip } from "./baresip.ts";
import { baresip, peerTest, sipp } from "./peer.ts";
import { people, personSays } from "./person.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, startSippServer } from "./sipp.ts";
import { turnEdges } from "./turn-edges.ts";
import { eventually } from "./wait.ts";
import { webhookReceiver } from "./webhook-receiver.ts";

describe("an agent by models", { concurrency: 2 }, () => {
  const peers = [baresip, people];
  let ringdown: RingdownProcess;
  let fake: FakeProviders;
  let agents = 0;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    fake = await FakeProviders.start();
    // The scenes run side by side: an answer follows from what is asked, never from who asks first.
    fake.transcription.otherwise = () => ({ text: "What are your opening hours?" });
    fake.chat.otherwise = ({ model, messages }) => {
      if (JSON.stringify(messages[0]).includes("You write the record of a phone call")) {
        const fields = { topic: "opening hours", urgent: true };
        return { text: JSON.stringify({ summary: "Asked for the hours.", outcome: "hours told", fields }) };
      }
      if (model === "broken") return { fault: "quota" };
      if (model === "forwarding") {
        const transferNotification = "A customer wants to know the opening hours.";
        return { toolCalls: [{ name: "desk", arguments: JSON.stringify({ transferNotification }) }] };
      }
      return {
        text: "We are open from nine to five. Goodbye.",
        toolCalls: [{ name: "end_call", arguments: "{}" }],
      };
    };
    ringdown = await RingdownProcess.start({
      environment: {
        ...{ OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url },
        RINGDOWN_OUTGOING_PRIVATE: "127.0.0.0/8",
      },
    });
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
  });
  after(async () => {
    await ringdown?.stop();
    await fake?.close();
  });

  async function talk(
    settings: object,
    play: (scene: { phone: Baresip; agent: Agent; id: string; call(): Promise<CallRecord> }) => Promise<void>,
  ): Promise<CallRecord> {
    const number = `+1555000${1_000 + ++agents}`;
    const agent = await ringdown.api.createAgent({
      ...{ username: `model-${agents}`, mode: "pipeline", autoRecordingNotification: "false" },
      ...{ welcomeMessage: "Hello.", speakingTimeout: 700 },
      ...settings,
    });
    const phone = await Baresip.start({ user: number, speech: personSays("001", 2.5) });
    try {
      await phone.dial(`sip:${agent.username}@${ringdown.udp.host}:${ringdown.udp.port}`);
      await phone.event("CALL_ESTABLISHED");
      const { id } = await eventually("the agent has the call", async () =>
        (await ringdown.api.calls()).find(({ from }) => from === number),
      );
      const call = () => ringdown.api.call(id);
      await play({ phone, agent, id, call });
      return await eventually("the call is over", async () => {
        const record = await call();
        return record.state === "ended" && record;
      });
    } finally {
      await phone.stop();
    }
  }

  peerTest(
    "a person is heard, answered and said goodbye to; the latency is what the recording says",
    { peers, onFailure },
    async () => {
      const call = await talk({ agentInstructions: "You sell tea." }, async ({ phone }) => {
        await phone.event("CALL_CLOSED", 40_000);
        const { channels, sampleRate } = await phone.heard();
        const heard = channels[0] ?? new Int16Array();
        assert.ok(strengthAt(heard.subarray(-2 * sampleRate), 400, sampleRate) > 300, "he hears the answer");
      });
      assert.deepEqual([call.endedBy, call.endCode], ["agent", "agent_goodbye"]);
      assert.deepEqual(
        call.callDialog.map(({ role, content }) => [role, content]),
        [
          ["agent", "Hello."],
          ["user", "What are your opening hours?"],
          ["agent", "We are open from nine to five. Goodbye."],
        ],
      );
      assert.ok(fake.keys.has("sk-from-the-environment"));
      const asked = fake.chat.asked.find(({ messages }) => JSON.stringify(messages).includes("You sell tea"));
      assert.match(JSON.stringify(asked?.messages), /You sell tea/);
      const latency = call.timeline.find(({ type }) => type === "turn_latency");
      const usage = call.timeline.find(({ type }) => type === "usage");
      assert.ok(latency !== undefined && usage !== undefined);
      const { channels } = readWav(await ringdown.api.recording(call.id));
      const [caller = new Int16Array(), agent = new Int16Array()] = channels;
      const edges = turnEdges(caller, agent);
      const measured = edges.map(({ silentAt, answeredAt }) => answeredAt - silentAt);
      assert.equal(edges.length, 1, JSON.stringify(edges));
      // The end of a voice is found by a detector here and by loudness there: 30 ms apart where the machine is quiet.
      const difference = Math.abs(Number(latency.totalMs) - (measured[0] ?? 0));
      assert.ok(difference <= 80, `told ${latency.totalMs} ms, measured ${measured[0]} ms`);
      assert.ok(!ringdown.lines.join("\n").includes("sk-from-the-environment"), "no key in the log");
    },
  );

  peerTest(
    "the model puts the caller through, the person alone is told why in its words, and it writes down both",
    { peers: [...peers, sipp], onFailure },
    async () => {
      const person = await RtpProbe.open();
      const values = { ring: "100", rtpPort: String(person.port) };
      const server = await startSippServer({ scenario: "callee", values });
      const destination = `sip:desk@127.0.0.1:${server.address.port}`;
      try {
        const settings = {
          ...{ agentModel: "openai/forwarding", monitorTransfers: true },
          functions: [{ type: "transfer", name: "desk", destination, condition: "wants a person" }],
        };
        const call = await talk(settings, async ({ id, phone, call: record }) => {
          await eventually(
            "the person hears why",
            () => loudness(person.heard().subarray(-8_000)) > 200,
            20_000,
          );
          await eventually("they are together", async () =>
            (await record()).timeline.some(({ type }) => type === "transfer_connected"),
          );
          person.speak(personSays("002", 1));
          await eventually("the person's words are written down", async () =>
            (await record()).callDialog.some(({ role }) => role === "person"),
          );
          await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
          await phone.event("CALL_CLOSED", 10_000);
        });
        assertSippPassed(await server.result);
        const asked = call.timeline.find(({ type }) => type === "transfer_requested");
        assert.deepEqual(
          [asked?.function, asked?.notification],
          ["desk", "A customer wants to know the opening hours."],
        );
        const people = call.callDialog.filter(({ role }) => role === "person");
        assert.deepEqual(
          people.map(({ content }) => content),
          ["What are your opening hours?"],
        );
        const said = call.callDialog.map(({ content }) => content).join(" ");
        assert.doesNotMatch(said, /A customer wants/, "the caller is not told");
      } finally {
        await person.close();
      }
    },
  );

  peerTest(
    "after the call its report is in the record, and in what the webhook tells",
    { peers, onFailure },
    async () => {
      const hook = await webhookReceiver();
      try {
        await ringdown.api.json("POST", "/api/v2/webhooks", { url: hook.url, type: "conversation" });
        const reportingFields = [
          { key: "topic", label: "Topic", instructions: "What it was about.", values: { kind: "text" } },
          { key: "urgent", label: "Urgent", values: { kind: "boolean" } },
          { key: "people", label: "People", values: { kind: "number" } },
        ];
        const { id } = await talk({ reportingFields }, async ({ phone }) => {
          await phone.event("CALL_CLOSED", 40_000);
        });
        const told = await eventually("the webhook is told", () =>
          hook.received.map(({ body }) => JSON.parse(body)).find(({ uuid }) => uuid === id),
        );
        const collectedData = { topic: "opening hours", urgent: true, people: null };
        assert.deepEqual(
          [told.summary, told.agentOutcome, told.collectedData],
          ["Asked for the hours.", "hours told", collectedData],
        );
        const { report } = (await ringdown.api.call(id)) as unknown as { report: { collectedData: object } };
        assert.deepEqual(report.collectedData, collectedData);
        await ringdown.api.json("DELETE", "/api/v2/webhooks", { url: hook.url });
      } finally {
        hook.close();
      }
    },
  );

  const impatient = { callerResponseTimeout: 2, callerResponseTimeoutHangupCounter: 1 };

  peerTest("the model fails for good: the caller is told, and not left", { peers, onFailure }, async () => {
    const call = await talk({ agentModel: "openai/broken", ...impatient }, async ({ phone }) => {
      await phone.event("CALL_CLOSED", 40_000);
    });
    assert.ok(["provider_failed", "caller_silent"].includes(call.endCode ?? ""), String(call.endCode));
    const said = call.callDialog.filter(({ role }) => role === "agent").map(({ content }) => content);
    assert.match(said.join(" "), /something went wrong on my side/);
  });
});
