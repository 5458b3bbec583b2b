import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ManualEngine, TestPeer, until } from "./loopback.ts";

test("a recording is stereo, received left and sent right, in step through hold and stalls", async () => {
  const folder = await mkdtemp(join(tmpdir(), "leg-recording-"));
  const first = 31_000 + (process.pid % 500) * 2;
  const manual = new ManualEngine([first, first + 1]);
  const phone = await TestPeer.open();
  try {
    const leg = await manual.engine.createLeg({ localAddress: "127.0.0.1" });
    leg.acceptOffer(phone.sdp());
    leg.start();
    leg.source = { read: (frame) => frame.fill(-3000).length > 0 };
    assert.equal(await leg.stopRecording(), undefined);
    leg.record(join(folder, "call.wav"));
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
    assert.deepEqual(at(60), [0, 0], "nothing on hold");
    assert.equal(at(80)[1], 0, "nothing was sent in the stall");
    assert.equal(at(85)[1], -3000);
  } finally {
    await manual.engine.close();
    await phone.close();
    await rm(folder, { recursive: true });
  }
});
