// A conversation by models, against providers that speak the real protocols, in real time: the caller's voice is a synthetic one.
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { closeScenes, ModelScene, type ModelSceneOptions } from "../testing/model-scene.ts";

describe("a conversation by models", { concurrency: 4 }, () => {
  after(closeScenes);

  const scene = (name: string, options: ModelSceneOptions, play: (scene: ModelScene) => Promise<void>) =>
    test(name, async () => {
      const started = await ModelScene.start(options);
      try {
        await play(started);
      } finally {
        await started.close();
      }
    });

  const greeted = (one: ModelScene) =>
    one.until("the greeting is heard", () => one.said("agent").length >= 1);

  scene(
    "greeted, heard, answered: history, timeline and latency",
    {
      profile: { agentInstructions: "You sell tea." },
      context: { taskContext: "He asked for green tea." },
      script: ({ transcription, chat }) => {
        transcription.add({ text: "What are your opening hours?" });
        chat.add({ text: "We are open from **nine** to five." });
      },
    },
    async (one) => {
      await greeted(one);
      assert.deepEqual(one.said("agent"), ["Hello, this is the test line."]);
      await one.speak("What are your opening hours?");
      await one.until("the answer is heard", () => one.said("agent").length === 2);
      assert.deepEqual(one.said("user"), ["What are your opening hours?"]);
      assert.ok(
        one.fake.speech.asked.some(({ text }) => text === "We are open from nine to five."),
        "no markup",
      );
      const latency = one.timeline.find(({ type }) => type === "turn_latency");
      for (const part of ["totalMs", "endOfTurnMs", "sttMs", "llmMs", "ttsMs", "playoutMs"])
        assert.equal(typeof latency?.[part], "number", `${part}\n${one.story()}`);
      const messages = JSON.stringify(one.fake.chat.asked[0]?.messages);
      for (const part of ["You sell tea", "on the telephone", "green tea", "+15550100", "opening hours"])
        assert.ok(messages.includes(part), part);
      assert.ok(one.fake.keys.has("key-1"));
    },
  );

  scene(
    "a greeting by the model",
    {
      profile: { welcomeMessage: "prompt: Say hello in a friendly way." },
      script: ({ chat }) => chat.add({ text: "Hello and welcome." }),
    },
    async (one) => {
      await greeted(one);
      assert.deepEqual(one.said("agent"), ["Hello and welcome."]);
      assert.match(JSON.stringify(one.fake.chat.asked[0]?.messages), /Say hello in a friendly way/);
    },
  );

  const longAnswer =
    "This is a long story that goes on for quite a while. It has a second sentence as well. And then there is a third one that nobody wants to hear.";

  scene(
    "barge-in: the agent stops, and the history keeps what was heard",
    {
      script: ({ transcription, chat }) => {
        transcription.add({ text: "Tell me a story please." }, { text: "Stop, I want something else." });
        chat.add({ text: longAnswer }, { text: "Of course." });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Tell me a story please.");
      const speaking = () => one.timeline.filter(({ type }) => type === "agent_speech_started").length;
      await one.until("the story begins", () => speaking() === 2);
      await one.speak("Stop, I want something else.");
      await one.until("the other answer", () => one.said("agent").includes("Of course."));
      const cut = one.turns.find(({ interrupted }) => interrupted === true);
      assert.ok(cut !== undefined && longAnswer.startsWith(cut.content), one.story());
      assert.ok(cut.content.length < longAnswer.length / 2, `heard: ${cut.content}`);
      const told = JSON.stringify(one.fake.chat.asked.at(-1)?.messages);
      assert.ok(!told.includes("nobody wants to hear"), "the model is not told of what nobody heard");
    },
  );

  scene(
    "a back-channel pauses the agent, and he goes on where he was",
    {
      script: ({ transcription, chat }) => {
        transcription.add({ text: "Tell me a story please." }, { text: "Mhm, yeah." });
        chat.add({ text: longAnswer });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Tell me a story please.");
      const speaking = () => one.timeline.filter(({ type }) => type === "agent_speech_started").length;
      await one.until("the story begins", () => speaking() === 2);
      await one.speak("Oh, yes, right.");
      await one.until("it was none", () => one.timeline.some(({ type }) => type === "back_channel"));
      await one.until("the story is over", () => one.said("agent").length === 2, 15_000);
      assert.equal(one.said("agent")[1], longAnswer);
      assert.deepEqual(one.said("user"), ["Tell me a story please."]);
      assert.equal(one.fake.chat.asked.length, 1, "the model is asked nothing");
    },
  );

  scene(
    "an agent who stays after a transfer writes down both, says nothing, and is deaf to the other once he is back",
    {
      script: ({ transcription }) =>
        (transcription.otherwise = ({ bytes }) => ({ text: `${bytes > 0} words` })),
    },
    async (one) => {
      await greeted(one);
      one.conversation.suspend({ listen: false });
      assert.equal(one.leg.otherSinks.size, 0);
      one.conversation.suspend({ listen: true });
      await one.until("the other is listened to", () => one.leg.otherSinks.size === 1);
      await one.speak("Good morning, this is the desk.", "other");
      await one.until("his words are written down", () => one.said("person").length === 1);
      assert.deepEqual([one.said("person"), one.said("user")], [["true words"], []]);
      const [turn] = one.turns.filter(({ role }) => role === "person");
      assert.ok(
        turn !== undefined && turn.endedAt > turn.startedAt + 500,
        "of his voice, not of its transcript",
      );
      await one.speak("Good morning, I have a question.");
      await one.until("the caller's too", () => one.said("user").length === 1);
      assert.equal(one.said("agent").length, 1, "the agent says nothing");
      one.conversation.resume();
      assert.equal(one.leg.otherSinks.size, 0);
    },
  );

  scene(
    "a function of the agent's: put through, back with a word, and the model goes on",
    {
      profile: {
        functions: [
          { type: "transfer", name: "sales desk", destination: "ext:1002", condition: "wants to buy" },
        ],
      },
      script: ({ transcription, chat }) => {
        transcription.add({ text: "I want to buy something." });
        chat.add(
          {
            text: "I will put you through.",
            toolCalls: [
              {
                name: "sales_desk",
                arguments: JSON.stringify({ transferNotification: " Ann wants\n tea. " }),
              },
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
      const { tools } = one.fake.chat.asked[0] ?? {};
      assert.deepEqual(
        tools?.map(({ function: { name } }) => name),
        ["end_call", "sales_desk"],
      );
      one.conversation.resume("I am sorry, the line is busy.");
      await one.until("the model goes on", () =>
        one.said("agent").includes("Sales is busy. May I help you instead?"),
      );
      assert.match(JSON.stringify(one.fake.chat.asked.at(-1)?.messages), /the line is busy/);
      const run = one.timeline.find(({ type }) => type === "function_run");
      assert.deepEqual([run?.name, run?.failed], ["sales desk", false]);
    },
  );

  scene(
    "the end of the call: goodbye is heard before it",
    {
      script: ({ transcription, chat }) => {
        transcription.add({ text: "That is all, thank you." });
        chat.add({ text: "Goodbye, have a nice day.", toolCalls: [{ name: "end_call", arguments: "{}" }] });
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
    "a malformed call of a function, and one of a function that is not there",
    {
      profile: { functions: [{ type: "say", name: "hours", text: "Nine to five." }] },
      script: ({ transcription, chat }) => {
        transcription.add({ text: "When are you open today?" });
        chat.add(
          { toolCalls: [{ name: "hours", arguments: "{broken" }] },
          { toolCalls: [{ name: "call_the_president", arguments: "{}" }] },
          { text: "Nine to five." },
        );
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("When are you open today?");
      await one.until("the answer", () => one.said("agent").includes("Nine to five."));
    },
  );

  scene(
    "keys are input: collected until #",
    { script: ({ chat }) => chat.add({ text: "Thank you, I have your number." }) },
    async (one) => {
      await greeted(one);
      for (const key of "4711#") one.leg.press(key);
      await one.until("the answer", () => one.said("agent").length === 2);
      assert.deepEqual(one.said("user"), ["[4711#]"]);
      assert.match(JSON.stringify(one.fake.chat.asked[0]?.messages), /\[keys 4711#\]/);
    },
  );

  scene(
    "the model fails once: the caller is asked again, and answered",
    {
      script: ({ transcription, chat }) => {
        transcription.add({ text: "Are you there for me?" }, { text: "I said, are you there?" });
        chat.otherwise = () => ({ fault: "quota" });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Are you there for me?");
      await one.until("he is asked again", () =>
        one.said("agent").some((text) => /say that again/.test(text)),
      );
      one.fake.chat.otherwise = () => ({ text: "Yes, I am." });
      await one.speak("I said, are you there?");
      await one.until("the answer", () => one.said("agent").includes("Yes, I am."));
      assert.equal(one.end, undefined);
    },
  );

  scene(
    "the model fails for good: put through to a person",
    {
      profile: { functions: [{ type: "transfer", name: "desk", destination: "ext:1" }] },
      script: ({ transcription, chat }) => {
        transcription.otherwise = () => ({ text: "Are you there for me?" });
        chat.otherwise = () => ({ fault: "unauthorised" });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("Are you there for me?");
      await one.until("he is asked again", () =>
        one.said("agent").some((text) => /say that again/.test(text)),
      );
      await one.speak("Are you there for me?");
      await one.until("the transfer", () => one.transfers.length === 1, 15_000);
      assert.match(one.said("agent").join(" "), /I will put you through/);
      one.conversation.resume("I am sorry, nobody answered.");
      await one.until("the end", () => one.end?.code === "provider_failed");
      assert.ok(!one.story().includes("key-1"));
    },
  );

  scene(
    "the first model hangs: the second one answers, and the caller hears that he is attended to",
    {
      providers: (fake) => {
        const one = { provider: "fake", baseUrl: fake.url, apiKey: "key-1", protocol: "openai" as const };
        return {
          llm: [
            { ...one, model: "slow" },
            { ...one, model: "quick" },
          ],
        };
      },
      script: ({ transcription, chat }) => {
        transcription.add({ text: "What is the weather like?" });
        chat.otherwise = ({ model }) => (model === "slow" ? { fault: "hang" } : { text: "It is sunny." });
      },
    },
    async (one) => {
      await greeted(one);
      await one.speak("What is the weather like?");
      await one.until("the filler", () => one.said("agent").includes("One moment, please."));
      await one.until("the answer", () => one.said("agent").includes("It is sunny."), 20_000);
    },
  );

  for (const fault of ["refuse", "garbage", "drop"] as const) {
    scene(
      `the voice fails (${fault}): the offline voice speaks`,
      {
        script: ({ speech }) => {
          speech.otherwise = () => ({ pcm: Buffer.alloc(4_800), fault });
        },
      },
      async (one) => {
        await one.until("something is heard", () =>
          one.timeline.some(({ type }) => type === "agent_speech_ended"),
        );
      },
    );
  }

  scene(
    "a caller who says nothing is asked, then said goodbye to",
    { profile: { callerResponseTimeout: 1, callerResponseTimeoutHangupCounter: 1 } },
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
    "the notice of recording is owed: a key does not cut it, and counts after it",
    {
      profile: { recordingNotice: "This call is being recorded for training." },
      script: ({ chat }) => chat.add({ text: "Thank you." }),
    },
    async (one) => {
      await one.until("the notice begins", () =>
        one.timeline.some(({ type }) => type === "agent_speech_started"),
      );
      one.leg.press("5");
      one.leg.press("#");
      await one.until("the answer", () => one.said("agent").includes("Thank you."));
      assert.equal(one.said("agent")[0], "This call is being recorded for training.");
    },
  );

  scene("away: silent, deaf, and back with a note", {}, async (one) => {
    await greeted(one);
    one.conversation.suspend();
    await one.speak("Nobody may hear this.");
    await one.until("he has spoken", () => !one.leg.callerSpeaking);
    one.conversation.resume("I am back with you.");
    await one.until("the note", () => one.said("agent").includes("I am back with you."));
    assert.equal(one.fake.transcription.asked.length, 0);
    assert.deepEqual(one.said("user"), []);
  });
});
