// Who may call whom: each refusal of the inbound judgement, from SIPp's and a raw socket's point of view.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { RejectedCall } from "./api-client.ts";
import { peerTest, sipp } from "./peer.ts";
import { headerOf, RawUdp, requestText, statusOf } from "./raw-sip.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp, type SippOptions } from "./sipp.ts";
import { eventually } from "./wait.ts";

/** Long enough for an answer on loopback, had there been one; T1 is 500 ms. */
const SILENCE_MS = 1_200;

describe("refusals", { concurrency: 4 }, () => {
  let ringdown: RingdownProcess;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);
  const options = { peers: [sipp], onFailure };

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({ username: "echo-line", title: "Echo", mode: "echo" });
  });
  after(() => ringdown?.stop());

  async function refused(run: Omit<SippOptions, "scenario" | "remote">): Promise<void> {
    const remote = run.transport === "tcp" ? ringdown.tcp : ringdown.udp;
    assertSippPassed(await runSipp({ scenario: "refused", remote, ...run }));
  }

  async function rejection(wanted: (call: RejectedCall) => boolean): Promise<RejectedCall> {
    return eventually("a rejected call", async () => (await ringdown.api.rejectedCalls()).find(wanted));
  }

  peerTest("a source that is not listed: 403 source_not_listed", options, async () => {
    await refused({ localAddress: "127.0.0.2", values: { status: "403" } });
    const record = await rejection((call) => call.source.includes("127.0.0.2"));
    assert.equal(record.code, "source_not_listed");
    assert.equal(record.status, 403);
    assert.equal(record.transport.toLowerCase(), "udp");
    assert.ok(record.hint.length > 10, "a hint for a person");
    assert.ok(Math.abs(Date.parse(record.at) - Date.now()) < 60_000);
  });

  peerTest("a source that is not listed, over TCP", options, async () => {
    await refused({ localAddress: "127.0.0.4", transport: "tcp", values: { status: "403" } });
    const record = await rejection((call) => call.source.includes("127.0.0.4"));
    assert.equal(record.code, "source_not_listed");
    assert.equal(record.transport.toLowerCase(), "tcp");
  });

  peerTest("a source that is not listed learns nothing about agents", options, async () => {
    await refused({ localAddress: "127.0.0.5", user: "nobody-at-all", values: { status: "403" } });
    const record = await rejection((call) => call.source.includes("127.0.0.5"));
    assert.equal(record.code, "source_not_listed");
  });

  peerTest("a header does not make a source listed", { onFailure }, async () => {
    const raw = await RawUdp.open(ringdown.udp, "127.0.0.6");
    try {
      await raw.send(
        requestText(raw.local, ringdown.udp, {
          headers: {
            "X-Forwarded-For": "127.0.0.1",
            "P-Asserted-Identity": "<sip:+15550100300@127.0.0.1>",
            Contact: "<sip:raw@127.0.0.1:5060>",
          },
        }),
      );
      assert.equal(statusOf((await raw.final()) ?? ""), 403);
    } finally {
      await raw.close();
    }
  });

  peerTest(
    "a source counts from the next INVITE once it is listed, and no more once it is removed",
    options,
    async () => {
      const from = {
        localAddress: "127.0.0.3",
        remote: ringdown.udp,
        user: "echo-line",
        values: { hold: "300" },
      };
      await refused({ localAddress: "127.0.0.3", values: { status: "403" } });
      const added = await ringdown.api.raw("POST", "/api/v2/sip/ipWhitelist", {
        ip: "127.0.0.3",
        label: "interop",
      });
      assert.equal(added.status, 201, await added.text());
      assertSippPassed(await runSipp({ scenario: "call", ...from }));
      const removed = await ringdown.api.raw("DELETE", "/api/v2/sip/ipWhitelist", { ip: "127.0.0.3" });
      assert.equal(removed.status, 200, await removed.text());
      await refused({ localAddress: "127.0.0.3", values: { status: "403" } });
    },
  );

  for (const [name, from] of [
    ["an extension", '"1001" <sip:1001@[local_ip]>'],
    ["anonymous", '"Anonymous" <sip:anonymous@anonymous.invalid>'],
    ["a national number", "<sip:05550100200@[local_ip]>"],
    ["too few digits", "<sip:+123456@[local_ip]>"],
    ["a number that starts with 0", "<sip:+0155501002@[local_ip]>"],
  ] as const) {
    peerTest(`From is ${name}: 404 caller_not_e164`, options, async () => {
      await refused({ values: { status: "404", from } });
      const user = /sip:([^@]+)@/.exec(from)?.[1] ?? "";
      const record = await rejection((call) => call.from.includes(user));
      assert.equal(record.code, "caller_not_e164");
      assert.equal(record.status, 404);
    });
  }

  peerTest("From is a tel: URI with visual separators: answered", options, async () => {
    const result = await runSipp({
      scenario: "call",
      remote: ringdown.udp,
      user: "echo-line",
      values: { from: "<tel:+1-555-010-0777>", hold: "300" },
    });
    assertSippPassed(result);
    assert.equal((await ringdown.endedCall(result.callId)).from, "+15550100777");
  });

  peerTest("an agent that does not exist: 404 agent_unknown", options, async () => {
    await refused({ user: "no-such-agent", values: { status: "404" } });
    const record = await rejection((call) => call.to.includes("no-such-agent"));
    assert.equal(record.code, "agent_unknown");
  });

  peerTest("a username in other letter case is the same agent", options, async () => {
    const from = { remote: ringdown.udp, user: "ECHO-Line", values: { hold: "300" } };
    assertSippPassed(await runSipp({ scenario: "call", ...from }));
  });

  peerTest("no codec in common: 488 no_codec", options, async () => {
    const from = "<sip:+15550100488@[local_ip]>";
    await refused({
      values: { status: "488", from, payloads: "18", rtpmaps: "a=rtpmap:18 G729/8000" },
    });
    const record = await rejection((call) => call.from.includes("+15550100488"));
    assert.equal(record.code, "no_codec");
    assert.equal(record.status, 488);
  });

  peerTest(
    "OPTIONS and other methods from a source that is not listed: no answer",
    { onFailure },
    async () => {
      for (const method of ["OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE"]) {
        const raw = await RawUdp.open(ringdown.udp, "127.0.0.7");
        try {
          await raw.send(requestText(raw.local, ringdown.udp, { method }));
          assert.equal(await raw.message(() => true, SILENCE_MS), undefined, method);
        } finally {
          await raw.close();
        }
      }
    },
  );

  peerTest(
    "a method that is not taken: 405, one that nobody knows: 501, both with Allow",
    { onFailure },
    async () => {
      for (const [method, status] of [
        ["PUBLISH", 405],
        ["FROBNICATE", 501],
      ] as const) {
        const raw = await RawUdp.open(ringdown.udp);
        try {
          await raw.send(requestText(raw.local, ringdown.udp, { method }));
          const answer = (await raw.final()) ?? "";
          assert.equal(statusOf(answer), status, answer);
          assert.match(headerOf(answer, "Allow") ?? "", /INVITE/);
        } finally {
          await raw.close();
        }
      }
    },
  );

  peerTest("an extension that we do not have in Require: 420 with Unsupported", { onFailure }, async () => {
    const raw = await RawUdp.open(ringdown.udp);
    try {
      await raw.send(requestText(raw.local, ringdown.udp, { headers: { Require: "nothing-like-this" } }));
      const answer = (await raw.final()) ?? "";
      assert.equal(statusOf(answer), 420, answer);
      assert.match(headerOf(answer, "Unsupported") ?? "", /nothing-like-this/);
    } finally {
      await raw.close();
    }
  });

  peerTest("BYE for a dialog that is not there: 481", { onFailure }, async () => {
    const raw = await RawUdp.open(ringdown.udp);
    try {
      const to = `<sip:demo@${ringdown.udp.host}>;tag=nowhere`;
      await raw.send(requestText(raw.local, ringdown.udp, { method: "BYE", headers: { To: to } }));
      assert.equal(statusOf((await raw.final()) ?? ""), 481);
    } finally {
      await raw.close();
    }
  });
});
