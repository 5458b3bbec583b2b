import assert from "node:assert/strict";
import { test } from "node:test";
import type { CapturedMessage } from "./captured-message.ts";
import { RegistrationMessages } from "./registration-messages.ts";

function message(text: string): CapturedMessage {
  return {
    ...{ at: 0, direction: "out", transport: "udp", transaction: null, text },
    ...{ source: "192.0.2.1:5060", destination: "192.0.2.9:5060" },
  };
}

const textsOf = (messages: RegistrationMessages, agentId: string) =>
  messages.of(agentId).map(({ text }) => text);

test("each agent has his own, the last forty, and none of strangers", () => {
  const messages = new RegistrationMessages();
  messages.claim("one", "agt_1");
  messages.claim("two", "agt_2");
  for (let index = 0; index < 50; index++) messages.add("one", message(`REGISTER ${index}`));
  messages.add("two", message("OPTIONS"));
  messages.add("other", message("INVITE"));
  assert.deepEqual([messages.has("one"), messages.has("other")], [true, false]);
  assert.deepEqual(
    textsOf(messages, "agt_1"),
    Array.from({ length: 40 }, (_, index) => `REGISTER ${index + 10}`),
  );
  assert.deepEqual(textsOf(messages, "agt_2"), ["OPTIONS"]);
  assert.deepEqual(textsOf(messages, "agt_3"), []);
});

test("a registration that takes the place of another goes on where that one was; the last takes all with it", () => {
  const messages = new RegistrationMessages();
  messages.claim("old", "agt_1");
  messages.add("old", message("REGISTER"));
  messages.claim("new", "agt_1");
  messages.add("new", message("REGISTER at another"));
  messages.add("old", message("REGISTER, 0 s"));
  messages.release("old");
  messages.release("old");
  messages.add("old", message("late"));
  assert.deepEqual(textsOf(messages, "agt_1"), ["REGISTER", "REGISTER at another", "REGISTER, 0 s"]);
  messages.release("new");
  assert.deepEqual(textsOf(messages, "agt_1"), []);
  assert.equal(messages.has("new"), false);
});

test("a registrar that talks without end has its bound, and thousands share theirs", () => {
  const messages = new RegistrationMessages();
  messages.claim("0", "agt_0");
  for (let index = 0; index < 40; index++) messages.add("0", message("x".repeat(60_000)));
  const kept = textsOf(messages, "agt_0");
  assert.deepEqual([kept.length, kept[0]?.length], [8, 8_192]);
  for (let index = 1; index < 4_096; index++) messages.claim(String(index), `agt_${index}`);
  for (let index = 0; index < 40; index++) messages.add("7", message("x".repeat(1_000)));
  assert.equal(textsOf(messages, "agt_7").length, 4);
});
