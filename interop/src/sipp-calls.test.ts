// Calls that SIPp makes: what goes over the wire, and what the call record says afterwards.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { CallRecord } from "./api-client.ts";
import { loudness, muLaw, readWav, strongestAt, tone } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, received, runSipp } from "./sipp.ts";
import { eventually, pause } from "./wait.ts";

describe("SIPp calls", { concurrency: 4 }, () => {
  let ringdown: RingdownProcess;
  const options = {
    peers: [sipp],
    onFailure: (error: unknown, name: string) => ringdown?.onFailure(error, name),
  };

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({
      username: "echo-line",
      title: "Echo",
      mode: "echo",
      phoneNumbers: ["+15550101001"],
    });
  });
  after(() => ringdown?.stop());

  /** What every call that was answered and ended by the caller has in its record. */
  function assertAnsweredCall(call: CallRecord, endedBy: string): void {
    assert.equal(call.direction, "inbound");
    assert.equal(call.state, "ended");
    assert.equal(call.from, "+15550100200");
    assert.equal(call.endedBy, endedBy);
    assert.ok(call.endCode, "endCode");
    assert.ok(call.answeredAt !== null && call.endedAt !== null, "times");
    assert.ok(Date.parse(call.startedAt) <= Date.parse(call.answeredAt));
    assert.ok(Date.parse(call.answeredAt) <= Date.parse(call.endedAt));
    assert.match(call.endedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.ok(call.codec === "PCMU" || call.codec === "PCMA", `codec ${call.codec}`);
    assert.ok(call.legs.length >= 1, "legs");
  }

  peerTest("a call with RTP is answered, recorded in stereo and kept", options, async () => {
    const tones = Uint8Array.from(tone(1_000, 1), muLaw);
    const result = await runSipp({
      scenario: "call-rtp",
      remote: ringdown.udp,
      user: "echo-line",
      values: { hold: "3000", rtpPort: "[rtpstream_audio_port]" },
      files: { "tone.ul": tones },
    });
    assertSippPassed(result);
    assert.ok(received(result).includes("100 INVITE"), "100 Trying");
    const call = await ringdown.endedCall(result.callId);
    assertAnsweredCall(call, "caller");
    assert.ok(
      call.duration !== null && call.duration >= 2 && call.duration <= 6,
      `duration ${call.duration}`,
    );
    assert.ok(Number(call.quality?.packetsReceived) > 100, JSON.stringify(call.quality));
    assert.ok(Number(call.quality?.packetsSent) > 100, JSON.stringify(call.quality));
    assert.ok(call.recording !== null, "recording");
    const wav = readWav(await ringdown.api.recording(call.id));
    assert.equal(wav.channels.length, 2);
    const [caller, agent] = wav.channels;
    assert.ok(caller !== undefined && agent !== undefined);
    // The caller left, the echo right.
    for (const side of [caller, agent]) {
      assert.ok(strongestAt(side, 1_000) > 4_000, "the caller's tone");
    }
  });

  peerTest("echo: a steady stream comes back, with our tone in it and nothing missing", options, async () => {
    const probe = await RtpProbe.open();
    try {
      const run = runSipp({
        scenario: "call",
        remote: ringdown.udp,
        user: "+15550101001",
        values: { hold: "4000", rtpPort: String(probe.port) },
      });
      await eventually("RTP before the caller has sent any", () => probe.packets.length > 5);
      assert.ok(loudness(probe.heard()) < 200, "silence before the caller speaks");
      probe.play(1_000, 8_000);
      await pause(2_000);
      probe.stop();
      const result = await run;
      assertSippPassed(result);
      assert.equal(probe.missing(), 0);
      const seconds = ((probe.packets.at(-1)?.at ?? 0) - (probe.packets[0]?.at ?? 0)) / 1_000;
      assert.ok(
        Math.abs(probe.packets.length - seconds * 50) < 15,
        `${probe.packets.length} in ${seconds} s`,
      );
      assert.equal(new Set(probe.packets.map((packet) => packet.ssrc)).size, 1);
      assert.ok(strongestAt(probe.heard(), 1_000) > 6_000, "the tone came back");
      const call = await ringdown.endedCall(result.callId);
      assertAnsweredCall(call, "caller");
      assert.equal(call.to, "+15550101001");
    } finally {
      await probe.close();
    }
  });

  peerTest("over TCP", options, async () => {
    const result = await runSipp({
      scenario: "call",
      remote: ringdown.tcp,
      transport: "tcp",
      user: "echo-line",
    });
    assertSippPassed(result);
    assertAnsweredCall(await ringdown.endedCall(result.callId), "caller");
  });

  peerTest("several calls at once over one TCP connection", options, async () => {
    const result = await runSipp({
      scenario: "call",
      remote: ringdown.tcp,
      transport: "tcp",
      user: "echo-line",
      calls: 5,
      parameters: ["-r", "10"],
    });
    assertSippPassed(result);
  });

  peerTest(
    "an INVITE without SDP gets our offer in the 200, and media by the answer in the ACK",
    options,
    async () => {
      const probe = await RtpProbe.open();
      try {
        const result = await runSipp({
          scenario: "no-offer",
          remote: ringdown.udp,
          user: "echo-line",
          values: { rtpPort: String(probe.port), hold: "1500" },
        });
        assertSippPassed(result);
        assert.ok(probe.packets.length > 40, `${probe.packets.length} packets`);
        assertAnsweredCall(await ringdown.endedCall(result.callId), "caller");
      } finally {
        await probe.close();
      }
    },
  );

  peerTest("CANCEL while it rings: 487, and a call that was never answered", options, async () => {
    await ringdown.api.createAgent({
      username: "slow-line",
      title: "Rings first",
      mode: "echo",
      preAnswerRingTime: 10,
    });
    const result = await runSipp({ scenario: "cancel", remote: ringdown.udp, user: "slow-line" });
    assertSippPassed(result);
    const call = await ringdown.endedCall(result.callId);
    assert.equal(call.endedBy, "caller");
    assert.equal(call.answeredAt, null);
  });

  peerTest("hold by re-INVITE, then resume to another port", options, async () => {
    const first = await RtpProbe.open();
    const second = await RtpProbe.open();
    try {
      const result = await runSipp({
        scenario: "hold-resume",
        remote: ringdown.udp,
        user: "echo-line",
        values: { rtpPort: String(first.port), rtpPortResumed: String(second.port), hold: "1000" },
      });
      assertSippPassed(result);
      assert.ok(first.packets.length > 30, `before the hold: ${first.packets.length} packets`);
      assert.ok(second.packets.length > 30, `after the resume: ${second.packets.length} packets`);
      assertAnsweredCall(await ringdown.endedCall(result.callId), "caller");
    } finally {
      await first.close();
      await second.close();
    }
  });

  peerTest("the operator hangs up by the API: BYE to the caller", options, async () => {
    const agent = await ringdown.api.createAgent({ username: "operator-line", title: "Ended", mode: "echo" });
    const run = runSipp({ scenario: "they-hang-up", remote: ringdown.udp, user: "operator-line" });
    const running = await eventually("a running call", async () =>
      (await ringdown.api.calls()).find((call) => call.state === "active" && call.agentId === agent.id),
    );
    await ringdown.api.json("POST", `/api/v2/calls/${running.id}/hangup`);
    const result = await run;
    assertSippPassed(result);
    assert.equal(running.sipCallId, result.callId);
    const call = await ringdown.endedCall(result.callId);
    assertAnsweredCall(call, call.endedBy === "agent" ? "agent" : "system");
    const again = await ringdown.api.raw("POST", `/api/v2/calls/${running.id}/hangup`);
    assert.equal(again.status, 409);
  });

  peerTest("a retransmitted INVITE makes one call", options, async () => {
    const result = await runSipp({ scenario: "invite-twice", remote: ringdown.udp, user: "echo-line" });
    assertSippPassed(result);
    const tags = result.messages
      .filter((message) => message.direction === "received" && message.name === "200 INVITE")
      .map((message) => message.header("To"));
    assert.ok(tags.length >= 1);
    assert.equal(new Set(tags).size, 1, "one To tag");
    // endedCall throws when there are two records.
    assertAnsweredCall(await ringdown.endedCall(result.callId), "caller");
  });

  peerTest("OPTIONS from a listed source", options, async () => {
    assertSippPassed(await runSipp({ scenario: "options", remote: ringdown.udp }));
    assertSippPassed(await runSipp({ scenario: "options", remote: ringdown.tcp, transport: "tcp" }));
  });

  // 64*T1 is 32 s: the slowest test there is, so it runs beside the others.
  peerTest("no ACK: the 200 is repeated for 32 s, then BYE", { ...options, timeout: 60_000 }, async () => {
    const result = await runSipp({
      scenario: "lost-ack",
      remote: ringdown.udp,
      user: "echo-line",
      limitSeconds: 45,
    });
    assertSippPassed(result);
    const answers = result.messages.filter(
      (message) => message.direction === "received" && message.name === "200 INVITE",
    );
    // RFC 3261 §13.3.1.4: after T1, doubling up to T2: 0.5 1.5 3.5 7.5 11.5 … 31.5 s.
    assert.ok(answers.length >= 9 && answers.length <= 12, `${answers.length} times 200`);
    const call = await ringdown.endedCall(result.callId);
    assert.equal(call.endedBy, "system");
  });
});
