import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaError } from "../errors.ts";
import { freePorts, levelOf, ManualEngine, settle, TestPeer, until } from "./loopback.ts";

test("two legs of an engine, over real sockets: each phone hears the other at once, and each leg counts its own", async () => {
  const [first] = await freePorts(3);
  const manual = new ManualEngine([first, first + 3]);
  const foreign = new ManualEngine([first + 4, first + 5]);
  const phones = [await TestPeer.open(1), await TestPeer.open(2)] as const;
  try {
    const legs = await Promise.all([0, 1].map(() => manual.engine.createLeg({ localAddress: "127.0.0.1" })));
    const [one, two] = legs;
    if (one === undefined || two === undefined) throw new Error("no legs");
    const other = await foreign.engine.createLeg({ localAddress: "127.0.0.1" });
    for (const [index, leg] of legs.entries()) {
      leg.acceptOffer(phones[index]?.sdp() ?? "");
      leg.start();
    }
    const refused = (error: unknown): boolean =>
      error instanceof MediaError && error.code === "bridge_impossible";
    assert.throws(() => manual.engine.bridge(one, other), refused);
    const bridge = manual.engine.bridge(one, two);
    assert.equal(one.bridge, bridge);
    for (let i = 0; i < 10; i++) {
      const [heard = 0, also = 0] = phones.map(({ received }) => received.length);
      phones[0].sendAudio(one.port, 1000);
      phones[1].sendAudio(two.port, 2000);
      if (i === 0) {
        await settle(); // the first packet of a source only makes a candidate
        continue;
      }
      // without a tick in between
      await until(() => phones[0].received.length > heard && phones[1].received.length > also, "the packets");
    }
    assert.equal(phones[0].received.length, 9);
    assert.ok(phones[0].received.every(({ payload }) => Math.abs(levelOf(payload) - 2000) < 100));
    assert.ok(phones[1].received.every(({ payload }) => Math.abs(levelOf(payload) - 1000) < 50));
    assert.equal(one.quality().packetsReceived, 9);
    assert.equal(one.quality().packetsSent, 9);
    const stranger = await TestPeer.open(3);
    stranger.sendAudio(one.port, 9000);
    stranger.sendAudio(one.port, 9000);
    await settle();
    await stranger.close();
    assert.equal(phones[1].received.length, 9, "a stranger is not passed on");
    await two.close();
    assert.equal(bridge.closed, true);
    manual.tick(3);
    await until(() => phones[0].received.length === 12, "silence from the leg itself");
  } finally {
    await Promise.all([manual.engine.close(), foreign.engine.close()]);
    await Promise.all(phones.map((phone) => phone.close()));
  }
});
