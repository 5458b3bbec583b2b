// The attendant's menu, driven by keys of SIPp's own making: RFC 4733, and INFO.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { readWav, soundSeconds } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";

// SIPp plays its events through a raw socket.
const mayPlayEvents = process.getuid?.() === 0;

describe("SIPp presses keys", { concurrency: 2 }, () => {
  let ringdown: RingdownProcess;
  const options = {
    peers: [sipp],
    onFailure: (error: unknown, name: string) => ringdown?.onFailure(error, name),
  };

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({
      username: "menu-line",
      title: "Menu",
      mode: "attendant",
      welcomeMessage: "Hello, this is the test line.",
      functions: [
        { type: "say", name: "opening hours", key: "1", text: "We are open from nine to five." },
        { type: "endCall", name: "end the call", key: "9", farewell: "Goodbye." },
      ],
    });
  });
  after(() => ringdown?.stop());

  peerTest("by INFO: 1 is answered, 9 ends the call, what is no key gets 415", options, async () => {
    const result = await runSipp({
      ...{ scenario: "keys-info", remote: ringdown.udp, user: "menu-line", limitSeconds: 40 },
      values: {
        ...{ payloads: "0", rtpmaps: "a=rtpmap:0 PCMU/8000" },
        ...{ before: "500", between: "8000" },
      },
    });
    assertSippPassed(result);
    const call = await ringdown.endedCall(result.callId);
    assert.equal(call.endedBy, "agent");
    const keys = call.timeline.filter(({ type }) => type === "dtmf_received");
    assert.deepEqual(
      keys.map(({ digit, durationMs }) => [digit, durationMs]),
      [
        ["1", 250],
        ["9", 160],
      ],
    );
    assert.ok(
      call.callDialog.some(({ content }) => /nine to five/.test(content)),
      JSON.stringify(call.callDialog),
    );
  });

  describe("by RFC 4733", { skip: mayPlayEvents ? false : "SIPp needs root to play events" }, () => {
    peerTest("1 is answered, 9 ends the call", { ...options, timeout: 60_000 }, async () => {
      const result = await runSipp({
        scenario: "keys",
        remote: ringdown.udp,
        user: "menu-line",
        limitSeconds: 40,
        values: {
          payloads: "0 96",
          rtpmaps: "a=rtpmap:0 PCMU/8000\na=rtpmap:96 telephone-event/8000\na=fmtp:96 0-15",
          before: "7000",
          keys: "1",
          between: "5000",
          lastKeys: "9",
        },
      });
      assertSippPassed(result);
      const call = await ringdown.endedCall(result.callId);
      assert.equal(call.endedBy, "agent");
      const said = call.callDialog.filter((turn) => turn.role === "agent").map((turn) => turn.content);
      // A recording notice may come before the greeting.
      assert.ok(
        said.some((text) => /^Hello/.test(text)),
        JSON.stringify(call.callDialog),
      );
      assert.ok(
        said.some((text) => /nine to five/.test(text)),
        JSON.stringify(call.callDialog),
      );
      assert.match(said.at(-1) ?? "", /Goodbye/);
      const wav = readWav(await ringdown.api.recording(call.id));
      assert.ok(
        soundSeconds(wav.channels[1] ?? new Int16Array(), wav.sampleRate) > 3,
        "the agent's side speaks",
      );
    });
  });
});
