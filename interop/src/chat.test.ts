// Chats by text through a call worker of a node, where they do not end well.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FakeProviders, lastUserText } from "@ringdown/fake-providers";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

/** Turns of an organization that are answered at once. */
const PLACES = 10;

describe("a chat by text", () => {
  let ringdown: RingdownProcess;
  let fake: FakeProviders;

  before(async () => {
    fake = await FakeProviders.start();
    fake.chat.otherwise = (request) => {
      if (request.model === "hanging") return { fault: "hang" };
      if (request.model === "refusing") return { fault: "unauthorised" };
      return { text: `You said ${lastUserText(request)}.` };
    };
    ringdown = await RingdownProcess.start({
      environment: { OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url },
    });
  });
  after(async () => {
    await ringdown?.stop();
    await fake?.close();
  });

  async function agentWith(
    model: string,
  ): Promise<(content: string, signal?: AbortSignal) => Promise<Response>> {
    const { id } = await ringdown.api.createAgent({
      ...{ username: model, mode: "pipeline", agentModel: `openai/${model}` },
    });
    return (content, signal) =>
      fetch(`${ringdown.http}/api/v2/agents/${id}/chat`, {
        method: "POST",
        headers: { Authorization: `Bearer ${ringdown.token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ messages: [{ role: "user", content }] }),
        ...(signal && { signal }),
      });
  }

  test("a provider that refuses the key ends it with an error that has no key in it", async () => {
    const post = await agentWith("refusing");
    const text = await (await post("hello")).text();
    assert.match(text, /event: error\ndata: .*"code":"chat_failed"/);
    assert.doesNotMatch(text + ringdown.lines.join(""), /sk-from/);
  });

  test("clients that go away in the middle leave nothing behind: their places are free again", async () => {
    const [hanging, talking] = [await agentWith("hanging"), await agentWith("talking")];
    const gone = new AbortController();
    // Kept: an answer that nobody holds is given up by the client's garbage collector.
    const held: Response[] = [];
    for (let place = 0; place < PLACES; place++) held.push(await hanging("hello", gone.signal));
    assert.deepEqual([...new Set(held.map(({ status }) => status))], [200]);
    const asked = () => fake.chat.asked.filter(({ model }) => model === "hanging").length;
    await eventually("the provider is asked by each", () => asked() === PLACES);
    assert.equal((await talking("one more")).status, 429);
    assert.ok(held.every(({ bodyUsed }) => !bodyUsed));
    gone.abort();
    const answer = await eventually("there is room again", async () => {
      const response = await talking("one more");
      return response.status === 200 && response;
    });
    assert.match(await answer.text(), /event: end/);
  });
});
