// A conversation by a realtime model, against a provider that speaks its wire protocol, in real time.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { closeScenes, ModelScene, type ModelSceneOptions } from "../../testing/model-scene.ts";

describe("a conversation by a realtime model", { concurrency: 8 }, () => {
  after(closeScenes);

  /** @param fallback whether the models of a pipeline are there as well */
  const scene = (
    name: string,
    { fallback = false, ...options }: ModelSceneOptions & { fallback?: boolean },
    play: (scene: ModelScene) => Promise<void>,
  ) =>
    test(name, async () => {
      const started = await ModelScene.start({
        ...options,
        profile: { mode: "realtime", ...options.profile },
        providers: (fake) => ({
          realtime: {
            ...{ provider: "fake", protocol: "openai" as const, baseUrl: fake.url, apiKey: "key-1" },
            ...{ model: "fake-realtime", voice: "marin", transcriber: "fake-stt" },
          },
          ...(!fallback && { llm: [], stt: [], tts: [] }),
        }),
      });
      try {
        await play(started);
        assert.ok(!started.story().includes("key-1"), "no key is told");
      } finally {
        await started.close();
      }
    });

  const greeted = (one: ModelScene) =>
    one.until("the greeting is heard", () => one.said("agent").length >= 1);
  const greeting = { text: "Hello, this is the test line." };
  const sent = (one: ModelScene, type: string) =>
    one.fake.realtimeEvents.filter((event) => event.type === type);
  const speeches = (one: ModelScene) =>
    one.timeline.filter(({ type }) => type === "agent_speech_started").length;

  scene(
    "greeted in the model's voice, heard, answered: transcript, latency and usage",
    {
      profile: { agentInstructions: "You sell tea." },
      context: { taskContext: "He asked for green tea." },
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "What are your opening hours?" });
        realtime.add(greeting, { text: "We are open from nine to five." });
      },
    },
    async (one) => {
      await greeted(one);
      assert.deepEqual(one.said("agent"), ["Hello, this is the test line."]);
      const [first] = one.fake.realtime.asked;
      assert.match(first?.instructions ?? "", /Say exactly this .*: Hello, this is the test line\./);
      for (const part of [/You sell tea/, /on the telephone/, /green tea/, /\+15550100/])
        assert.match(first?.instructions ?? "", part);
      assert.deepEqual([first?.asked, first?.tools], [true, ["end_call"]]);
      await one.speak("What are your opening hours?");
      await one.until("the answer is heard", () => one.said("agent").length === 2);
      assert.deepEqual(
        one.turns.map(({ role, content }) => `${role}: ${content}`),
        [
          "agent: Hello, this is the test line.",
          "user: What are your opening hours?",
          "agent: We are open from nine to five.",
        ],
      );
      assert.equal(one.fake.realtime.asked[1]?.asked, false, "the server has found the turn");
      const latency = one.timeline.find(({ type }) => type === "turn_latency");
      for (const part of ["totalMs", "endOfTurnMs", "llmMs", "ttsMs", "playoutMs"])
        assert.equal(typeof latency?.[part], "number", `${part}\n${one.story()}`);
      const [update] = sent(one, "session.update");
      assert.match(JSON.stringify(update), /"rate":24000/);
      assert.ok(one.fake.keys.has("key-1"));
      assert.equal(one.fake.chat.asked.length + one.fake.speech.asked.length, 0, "nobody else is asked");
      await one.conversation.stop("caller-hung-up");
      const usage = JSON.stringify(one.timeline.find(({ type }) => type === "usage"));
      assert.match(usage, /fake-realtime/);
      assert.match(usage, /"outputAudioTokens":[1-9]/);
    },
  );

  const longAnswer =
    "This is a long story that goes on for quite a while. It has a second sentence as well. And then there is a third one that nobody wants to hear.";

  scene(
    "barge-in: silent, and the model's history is cut to what was heard",
    {
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "Tell me a story please." }, { text: "Stop, I want something else." });
        realtime.add(greeting, { text: longAnswer }, { text: "Of course." });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Tell me a story please.");
      await one.until("the story begins", () => speeches(one) === 2);
      await one.speak("Stop, I want something else.");
      await one.until("the other answer", () => one.said("agent").includes("Of course."));
      const cut = one.turns.find(({ interrupted }) => interrupted === true);
      assert.ok(cut !== undefined && longAnswer.startsWith(cut.content), one.story());
      assert.ok(cut.content.length < longAnswer.length / 2, `heard: ${cut.content}`);
      const [truncated] = sent(one, "conversation.item.truncate");
      const played = one.timeline.find(({ type }) => type === "agent_interrupted")?.playedMs;
      assert.ok(Math.abs(Number(truncated?.audio_end_ms) - Number(played)) <= 40, JSON.stringify(truncated));
      const told =
        one.fake.realtime.asked
          .at(-1)
          ?.items.map(({ text }) => text)
          .join("|") ?? "";
      assert.ok(told.includes("This is") && !told.includes("nobody wants to hear"), told);
    },
  );

  scene(
    "an answer that is still being made is cancelled where the caller cuts in",
    {
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "Tell me a story please." }, { text: "Stop, I want something else." });
        realtime.add(greeting, { text: longAnswer, paceMs: 190 }, { text: "Of course." });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Tell me a story please.");
      await one.until("the story begins", () => speeches(one) === 2);
      await one.speak("Stop, I want something else.");
      await one.until("the other answer", () => one.said("agent").includes("Of course."));
      assert.ok(sent(one, "response.cancel").length >= 1);
      assert.equal(one.timeline.filter(({ type }) => type === "provider_failed").length, 0, one.story());
    },
  );

  scene(
    "his first words are not to be cut: the caller is answered after them",
    {
      profile: { interruptionMinimumSpeakingTime: 60 },
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "Are you open today?" });
        realtime.add(
          { text: "Hello, this is the test line, and it has much to say before you may." },
          { text: "Yes." },
        );
      },
    },
    async (one) => {
      await one.until("the greeting begins", () => speeches(one) === 1);
      await one.speak("Are you open today?");
      await one.until("the answer", () => one.said("agent").includes("Yes."));
      assert.equal(one.turns.filter(({ interrupted }) => interrupted === true).length, 0, one.story());
    },
  );

  scene(
    "a function in pieces: put through, back with a word, and the model goes on",
    {
      profile: {
        functions: [
          { type: "transfer", name: "sales desk", destination: "ext:1002", condition: "wants to buy" },
        ],
      },
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "I want to buy something." });
        realtime.add(
          greeting,
          {
            text: "I will put you through.",
            toolCalls: [
              { name: "sales_desk", arguments: JSON.stringify({ transferNotification: "Ann wants tea." }) },
            ],
          },
          { text: "Sales is busy. May I help you instead?" },
        );
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("I want to buy something.");
      await one.until("the transfer is asked for", () => one.transfers.length === 1);
      assert.deepEqual([one.transfers, one.notifications], [["sales desk"], ["Ann wants tea."]]);
      assert.equal(one.said("agent").at(-1), "I will put you through.", "said before it is done");
      one.conversation.resume("I am sorry, the line is busy.");
      await one.until("the model goes on", () =>
        one.said("agent").includes("Sales is busy. May I help you instead?"),
      );
      const { items } = one.fake.realtime.asked.at(-1) ?? {};
      assert.match(JSON.stringify(items), /function_call_output.*the line is busy/);
      const run = one.timeline.find(({ type }) => type === "function_run");
      assert.deepEqual([run?.name, run?.failed], ["sales desk", false]);
    },
  );

  scene(
    "a malformed call of a function, and one of a function that is not there",
    {
      profile: { functions: [{ type: "say", name: "hours", text: "Nine to five." }] },
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "When are you open today?" });
        realtime.add(
          greeting,
          { toolCalls: [{ name: "hours", arguments: "{broken" }] },
          { toolCalls: [{ name: "call_the_president", arguments: "{}" }] },
          { text: "From nine to five." },
        );
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("When are you open today?");
      await one.until("the answer", () => one.said("agent").includes("From nine to five."));
    },
  );

  scene(
    "the end of the call: goodbye is heard before it",
    {
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "That is all, thank you." });
        realtime.add(greeting, {
          text: "Goodbye, have a nice day.",
          toolCalls: [{ name: "end_call", arguments: "{}" }],
        });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("That is all, thank you.");
      await one.until("the call is over", () => one.end !== undefined);
      assert.deepEqual([one.end?.by, one.end?.code], ["agent", "agent_goodbye"]);
      assert.equal(one.said("agent").at(-1), "Goodbye, have a nice day.");
    },
  );

  scene(
    "keys are input: collected until #",
    { script: ({ realtime }) => realtime.add(greeting, { text: "Thank you, I have your number." }) },
    async (one) => {
      await greeted(one);
      for (const key of "4711#") one.leg.press(key);
      await one.until("the answer", () => one.said("agent").length === 2);
      assert.deepEqual(one.said("user"), ["[4711#]"]);
      assert.match(JSON.stringify(one.fake.realtime.asked.at(-1)?.items), /\[keys 4711#\]/);
    },
  );

  scene(
    "a caller who says nothing is asked, then said goodbye to",
    {
      profile: { callerResponseTimeout: 1, callerResponseTimeoutHangupCounter: 1 },
      script: ({ realtime }) => realtime.add(greeting, { text: "Are you still there?" }),
    },
    async (one) => {
      await one.until("the end", () => one.end !== undefined, 20_000);
      assert.deepEqual(one.said("agent").slice(1), [
        "Are you still there?",
        "I have not heard from you, so I will end the call now. Goodbye.",
      ]);
      assert.equal(one.end?.code, "caller_silent");
    },
  );

  scene(
    "the connection breaks in the middle of a sentence: said, and gone on with, the history told again",
    {
      script: ({ realtime, transcription }) => {
        transcription.add({ text: "Tell me a story please." }, { text: "I said, a story." });
        realtime.add(greeting, { text: longAnswer, fault: "drop" }, { text: "It was a dark night." });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Tell me a story please.");
      await one.until(
        "he is asked again",
        () => one.said("agent").some((text) => /say that again/.test(text)),
        20_000,
      );
      await one.speak("I said, a story.");
      await one.until("the answer", () => one.said("agent").includes("It was a dark night."));
      assert.equal(one.fake.realtimeConnections.asked.length, 2);
      assert.match(JSON.stringify(one.fake.realtime.asked.at(-1)?.items), /Tell me a story please/);
      assert.equal(one.timeline.filter(({ type }) => type === "provider_failed").length, 1);
    },
  );

  for (const fault of ["refuse", "unauthorised", "quota", "hang", "drop", "garbage"] as const) {
    scene(
      `no connection (${fault}): the pipeline greets and answers`,
      {
        fallback: true,
        profile: { callerResponseTimeout: 60 },
        script: ({ realtimeConnections, transcription, chat }) => {
          realtimeConnections.otherwise = () => ({ fault });
          transcription.add({ text: "What are your opening hours?" });
          chat.add({ text: "We are open from nine to five." });
        },
      },
      async (one) => {
        await one.until("the greeting is heard", () => one.said("agent").length >= 1, 20_000);
        assert.deepEqual(one.said("agent"), ["Hello, this is the test line."]);
        await one.speak("What are your opening hours?");
        await one.until(
          "the answer",
          () => one.said("agent").includes("We are open from nine to five."),
          25_000,
        );
      },
    );
  }

  for (const fault of ["quota", "unauthorised"] as const) {
    scene(
      `the key is used up in the middle of the call (${fault}): the pipeline answers what was asked`,
      {
        fallback: true,
        script: ({ realtime, transcription, chat }) => {
          transcription.add({ text: "What are your opening hours?" });
          realtime.add(greeting, { fault, delayMs: 200 });
          chat.otherwise = ({ messages }) => ({
            text: JSON.stringify(messages).includes("opening hours")
              ? "From nine to five."
              : "I was told nothing.",
          });
        },
      },
      async (one) => {
        await greeted(one);
        await one.speak("What are your opening hours?");
        await one.until("the answer", () => one.said("agent").includes("From nine to five."), 15_000);
        assert.ok(one.timeline.some(({ type }) => type === "fell_back"));
        const text = JSON.stringify(one.fake.chat.asked[0]?.messages);
        assert.match(text, /Hello, this is the test line/);
      },
    );
  }

  for (const fault of ["refuse", "garbage"] as const) {
    scene(
      `an answer fails (${fault}), and there is no other model: never silent, put through at last`,
      {
        profile: { functions: [{ type: "transfer", name: "desk", destination: "ext:1" }] },
        script: ({ realtime, transcription }) => {
          transcription.otherwise = () => ({ text: "Are you there for me?" });
          realtime.add(greeting);
          realtime.otherwise = () => ({ fault });
        },
      },
      async (one) => {
        await greeted(one);
        await one.speak("Are you there for me?");
        if (fault === "refuse") {
          await one.until("he is asked again", () =>
            one.said("agent").some((text) => /say that again/.test(text)),
          );
          await one.speak("Are you there for me?");
        } else await one.until("the filler", () => one.said("agent").includes("One moment, please."));
        await one.until("the transfer", () => one.transfers.length === 1, 25_000);
        assert.match(one.said("agent").join(" "), /I will put you through/);
        one.conversation.resume("I am sorry, nobody answered.");
        await one.until("the end", () => one.end?.code === "provider_failed");
      },
    );
  }

  scene(
    "the key is refused, and there is no other model: the offline voice says so, and the call ends",
    {
      script: ({ realtimeConnections }) =>
        (realtimeConnections.otherwise = () => ({ fault: "unauthorised" })),
    },
    async (one) => {
      await one.until("the end", () => one.end !== undefined, 20_000);
      assert.equal(one.end?.code, "provider_failed");
      assert.match(one.said("agent").join(" "), /I cannot help you any further/);
      const reason = one.timeline.find(({ type }) => type === "provider_failed")?.reason;
      assert.match(String(reason), /refuses the key \(401\)/);
    },
  );

  scene(
    "away: silent and unanswered, what the caller says is written down where that is wanted",
    {
      script: ({ realtime, transcription }) => {
        transcription.otherwise = () => ({ text: "Nobody answers this." });
        realtime.add(greeting, { text: "I am back with you." });
      },
    },
    async (one) => {
      await greeted(one);
      one.conversation.suspend({ listen: true });
      await one.speak("Nobody answers this, I hope.");
      await one.until("it is written down", () => one.said("user").length === 1);
      assert.equal(one.fake.realtime.asked.length, 1, "the model is asked nothing");
      one.conversation.resume("I am back with you.");
      await one.until("the note", () => one.said("agent").includes("I am back with you."));
    },
  );
});
