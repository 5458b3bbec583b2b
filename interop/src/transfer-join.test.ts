// After consent the caller's side is asked by REFER with Replaces to take our place in the call to the person (RFC 5589 §7).
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { Agent } from "./api-client.ts";
import { loudness, strongestAt, tone } from "./audio.ts";
import { Linphone } from "./linphone.ts";
import { linphonec, peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, startSippServer, type TracedMessage } from "./sipp.ts";
import { press, withTransferScene } from "./transfer-scene.ts";
import { eventually } from "./wait.ts";

describe("caller and person are joined without us", { concurrency: 2 }, () => {
  let ringdown: RingdownProcess;
  let agent: Agent;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    agent = await ringdown.api.createAgent({
      ...{ username: "joiner", autoRecordingNotification: "false", welcomeMessage: "Hello." },
      ...{ transferMode: "refer", confirmTransfers: true, transferAudio: "music" },
    });
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
  });
  after(async () => {
    await ringdown?.stop();
  });

  for (const [report, endCode] of [
    ["200 OK", "handed_over"],
    ["486 Busy Here", "operator"],
  ] as const) {
    peerTest(`SIPp reports ${report}`, { peers: [sipp], onFailure }, async () => {
      let refer: TracedMessage | undefined;
      let answer: TracedMessage | undefined;
      const call = await withTransferScene(
        { ringdown, user: agent.username, name: "caller-joins", values: { report } },
        async ({ person, caller, transfer, step, over, hangUp }) => {
          const server = await startSippServer({
            scenario: "callee",
            values: { ring: "100", rtpPort: String(person.port) },
          });
          await transfer(server);
          await eventually("the person is asked", () => loudness(person.heard().subarray(-8_000)) > 200);
          press(person, 1);
          const { status, kind } = await step("transfer_refer_outcome");
          assert.deepEqual([kind, status], ["reported", Number(report.slice(0, 3))]);
          if (endCode === "operator") {
            // They go on through us.
            person.play(700, 8_000);
            await eventually(
              "the caller hears the person",
              () => strongestAt(caller.heard().subarray(-4_000), 700) > 500,
            );
            await hangUp();
          }
          const [persons, callers] = await Promise.all([server.result, over]);
          assertSippPassed(persons);
          refer = callers.messages.find(({ name }) => name === "REFER");
          answer = persons.messages.find(({ name }) => name === "200 INVITE");
        },
      );
      assert.equal(call.endCode, endCode);
      const steps = call.timeline.map(({ type }) => type);
      for (const name of ["transfer_connected", "transfer_refer_sent", "transfer_refer_accepted"])
        assert.ok(steps.includes(name), `${name}: ${steps.join(" ")}`);
      // The person knows the call by his own tag as To, and ours as From (RFC 3891 §3).
      const replaces = decodeURIComponent(
        /Replaces=([^>&]*)/.exec(refer?.header("Refer-To") ?? "")?.[1] ?? "",
      );
      const tag = (name: string) => /tag=([^;\s]+)/.exec(answer?.header(name) ?? "")?.[1];
      assert.equal(replaces, `${answer?.header("Call-ID")};to-tag=${tag("To")};from-tag=${tag("From")}`);
      assert.match(refer?.header("Referred-By") ?? "", /^<sip:joiner@/);
    });
  }

  /** Two Linphones: alice has called the agent, and bob, who picks up by himself, presses 1. */
  async function withLinphones(settings: object, play: (alice: Linphone, bob: Linphone) => Promise<void>) {
    const number = `+1555${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
    const alice = await Linphone.start(number, { speech: tone(440, 60) });
    const bob = await Linphone.start("bob", { answers: true, speech: tone(700, 60) });
    try {
      await alice.type(`call sip:${agent.username}@127.0.0.1:${ringdown.udp.port}`);
      await alice.says("Media streams established");
      const { id } = await eventually("the agent has the call", async () =>
        (await ringdown.api.calls()).find(({ from, state }) => from === number && state === "active"),
      );
      const destination = `sip:bob@127.0.0.1:${bob.port}`;
      await ringdown.api.json("POST", `/api/v2/calls/${id}/transfer`, { destination, ...settings });
      await bob.says("Media streams established");
      await eventually("bob is asked", async () =>
        (await ringdown.api.call(id)).timeline.some(({ type }) => type === "transfer_answered"),
      );
      await bob.type("1");
      await eventually("alice's phone has reported", async () =>
        (await ringdown.api.call(id)).timeline.some(({ type }) => type === "transfer_refer_outcome"),
      );
      await play(alice, bob);
      await ringdown.api.raw("POST", `/api/v2/calls/${id}/hangup`);
      return await ringdown.api.call(id);
    } catch (error) {
      throw new Error(`${error}\nalice: ${alice.output.slice(-3_000)}\nbob: ${bob.output.slice(-3_000)}`);
    } finally {
      await Promise.all([alice.stop(), bob.stop()]);
    }
  }

  peerTest("Linphone calls Linphone in our place", { peers: [linphonec], onFailure }, async () => {
    const call = await withLinphones({ useAgentNumber: true }, async (alice, bob) => {
      await bob.says("for call 2 (audio)");
      await alice.says("for call 2 (audio)");
      await alice.says("Call 1 with");
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      await alice.type("terminate 2");
      await bob.says("Call 2 with");
      for (const phone of [alice, bob]) await phone.type("quit");
      for (const [phone, hertz] of [
        [alice, 700],
        [bob, 440],
      ] as const) {
        const { channels, sampleRate } = phone.heard();
        const end = (channels[0] ?? new Int16Array()).subarray(-2 * sampleRate);
        assert.ok(strongestAt(end, hertz, sampleRate) > 500, `${hertz} Hz is heard without us`);
      }
    });
    assert.equal(call.endCode, "handed_over");
  });

  peerTest(
    "Linphone does not get through: they go on with us",
    { peers: [linphonec], onFailure },
    async () => {
      // To Linphone a second call from the same address is one too many: 486.
      const call = await withLinphones({}, async (alice) => {
        await alice.says("Resuming call 1");
        await new Promise((resolve) => setTimeout(resolve, 2_000));
        await alice.type("terminate");
        await alice.type("quit");
        const { channels, sampleRate } = alice.heard();
        const end = (channels[0] ?? new Int16Array()).subarray(-2 * sampleRate);
        assert.ok(strongestAt(end, 700, sampleRate) > 500, "she hears bob");
      });
      assert.deepEqual([call.endCode, call.legs.length], ["caller_hung_up", 2]);
    },
  );
});
