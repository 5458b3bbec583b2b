import assert from "node:assert/strict";
import { test } from "node:test";
import { pcma, pcmu } from "../codec/g711.ts";
import { DtmfToneDetector } from "../dtmf/tone-detector.ts";
import { MediaError } from "../errors.ts";
import { writeRtpHeader } from "../rtp/packet.ts";
import { sequenceDelta, timestampDelta } from "../rtp/sequence.ts";
import { type BridgeOptions, MediaBridge } from "./bridge.ts";
import { TestClock } from "./loopback.ts";
import { type HeardPacket, type LineOptions, levelSource, VirtualLine } from "./virtual-line.ts";

interface Pair {
  clock: TestClock;
  a: VirtualLine;
  b: VirtualLine;
  join(options?: BridgeOptions): MediaBridge;
  /** Half a tick, then what happens between two ticks, then the other half and the tick of both. */
  step(between?: () => void): void;
}

function pair(first: LineOptions = {}, second: LineOptions = {}): Pair {
  const clock = new TestClock();
  const a = new VirtualLine(clock, first);
  const b = new VirtualLine(clock, second);
  return {
    clock,
    a,
    b,
    join: (options) => new MediaBridge(a.leg, b.leg, options),
    step: (between) => {
      clock.time += 10;
      between?.();
      clock.time += 10;
      a.tick();
      b.tick();
    },
  };
}

/** One stream, numbers without a gap, time that goes on with the packets. */
function assertContinuous(heard: readonly HeardPacket[], samples = 160): void {
  for (const [index, packet] of heard.entries()) {
    const before = heard[index - 1];
    if (before === undefined) continue;
    assert.equal(packet.ssrc, before.ssrc);
    assert.equal(sequenceDelta(packet.sequence, before.sequence), 1, `number of packet ${index}`);
    assert.equal(timestampDelta(packet.timestamp, before.timestamp), samples, `time of packet ${index}`);
  }
}

test("agent, other party, agent again: one stream without a gap, packets passed on as they come", () => {
  const { clock, a, b, join, step } = pair({}, { codec: "PCMU", eventType: 96 });
  a.leg.source = levelSource(-4000);
  for (let i = 0; i < 5; i++) step();
  const bridge = join();
  a.leg.source = undefined;
  for (let i = 0; i < 10; i++) {
    step(() => {
      b.say(2000);
      assert.equal(a.heard.at(-1)?.at, clock.time, "passed on at once, not at the tick");
      a.say(1000);
    });
  }
  bridge.close();
  a.leg.source = levelSource(-4000);
  for (let i = 0; i < 5; i++) step();

  assert.equal(a.heard.length, 20);
  assertContinuous(a.heard);
  assertContinuous(b.heard);
  const levels = a.heard.map((packet) => a.levelOf(packet));
  assert.ok(levels.slice(0, 5).every((level) => level < -3900));
  assert.ok(levels.slice(5, 15).every((level) => Math.abs(level - 2000) < 100));
  assert.ok(levels.slice(15).every((level) => level < -3900));
  assert.deepEqual(
    a.heard.flatMap(({ marker }, index) => (marker ? [index] : [])),
    [0, 5, 15],
    "a marker where another voice begins",
  );
  assert.equal(a.leg.quality().packetsSent, 20, "what is relayed is counted, for RTCP too");
});

test("loss and order of the other side are passed on, so that it is known what is missing", () => {
  const { a, b, join, step } = pair();
  join();
  step(() => a.say(1000));
  step(() => a.lose());
  step(() => a.say(1000));
  // two packets change places
  const [sequence, timestamp] = [a.sequence, a.timestamp];
  step(() => {
    a.lose();
    a.say(1000);
    a.sequence = sequence;
    a.timestamp = timestamp;
    a.say(900);
    a.lose();
  });
  step(() => a.say(1000));
  const relayed = b.heard;
  const first = relayed[0];
  assert.deepEqual(
    relayed.map((packet) => sequenceDelta(packet.sequence, first?.sequence ?? 0)),
    [0, 2, 4, 3, 5],
  );
  assert.deepEqual(
    relayed.map((packet) => timestampDelta(packet.timestamp, first?.timestamp ?? 0) / 160),
    [0, 2, 4, 3, 5],
  );
  // and our own go on after them all
  for (let i = 0; i < 7; i++) step();
  const own = relayed.at(-1);
  assert.equal(b.levelOf(own), 0);
  assert.ok(sequenceDelta(own?.sequence ?? 0, first?.sequence ?? 0) > 5);
});

