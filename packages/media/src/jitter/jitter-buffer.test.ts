import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FrameKind, JitterBuffer, type JitterBufferOptions } from "./jitter-buffer.ts";

const FRAME = 160;
const OPTIONS: JitterBufferOptions = { sampleRate: 8000, frameSamples: FRAME };

interface Packet {
  sequence: number;
  timestamp: number;
  pcm: Int16Array;
  arrival: number;
}
interface Run {
  buffer: JitterBuffer;
  frames: Int16Array[];
  kinds: FrameKind[];
  delays: number[];
}

/** A tone whose sample at each media time is known, so that what comes out can be placed. */
function toneAt(position: number, level = 8000): number {
  return Math.round(level * Math.sin((2 * Math.PI * 230 * position) / 8000)) + 0;
}

function stream(options: {
  count: number;
  ptime?: number;
  delay?: (index: number) => number;
  firstSequence?: number;
  firstTimestamp?: number;
  sample?: (position: number) => number;
  /** The sender's clock against ours: 1.001 is 1000 ppm fast. */
  rate?: number;
}): Packet[] {
  const size = ((options.ptime ?? 20) * FRAME) / 20;
  return Array.from({ length: options.count }, (_, i) => {
    const pcm = new Int16Array(size);
    for (let n = 0; n < size; n++) pcm[n] = (options.sample ?? toneAt)(i * size + n);
    return {
      sequence: ((options.firstSequence ?? 100) + i) & 0xffff,
      timestamp: ((options.firstTimestamp ?? 5000) + i * size) >>> 0,
      pcm,
      arrival: (i * (options.ptime ?? 20)) / (options.rate ?? 1) + (options.delay?.(i) ?? 0),
    };
  });
}

/** Plays packets by arrival time against a 20 ms reader, all in virtual time. */
function play(packets: Packet[], until: number, phase = 7, options = OPTIONS): Run {
  const run: Run = { buffer: new JitterBuffer(options), frames: [], kinds: [], delays: [] };
  const queue = [...packets].sort((a, b) => a.arrival - b.arrival);
  for (let now = phase; now < until; now += 20) {
    while (queue[0] !== undefined && queue[0].arrival <= now) {
      const packet = queue.shift() as Packet;
      run.buffer.insert(packet.sequence, packet.timestamp, packet.pcm, packet.pcm.length, packet.arrival);
    }
    const frame = new Int16Array(FRAME);
    run.kinds.push(run.buffer.read(frame, now));
    run.delays.push(run.buffer.delayAt(now));
    run.frames.push(frame);
  }
  return run;
}

function biggestStep(frames: Int16Array[]): number {
  let step = 0;
  let previous = 0;
  for (const frame of frames) {
    for (const sample of frame) {
      step = Math.max(step, Math.abs(sample - previous));
      previous = sample;
    }
  }
  return step;
}

function concatenated(frames: Int16Array[]): Int16Array {
  return Int16Array.from(frames.flatMap((frame) => [...frame]));
}

function count(kinds: FrameKind[], kind: FrameKind): number {
  return kinds.filter((k) => k === kind).length;
}

// the tone's own largest step; 230 Hz does not fit into a frame, so a frame too few or too many makes a step
const TONE_STEP = Math.ceil(2 * Math.PI * 230);

for (const ptime of [10, 20, 30, 40, 60]) {
  test(`an even stream of ${ptime} ms packets comes out whole and in order, over both wraps`, () => {
    const packets = stream({
      count: 6000 / ptime,
      ptime,
      firstSequence: 65500,
      firstTimestamp: 0xffffff00,
    });
    const run = play(packets, 6000);
    const start = run.kinds.indexOf("audio");
    assert.ok(start >= 1 && start <= 5, `starts after ${start} frames`);
    assert.equal(count(run.kinds.slice(start), "audio"), run.kinds.length - start);
    const { late, concealedSamples, duplicate, resyncs } = run.buffer.counters;
    assert.deepEqual([late, concealedSamples, duplicate, resyncs], [0, 0, 0, 0]);
    assert.ok(biggestStep(run.frames) <= TONE_STEP + 1);
    // without corrections it is the very signal
    if (run.buffer.counters.framesDropped + run.buffer.counters.framesInserted === 0) {
      const out = concatenated(run.frames.slice(start));
      for (let i = 60; i < out.length; i++) assert.equal(out[i], toneAt(i));
    }
  });
}

test("a quiet network lets the delay fall to the minimum", () => {
  const run = play(stream({ count: 1500, sample: () => 0 }), 30_000);
  assert.equal(run.buffer.targetDelay, 20);
  assert.ok((run.delays.at(-1) ?? 99) <= 45, `${run.delays.at(-1)}`);
});

