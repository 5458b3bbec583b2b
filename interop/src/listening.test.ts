// Somebody listens to a call while it runs: what the caller (SIPp) and the agent say, and after a transfer the person.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { Agent } from "./api-client.ts";
import { loudness, strongestAt } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, startSippServer } from "./sipp.ts";
import { withTransferScene } from "./transfer-scene.ts";
import { eventually } from "./wait.ts";

const HEADER = 44;

/** A listener's own ear: all that came so far, side by side. */
class Ear {
  readonly done: Promise<void>;
  #bytes = Buffer.alloc(0);

  constructor(body: ReadableStream<Uint8Array>) {
    this.done = (async () => {
      for await (const piece of body) this.#bytes = Buffer.concat([this.#bytes, piece]);
    })();
  }

  get header(): string {
    return this.#bytes.toString("latin1", 0, 4);
  }

  /** The last half second. @param side 0 the caller, 1 what the caller hears */
  heard(side: 0 | 1): Int16Array {
    const frames = Math.floor((this.#bytes.length - HEADER) / 4);
    const from = Math.max(0, frames - 4_000);
    return Int16Array.from({ length: Math.max(0, frames - from) }, (_, index) =>
      this.#bytes.readInt16LE(HEADER + (from + index) * 4 + side * 2),
    );
  }
}

describe("listening to a call", () => {
  const peers = [sipp];
  let ringdown: RingdownProcess;
  let agent: Agent;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    agent = await ringdown.api.createAgent({
      ...{ username: "reception", autoRecordingNotification: "false", recording: false },
      welcomeMessage:
        "Reception, hello. This takes a while to say, so that there is something to hear. ".repeat(3),
    });
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
  });
  after(async () => {
    await ringdown?.stop();
  });

  peerTest(
    "both sides are heard, after a transfer the person too, and it ends with the call",
    { peers, onFailure },
    async () => {
      let ear: Ear | undefined;
      const call = await withTransferScene({ ringdown, user: agent.username }, async (scene) => {
        const { id, caller, person, transfer, step, hangUp } = scene;
        const answer = await ringdown.api.raw("GET", `/api/v2/calls/${id}/audio`);
        assert.deepEqual([answer.status, answer.headers.get("content-type")], [200, "audio/wav"]);
        const mine = new Ear(answer.body ?? assert.fail());
        ear = mine;
        caller.play(440, 8_000);
        await eventually("the caller is heard", () => strongestAt(mine.heard(0), 440) > 2_000);
        await eventually("the agent is heard", () => loudness(mine.heard(1)) > 200);
        assert.equal(mine.header, "RIFF");
        const server = await startSippServer({
          scenario: "callee",
          values: { ring: "100", rtpPort: String(person.port) },
        });
        await transfer(server);
        await step("transfer_connected");
        person.play(700, 8_000);
        await eventually("the person is heard", () => strongestAt(mine.heard(1), 700) > 2_000);
        assert.ok(strongestAt(mine.heard(0), 440) > 2_000, "and the caller still");
        await hangUp();
        assertSippPassed(await server.result);
      });
      await ear?.done;
      const steps = call.timeline.filter(({ type }) => type === "listened_to");
      assert.deepEqual(
        steps.map(({ by }) => by),
        ["an API token"],
      );
      const late = await ringdown.api.raw("GET", `/api/v2/calls/${call.id}/audio`);
      assert.equal(late.status, 409);
    },
  );
});
