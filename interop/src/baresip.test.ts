// A real softphone calls the agent of a first start, listens, presses keys, and hangs up.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import {
  canRecognise,
  longestSilence,
  readWav,
  recognise,
  shareHeard,
  soundSeconds,
  tone,
  wordsOf,
} from "./audio.ts";
import { Baresip } from "./baresip.ts";
import { baresip, peerTest } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually, pause } from "./wait.ts";

/** How long the softphone listens to the greeting, ms. */
const LISTEN_MS = 9_000;

describe("baresip", { concurrency: 3 }, () => {
  let ringdown: RingdownProcess;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);
  const options = { peers: [baresip], onFailure };

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({ username: "short-line", title: "Short", mode: "echo" });
    await ringdown.api.createAgent({
      username: "leaving-line",
      title: "Leaves",
      mode: "attendant",
      welcomeMessage: "Hello.",
      functions: [{ type: "endCall", name: "end the call", key: "9", farewell: "Goodbye then." }],
    });
  });
  after(() => ringdown?.stop());

  async function only(agentUsername: string): Promise<string> {
    const agent = (await ringdown.api.agents()).find((candidate) => candidate.username === agentUsername);
    const calls = (await ringdown.api.calls()).filter((call) => call.agentId === agent?.id);
    assert.equal(calls.length, 1);
    return calls[0]?.sipCallId ?? "";
  }

  peerTest("dials the demo agent and understands its greeting", { ...options, timeout: 90_000 }, async () => {
    const demo = (await ringdown.api.agents()).find((agent) => agent.username === "demo");
    assert.ok(demo !== undefined, "the first start makes the agent demo");
    assert.equal(demo.mode, "attendant");
    const phone = await Baresip.start({ user: "+15550100401" });
    try {
      await phone.dial(`sip:demo@127.0.0.1:${ringdown.udp.port}`);
      await phone.event("CALL_ESTABLISHED");
      await pause(LISTEN_MS);
      await phone.hangUp();
      await phone.event("CALL_CLOSED");
      const heard = await phone.heard();
      const samples = heard.channels[0] ?? new Int16Array();
      assert.ok(heard.seconds > LISTEN_MS / 1_000 - 2, `${heard.seconds} s recorded`);
      assert.ok(soundSeconds(samples, heard.sampleRate) > 2, "speech is heard");
      assert.ok(longestSilence(samples, heard.sampleRate) < 6, "no long hole in it");

      const call = await ringdown.endedCall(await only("demo"));
      assert.equal(call.endedBy, "caller");
      assert.equal(call.from, "+15550100401");
      assert.equal(call.codec, "PCMU");
      const { qualitySamples = [] } = call;
      assert.ok(qualitySamples.length >= 2, JSON.stringify(qualitySamples));
      // As the softphone reports it, and its round trip over the loopback.
      const told = qualitySamples.find(({ remoteMos }) => remoteMos !== undefined);
      assert.ok(told, JSON.stringify(qualitySamples));
      assert.equal(told.remoteLostPercent, 0);
      assert.ok(Number(told.remoteMos) > 4, JSON.stringify(told));
      assert.ok(
        qualitySamples.every(({ mos }) => Number(mos) > 3),
        JSON.stringify(qualitySamples),
      );
      const agentSaid = call.callDialog.filter((turn) => turn.role === "agent").map((turn) => turn.content);
      assert.ok(agentSaid.length > 0, "the transcript holds the greeting");
      assert.ok(call.recording !== null, "recording");
      const wav = readWav(await ringdown.api.recording(call.id));
      assert.equal(wav.channels.length, 2);
      assert.ok(soundSeconds(wav.channels[1] ?? new Int16Array(), wav.sampleRate) > 2, "agent on the right");
      assert.ok(
        soundSeconds(wav.channels[0] ?? new Int16Array(), wav.sampleRate) < 0.5,
        "silent caller on the left",
      );
      if (canRecognise()) {
        const words = recognise(samples);
        const expected = wordsOf(agentSaid.join(" ")).filter((word) => word.length > 2);
        const share = shareHeard(expected, words);
        assert.ok(share >= 0.4, `understood ${share} of "${agentSaid.join(" ")}": "${words.join(" ")}"`);
      }
    } finally {
      await phone.stop();
    }
  });

  peerTest("presses a key that ends the call: the agent says goodbye and hangs up", options, async () => {
    const phone = await Baresip.start({ user: "+15550100402" });
    try {
      await phone.dial(`sip:leaving-line@127.0.0.1:${ringdown.udp.port}`);
      await phone.event("CALL_ESTABLISHED");
      await pause(3_500);
      await phone.press("9");
      await phone.event("CALL_CLOSED", 15_000);
      const call = await ringdown.endedCall(await only("leaving-line"));
      assert.equal(call.endedBy, "agent");
      assert.match(call.callDialog.at(-1)?.content ?? "", /Goodbye then/, JSON.stringify(call.callDialog));
    } finally {
      await phone.stop();
    }
  });

  peerTest("over TCP, to the echo: hears itself", options, async () => {
    const phone = await Baresip.start({
      user: "+15550100403",
      speech: tone(700, 30, 6_000),
      transport: "tcp",
    });
    try {
      await phone.dial(`sip:short-line@127.0.0.1:${ringdown.tcp.port}`);
      await phone.event("CALL_ESTABLISHED");
      await pause(2_500);
      await phone.hangUp();
      await phone.event("CALL_CLOSED");
      const heard = await phone.heard();
      assert.ok(
        soundSeconds(heard.channels[0] ?? new Int16Array(), heard.sampleRate) > 1.5,
        "the echo is heard",
      );
      const sipCallId = await eventually("the call", () => only("short-line"));
      assert.equal((await ringdown.endedCall(sipCallId)).endedBy, "caller");
    } finally {
      await phone.stop();
    }
  });
});
