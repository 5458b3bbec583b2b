import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readWav } from "../record/wav.ts";
import { MediaBridge } from "./bridge.ts";
import { freePorts, ManualEngine, TestClock, TestPeer, until } from "./loopback.ts";
import { levelSource, VirtualLine } from "./virtual-line.ts";

test("a recording is stereo, received left and sent right, in step through hold and stalls", async () => {
  const folder = await mkdtemp(join(tmpdir(), "leg-recording-"));
  const manual = new ManualEngine(await freePorts(1));
  const phone = await TestPeer.open();
  try {
    const leg = await manual.engine.createLeg({ localAddress: "127.0.0.1" });
    leg.acceptOffer(phone.sdp());
    leg.start();
    leg.source = { read: (frame) => frame.fill(-3000).length > 0 };
    assert.equal(await leg.stopRecording(), undefined);
    leg.record(join(folder, "call.wav"));
    const monitored: number[][] = [];
    leg.monitor = (received, sent) => monitored.push([received[80] ?? 0, sent[80] ?? 0]);
    for (let i = 0; i < 50; i++) {
      const count = leg.quality().packetsReceived;
      phone.sendAudio(leg.port, 2000);
      if (i > 1) await until(() => leg.quality().packetsReceived > count, "a packet");
      manual.tick();
    }
    leg.acceptOffer(phone.sdp({ direction: "inactive" }));
    manual.tick(25);
    leg.acceptOffer(phone.sdp());
    // a stall: ten ticks are missed, one runs
    manual.clock.time += 220;
    leg.tick(manual.clock.time, 10);
    const recording = await leg.stopRecording();
    assert.equal(recording?.path, join(folder, "call.wav"));
    assert.equal(recording?.seconds, (50 + 25 + 11) * 0.02);

    const wav = await readFile(join(folder, "call.wav"));
    assert.equal(wav.readUInt16LE(22), 2);
    const samples = new Int16Array(wav.buffer, wav.byteOffset + 44, (wav.length - 44) / 2);
    const at = (tick: number) => [
      samples[(tick * 160 + 80) * 2] ?? 0,
      samples[(tick * 160 + 80) * 2 + 1] ?? 0,
    ];
    const [left, right] = at(40);
    assert.ok(Math.abs((left ?? 0) - 2000) < 100, `${left}`);
    assert.equal(right, -3000);
    assert.deepEqual(monitored[40], [left, right], "who listens hears the same");
    assert.deepEqual(monitored[60], [0, 0]);
    assert.deepEqual(at(60), [0, 0], "nothing on hold");
    assert.equal(at(80)[1], 0, "nothing was sent in the stall");
    assert.equal(at(85)[1], -3000);
  } finally {
    await manual.engine.close();
    await phone.close();
    await rm(folder, { recursive: true });
  }
});

test("a recording goes on through a bridge: the caller left; right the agent, the other party, the agent again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "leg-recording-"));
  const clock = new TestClock();
  const caller = new VirtualLine(clock);
  const other = new VirtualLine(clock);
  try {
    const step = (): void => {
      clock.time += 10;
      caller.say(2000);
      other.say(1000);
      clock.time += 10;
      caller.tick();
      other.tick();
    };
    caller.leg.record(join(folder, "call.wav"));
    caller.leg.source = levelSource(-3000);
    for (let i = 0; i < 50; i++) step();
    const bridge = new MediaBridge(caller.leg, other.leg);
    caller.leg.source = undefined;
    for (let i = 0; i < 50; i++) step();
    bridge.close();
    caller.leg.source = levelSource(-3000);
    for (let i = 0; i < 50; i++) step();
    const recording = await caller.leg.stopRecording();
    assert.equal(recording?.seconds, 3);
    const { samples } = await readWav(join(folder, "call.wav"));
    const [left, right] = samples;
    const ticks = (side: Int16Array | undefined, expected: number): number[] =>
      Array.from({ length: 150 }, (_, tick) => tick).filter(
        (tick) => Math.abs((side?.[tick * 160 + 80] ?? 0) - expected) < 100,
      );
    assert.ok(ticks(left, 2000).length >= 145, "the caller all the time");
    assert.deepEqual(ticks(right, -3000), [
      ...Array(50).keys(),
      ...Array.from({ length: 50 }, (_, i) => 100 + i),
    ]);
    assert.ok(ticks(right, 1000).length >= 48, `${ticks(right, 1000).length} of 50 ticks of the other party`);
  } finally {
    await caller.leg.close();
    await other.leg.close();
    await rm(folder, { recursive: true });
  }
});