test("the other law of G.711 is what decoding and encoding would give, without a frame's delay", () => {
  const { a, b, join, step } = pair({ codec: "PCMA" }, { codec: "PCMU" });
  join();
  const pcm = Int16Array.from({ length: 160 }, (_, i) => Math.round(9000 * Math.sin(i / 3)));
  step(() => {
    a.say(pcm);
    b.say(pcm);
  });
  const encoded = new Uint8Array(160);
  const decoded = new Int16Array(160);
  pcma.encode(pcm, encoded, 0);
  pcma.decode(encoded, 0, 160, decoded);
  pcmu.encode(decoded, encoded, 0);
  assert.equal(b.heard[0]?.payloadType, 0);
  assert.deepEqual(b.heard[0]?.payload, encoded);
  assert.equal(a.heard[0]?.payloadType, 8);
  const heard = a.samplesOf(a.heard[0]?.payload ?? new Uint8Array());
  let noise = 0;
  for (const [i, sample] of pcm.entries()) noise += (sample - (heard[i] ?? 0)) ** 2;
  const power = pcm.reduce((sum, sample) => sum + sample ** 2, 0);
  assert.ok(10 * Math.log10(power / noise) > 33, "two laws' noise and no more");
});

test("packets of another length go through the jitter buffer, and both ways stay whole", () => {
  const { a, b, join, step } = pair({ ptime: 20 }, { ptime: 30 });
  join();
  let samples = 0;
  for (let i = 0; i < 60; i++) {
    step(() => {
      const pcm = Int16Array.from({ length: 160 }, (_, k) =>
        Math.round(8000 * Math.sin(((samples + k) * 2 * Math.PI * 440) / 8000)),
      );
      samples += 160;
      a.say(pcm);
      if (i % 3 !== 2) b.say(2000);
    });
  }
  const audio = b.heard.slice(-20);
  assert.ok(audio.every(({ payload }) => payload.length === 240));
  assertContinuous(audio, 240);
  const heard = audio.flatMap((packet) => Array.from(b.samplesOf(packet.payload)));
  // a sine follows its own law: x[n] = 2·cos(w)·x[n−1] − x[n−2]
  const factor = 2 * Math.cos((2 * Math.PI * 440) / 8000);
  let noise = 0;
  let power = 0;
  for (let n = 2; n < heard.length; n++) {
    const expected = factor * (heard[n - 1] ?? 0) - (heard[n - 2] ?? 0);
    noise += (expected - (heard[n] ?? 0)) ** 2 / 6; // the law adds up the noise of three samples
    power += (heard[n] ?? 0) ** 2;
  }
  assert.ok(10 * Math.log10(power / noise) > 30, "the tone came through whole");
  const back = a.heard.slice(-20);
  assert.ok(back.every(({ payload }) => payload.length === 160));
  assertContinuous(back);
  assert.ok(back.every((packet) => Math.abs(a.levelOf(packet) - 2000) < 100));
});

test("a phone that sends another length than agreed changes the way, not the sound", () => {
  const { a, b, join, step } = pair();
  join();
  for (let i = 0; i < 10; i++) step(() => a.say(1000));
  // from 20 to 40 ms a packet
  for (let i = 0; i < 30; i++) step(() => i % 2 === 1 && a.say(1000, 320));
  const audio = b.heard.slice(-12);
  assertContinuous(audio);
  assert.ok(audio.every(({ payload }) => payload.length === 160));
  assert.ok(audio.every((packet) => Math.abs(b.levelOf(packet) - 1000) < 50));
  for (let i = 0; i < 10; i++) step(() => a.say(1000));
  assert.equal((b.heard.at(-1)?.at ?? 0) % 20, 10, "relayed again between the ticks");
});

