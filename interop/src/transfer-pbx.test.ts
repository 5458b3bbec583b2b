// Transfers at a PBX that others wrote: two softphones and the agent are its extensions. The agent puts a caller through by a
// bridge and by REFER; a softphone sends the agent on to the other, and the agent follows.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { Agent, CallRecord } from "./api-client.ts";
import { AgentRegistration } from "./api-registration.ts";
import { longestSilence, strengthAt, tone } from "./audio.ts";
import { Baresip } from "./baresip.ts";
import { type Kamailio, kamailio, startKamailio } from "./kamailio.ts";
import { PbxOperator } from "./kamailio-pbx.ts";
import { baresip, peerTest } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

describe("transfers at Kamailio", { concurrency: 2 }, () => {
  const peers = [kamailio, baresip];
  let ringdown: RingdownProcess;
  let starting: Promise<Kamailio> | undefined;
  let pbx: Kamailio;
  let agents = 0;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.json("DELETE", "/api/v2/sip/ipWhitelist", { ip: "127.0.0.1" });
  });
  after(async () => {
    await (await starting)?.stop();
    await ringdown?.stop();
  });

  interface Scene {
    agent: Agent;
    /** Has called the agent, and says 440 Hz. */
    alice: Baresip;
    /** Picks up by himself, and says 700 Hz. */
    bob: Baresip;
    bobs: string;
    id: string;
    transfer(settings?: object): Promise<void>;
    call(): Promise<CallRecord>;
    step(name: string): Promise<CallRecord["timeline"][number]>;
  }

  async function withScene(
    { bobAnswers = true, ...settings }: { bobAnswers?: boolean; [field: string]: unknown },
    play: (scene: Scene) => Promise<void>,
  ): Promise<CallRecord> {
    starting ??= startKamailio([], "pbx");
    pbx = await starting;
    const number = ++agents;
    const [extension, alices, bobs] = [1_300 + number, 1_400 + number, 1_500 + number].map(String) as [
      string,
      string,
      string,
    ];
    const agent = await ringdown.api.createAgent({
      ...{ username: `desk-${number}`, autoRecordingNotification: "false", welcomeMessage: "Hello." },
      ...settings,
    });
    const registration = new AgentRegistration(ringdown.api, agent.id);
    await registration.put({
      ...{ aor: `${extension}@pbx.test`, password: `secret${extension}` },
      proxy: `127.0.0.1:${pbx.port}`,
    });
    await registration.until("registered");
    const phone = (user: string, hertz: number, answers: boolean) =>
      Baresip.start({
        ...{ user, pbx: { port: pbx.port, password: `secret${user}` }, registers: true, answers },
        speech: tone(hertz, 60, 6_000),
      });
    const [alice, bob] = await Promise.all([phone(alices, 440, true), phone(bobs, 700, bobAnswers)]);
    try {
      const operator = new PbxOperator(pbx.port);
      for (const user of [alices, bobs])
        await eventually(`${user} is registered`, () => operator.isBound(user));
      await alice.dial(`sip:${extension}@127.0.0.1:${pbx.port}`);
      await alice.event("CALL_ESTABLISHED");
      const { id } = await eventually("the agent has the call", async () =>
        (await ringdown.api.calls()).find(({ from, state }) => from === alices && state === "active"),
      );
      const call = () => ringdown.api.call(id);
      await play({
        ...{ agent, alice, bob, bobs, id, call },
        transfer: async (more = {}) => {
          await ringdown.api.json("POST", `/api/v2/calls/${id}/transfer`, {
            destination: `ext:${bobs}`,
            ...more,
          });
        },
        step: (name) =>
          eventually(`the step ${name}`, async () =>
            (await call()).timeline.find(({ type }) => type === name),
          ),
      });
      return await eventually("the call is over", async () => {
        const record = await call();
        return record.state === "ended" && record;
      });
    } finally {
      await Promise.all([alice.stop(), bob.stop()]);
      await registration.delete().catch(() => undefined);
    }
  }

  const heardAt = async (phone: Baresip, hertz: number): Promise<number> => {
    const { channels, sampleRate } = await phone.heard();
    return strengthAt((channels[0] ?? new Int16Array()).subarray(-sampleRate), hertz, sampleRate);
  };

  peerTest(
    "by a bridge: both hear each other, and the caller was never in silence",
    { peers, onFailure },
    async () => {
      const call = await withScene({ transferAudio: "music" }, async ({ alice, bob, transfer, step }) => {
        await transfer();
        await bob.event("CALL_ESTABLISHED");
        await step("transfer_connected");
        await step("media_first_packet");
        await new Promise((resolve) => setTimeout(resolve, 1_500));
        await alice.hangUp();
        await bob.event("CALL_CLOSED");
        assert.ok((await heardAt(alice, 700)) > 500, "she hears him");
        assert.ok((await heardAt(bob, 440)) > 500, "he hears her");
        const { channels, sampleRate } = await alice.heard();
        assert.ok(longestSilence(channels[0] ?? new Int16Array(), sampleRate) < 2);
      });
      assert.deepEqual([call.endCode, call.legs.length], ["caller_hung_up", 2]);
    },
  );

  for (const [name, act, words, status] of [
    ["he declines", (bob: Baresip) => bob.hangUp(), /line is busy|nobody can take/, 486],
    ["he does not answer", undefined, /nobody answered/, undefined],
    ["there is no such extension", undefined, /could not reach that number/, 404],
  ] as const) {
    peerTest(`by a bridge, and ${name}: she is told, and back`, { peers, onFailure }, async () => {
      const call = await withScene({ bobAnswers: false }, async ({ alice, bob, transfer, step, call }) => {
        const isNobody = status === 404;
        await transfer({ ringSeconds: 5, ...(isNobody && { destination: "ext:1999" }) });
        if (!isNobody) await bob.event("CALL_INCOMING");
        await act?.(bob);
        await step("transfer_returned");
        await eventually("the agent says why", async () =>
          words.test((await call()).callDialog.map(({ content }) => content).join(" ")),
        );
        await alice.hangUp();
        await alice.event("CALL_CLOSED");
        const { channels, sampleRate } = await alice.heard();
        assert.ok(longestSilence(channels[0] ?? new Int16Array(), sampleRate) < 2);
      });
      assert.equal(call.legs[1]?.endStatus, status);
      assert.deepEqual([call.endCode, call.legs[0]?.endCause], ["caller_hung_up", "bye"]);
    });
  }

  peerTest("by REFER: her own phone calls him, and tells us so", { peers, onFailure }, async () => {
    const call = await withScene({ transferMode: "refer" }, async ({ alice, bob, transfer, step }) => {
      await transfer();
      await step("transfer_refer_sent");
      await bob.event("CALL_ESTABLISHED");
      const outcome = await step("transfer_refer_outcome");
      assert.deepEqual([outcome.kind, outcome.status], ["reported", 200]);
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await alice.hangUp();
      await bob.event("CALL_CLOSED");
      assert.ok((await heardAt(bob, 440)) > 500, "he hears her, without us");
    });
    assert.equal(call.endCode, "handed_over");
    assert.equal(call.legs.length, 1);
  });

  peerTest("REFER from a softphone: the agent follows to the other one", { peers, onFailure }, async () => {
    const call = await withScene({}, async ({ alice, bob, bobs, step, id }) => {
      await alice.command("transfer", `sip:${bobs}@127.0.0.1:${pbx.port}`);
      await bob.event("CALL_ESTABLISHED");
      await step("refer_followed");
      const closed = await alice.event("CALL_CLOSED");
      assert.match(closed.param ?? "", /transfer/i, "she was told of it");
      await ringdown.api.json("POST", `/api/v2/calls/${id}/say`, {
        text: "This is the agent speaking to you now.",
      });
      await bob.hangUp();
      const { channels } = await bob.heard();
      assert.ok(
        (channels[0] ?? new Int16Array()).some((sample) => Math.abs(sample) > 3_000),
        "he hears the agent",
      );
    });
    assert.deepEqual([call.endedBy, call.endCode, call.legs.length], ["caller", "caller_hung_up", 2]);
    assert.deepEqual(
      call.legs.map(({ direction }) => direction),
      ["inbound", "outbound"],
    );
    // What he said is on the caller's side of the same recording.
    const recorded = await ringdown.api.recording(call.id);
    assert.ok(recorded.length > 8_000);
  });

  peerTest("REFER to nobody: the call goes on as it is", { peers, onFailure }, async () => {
    await withScene({}, async ({ alice, step, id }) => {
      await alice.command("transfer", `sip:1999@127.0.0.1:${pbx.port}`);
      const failed = await step("refer_failed");
      assert.equal(failed.status, 404);
      await alice.event("TRANSFER_FAILED");
      // baresip may hang up then; where it does not, the agent still talks with her.
      await ringdown.api.raw("POST", `/api/v2/calls/${id}/hangup`);
    });
  });
});
