// Calls that an agent makes, to SIPp: what goes over the wire (spec §3), how each end is told, and what is heard.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { Agent, CallRecord } from "./api-client.ts";
import { loudness, readWav, strengthAt, tone } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { freeTcpPort } from "./ports.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, type SippOptions, type SippServer, startSippServer } from "./sipp.ts";
import { eventually } from "./wait.ts";

const number = "+15550199";
const peers = [sipp];
let ringdown: RingdownProcess;
let agent: Agent;

before(async () => {
  ringdown = await RingdownProcess.start({ environment: { RINGDOWN_DOMAIN: "agents.test" } });
  agent = await ringdown.api.createAgent({ username: "caller", mode: "echo", phoneNumbers: ["+15550100"] });
  await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
});
after(async () => {
  await ringdown?.stop();
});
const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

async function place(target: string, settings: object = {}, by: Agent = agent): Promise<CallRecord> {
  const path = `/api/v2/calls?targetAccountId=${by.id}`;
  const { call } = await ringdown.api.json<{ call: CallRecord }>("POST", path, { target, ...settings });
  assert.deepEqual([call.direction, call.to], ["outbound", target]);
  return call;
}

function inState(id: string, state: string): Promise<CallRecord> {
  let last: CallRecord | undefined;
  return eventually(
    () => `call ${id} is ${state}: ${JSON.stringify(last)}`,
    async () => {
      last = await ringdown.api.call(id);
      return last.state === state && last;
    },
  );
}

const stepsOf = (call: CallRecord): string[] => call.timeline.map(({ type }) => type);
const answering = (options: Omit<SippOptions, "remote" | "scenario"> = {}): Promise<SippServer> =>
  startSippServer({ scenario: "callee", ...options, values: { ring: "100", ...options.values } });

/** Noise in syllables and pauses for breath, as a greeting goes: 8 kHz. */
function babble(seconds: number): Int16Array {
  let seed = 1;
  return Int16Array.from({ length: seconds * 8_000 }, (_, index) => {
    seed = (seed * 1_103_515_245 + 12_345) % 0x8000_0000;
    const swell = Math.abs(Math.sin((2 * Math.PI * 2.2 * index) / 8_000));
    return Math.round(((seed / 0x8000_0000) * 2 - 1) * 9_000 * swell);
  });
}

/** The INVITE as the peer got it. */
async function inviteAt(server: SippServer) {
  const result = await server.result;
  assertSippPassed(result);
  const invite = result.messages.find(({ name }) => name === "INVITE");
  assert.ok(invite);
  return {
    line: invite.text.split("\n", 1)[0],
    to: invite.header("To"),
    from: invite.header("From")?.replace(/;tag=.*/, ""),
    identity: invite.header("P-Asserted-Identity"),
    via: invite.header("Via"),
    contact: invite.header("Contact"),
  };
}