test("the delay follows the jitter up, so that few packets are late, and stays under the limit", () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 16807) % 2147483647;
    return seed / 2147483647;
  };
  const jittery = stream({ count: 3000, delay: () => random() * 90 });
  const run = play(jittery, 60_000);
  assert.ok(run.buffer.targetDelay >= 90 && run.buffer.targetDelay <= 110, `${run.buffer.targetDelay}`);
  const lateAtFirst = run.buffer.counters.late;
  assert.ok(lateAtFirst < 3000 * 0.03, `${lateAtFirst} late`);
  assert.ok(biggestStep(run.frames) <= TONE_STEP + 400, `${biggestStep(run.frames)}`);

  const awful = play(stream({ count: 3000, delay: () => random() * 900 }), 60_000);
  assert.equal(awful.buffer.targetDelay, 200);
});

test("a lost packet is bridged without a click and counted", () => {
  const packets = stream({ count: 100 });
  packets.splice(50, 1);
  const run = play(packets, 2000);
  assert.equal(count(run.kinds, "concealed"), 1);
  assert.equal(run.buffer.counters.concealedSamples, FRAME);
  assert.ok(biggestStep(run.frames) <= TONE_STEP + 60, `${biggestStep(run.frames)}`);
  const bridged = run.frames[run.kinds.indexOf("concealed")] as Int16Array;
  assert.ok(Math.max(...bridged) > 4000, "the bridge is heard");
});

test("a 10 ms hole inside a frame is bridged too", () => {
  const packets = stream({ count: 200, ptime: 10 });
  packets.splice(91, 1);
  const run = play(packets, 1900);
  assert.equal(run.buffer.counters.concealedSamples, 80);
  assert.ok(biggestStep(run.frames) <= TONE_STEP + 60);
});

test("a long loss fades to silence and speech comes back without a click", () => {
  const packets = stream({ count: 200 });
  packets.splice(50, 25);
  const run = play(packets, 3900);
  const start = run.kinds.indexOf("concealed");
  assert.equal(count(run.kinds, "concealed"), 3, "60 ms are bridged");
  assert.equal(count(run.kinds.slice(start, start + 25), "silence"), 22);
  assert.ok(biggestStep(run.frames) <= TONE_STEP + 60, `${biggestStep(run.frames)}`);
});

test("a pause of the sender (DTX) is silence, not loss", () => {
  const packets = stream({ count: 200 })
    .filter((_, i) => i < 50 || i >= 100)
    .map((packet, i) => ({ ...packet, sequence: 100 + i }));
  const run = play(packets, 3900);
  assert.equal(run.buffer.counters.late, 0);
  assert.equal(run.buffer.counters.resyncs, 0);
  // until the next packet says that none was lost, the pause looks like one: at most the bridge's 60 ms
  assert.ok(run.buffer.counters.concealedSamples <= 480);
  assert.ok(count(run.kinds, "silence") >= 45);
});

test("packets without audio in between are no loss", () => {
  const buffer = new JitterBuffer(OPTIONS);
  const frame = new Int16Array(FRAME);
  const kinds: FrameKind[] = [];
  for (let i = 0; i < 60; i++) {
    if (i >= 30 && i < 40) buffer.insertEmpty(i);
    else buffer.insert(i, i * FRAME, new Int16Array(FRAME).fill(4000), FRAME, i * 20);
    kinds.push(buffer.read(frame, i * 20 + 5));
  }
  assert.equal(buffer.counters.concealedSamples, 0);
  assert.equal(count(kinds.slice(5), "silence"), 10);
});

test("reordered packets are put in order, duplicates and late ones are dropped and counted", () => {
  const packets = stream({ count: 100 });
  const third = packets[30] as Packet;
  third.arrival += 25;
  packets.push({ ...(packets[40] as Packet), arrival: 811 });
  const late = packets[60] as Packet;
  late.arrival += 300;
  const run = play(packets, 2000);
  const { reordered, duplicate, late: lateCount, concealedSamples } = run.buffer.counters;
  assert.deepEqual([reordered, duplicate, lateCount, concealedSamples], [2, 1, 1, FRAME]);
});