test("telephone events pass with the other side's number and in its time, and are told", () => {
  const { a, b, join, step } = pair({ eventType: 101 }, { eventType: 96 });
  const keys: string[] = [];
  a.leg.onDtmf = (digit, ms) => keys.push(`${digit} ${ms}`);
  join();
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  const start = a.timestamp;
  for (let i = 0; i < 5; i++) {
    step(() => {
      a.key(7, start, (i + 1) * 160, i === 4, i === 0);
      if (i === 4) for (let again = 0; again < 2; again++) a.key(7, start, 800, true);
      a.pause(160);
    });
  }
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  assert.deepEqual(keys, ["7 100"]);
  const { heard } = b;
  assert.equal(heard.length, 13, "nothing of ours between them");
  for (const [i, packet] of heard.entries()) {
    if (i > 0) assert.equal(sequenceDelta(packet.sequence, heard[i - 1]?.sequence ?? 0), 1);
  }
  const events = heard.filter(({ payloadType }) => payloadType === 96);
  assert.equal(events.length, 7);
  assert.ok(events.every(({ timestamp }) => timestamp === events[0]?.timestamp));
  assert.equal(timestampDelta(events[0]?.timestamp ?? 0, heard[2]?.timestamp ?? 0), 160);
  assert.equal(timestampDelta(heard[10]?.timestamp ?? 0, events[0]?.timestamp ?? 0), 800);
  assert.deepEqual(Array.from(events.at(-1)?.payload ?? []), [7, 0x8a, 800 >> 8, 800 & 0xff]);
  assert.deepEqual(
    events.map(({ marker }) => marker),
    [true, false, false, false, false, false, false],
  );
});

test("where the other phone takes no events, keys are heard as tones as long as they are down", () => {
  const { a, b, join, step } = pair({}, { eventType: null });
  join();
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  for (const event of [5, 11]) {
    const start = a.timestamp;
    for (let i = 0; i < 6; i++) {
      step(() => {
        a.key(event, start, (i + 1) * 160, i === 5, i === 0);
        a.pause(160);
      });
    }
    for (let i = 0; i < 6; i++) step(() => a.say(0));
  }
  assertContinuous(b.heard);
  const heard: string[] = [];
  const detector = new DtmfToneDetector({
    sampleRate: 8000,
    onEnd: (digit, ms) => heard.push(`${digit} ${ms > 90 && ms < 160}`),
  });
  for (const packet of b.heard) detector.write(b.samplesOf(packet.payload));
  assert.deepEqual(heard, ["5 true", "# true"]);
});

test("tones in the audio pass as they are, and are told where the phone has no events", () => {
  const { a, b, join, step } = pair({ eventType: null }, {});
  const keys: string[] = [];
  a.leg.onDtmf = (digit) => keys.push(digit);
  join();
  const tone = (from: number): Int16Array =>
    Int16Array.from({ length: 160 }, (_, i) =>
      Math.round(
        5000 *
          (Math.sin(((from + i) * 2 * Math.PI * 697) / 8000) +
            Math.sin(((from + i) * 2 * Math.PI * 1209) / 8000)),
      ),
    );
  for (let i = 0; i < 10; i++) step(() => a.say(0));
  for (let i = 0; i < 8; i++) step(() => a.say(tone(i * 160)));
  for (let i = 0; i < 10; i++) step(() => a.say(0));
  assert.deepEqual(keys, ["1"]);
  assertContinuous(b.heard);
});

test("silence fills a pause: at once where it is announced, after 100 ms where packets only stay away", () => {
  const { a, b, join, step } = pair();
  join();
  step();
  assert.equal(b.heard.length, 1, "before the first packet silence is sent");
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  const comfort = (): void => {
    const bytes = Buffer.alloc(13);
    writeRtpHeader(bytes, 13, false, a.sequence, a.timestamp, a.ssrc);
    a.sequence = (a.sequence + 1) & 0xffff;
    a.pause(160);
    a.receive(bytes);
  };
  step(comfort);
  for (let i = 0; i < 4; i++) step(() => a.pause(160));
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  assertContinuous(b.heard);
  assert.deepEqual(
    b.heard.map((packet) => Math.round(b.levelOf(packet) / 100)),
    [0, 10, 10, 10, 0, 0, 0, 0, 0, 10, 10, 10],
  );

  // without an announcement
  b.heard.length = 0;
  for (let i = 0; i < 10; i++) step(() => a.pause(160));
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  const [fill] = b.heard;
  assert.equal(b.heard.length, 6 + 3, "100 ms late, then every tick, then the voice");
  assert.equal(fill?.marker, true);
  assertContinuous(b.heard);
});

