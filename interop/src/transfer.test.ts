// Callers whom an operator puts through to a person: SIPp calls the agent, SIPp is the person. For each case: what the caller
// and the person heard, how each leg ended, what the caller was told.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { createSipStack, serialiseReplaces } from "@ringdown/sip";
import type { Agent } from "./api-client.ts";
import { longestSilence, loudness, readWav, strengthAt } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp, startSippServer } from "./sipp.ts";
import { press, said, type TransferScene, withTransferScene } from "./transfer-scene.ts";
import { eventually } from "./wait.ts";

describe("a caller is put through", { concurrency: 3 }, () => {
  const peers = [sipp];
  let ringdown: RingdownProcess;
  let agent: Agent;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    agent = await ringdown.api.createAgent({
      ...{ username: "reception", phoneNumbers: ["+15550100"], autoRecordingNotification: "false" },
      welcomeMessage: "Reception, hello.",
    });
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
  });
  after(async () => {
    await ringdown?.stop();
  });

  const withCaller = (
    hold: number | undefined,
    play: (scene: TransferScene) => Promise<void>,
    user = agent.username,
    scenario: { name?: string; values?: Record<string, string> } = {},
  ) => withTransferScene({ ringdown, user, hold, ...scenario }, play);

  peerTest(
    "answered: both hear each other, the recording has both, the caller hangs up",
    { peers, onFailure },
    async () => {
      const call = await withCaller(12_000, async ({ caller, person, transfer, step }) => {
        const server = await startSippServer({
          scenario: "callee",
          values: { ring: "1500", rtpPort: String(person.port) },
        });
        await transfer(server);
        await step("transfer_ringing");
        await step("transfer_connected");
        caller.play(440, 8_000);
        await eventually("the person's side is open", () => person.packets.length > 0);
        person.play(700, 8_000);
        await eventually(
          "the caller hears the person",
          () => strengthAt(caller.heard().subarray(-4_000), 700) > 500,
        );
        await eventually(
          "the person hears the caller",
          () => strengthAt(person.heard().subarray(-4_000), 440) > 500,
        );
        const result = await server.result;
        assertSippPassed(result);
        const invite = result.messages.find(({ name }) => name === "INVITE");
        assert.match(invite?.header("From") ?? "", /\+1555/, "the person sees the caller's number");
        assert.match(invite?.header("Diversion") ?? "", /\+15550100/);
        assert.ok(longestSilence(caller.heard(), 8_000) < 2, "never silence for two seconds");
      });
      assert.deepEqual([call.endedBy, call.endCode, call.legs.length], ["caller", "caller_hung_up", 2]);
      const { channels, sampleRate } = readWav(await ringdown.api.recording(call.id));
      const [theirs, heard] = channels;
      assert.ok(theirs && heard);
      assert.ok(strengthAt(theirs.subarray(-24_000), 440, sampleRate) > 100);
      assert.ok(strengthAt(heard.subarray(-24_000), 700, sampleRate) > 100);
    },
  );

  peerTest(
    "confirmed by 1: the person alone hears the notification, then the caller",
    { peers, onFailure },
    async () => {
      await withCaller(undefined, async ({ transfer, person, caller, step, hangUp }) => {
        const server = await startSippServer({
          scenario: "callee",
          values: { ring: "100", rtpPort: String(person.port) },
        });
        await transfer(server, { confirm: true, transferNotification: "A customer about an invoice." });
        await eventually("the person hears why", () => loudness(person.heard().subarray(-8_000)) > 200);
        assert.ok(strengthAt(caller.heard().subarray(-8_000), 440) > 50 || loudness(caller.heard()) > 0);
        press(person, 1);
        await step("transfer_confirmed");
        await step("transfer_connected");
        person.play(700, 8_000);
        await eventually(
          "the caller hears the person",
          () => strengthAt(caller.heard().subarray(-4_000), 700) > 500,
        );
        await hangUp();
        assertSippPassed(await server.result);
      });
    },
  );

  peerTest("by the agent's menu: sales is busy, the desk takes it", { peers, onFailure }, async () => {
    const busy = await startSippServer({ scenario: "callee-refuses", values: { status: "486 Busy Here" } });
    const desk = await startSippServer({ scenario: "callee", values: { ring: "100" } });
    const [first, second] = [busy, desk].map(({ address }) => `sip:desk@127.0.0.1:${address.port}`);
    const menu = await ringdown.api.createAgent({
      ...{ username: "menu", autoRecordingNotification: "false", welcomeMessage: "Hello." },
      functions: [
        {
          type: "transfer",
          name: "sales",
          key: "1",
          condition: "talk to sales",
          destination: first,
          fallback: "desk",
        },
        { type: "transfer", name: "desk", destination: second },
      ],
    });
    const call = await withCaller(
      undefined,
      async ({ caller, step, call, hangUp }) => {
        press(caller, 1);
        await eventually("the agent says so", async () => /I will put you through/.test(said(await call())));
        await step("transfer_connected");
        await hangUp();
        for (const server of [busy, desk]) assertSippPassed(await server.result);
      },
      menu.username,
    );
    assert.deepEqual([call.endedBy, call.legs.length], ["system", 3]);
  });

  peerTest(
    "by the agent's menu: nobody can be had, and what comes last is done",
    { peers, onFailure },
    async () => {
      const menu = await ringdown.api.createAgent({
        ...{ username: "menu2", autoRecordingNotification: "false", welcomeMessage: "Hello." },
        functions: [
          { type: "transfer", name: "sales", key: "1", destination: "ext:1002", fallback: "hours" },
          { type: "say", name: "hours", text: "We are open on Mondays." },
        ],
      });
      await withCaller(
        undefined,
        async ({ caller, call }) => {
          press(caller, 1);
          await eventually("the fallback", async () => /We are open on Mondays/.test(said(await call())));
          assert.match(said(await call()), /cannot put you through from here/);
        },
        menu.username,
      );
    },
  );

  peerTest("one transfer at a time; given up, the caller is back", { peers, onFailure }, async () => {
    await withCaller(undefined, async ({ transfer, id, call, step }) => {
      const server = await startSippServer({ scenario: "callee-rings" });
      await transfer(server);
      await step("transfer_ringing");
      const path = `/api/v2/calls/${id}/transfer`;
      const second = await ringdown.api.raw("POST", path, { destination: "ext:1002" });
      assert.equal(second.status, 409, await second.text());
      await ringdown.api.json("DELETE", path);
      assertSippPassed(await server.result);
      await eventually("the agent is back", async () => /I am back with you/.test(said(await call())));
    });
  });

  for (const [answer, reason] of [
    ["603 Decline", /says 603/],
    ["202 Accepted", /never reported/],
  ] as const) {
    peerTest(`REFER is answered ${answer}, and no more: a call of ours`, { peers, onFailure }, async () => {
      const call = await withCaller(
        undefined,
        async ({ transfer, person, caller, step }) => {
          const server = await startSippServer({
            scenario: "callee",
            values: { ring: "300", rtpPort: String(person.port) },
          });
          // He holds the call and takes it back while it is being transferred.
          await transfer(server, { mode: "refer" });
          assert.match(String((await step("transfer_refer_fallback")).reason), reason);
          await step("transfer_connected");
          await eventually("the person's side is open", () => person.packets.length > 0);
          person.play(700, 8_000);
          await eventually(
            "the caller hears the person",
            () => strengthAt(caller.heard().subarray(-4_000), 700) > 500,
          );
        },
        agent.username,
        { name: "caller-referred", values: { answer } },
      );
      const steps = call.timeline.map(({ type }) => type);
      for (const name of ["transfer_refer_sent", "hold", "resume"])
        assert.ok(steps.includes(name), `${name}: ${steps.join(" ")}`);
    });
  }

  peerTest(
    "an INVITE with Replaces takes the caller's place: the agent follows",
    { peers, onFailure },
    async () => {
      const number = "+15557770123";
      const stack = await createSipStack({
        listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
        screen: () => "answer",
        onInvite: (call) => call.reject(486),
      });
      try {
        const remote = ringdown.udp;
        const uri = `sip:${agent.username}@${remote.host}:${remote.port}`;
        const caller = stack.userAgent.invite({
          ...{ requestUri: uri, to: `<${uri}>`, from: `<sip:${number}@127.0.0.1>` },
          sdp: "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\n",
          target: { transport: "udp", address: remote.host, port: remote.port },
        });
        const ended = new Promise<string>((resolve) => {
          caller.onEnded = ({ cause }) => resolve(cause);
        });
        const { id } = await eventually("the agent has the call", async () =>
          (await ringdown.api.calls()).find(({ from, state }) => from === number && state === "active"),
        );
        const named = caller.asReplaces();
        assert.ok(named !== undefined);
        const takes = (replaces: string, scenario: string) =>
          runSipp({ scenario, remote, values: { replaces, hold: "500", status: "481" } });
        const stranger = { ...named, toTag: "guessed" };
        assertSippPassed(await takes(serialiseReplaces(stranger), "replaces-refused"));
        assertSippPassed(await takes(serialiseReplaces(named), "replaces-caller"));
        assert.equal(await ended, "bye", "who had the place is hung up on");
        const call = await eventually("the call is over", async () => {
          const record = await ringdown.api.call(id);
          return record.state === "ended" && record;
        });
        assert.deepEqual([call.endedBy, call.endCode, call.legs.length], ["caller", "caller_hung_up", 2]);
      } finally {
        await stack.close();
      }
    },
  );
});
