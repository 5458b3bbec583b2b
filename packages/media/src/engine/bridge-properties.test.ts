// Whatever two phones, their network and call control do, in any order: each phone hears one whole stream.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { sequenceDelta, timestampDelta } from "../rtp/sequence.ts";
import { MediaBridge } from "./bridge.ts";
import { TestClock } from "./loopback.ts";
import { levelSource, VirtualLine } from "./virtual-line.ts";

/** What may happen between two ticks; each packet of a phone on time unless it says otherwise. */
const happening = fc.oneof(
  { weight: 1, arbitrary: fc.constant("talk" as const) },
  { weight: 1, arbitrary: fc.constant("join" as const) },
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      "part" as const,
      "agent speaks" as const,
      "agent listens" as const,
      "a pauses" as const,
      "a is late" as const,
      "a presses a key" as const,
      "another stream of a" as const,
      "a holds" as const,
      "a resumes" as const,
      "b holds" as const,
      "b resumes" as const,
      "record" as const,
      "digits" as const,
      "stall" as const,
    ),
  },
);

test("random switching: one SSRC, numbers without gap or repetition, time with the clock, no pause of ours", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(happening, fc.integer({ min: 1, max: 12 })), { minLength: 5, maxLength: 40 }),
      fc.constantFrom(20, 30),
      fc.boolean(),
      async (script, ptime, lawful) => {
        const clock = new TestClock();
        const a = new VirtualLine(clock);
        const b = new VirtualLine(clock, {
          ptime,
          codec: lawful ? "PCMU" : "PCMA",
          eventType: lawful ? 96 : null,
        });
        const errors: unknown[] = [];
        for (const { leg } of [a, b]) leg.onError = (error) => errors.push(error);
        const held = { a: false, b: false };
        let bridge: MediaBridge | undefined;
        let late: (() => void)[] = [];
        for (const [what, steps] of script) {
          switch (what) {
            case "join":
              if (bridge === undefined || bridge.closed) bridge = new MediaBridge(a.leg, b.leg);
              break;
            case "part":
              bridge?.close();
              break;
            case "agent speaks":
              a.leg.source = levelSource(-4000);
              break;
            case "agent listens":
              a.leg.source = undefined;
              break;
            case "another stream of a":
              a.ssrc += 1;
              a.sequence = (a.sequence * 7919) & 0xffff;
              a.timestamp = (a.timestamp * 104_729) >>> 0;
              break;
            case "a holds":
            case "a resumes":
              held.a = what === "a holds";
              a.negotiate(held.a ? "sendonly" : "sendrecv");
              break;
            case "b holds":
            case "b resumes":
              held.b = what === "b holds";
              b.negotiate(held.b ? "inactive" : "sendrecv");
              break;
            case "record": {
              const frames: number[] = [];
              const remove = a.leg.addSink({ write: (frame) => frames.push(frame.length) });
              setImmediate(remove);
              break;
            }
            case "digits":
              void b.leg.sendDtmf("1", { toneMs: 40, gapMs: 40 });
              break;
          }
          const keyStart = a.timestamp;
          for (let step = 0; step < steps; step++) {
            clock.time += 10;
            if (what === "a pauses") a.pause(160);
            else if (what === "a presses a key") {
              a.key(3, keyStart, (step + 1) * 160, step === steps - 1, step === 0);
              a.pause(160);
            } else if (what === "a is late") late.push(() => a.say(1000));
            else if (what !== "stall") {
              for (const packet of late) packet();
              late = [];
              a.say(1000);
            }
            if (ptime === 20 || step % 3 !== 2) b.say(2000);
            clock.time += 10;
            if (what === "stall" && step < steps - 1) {
              late.push(() => a.say(1000));
              continue;
            }
            const skipped = what === "stall" ? steps - 1 : 0;
            a.tick(skipped);
            b.tick(skipped);
          }
        }
        assert.deepEqual(errors, []);
        for (const line of [a, b]) {
          let reached = line.heard[0];
          for (const [i, packet] of line.heard.entries()) {
            const before = line.heard[i - 1];
            if (before === undefined || reached === undefined) continue;
            assert.equal(packet.ssrc, before.ssrc);
            assert.equal(sequenceDelta(packet.sequence, before.sequence), 1, `number of packet ${i}`);
            if (packet.payload.length === 4) continue; // an event bears the time of its start
            const forward = timestampDelta(packet.timestamp, reached.timestamp);
            assert.ok(forward > 0, `time of packet ${i} goes on: ${forward}`);
            // not further than the clock went, but for what a phone that is early or a jump of a stream may bring
            const passed = (packet.at - reached.at) * 8;
            assert.ok(forward <= passed + 2 * 8000, `packet ${i}: ${forward} in ${passed}`);
            reached = packet;
          }
        }
        // whoever is not held hears something all the time: no more than 100 ms and a tick without a packet
        for (const [line, isHeld] of [
          [a, held.a],
          [b, held.b],
        ] as const) {
          if (isHeld) continue;
          line.heard.length = 0;
          for (let step = 0; step < 10; step++) {
            clock.time += 20;
            a.tick();
            b.tick();
          }
          assert.ok(line.heard.length >= 10 - 6 - 4 * Number(ptime === 30 && line === b), "RTP goes on");
          assert.ok(clock.time - (line.heard.at(-1)?.at ?? 0) <= 20);
        }
        await a.leg.close();
        await b.leg.close();
      },
    ),
    { numRuns: 300 },
  );
});