describe("calls out by a route: the wire", () => {
  async function callBy(routes: readonly object[], server: SippServer, settings: object = {}, by?: Agent) {
    const ids: string[] = [];
    for (const route of routes) {
      const answer = await ringdown.api.json<{ routes: string[] }>(
        "POST",
        "/api/v2/sip/outboundRoutes",
        route,
      );
      ids.push(...answer.routes);
    }
    try {
      const { id } = await place(number, settings, by);
      await inState(id, "active");
      await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
      return { ...(await inviteAt(server)), call: await inState(id, "ended") };
    } finally {
      for (const route of new Set(ids))
        await ringdown.api.json("DELETE", "/api/v2/sip/outboundRoutes", { route });
    }
  }

  peerTest("host and port of a route: Request-URI, To, From, identity", { peers, onFailure }, async () => {
    const server = await answering();
    const { port } = server.address;
    const seen = await callBy([{ route: `127.0.0.1:${port}` }], server);
    assert.equal(seen.line, `INVITE sip:${number}@127.0.0.1 SIP/2.0`);
    assert.equal(seen.to, `<sip:${number}@127.0.0.1>`);
    assert.equal(seen.from, "<sip:+15550100@agents.test>");
    assert.equal(seen.identity, "<sip:+15550100@agents.test>");
    assert.match(seen.via ?? "", /^SIP\/2\.0\/UDP 127\.0\.0\.1:/);
    assert.equal(seen.call.from, "+15550100");
    assert.deepEqual([seen.call.endedBy, seen.call.endCode], ["system", "operator"]);
  });

  peerTest(
    "proxyAddress is where it is sent; the route's host is named, its port is not used",
    { peers, onFailure },
    async () => {
      const server = await answering();
      const route = `trunk.test:9;proxyAddress=127.0.0.1:${server.address.port}`;
      const seen = await callBy([{ route }], server);
      assert.equal(seen.line, `INVITE sip:${number}@trunk.test SIP/2.0`);
      assert.equal(seen.to, `<sip:${number}@trunk.test>`);
    },
  );

  peerTest("transport=tcp goes by TCP", { peers, onFailure }, async () => {
    const server = await answering({ transport: "tcp" });
    const seen = await callBy([{ route: `127.0.0.1:${server.address.port};transport=tcp` }], server);
    assert.match(seen.via ?? "", /^SIP\/2\.0\/TCP /);
    assert.match(seen.contact ?? "", /transport=tcp/);
  });

  peerTest(
    "caller ID: of the call, else of the route; the username where there is no number",
    { peers, onFailure },
    async () => {
      const first = await answering();
      const ofRoute = { route: `127.0.0.1:${first.address.port}`, callerId: "+15550111" };
      assert.equal((await callBy([ofRoute], first)).from, "<sip:+15550111@agents.test>");
      const second = await answering();
      const both = { route: `127.0.0.1:${second.address.port}`, callerId: "+15550111" };
      const seen = await callBy([both], second, { callerId: "+15550122" });
      assert.deepEqual([seen.from, seen.identity], Array(2).fill("<sip:+15550122@agents.test>"));
      const third = await answering();
      const nameless = await ringdown.api.createAgent({ username: "nameless", mode: "echo" });
      const plain = await callBy([{ route: `127.0.0.1:${third.address.port}` }], third, {}, nameless);
      assert.deepEqual([plain.from, plain.identity], Array(2).fill("<sip:nameless@agents.test>"));
    },
  );

  peerTest("a route's credentials answer its challenge", { peers, onFailure }, async () => {
    const values = { username: "trunk", password: "open sesame" };
    const server = await startSippServer({ scenario: "answer-with-challenge", values });
    const route = { route: `127.0.0.1:${server.address.port}`, ...values };
    const { id } = await ringdown.api
      .json("POST", "/api/v2/sip/outboundRoutes", route)
      .then(() => place(number));
    await inState(id, "active");
    await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
    assertSippPassed(await server.result);
    await inState(id, "ended");
    await ringdown.api.json("DELETE", "/api/v2/sip/outboundRoutes", { route: route.route });
  });

  for (const status of [
    "500 Internal Error",
    "502 Bad Gateway",
    "503 Service Unavailable",
    "504 Server Time-out",
    "408 Request Timeout",
  ]) {
    peerTest(`after ${status} the next route is tried`, { peers, onFailure }, async () => {
      const failing = await startSippServer({ scenario: "callee-refuses", values: { status } });
      const server = await answering();
      const routes = [failing, server].map(({ address }) => ({ route: `127.0.0.1:${address.port}` }));
      const { call } = await callBy(routes, server);
      assertSippPassed(await failing.result);
      const steps = stepsOf(call);
      assert.deepEqual(
        steps.filter((step) => step === "dialling" || step === "attempt_failed"),
        ["dialling", "attempt_failed", "dialling"],
      );
    });
  }

  peerTest("a dead target, and a silent one, are passed over", { peers, onFailure }, async () => {
    const silent = await RtpProbe.open();
    const dead = await freeTcpPort();
    const server = await answering();
    try {
      const places = [`${dead};transport=tcp`, silent.port, server.address.port];
      const routes = places.map((place) => ({ route: `127.0.0.1:${place}` }));
      const { call } = await callBy(routes, server);
      const failed = call.timeline.filter(({ type }) => type === "attempt_failed");
      assert.equal(failed.length, 2, JSON.stringify(failed));
    } finally {
      await silent.close();
    }
  });

  for (const [status, code] of [
    ["486 Busy Here", "busy"],
    ["600 Busy Everywhere", "busy"],
    ["603 Decline", "declined"],
    ["404 Not Found", "not_found"],
    ["487 Request Terminated", "dial_failed"],
  ] as const) {
    peerTest(`${status} is final: no other route is tried`, { peers, onFailure }, async () => {
      const refusing = await startSippServer({ scenario: "callee-refuses", values: { status } });
      const untouched = await RtpProbe.open();
      const routes = [refusing.address.port, untouched.port].map((port) => `127.0.0.1:${port}`);
      try {
        for (const route of routes) await ringdown.api.json("POST", "/api/v2/sip/outboundRoutes", { route });
        const call = await inState((await place(number)).id, "ended");
        assert.equal(call.endCode, code, call.endReason ?? "");
        assert.match(call.endReason ?? "", new RegExp(status));
        assert.deepEqual([call.answeredAt, call.duration], [null, 0]);
        assertSippPassed(await refusing.result);
        assert.equal(untouched.packets.length, 0);
      } finally {
        for (const route of routes)
          await ringdown.api.json("DELETE", "/api/v2/sip/outboundRoutes", { route });
        await untouched.close();
      }
    });
  }
});