test("a burst after a stall does not come too late upon the silence, and a slower path is followed", () => {
  const { a, b, join, step } = pair();
  join();
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  // 240 ms of nothing, then all of it at once and in time
  for (let i = 0; i < 11; i++) step();
  step(() => {
    for (let i = 0; i < 12; i++) a.say(3000);
  });
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  for (const [i, packet] of b.heard.entries()) {
    const before = b.heard[i - 1];
    if (before !== undefined) {
      assert.ok(timestampDelta(packet.timestamp, before.timestamp) > 0, "time never goes back");
      assert.equal(sequenceDelta(packet.sequence, before.sequence), 1);
    }
  }
  assert.equal(b.heard.filter((packet) => b.levelOf(packet) > 2000).length, 1, "what is still in time");

  // the path takes 300 ms more from now on
  b.heard.length = 0;
  for (let i = 0; i < 15; i++) step();
  for (let i = 0; i < 10; i++) step(() => a.say(3000));
  const voice = b.heard.filter((packet) => b.levelOf(packet) > 2000).length;
  assert.ok(voice >= 6, `${voice} of 10 after it was seen that it stays so late`);
});

test("who is put on hold hears hold audio, or the holder's own music", () => {
  const { a, b, join, step } = pair();
  let begun = 0;
  join({
    holdAudio: () => {
      begun += 1;
      return levelSource(-6000);
    },
  });
  const both = (): void => {
    a.say(1000);
    b.say(2000);
  };
  for (let i = 0; i < 5; i++) step(both);
  b.negotiate("inactive");
  const sentToHolder = b.heard.length;
  for (let i = 0; i < 5; i++) step(() => a.say(1000));
  assert.equal(b.heard.length, sentToHolder, "the holder gets nothing");
  assertContinuous(a.heard);
  assert.ok(
    a.heard.slice(-5).every((packet) => a.levelOf(packet) < -5700),
    "from the next tick on",
  );
  // music of his own
  b.negotiate("sendonly");
  for (let i = 0; i < 5; i++) {
    step(() => {
      a.say(1000);
      b.say(500);
    });
  }
  assert.ok(a.heard.slice(-5).every((packet) => Math.abs(a.levelOf(packet) - 500) < 50));
  assert.equal(b.heard.length, sentToHolder);
  b.negotiate("sendrecv");
  for (let i = 0; i < 5; i++) step(both);
  assert.ok(a.heard.slice(-5).every((packet) => Math.abs(a.levelOf(packet) - 2000) < 100));
  assert.equal(b.heard.length, sentToHolder + 5);
  assert.equal(b.heard.at(-5)?.marker, true);
  assert.equal(begun, 1);
  const last = b.heard.at(-5);
  const before = b.heard.at(-6);
  assert.equal(sequenceDelta(last?.sequence ?? 0, before?.sequence ?? 0), 1);
  assert.equal(timestampDelta(last?.timestamp ?? 0, before?.timestamp ?? 0), 160 * 11, "time went on");
});

test("what the leg's own source says is heard before the other party, and digits go out alone", async () => {
  const { a, b, join, step } = pair();
  join();
  const talk = (): void => b.say(2000);
  for (let i = 0; i < 3; i++) step(talk);
  let words = 4;
  a.leg.source = { read: (frame) => words-- > 0 && frame.fill(-5000).length > 0 };
  for (let i = 0; i < 8; i++) step(talk);
  const levels = a.heard.map((packet) => Math.round(a.levelOf(packet) / 1000));
  assert.deepEqual(levels.slice(0, 3), [2, 2, 2]);
  assert.equal(levels.filter((level) => level === -5).length, 4);
  assert.deepEqual(levels.slice(-3), [2, 2, 2]);
  assert.equal(new Set(a.heard.map(({ sequence }) => sequence)).size, a.heard.length);
  const sent = a.leg.sendDtmf("4");
  a.heard.length = 0;
  for (let i = 0; i < 20; i++) step(talk);
  await sent;
  assert.equal(a.heard.filter(({ payloadType }) => payloadType === 101).length, 7);
  const events = a.heard.findLastIndex(({ payloadType }) => payloadType === 101);
  assert.ok(
    a.heard.slice(events + 5).every((packet) => a.levelOf(packet) > 1900),
    "the voice is back",
  );
});

test("frames are made only where somebody wants them", () => {
  const { a, b, join, step } = pair();
  const both = (): void => {
    a.say(1000);
    b.say(2000);
  };
  for (let i = 0; i < 5; i++) step(both);
  join();
  for (let i = 0; i < 3; i++) step(both);
  const buffered = a.leg.quality().concealedMs;
  for (let i = 0; i < 50; i++) step(both);
  assert.equal(a.leg.quality().concealedMs, buffered, "a buffer that ran dry would have bridged");
  const frames: number[] = [];
  const remove = a.leg.addSink({ write: (frame) => frames.push(frame[80] ?? 0) });
  for (let i = 0; i < 10; i++) step(both);
  assert.ok(
    frames.slice(4).every((level) => Math.abs(level - 1000) < 50),
    frames.join(),
  );
  remove();
  for (let i = 0; i < 10; i++) step(both);
  assert.equal(frames.length, 10);
  assert.equal(a.leg.quality().concealedMs, buffered);
  assertContinuous(b.heard);
});

