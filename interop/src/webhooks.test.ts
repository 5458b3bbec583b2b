// Webhooks of a node: a real call is told to a real receiver, whose signature proves it; a kill -9 loses none.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe } from "node:test";
import { ended } from "./child.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp } from "./sipp.ts";
import { eventually } from "./wait.ts";
import { webhookReceiver } from "./webhook-receiver.ts";

describe("webhooks", () => {
  const environment = { RINGDOWN_OUTGOING_PRIVATE: "127.0.0.0/8" };

  peerTest(
    "a call is told as it comes and when it has ended, signed, also after a kill -9",
    { peers: [sipp] },
    async () => {
      const dataFolder = mkdtempSync(join(tmpdir(), "ringdown-webhooks-"));
      const hook = await webhookReceiver();
      let ringdown = await RingdownProcess.start({ dataFolder, environment });
      try {
        await ringdown.api.createAgent({ username: "echo-line", mode: "echo" });
        const add = (type: string) =>
          ringdown.api.json<{ secret: string }>("POST", "/api/v2/webhooks", {
            url: hook.url,
            label: "CRM",
            type,
          });
        const secrets = [(await add("incoming")).secret, (await add("conversation")).secret];
        // Nothing is taken until the node was killed.
        hook.state.status = 500;
        const result = await runSipp({
          scenario: "call-rtp",
          remote: ringdown.udp,
          user: "echo-line",
          values: { hold: "1000", rtpPort: "[rtpstream_audio_port]" },
          files: { "tone.ul": new Uint8Array(8_000).fill(255) },
        });
        assertSippPassed(result);
        const call = await ringdown.endedCall(result.callId);
        await eventually("both were told", () => hook.received.length === 2);
        await eventually("the failed attempt is written", async () => {
          const path = "/api/v2/webhooks/deliveries?state=pending";
          const { deliveries } = await ringdown.api.json<{ deliveries: { attempts: number }[] }>("GET", path);
          return deliveries[0]?.attempts === 1;
        });
        ringdown.child.kill("SIGKILL");
        await ended(ringdown.child);
        hook.state.status = 204;
        ringdown = await RingdownProcess.start({ dataFolder, environment });
        await eventually("the end is told again", () => hook.received.length === 3, 30_000);
        const events = hook.received.map(({ headers }) => headers["x-vida-event"]);
        assert.deepEqual(events, ["incoming", "conversation", "conversation"]);
        for (const [index, { headers, body }] of hook.received.entries()) {
          const secret = secrets[index === 0 ? 0 : 1] ?? "";
          const stamp = headers["x-vida-timestamp"];
          const expected = createHmac("sha256", secret).update(`${stamp}.${body}`).digest("hex");
          assert.equal(headers["x-vida-signature"], expected);
          assert.equal(headers["x-ringdown-signature"], expected);
          assert.equal(JSON.parse(body).uuid, call.id);
        }
        const [, first, second] = hook.received;
        assert.equal(first?.headers["x-ringdown-delivery"], second?.headers["x-ringdown-delivery"]);
        const told = JSON.parse(second?.body ?? "{}");
        assert.deepEqual([told.missedCall, told.to, told.status], [false, "echo-line", call.endCode]);
        assert.match(told.recordingUrl, new RegExp(`/api/v2/calls/${call.id}/recording$`));
        const delivered = await eventually("it is written that it was taken", async () => {
          const path = "/api/v2/webhooks/deliveries?state=delivered";
          const { deliveries } = await ringdown.api.json<{ deliveries: { attempts: number }[] }>("GET", path);
          return deliveries[0];
        });
        assert.equal(delivered.attempts, 2);
      } finally {
        await ringdown.stop();
        hook.close();
        rmSync(dataFolder, { recursive: true, force: true });
      }
    },
  );
});