describe("calls out: how they go", { concurrency: 4 }, () => {
  peerTest(
    "answered: both sides are heard, digits follow the answer, and the recording has it",
    { peers, onFailure },
    async () => {
      const probe = await RtpProbe.open();
      const server = await answering({ values: { rtpPort: String(probe.port) } });
      try {
        const target = `sip:desk@127.0.0.1:${server.address.port}`;
        const { id } = await place(`${target},12#`);
        await inState(id, "active");
        await eventually("the agent's audio", () => probe.packets.length > 0);
        probe.play(700, 8_000);
        const digits = () => probe.packets.filter(({ payloadType, marker }) => payloadType === 101 && marker);
        await eventually("the digits after the answer", () => digits().length === 3);
        assert.deepEqual(
          digits().map(({ payload }) => payload[0]),
          [1, 2, 11],
        );
        const from = probe.packets.length;
        await eventually("the echo", () => loudness(probe.heard(from).subarray(-8_000)) > 1_000);
        await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
        assertSippPassed(await server.result);
        const call = await inState(id, "ended");
        assert.deepEqual([call.direction, call.codec, call.from], ["outbound", "PCMU", "+15550100"]);
        assert.ok(call.answeredAt !== null && call.duration !== null);
        const { channels, sampleRate } = readWav(await ringdown.api.recording(id));
        const [theirs, ours] = channels;
        assert.ok(theirs && ours);
        assert.ok(strengthAt(theirs, 700, sampleRate) > 100, "they are heard in the recording");
        assert.ok(loudness(ours) > 100, "and so are we");
      } finally {
        await probe.close();
      }
    },
  );

  peerTest(
    "early media is heard, recorded, and told apart from an answer",
    { peers, onFailure },
    async () => {
      const probe = await RtpProbe.open();
      const values = { ring: "1500", status: "486 Busy Here", rtpPort: String(probe.port) };
      const server = await startSippServer({ scenario: "callee-early", values });
      try {
        const { id } = await place(`sip:desk@127.0.0.1:${server.address.port}`);
        // It learns from where we send, as a gateway does.
        await eventually("our silence", () => probe.packets.length > 0);
        probe.play(440, 8_000);
        const call = await inState(id, "ended");
        assert.deepEqual([call.endCode, call.answeredAt, call.duration], ["busy", null, 0]);
        assert.ok(stepsOf(call).includes("early_media"), stepsOf(call).join(" "));
        const { channels, sampleRate } = readWav(await ringdown.api.recording(id));
        assert.ok(channels[0] && strengthAt(channels[0], 440, sampleRate) > 100);
        assert.equal(loudness(probe.heard()), 0, "nothing is said into it");
        assertSippPassed(await server.result);
      } finally {
        await probe.close();
      }
    },
  );

  peerTest("a machine answers: the message is left after its beep, whole", { peers, onFailure }, async () => {
    const probe = await RtpProbe.open();
    const server = await answering({ values: { rtpPort: String(probe.port) } });
    const caller = await ringdown.api.createAgent({
      ...{ username: "reminder", onMachine: "leaveMessage", welcomeMessage: "Is this a person?" },
      machineMessage: "This is a reminder of your appointment tomorrow.",
    });
    try {
      const { id } = await place(`sip:desk@127.0.0.1:${server.address.port}`, {}, caller);
      await inState(id, "active");
      await eventually("the agent's silence", () => probe.packets.length > 0);
      const greeting = babble(4);
      const beepAt = greeting.length / 8;
      probe.speak(Int16Array.from([...greeting, ...tone(1_000, 0.4, 8_000)]));
      const call = await inState(id, "ended");
      assert.deepEqual([call.endCode, call.endedBy], ["message_left", "agent"]);
      const steps = stepsOf(call);
      for (const step of ["answered_by", "beep_heard", "message_left"]) assert.ok(steps.includes(step), step);
      assert.deepEqual(
        call.callDialog.map(({ role, content }) => [role, content]),
        [["agent", "This is a reminder of your appointment tomorrow."]],
      );
      const { channels, sampleRate } = readWav(await ringdown.api.recording(id));
      const [, ours] = channels;
      assert.ok(ours && sampleRate === 8_000);
      const first = ours.findIndex((sample) => Math.abs(sample) > 300) / 8;
      assert.ok(first > beepAt, `not a word into the greeting: ${first} ms, the beep is at ${beepAt} ms`);
      assertSippPassed(await server.result);
    } finally {
      await probe.close();
    }
  });

  peerTest("nobody answers: cancelled when the time to ring is over", { peers, onFailure }, async () => {
    const server = await startSippServer({ scenario: "callee-rings" });
    const { id } = await place(`sip:desk@127.0.0.1:${server.address.port}`, { ringSeconds: 5 });
    const call = await inState(id, "ended");
    assert.deepEqual([call.endCode, call.endedBy], ["no_answer", "system"]);
    assertSippPassed(await server.result);
  });

  peerTest("ended through the API while it rings: CANCEL", { peers, onFailure }, async () => {
    const server = await startSippServer({ scenario: "callee-rings" });
    const { id } = await place(`sip:desk@127.0.0.1:${server.address.port}`);
    await eventually("it rings", async () => stepsOf(await ringdown.api.call(id)).includes("progress"));
    await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
    assert.equal((await inState(id, "ended")).endCode, "cancelled_by_operator");
    assertSippPassed(await server.result);
  });

  for (const [status, code, sentence] of [
    [
      "302 Moved Temporarily\nContact: <sip:+19005550100@127.0.0.1:9>",
      "dial_failed",
      /redirected, which is not followed/,
    ],
    ["403 Forbidden", "rejected", /may not know our address/],
    [
      '407 Proxy Authentication Required\nProxy-Authenticate: Digest realm="x", nonce="n"',
      "rejected",
      /make it an outbound route/,
    ],
    ["488 Not Acceptable Here", "rejected", /codecs/],
    ["480 Temporarily Unavailable", "no_answer", /cannot be had now/],
  ] as const) {
    peerTest(`${status.split("\n", 1)[0]}: said for a person`, { peers, onFailure }, async () => {
      const server = await startSippServer({ scenario: "callee-refuses", values: { status } });
      const { id } = await place(`sip:desk@127.0.0.1:${server.address.port}`);
      const call = await inState(id, "ended");
      assert.equal(call.endCode, code, call.endReason ?? "");
      assert.match(call.endReason ?? "", sentence);
      assertSippPassed(await server.result);
    });
  }

  peerTest("no way: neither route nor registration", { peers: [], onFailure }, async () => {
    const call = await inState((await place("ext:1002")).id, "ended");
    assert.equal(call.endCode, "no_route");
    assert.match(call.endReason ?? "", /POST \/api\/v2\/sip\/registration/);
  });

  peerTest("an agent calls another one of this node", { peers: [], onFailure }, async () => {
    const other = await ringdown.api.createAgent({ username: "colleague", mode: "echo" });
    const { id } = await place("colleague");
    await inState(id, "active");
    const inbound = await eventually("the colleague's side", async () =>
      (await ringdown.api.calls()).find(({ agentId, state }) => agentId === other.id && state === "active"),
    );
    assert.deepEqual([inbound.direction, inbound.from, inbound.to], ["inbound", "+15550100", "colleague"]);
    await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
    assert.equal((await inState(inbound.id, "ended")).endedBy, "caller");
    await inState(id, "ended");
  });
});
