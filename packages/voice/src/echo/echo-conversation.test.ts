import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConversationEnd } from "../conversation.ts";
import { startConversation } from "../index.ts";
import { FakeLeg } from "../testing/fake-leg.ts";
import { testProfile } from "../testing/profiles.ts";

const quiet = {
  onTurn: () => undefined,
  onTimeline: () => undefined,
  onMessageTaken: () => undefined,
  onTransfer: () => undefined,
};
const context = { from: "+15125550100", to: "echo" };

test("the caller hears himself a frame later, and nothing after the end", async () => {
  const leg = new FakeLeg();
  leg.keep = true;
  const echo = await startConversation(
    testProfile({ mode: "echo" }),
    leg,
    { ...quiet, onEnd: () => undefined },
    context,
  );
  const said = Int16Array.from({ length: 1600 }, (_, index) => index + 1);
  leg.speak(said);
  for (let ticks = 0; ticks < 12; ticks++) leg.tick();
  const heard = leg.sent.flatMap((frame) => Array.from(frame));
  assert.deepEqual(heard.slice(160, 160 + 1600), Array.from(said));
  await echo.stop("caller-hung-up");
  await echo.stop("caller-hung-up");
  assert.equal(leg.source, undefined);
  assert.equal(leg.sinks.size, 0);
});

test("a leg that can echo by itself does, and the longest call ends it", async () => {
  let echoing = false;
  class EchoingLeg extends FakeLeg {
    startEcho(): () => void {
      echoing = true;
      return () => {
        echoing = false;
      };
    }
  }
  const ended = new Promise<ConversationEnd>((resolve) => {
    const profile = testProfile({ mode: "echo", maxCallDuration: 0.02 });
    void startConversation(profile, new EchoingLeg(), { ...quiet, onEnd: resolve }, context).then(() =>
      assert.equal(echoing, true),
    );
  });
  assert.equal((await ended).code, "max_duration");
  assert.equal(echoing, false);
});

test("a line in echo mode has no voice", async () => {
  const echo = await startConversation(
    testProfile({ mode: "echo" }),
    new FakeLeg(),
    { ...quiet, onEnd: () => undefined },
    context,
  );
  await assert.rejects(echo.say("hello"), /no voice/);
  await echo.stop("operator");
});

test("suspended, the line gives nothing back and is not ended; resumed, it does both", async () => {
  const leg = new FakeLeg();
  const seen: string[] = [];
  const echo = await startConversation(
    testProfile({ mode: "echo", maxCallDuration: 0.01 }),
    leg,
    { ...quiet, onTimeline: ({ type }) => seen.push(type), onEnd: ({ code }) => seen.push(code) },
    context,
  );
  echo.suspend();
  echo.suspend();
  assert.equal(leg.source, undefined);
  assert.equal(leg.sinks.size, 0);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.deepEqual(seen, ["echo_started", "conversation_suspended"]);
  echo.resume();
  assert.deepEqual(seen.slice(2), ["conversation_resumed", "max_duration"], "its time was over meanwhile");
  const other = await startConversation(
    testProfile({ mode: "echo" }),
    leg,
    { ...quiet, onEnd: () => undefined },
    context,
  );
  other.suspend();
  other.resume("They did not answer.");
  assert.notEqual(leg.source, undefined);
  await other.stop("operator");
  other.suspend();
  other.resume();
  assert.equal(leg.source, undefined);
});
