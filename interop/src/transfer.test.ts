// Callers whom an operator puts through to a person: SIPp calls the agent, SIPp is the person. For each case: what the caller
// and the person heard, how each leg ended, what the caller was told.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe } from "node:test";
import { createSipStack, serialiseReplaces } from "@ringdown/sip";
import { FliteEngine } from "@ringdown/voice";
import type { Agent, CallRecord } from "./api-client.ts";
import { longestSilence, loudness, readWav, strengthAt } from "./audio.ts";
import { type Peer, peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, runSipp, startSippServer } from "./sipp.ts";
import { press, said, type TransferScene, withTransferScene } from "./transfer-scene.ts";
import { eventually } from "./wait.ts";

const clip = "/usr/share/pocketsphinx/test/data/goforward.raw";
const people: Peer = { program: "pocketsphinx_batch", debianPackage: "pocketsphinx-testdata", file: clip };

/** A person says "go forward ten meters": 8 kHz. */
function goForward(): Int16Array {
  const bytes = readFileSync(clip);
  const out = new Int16Array(bytes.length / 4);
  for (let at = 0; at < out.length; at++)
    out[at] = (bytes.readInt16LE(at * 4) + bytes.readInt16LE(at * 4 + 2)) / 2;
  return out;
}

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

  for (const [country, hertz] of [
    ["+1555", [440, 480]],
    ["+4420", [400, 450]],
    ["+8190", [384, 416]],
  ] as const) {
    peerTest(
      `confirmed by 1: the person alone hears the notification, and ${country} the ringing of home`,
      { peers, onFailure },
      async () => {
        const ringing = await ringdown.api.createAgent({
          ...{ username: `ringing-${country.slice(1)}`, transferAudio: "ringback", welcomeMessage: "Hello." },
          autoRecordingNotification: "false",
        });
        await withTransferScene({ ringdown, user: ringing.username, country }, async (scene) => {
          const { transfer, person, caller, step, hangUp, assertNeverQuiet } = scene;
          const server = await startSippServer({
            scenario: "callee",
            values: { ring: "100", rtpPort: String(person.port) },
          });
          await transfer(server, { confirm: true, transferNotification: "A customer about an invoice." });
          await step("transfer_ringing");
          const from = caller.packets.length + 10;
          await eventually("the person hears why", () => loudness(person.heard().subarray(-8_000)) > 200);
          // As long as the longest pause, so that there is a ring in it.
          await eventually("it has rung", () => caller.packets.length - from > 250);
          const heard = caller.heard(from);
          let rings = 0;
          for (let at = 0; at + 800 <= heard.length; at += 800) {
            const part = heard.subarray(at, at + 800);
            const tones = hertz.map((one) => strengthAt(part, one));
            if (Math.min(...tones) > 1_000) rings++;
            if (Math.max(...tones) < 50) assert.ok(loudness(part) < 400, "nothing but a line in the pauses");
          }
          assert.ok(rings >= 4, `it rang for ${rings / 10} s`);
          assertNeverQuiet();
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
  }

  const saysYes = async (): Promise<Int16Array> => {
    const voice = new FliteEngine();
    try {
      const words = await voice.synthesise("Yes, put him through.", "rms", 8_000);
      // As often as somebody says it who is not heard at once.
      const line = new Int16Array(5 * 24_000);
      for (let at = 4_000; at < line.length; at += 24_000) line.set(words, at);
      return line;
    } finally {
      await voice.close();
    }
  };

  for (const [trigger, by, words] of [
    ["take it|go forward", "his words", goForward],
    ["any", "his voice", goForward],
    [null, "yes", saysYes],
  ] as const) {
    peerTest(
      `attended: the person takes the call by ${by}, and the agent stays until then`,
      { peers: [...peers, people], onFailure },
      async () => {
        const desk = await RtpProbe.open();
        const server = await startSippServer({
          ...{ scenario: "callee", limitSeconds: 50 },
          values: { ring: "100", rtpPort: String(desk.port) },
        });
        const destination = `sip:desk@127.0.0.1:${server.address.port}`;
        const staying = await ringdown.api.createAgent({
          ...{ username: `staying-${trigger?.slice(0, 3)}`, autoRecordingNotification: "false" },
          ...{ attendedTransfers: true, attendedTransferBridgeTrigger: trigger, welcomeMessage: "Hello." },
          functions: [
            { type: "transfer", name: "desk", key: "1", destination, transferNotification: "A customer." },
          ],
        });
        let call: CallRecord;
        try {
          call = await withTransferScene({ ringdown, user: staying.username }, async (scene) => {
            const { caller, step, call, hangUp } = scene;
            press(caller, 1);
            await step("transfer_started");
            const since = performance.now();
            await eventually("the person is asked", () => loudness(desk.heard().subarray(-4_000)) > 200);
            await eventually("the agent says that he stays", async () =>
              /stay with you/.test(said(await call())),
            );
            desk.speak(await words());
            const { by: how } = await step("transfer_confirmed");
            assert.equal(how, "speech");
            await step("transfer_connected");
            assert.ok(caller.longestQuiet(since) < 2);
            desk.play(700, 8_000);
            await eventually("they talk", () => strengthAt(caller.heard().subarray(-4_000), 700) > 500);
            await hangUp();
            assertSippPassed(await server.result);
          });
        } finally {
          await desk.close();
        }
        const steps = call.timeline.map(({ type }) => type);
        assert.ok(steps.lastIndexOf("conversation_suspended") > steps.indexOf("transfer_confirmed"));
      },
    );
  }

  peerTest("to another agent of the node, by his username", { peers, onFailure }, async () => {
    const settings = { username: "colleague", autoRecordingNotification: "false" };
    const colleague = await ringdown.api.createAgent({
      ...settings,
      welcomeMessage: "The colleague speaking.",
    });
    const call = await withCaller(undefined, async ({ transfer, step, caller, assertNeverQuiet }) => {
      await transfer(undefined, { destination: "colleague" });
      await step("transfer_connected");
      const from = caller.packets.length;
      await eventually("the colleague speaks", () => loudness(caller.heard(from)) > 200);
      assertNeverQuiet();
    });
    assert.equal(call.legs.length, 2);
    const theirs = (await ringdown.api.calls()).find(({ agentId }) => agentId === colleague.id);
    assert.deepEqual([theirs?.from, theirs?.endedBy], [call.from, "caller"]);
  });

  for (const useAgentNumber of [false, true]) {
    const who = useAgentNumber ? "agent's" : "caller's";
    peerTest(
      `to a number, by the route: the trunk sees the ${who} number`,
      { peers, onFailure },
      async () => {
        const trunk = await startSippServer({ scenario: "callee", values: { ring: "100" } });
        const route = `127.0.0.1:${trunk.address.port}`;
        await ringdown.api.json("POST", "/api/v2/sip/outboundRoutes", { route });
        try {
          const call = await withCaller(undefined, async ({ transfer, step, hangUp }) => {
            await transfer(undefined, { destination: "+15125550177", useAgentNumber });
            await step("transfer_connected");
            await hangUp();
          });
          const { messages } = await trunk.result;
          const invite = messages.find(({ name }) => name === "INVITE");
          assert.match(invite?.text ?? "", /^INVITE sip:\+15125550177@127\.0\.0\.1/);
          const number = useAgentNumber ? "+15550100" : call.from;
          assert.match(invite?.header("From") ?? "", new RegExp(`sip:\\${number}@`));
          assert.match(invite?.header("Diversion") ?? "", /\+15550100/);
          assert.match(invite?.header("Referred-By") ?? "", /reception@/);
        } finally {
          await ringdown.api.json("DELETE", "/api/v2/sip/outboundRoutes", { route });
        }
      },
    );
  }

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
