import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { after, describe, test } from "node:test";
import { dispose } from "@livekit/rtc-node";
import { type ChatReply, FakeProviders, lastUserText } from "@ringdown/fake-providers";
import { testApi } from "../test-api.ts";

after(() => dispose());

interface StreamEvent {
  type: string;
  data: Record<string, unknown>;
}

async function scene(t: TestContext, agent: object = {}, script: ChatReply[] = []) {
  const fake = await FakeProviders.start();
  t.after(() => fake.close());
  fake.chat.add(...script);
  const api = await testApi(t, { OPENAI_API_KEY: "sk-secret-key", OPENAI_BASE_URL: fake.url });
  const made = await api.call("POST", "/api/v2/agents", {
    ...{ username: "desk", mode: "pipeline", welcomeMessage: "Hello, the desk.", ...agent },
  });
  assert.equal(made.status, 201, made.body.message);
  const { id } = made.body.agent as { id: string };
  const chat = async (messages: object[], more: object = {}): Promise<StreamEvent[]> => {
    const answer = await api.call("POST", `/api/v2/agents/${id}/chat`, { messages, ...more });
    assert.equal(answer.status, 200, answer.raw.toString());
    return read(answer.raw.toString());
  };
  return { fake, api, id, chat };
}

function read(text: string): StreamEvent[] {
  return text
    .split("\n\n")
    .filter((part) => part.startsWith("event: "))
    .map((part) => {
      const [, type = "", data = "{}"] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      return { type, data: JSON.parse(data) };
    });
}

const said = (events: StreamEvent[]): string =>
  events.flatMap(({ type, data }) => (type === "text" ? [data.text] : [])).join("");
const user = (content: string) => ({ role: "user", content });

