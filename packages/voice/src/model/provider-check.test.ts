import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeProviders, type Fault } from "@ringdown/fake-providers";
import { type CheckedProvider, checkProvider } from "./provider-check.ts";

const key = "sk-secret-of-mine";

function every(baseUrl: string): CheckedProvider[] {
  const one = { provider: "fake", baseUrl, apiKey: key, model: "m" };
  // Deepgram's addresses have no version in them.
  const plain = { ...one, baseUrl: baseUrl.replace(/\/v1$/, "") };
  return [
    { service: "llm", provider: { ...one, protocol: "openai" } },
    { service: "stt", provider: { ...one, protocol: "openai" } },
    { service: "stt", provider: { ...plain, protocol: "deepgram" } },
    { service: "tts", provider: { ...one, protocol: "openai", voice: "alloy" } },
    { service: "tts", provider: { ...one, protocol: "elevenlabs", voice: "v" } },
    { service: "realtime", provider: { ...one, protocol: "openai", voice: "", transcriber: "" } },
  ];
}

const name = ({ service, provider: { protocol } }: CheckedProvider) => `${service} ${protocol}`;

test("a provider that does what is wanted, by each protocol", async (t) => {
  const fake = await FakeProviders.start();
  t.after(() => fake.close());
  for (const asked of every(fake.url)) {
    const answer = await checkProvider(asked);
    assert.ok(answer.ok, `${name(asked)}: ${JSON.stringify(answer)}`);
    assert.ok(answer.ms >= 0);
  }
});

for (const [fault, status] of [
  ["unauthorised", 401],
  ["quota", 429],
  ["refuse", 500],
] as [Fault, number][])
  test(`one that does not: ${fault}`, async (t) => {
    const fake = await FakeProviders.start();
    t.after(() => fake.close());
    fake.chat.otherwise = fake.realtimeConnections.otherwise = () => ({ fault });
    fake.speech.otherwise = () => ({ pcm: Buffer.alloc(0), fault });
    fake.transcription.otherwise = () => ({ text: "", fault });
    for (const asked of every(fake.url)) {
      // Deepgram's stand-in has no fault for silence.
      if (asked.provider.protocol === "deepgram") continue;
      const answer = await checkProvider(asked);
      assert.ok(!answer.ok, name(asked));
      if (asked.provider.protocol === "openai") assert.equal(answer.status, status, name(asked));
      assert.match(answer.reason, /scripted|Scripted|unauthorised|quota|refuse/);
    }
  });

test("one that hangs, breaks off, talks nonsense, or is not there; and no key is told", async (t) => {
  const fake = await FakeProviders.start();
  t.after(() => fake.close());
  for (const fault of ["hang", "drop", "garbage"] as const) {
    fake.chat.otherwise = () => ({ text: `You said ${key}`, fault });
    fake.realtime.otherwise = () => ({ text: "Hello.", fault });
    fake.speech.otherwise = () => ({ pcm: Buffer.alloc(0), fault });
    fake.transcription.otherwise = () => ({ text: "", fault });
    for (const asked of every(fake.url)) {
      // Some of their answer is there before it breaks off; silence gets none of Deepgram's.
      const isTold = fault !== "hang" && (asked.service === "realtime" || asked.service === "llm");
      if (asked.provider.protocol === "deepgram" || isTold || asked.service === "tts") continue;
      const answer = await checkProvider(asked, 400);
      assert.ok(!answer.ok, `${fault} ${name(asked)}`);
      if (fault === "hang") assert.match(answer.reason, /nothing came within 0.4 s/);
    }
  }
  for (const asked of every("http://127.0.0.1:9/v1")) {
    const answer = await checkProvider(asked);
    assert.ok(!answer.ok && answer.status === 0, name(asked));
    assert.match(answer.reason, /ECONNREFUSED|bad port/);
  }
  fake.chat.otherwise = () => ({ fault: "unauthorised" });
  assert.ok(!JSON.stringify(await checkProvider(every(fake.url)[0] as CheckedProvider)).includes(key));
});