test("a jump of the timestamps is a new start, not a second of silence", () => {
  const before = stream({ count: 100 });
  const after = stream({ count: 100, firstSequence: 200, firstTimestamp: 0xc0000000 }).map((packet) => ({
    ...packet,
    arrival: packet.arrival + 2000,
  }));
  const run = play([...before, ...after], 4000);
  assert.equal(run.buffer.counters.resyncs, 1);
  assert.ok(count(run.kinds.slice(100), "audio") >= 96, `${count(run.kinds.slice(100), "audio")}`);
  assert.ok(biggestStep(run.frames) <= TONE_STEP + 400, `${biggestStep(run.frames)}`);
});

test("a route that is suddenly slower for good loses little", () => {
  const run = play(stream({ count: 200, delay: (i) => (i < 100 ? 0 : 400) }), 4300);
  assert.ok(count(run.kinds.slice(150), "audio") >= 55, run.kinds.slice(110).join());
});

for (const rate of [1.001, 0.999]) {
  test(`clocks that drift apart (${rate}) are followed for ten minutes`, () => {
    const speech = (position: number) => (Math.floor(position / 8000) % 2 === 0 ? toneAt(position) : 0);
    const run = play(stream({ count: 30_000, rate, sample: speech }), 590_000);
    const { late, framesDropped, framesInserted, resyncs } = run.buffer.counters;
    assert.equal(resyncs, 0);
    assert.ok(late <= 30, `${late} late`);
    // 600 ms of drift are 30 frames
    const net = rate > 1 ? framesDropped - framesInserted : framesInserted - framesDropped;
    assert.ok(net >= 20 && net <= 40, `${framesDropped} dropped, ${framesInserted} inserted`);
    assert.ok(Math.max(...run.delays.slice(50)) < 90, `${Math.max(...run.delays.slice(50))}`);
    assert.ok(biggestStep(run.frames) <= 2 * TONE_STEP, `${biggestStep(run.frames)}`);
  });
}

test("a stall and a burst after it do not leave the call delayed", () => {
  const stalled = stream({ count: 500, delay: (i) => (i >= 100 && i < 140 ? 800 - (i - 100) * 20 : 0) });
  const run = play(stalled, 9900);
  const soon = run.delays[Math.ceil(3200 / 20)] ?? 0;
  assert.ok(soon < 300, `${soon} ms right after it`);
  const end = run.delays.at(-1) ?? 0;
  assert.ok(end < 110, `${end} ms`);
  assert.ok(count(run.kinds.slice(200), "audio") >= run.kinds.length - 205);
});

test("a route that becomes faster is caught up with in speech, without a click", () => {
  const run = play(stream({ count: 500, delay: (i) => (i < 200 ? 150 : 0) }), 9900);
  assert.ok(run.buffer.counters.framesDropped >= 3, `${run.buffer.counters.framesDropped}`);
  assert.ok((run.delays.at(-1) ?? 999) < 110, `${run.delays.at(-1)}`);
  assert.ok(biggestStep(run.frames) <= TONE_STEP + 60, `${biggestStep(run.frames)}`);
});

test("a reset starts anew at the next packet", () => {
  const buffer = new JitterBuffer(OPTIONS);
  const frame = new Int16Array(FRAME);
  buffer.insert(1, 0, new Int16Array(FRAME).fill(4000), FRAME, 0);
  for (let now = 0; now <= 60; now += 20) buffer.read(frame, now);
  buffer.reset();
  assert.equal(buffer.read(frame, 80), "silence");
  buffer.insert(40_000, 0x7fffffff, new Int16Array(FRAME).fill(4000), FRAME, 100);
  let kind: FrameKind = "silence";
  for (let now = 100; now <= 140; now += 20) kind = buffer.read(frame, now);
  assert.equal(kind, "audio");
});

test("whatever comes in, reading gives frames and the state stays bounded", () => {
  const packet = fc.record({
    sequence: fc.integer({ min: 0, max: 0xffff }),
    timestamp: fc.oneof(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 20_000 })),
    length: fc.integer({ min: 0, max: 1600 }),
    gap: fc.integer({ min: 0, max: 2000 }),
    empty: fc.boolean(),
  });
  const pcm = new Int16Array(1600).fill(1000);
  const frame = new Int16Array(FRAME);
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 200 }), (packets) => {
      const buffer = new JitterBuffer(OPTIONS);
      let now = 0;
      for (const { sequence, timestamp, length, gap, empty } of packets) {
        now += gap;
        if (empty) buffer.insertEmpty(sequence);
        else buffer.insert(sequence, timestamp, pcm, length, now);
        const kind = buffer.read(frame, now);
        assert.ok(kind === "audio" || kind === "concealed" || kind === "silence");
        assert.ok(buffer.targetDelay >= 20 && buffer.targetDelay <= 200);
      }
    }),
    { numRuns: 200 },
  );
});