test("another stream from the same phone goes on where the first one was", () => {
  const { a, b, join, step } = pair();
  join();
  for (let i = 0; i < 5; i++) step(() => a.say(1000));
  a.ssrc += 1;
  a.sequence = 4711;
  a.timestamp = 99;
  for (let i = 0; i < 5; i++) step(() => a.say(3000));
  // its first packet only makes a candidate (RFC 3550 §A.1)
  assert.equal(b.heard.length, 9);
  assertContinuous(b.heard.slice(0, 5));
  assertContinuous(b.heard.slice(5));
  const [last, first] = b.heard.slice(4, 6);
  assert.equal(first?.marker, true);
  assert.equal(sequenceDelta(first?.sequence ?? 0, last?.sequence ?? 0), 1);
  assert.equal(timestampDelta(first?.timestamp ?? 0, last?.timestamp ?? 0), 320);
});

test("header extension and padding of the other side stay behind", () => {
  const { a, b, join, step } = pair();
  join();
  step(() => a.say(1000));
  step(() => {
    const bytes = Buffer.alloc(12 + 8 + 160 + 4, 0xff);
    writeRtpHeader(bytes, 0, false, a.sequence, a.timestamp, a.ssrc);
    bytes[0] = 0x80 | 0x10 | 0x20;
    bytes.writeUInt32BE(0xbede0001, 12);
    pcmu.encode(new Int16Array(160).fill(1000), bytes, 20);
    bytes[bytes.length - 1] = 4;
    a.sequence = (a.sequence + 1) & 0xffff;
    a.pause(160);
    a.receive(bytes);
  });
  assert.deepEqual(b.heard[1]?.payload, b.heard[0]?.payload);
  assertContinuous(b.heard);
});

test("a leg's end dissolves the bridge, whichever ends first, and the other has its source again", async () => {
  for (const order of [0, 1] as const) {
    const { a, b, join, step } = pair();
    const bridge = join();
    let dissolved = 0;
    bridge.onClosed = () => {
      dissolved += 1;
    };
    for (let i = 0; i < 3; i++) {
      step(() => {
        a.say(1000);
        b.say(2000);
      });
    }
    const [leaving, staying] = order === 0 ? [a, b] : [b, a];
    staying.leg.source = levelSource(-4000);
    // between two ticks, right after a packet of his
    await leaving.leg.close();
    assert.equal(bridge.closed, true);
    assert.equal(staying.leg.bridge, undefined);
    leaving.say(3000);
    step(() => staying.say(1));
    step(() => staying.say(1));
    assertContinuous(staying.heard);
    assert.deepEqual(
      staying.heard.slice(-2).map((packet) => staying.levelOf(packet) < -3900),
      [true, true],
    );
    await staying.leg.close();
    bridge.close();
    assert.equal(dissolved, 1);
  }
});

test("what the hold audio or a source throws is told, and silence goes out", () => {
  const { a, b, join, step } = pair();
  const errors: unknown[] = [];
  a.leg.onError = (error) => errors.push(error);
  join({
    holdAudio: () => ({
      read: () => {
        throw new Error("no music");
      },
    }),
  });
  b.negotiate("inactive");
  for (let i = 0; i < 3; i++) step(() => a.say(1000));
  assert.equal(errors.length, 3);
  assert.equal(a.heard.length, 3);
  a.leg.source = {
    read: () => {
      throw new Error("no voice");
    },
  };
  step();
  assert.equal(a.heard.length, 4);
});

test("a leg is joined once, with another one, while both are open", async () => {
  const { clock, a, b, join } = pair();
  const c = new VirtualLine(clock);
  const refused = (first: VirtualLine, second: VirtualLine, code: string): void => {
    assert.throws(
      () => new MediaBridge(first.leg, second.leg),
      (error) => error instanceof MediaError && error.code === code,
    );
  };
  refused(a, a, "bridge_impossible");
  const bridge = join();
  refused(a, c, "bridge_impossible");
  refused(c, b, "bridge_impossible");
  bridge.close();
  await c.leg.close();
  refused(a, c, "leg_closed");
  new MediaBridge(b.leg, a.leg).close();
});
