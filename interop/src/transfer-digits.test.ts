// Digits behind a transfer's destination, as the person's side hears them: telephone events, INFO, tones.
import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import type { CallRecord } from "./api-client.ts";
import { longestSilence, strongestAt } from "./audio.ts";
import { peerTest, sipp } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, startSippServer } from "./sipp.ts";
import { type TransferScene, withTransferScene } from "./transfer-scene.ts";

/** The two tones of a key, ITU-T Q.23. */
const tonesOf: Readonly<Record<string, readonly [number, number]>> = { 2: [697, 1_336], 4: [770, 1_209] };
const onlyAudio = { payloads: "0", rtpmaps: "a=rtpmap:0 PCMU/8000" };

describe("digits behind a transfer's destination", { concurrency: 2 }, () => {
  const peers = [sipp];
  let ringdown: RingdownProcess;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    await ringdown.api.createAgent({
      ...{ username: "extensions", autoRecordingNotification: "false", transferAudio: "music" },
      welcomeMessage: "Hello.",
    });
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
  });
  after(async () => {
    await ringdown?.stop();
  });

  /** Is put through to this scenario with 4 and 2 behind the destination. */
  async function dialled(
    scenario: string,
    values: Record<string, string>,
    heard: (scene: TransferScene) => void,
  ): Promise<CallRecord> {
    return withTransferScene({ ringdown, user: "extensions" }, async (scene) => {
      const { person, caller, transfer, step, hangUp } = scene;
      const server = await startSippServer({
        ...{ scenario, values: { ring: "200", rtpPort: String(person.port), ...values } },
        limitSeconds: 40,
      });
      await transfer(server, { digits: ",42" });
      await step("transfer_connected");
      heard(scene);
      assert.ok(longestSilence(caller.heard(), 8_000) < 2, "the caller is never in silence for two seconds");
      await hangUp();
      assertSippPassed(await server.result);
    });
  }

  const sent = ({ timeline }: CallRecord) => {
    const step = timeline.find(({ type }) => type === "digits_sent");
    return [step?.digits, step?.as];
  };

  const hasTones = ({ person }: TransferScene, key: string): boolean =>
    (tonesOf[key] ?? []).every((hertz) => strongestAt(person.heard(), hertz) > 3_000);

  peerTest("telephone events, where the person's side has them", { peers, onFailure }, async () => {
    const call = await dialled("callee", {}, (scene) => {
      const events = scene.person.packets.filter(({ payloadType }) => payloadType === 101);
      const ends = events.filter(({ payload }) => ((payload[1] ?? 0) & 0x80) !== 0);
      assert.deepEqual([...new Set(ends.map(({ payload }) => payload[0]))], [4, 2], "in order");
      assert.equal(new Set(events.map(({ timestamp }) => timestamp)).size, 2, "each pressed once");
      assert.ok(!hasTones(scene, "4"));
    });
    assert.deepEqual(sent(call), [2, "rfc4733"]);
  });

  peerTest("tones, where it has none", { peers, onFailure }, async () => {
    const call = await dialled("callee", onlyAudio, (scene) => {
      for (const key of ["4", "2"]) assert.ok(hasTones(scene, key), key);
    });
    assert.deepEqual(sent(call), [2, "tones"]);
  });

  peerTest("INFO, where it has none and says that it takes that", { peers, onFailure }, async () => {
    const call = await dialled("callee-info", { answer: "200 OK" }, (scene) => {
      assert.ok(!hasTones(scene, "4") && !hasTones(scene, "2"));
    });
    assert.deepEqual(sent(call), [2, "info"]);
  });

  peerTest(
    "a key that is refused by INFO goes as a tone, and those after it",
    { peers, onFailure },
    async () => {
      const call = await dialled("callee-info", { answer: "415 Unsupported Media Type" }, (scene) => {
        assert.ok(!hasTones(scene, "4") && hasTones(scene, "2"));
      });
      assert.deepEqual(sent(call), [2, "tones"]);
    },
  );
});
