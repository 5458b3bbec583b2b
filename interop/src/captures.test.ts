// The SIP messages of a call by SIPp, as the API gives them in each form; no secret is in any.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe } from "node:test";
import type { Agent } from "./api-client.ts";
import { findProgram, peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp, startSippServer } from "./sipp.ts";
import { eventually } from "./wait.ts";

interface Captured {
  at: string;
  direction: string;
  transport: string;
  source: string;
  destination: string;
  transaction: string | null;
  line: string;
  message: string;
}

describe("captures", { concurrency: 2 }, () => {
  let ringdown: RingdownProcess;
  let agent: Agent;
  const options = {
    peers: [sipp],
    onFailure: (error: unknown, name: string) => ringdown?.onFailure(error, name),
  };

  before(async () => {
    ringdown = await RingdownProcess.start();
    agent = await ringdown.api.createAgent({
      ...{ username: "echo-line", mode: "echo", phoneNumbers: ["+15125550100"] },
    });
  });
  after(() => ringdown?.stop());

  const path = (sipCallId: string, more = "") =>
    `/api/v2/sip/captures?sipCallId=${encodeURIComponent(sipCallId)}${more}`;

  for (const transport of ["udp", "tcp"] as const) {
    peerTest(`a call by ${transport} in all forms`, options, async () => {
      const result = await runSipp({
        scenario: "call",
        remote: transport === "udp" ? ringdown.udp : ringdown.tcp,
        user: "echo-line",
        ...(transport === "tcp" && { transport }),
        values: { hold: "300" },
      });
      assertSippPassed(result);
      await ringdown.endedCall(result.callId);
      const { captures } = await ringdown.api.json<{ captures: Captured[] }>("GET", path(result.callId));
      const kinds = captures.map(
        ({ direction, line }) => `${direction} ${line.replace(/ sip:.*| SIP\/2.0$/, "")}`,
      );
      assert.deepEqual(kinds.slice(0, 2), ["in INVITE", "out SIP/2.0 100 Trying"]);
      for (const kind of ["out SIP/2.0 200 OK", "in ACK", "in BYE"])
        assert.ok(kinds.includes(kind), kinds.join());
      const [invite] = captures;
      assert.equal(invite?.transport, transport);
      assert.match(invite?.message ?? "", /^INVITE [\s\S]*\r\nm=audio /);
      const { transactions } = await ringdown.api.json<{
        transactions: { method: string; status: number | null }[];
      }>("GET", path(result.callId, "&format=transaction"));
      assert.deepEqual(
        transactions.map(({ method, status }) => [method, status]),
        [
          ["INVITE", 200],
          ["ACK", null],
          ["BYE", 200],
        ],
      );
      const text = await ringdown.api.raw("GET", path(result.callId, "&format=text"));
      assert.match(text.headers.get("content-type") ?? "", /^text\/plain/);
      assert.match(
        await text.text(),
        new RegExp(`^--- \\S+ ${transport.toUpperCase()} 127\\.0\\.0\\.1:\\d+ -> `),
      );
      const pcap = await ringdown.api.raw("GET", path(result.callId, "&format=pcap"));
      const bytes = Buffer.from(await pcap.arrayBuffer());
      assert.equal(bytes.readUInt32LE(0), 0xa1b2c3d4);
      if (findProgram("tcpdump") !== undefined) {
        const folder = mkdtempSync(join(tmpdir(), "ringdown-pcap-"));
        writeFileSync(join(folder, "call.pcap"), bytes);
        const read = execFileSync("tcpdump", ["-nvvAr", join(folder, "call.pcap")], { encoding: "utf8" });
        rmSync(folder, { recursive: true });
        assert.match(read, /INVITE sip:echo-line/);
        assert.doesNotMatch(read, /bad (udp )?cksum|incorrect/);
      }
      const late = await ringdown.api.raw("GET", path(result.callId, `&from=${Date.now() + 60_000}`));
      assert.equal(late.status, 404);
    });
  }

  peerTest("a call out that is challenged: what proves the password is crossed out", options, async () => {
    const values = { username: "trunk", password: "open sesame" };
    const server = await startSippServer({ scenario: "answer-with-challenge", values });
    const route = { route: `127.0.0.1:${server.address.port}`, ...values };
    await ringdown.api.json("POST", "/api/v2/sip/outboundRoutes", route);
    const { call } = await ringdown.api.json<{ call: { id: string } }>(
      "POST",
      `/api/v2/calls?targetAccountId=${agent.id}`,
      {
        target: "+15125550123",
      },
    );
    await eventually("it is answered", async () => (await ringdown.api.call(call.id)).state === "active");
    await ringdown.api.json("POST", `/api/v2/calls/${call.id}/hangup`);
    assertSippPassed(await server.result);
    const ended = await ringdown.api.call(call.id);
    const ids = ended.legs.map(({ sipCallId }) => String(sipCallId)).join(",");
    const text = await (await ringdown.api.raw("GET", path(ids, "&format=text"))).text();
    assert.match(text, /Authorization: Digest .*response="x{32,}"/);
    assert.doesNotMatch(text, /open sesame/);
  });

  peerTest("what nobody has asked for, and other Call-IDs: 404", options, async () => {
    const answer = await ringdown.api.raw("GET", path("nobody@nowhere"));
    assert.equal(answer.status, 404);
    assert.equal(((await answer.json()) as { code: string }).code, "captures_not_found");
  });
});
