import assert from "node:assert/strict";
import { test } from "node:test";
import { voice } from "@livekit/agents";
import { FakeVoice } from "../testing/attendant-harness.ts";
import { FakeLeg } from "../testing/fake-leg.ts";
import { FliteTts } from "../tts/flite-tts.ts";
import { PhoneSession } from "./phone-session.ts";
import type { PlayedSegment } from "./playout-queue.ts";

test("the history keeps what was heard and no more, whole where nothing cut it", async () => {
  const leg = new FakeLeg();
  const segments: PlayedSegment[] = [];
  const session = await PhoneSession.start(
    leg,
    new voice.Agent({ instructions: "" }),
    {
      tts: new FliteTts(new FakeVoice(1), "rms", 8000),
      vad: null,
      turnHandling: { turnDetection: "manual" },
    },
    {
      onAgentStarted: () => undefined,
      onAgentSegment: (segment) => segments.push(segment),
      onUserSpeaking: () => undefined,
      onFalseInterruption: () => undefined,
      onProviderError: (error) => assert.fail(String(error)),
      onClosed: () => assert.fail("the session closed"),
    },
  );
  const ticks = async (count: number) => {
    for (let done = 0; done < count; done++) {
      leg.tick();
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const first = session.say("Hello there. All of this is heard.", true);
  while (segments.length === 0) await ticks(1);
  assert.equal(await first, "heard");

  const second = session.say("One two three four. Five six seven eight.", true);
  await ticks(1); // the last frame of the first text is still what `speaking` tells of
  while (!leg.speaking) await ticks(1);
  await ticks(74); // 1.5 s of 2 s: half of the second sentence
  session.hush();
  leg.tick();
  assert.equal(leg.speaking, false);
  assert.equal(await second, "cut");
  await ticks(5);

  assert.equal(segments[1]?.heard, "One two three four. Five six");
  assert.equal(segments[1]?.playedSamples, 12_000);
  assert.deepEqual(
    session.history.filter((item) => item.role === "assistant"),
    [
      { role: "assistant", content: "Hello there. All of this is heard.", interrupted: false },
      { role: "assistant", content: "One two three four. Five six", interrupted: true },
    ],
  );
  await session.close();
});