describe("POST /agents/{id}/chat", () => {
  test("streams what the agent says, with the instructions of a call, and ends with the usage", async (t) => {
    const { chat, fake } = await scene(t, { agentInstructions: "You sell tea.", title: "Tea line" });
    const events = await chat([
      { role: "agent", content: "Hello, the desk." },
      user("Do you have green tea?"),
    ]);
    assert.equal(said(events), "You said: Do you have green tea?");
    assert.ok(events.filter(({ type }) => type === "text").length > 2);
    assert.deepEqual(events.at(-1), {
      type: "end",
      data: { outcome: "open", usage: { promptTokens: 10, completionTokens: 5 } },
    });
    const { messages = [], tools = [] } = fake.chat.asked[0] ?? {};
    assert.match(
      String(messages[0]?.content),
      /You sell tea\.[\s\S]*You are on the telephone[\s\S]*\+12025550100/,
    );
    assert.deepEqual(
      messages.map(({ role }) => role),
      ["system", "assistant", "user"],
    );
    assert.deepEqual(
      tools.map((tool) => tool.function.name),
      ["end_call"],
    );
  });

  test("an empty chat is greeted as a caller is, and asks no model", async (t) => {
    const { chat, fake } = await scene(t);
    assert.equal(said(await chat([])), "Hello, the desk.");
    assert.equal(fake.chat.asked.length, 0);
  });

  test("a transfer is told with the destination, and not made", async (t) => {
    const functions = [
      { type: "transfer", name: "sales", condition: "wants to buy", destination: ["+15125550123", "nobody"] },
    ];
    const call = { text: "I will put you through.", toolCalls: [{ name: "sales", arguments: "{}" }] };
    const { chat, api } = await scene(t, { functions }, [call]);
    const events = await chat([user("I want to buy")]);
    const result = events.find(({ type }) => type === "functionResult")?.data;
    assert.equal(result?.name, "sales");
    assert.match(
      String(result?.wouldHave),
      /put the caller through by "sales": to \+15125550123 \(number\), then nobody \(not possible/,
    );
    assert.equal(events.at(-1)?.data.outcome, "transferred");
    assert.deepEqual(api.placed, []);
  });

  test("the end of the call, keys and messages are told too", async (t) => {
    const functions = [
      { type: "sendDtmf", name: "gate", digits: "9#" },
      { type: "takeMessage", name: "note" },
    ];
    const { chat, fake } = await scene(t, { functions }, [
      { toolCalls: [{ name: "gate", arguments: "{}" }] },
      { toolCalls: [{ name: "note", arguments: "{}" }] },
      { text: "Bye.", toolCalls: [{ name: "end_call", arguments: "" }] },
    ]);
    const events = await chat([user("do it all")]);
    const would = events.flatMap(({ data }) => (data.wouldHave === undefined ? [] : [data.wouldHave]));
    assert.deepEqual(would, [
      "sent the keys 9#",
      "recorded a message of at most 120 seconds",
      "ended the call",
    ]);
    assert.equal(events.at(-1)?.data.outcome, "ended");
    assert.deepEqual(events.at(-1)?.data.usage, { promptTokens: 30, completionTokens: 15 });
    assert.equal(fake.chat.asked.length, 3);
  });

  test("calls that the model writes wrongly are answered to it, and the turn goes on", async (t) => {
    const { chat, fake } = await scene(t, {}, [
      {
        toolCalls: [
          { name: "no_such_thing", arguments: "{}" },
          { name: "end_call", arguments: '{"a":' },
          { name: "end_call", arguments: "[1]" },
        ],
      },
      { text: "Sorry, where were we?" },
    ]);
    const events = await chat([user("hm")]);
    const results = events.filter(({ type }) => type === "functionResult").map(({ data }) => data);
    assert.deepEqual(
      results.map(({ failed, output }) => [failed, output]),
      [
        [true, 'There is no function "no_such_thing".'],
        [true, "The arguments are no JSON object: call it again with one."],
        [true, "The arguments are no JSON object: call it again with one."],
      ],
    );
    assert.equal(said(events), "Sorry, where were we?");
    assert.equal(events.at(-1)?.type, "end");
    assert.equal(fake.chat.asked[1]?.messages.filter(({ role }) => role === "tool").length, 3);
  });

  test("a model that calls functions for ever is asked for an answer without them", async (t) => {
    const functions = [{ type: "say", name: "hours", text: "Nine to five." }];
    const { chat, fake } = await scene(t, { functions });
    fake.chat.otherwise = () => ({ toolCalls: [{ name: "hours", arguments: "{}" }] });
    const events = await chat([user("when?")]);
    assert.equal(events.filter(({ type }) => type === "functionResult").length, 5);
    assert.equal(fake.chat.asked.length, 6);
    assert.equal(events.at(-1)?.type, "end");
  });

  test("functions that were run before are told to the model as such", async (t) => {
    const functions = [{ type: "say", name: "hours", text: "Nine to five." }];
    const { chat, fake } = await scene(t, { functions });
    await chat([
      user("when?"),
      { role: "function", name: "hours", arguments: "{}", output: "Nine to five." },
      { role: "agent", content: "Nine to five." },
      user("thanks"),
    ]);
    assert.deepEqual(
      fake.chat.asked[0]?.messages.map(({ role }) => role),
      ["system", "user", "assistant", "tool", "assistant", "user"],
    );
  });

  test("the fallback answers where the model fails", async (t) => {
    const { chat, fake } = await scene(t, {
      agentModel: "openai/first",
      agentModelFallback: "openai/second",
    });
    fake.chat.otherwise = ({ model, ...rest }) =>
      model === "first" ? { fault: "refuse" } : { text: `${model}: ${lastUserText({ model, ...rest })}` };
    assert.equal(said(await chat([user("still there?")])), "second: still there?");
  });

  test("a provider that fails is an error event, without the key", async (t) => {
    const { chat, fake } = await scene(t);
    fake.chat.otherwise = () => ({ fault: "unauthorised" });
    const events = await chat([user("hello")]);
    assert.equal(events.at(-1)?.type, "error");
    assert.equal(events.at(-1)?.data.code, "chat_failed");
    assert.doesNotMatch(JSON.stringify(events), /sk-secret-key/);
  });

  test("other modes and faulty messages are refused in a sentence", async (t) => {
    const { api, id } = await scene(t);
    const made = await api.call("POST", "/api/v2/agents", { username: "menu" });
    const { id: menu } = made.body.agent as { id: string };
    const refused = await api.call("POST", `/api/v2/agents/${menu}/chat`, { messages: [] });
    assert.equal(refused.status, 400);
    assert.equal(refused.body.code, "chat_unavailable");
    assert.match(String(refused.body.message), /mode "attendant"/);
    const faulty = { messages: [{ role: "system", content: "obey" }] };
    assert.equal((await api.call("POST", `/api/v2/agents/${id}/chat`, faulty)).status, 400);
    assert.equal((await api.call("POST", "/api/v2/agents/agt_none/chat", { messages: [] })).status, 404);
  });

  test("no more than sixty turns a minute", async (t) => {
    const { api, id } = await scene(t);
    const statuses: number[] = [];
    for (let turn = 0; turn < 61; turn++)
      statuses.push((await api.call("POST", `/api/v2/agents/${id}/chat`, { messages: [] })).status);
    assert.deepEqual([...new Set(statuses.slice(0, 60))], [200]);
    assert.equal(statuses[60], 429);
  });
});
