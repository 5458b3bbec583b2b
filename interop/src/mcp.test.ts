// Agents with MCP servers as functions: chats by text through a real worker of a node, servers by the protocol's own library.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FakeProviders, lastUserText } from "@ringdown/fake-providers";
import { type ShopServer, shopServer } from "./mcp-server.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

const SECRET = "shop+key/4711==";

describe("MCP servers as functions", () => {
  let ringdown: RingdownProcess;
  let fake: FakeProviders;
  let shop: ShopServer;
  let agents = 0;

  before(async () => {
    fake = await FakeProviders.start();
    shop = await shopServer();
    // Calls what it is told to, as lines of "name {arguments}", one after the other, and then tells what came of the last.
    fake.chat.otherwise = (request) => {
      const last = request.messages.at(-1);
      const done = request.messages.filter(({ role }) => role === "tool").length;
      const line = lastUserText(request).split("\n")[done];
      if (line === undefined) return { text: `I was told: ${String(last?.content)}` };
      const [, name = "", given = "{}"] = /^(\S+) ?(.*)$/s.exec(line) ?? [];
      return { toolCalls: [{ name, arguments: given }] };
    };
    ringdown = await RingdownProcess.start({
      environment: {
        ...{ OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url },
        RINGDOWN_OUTGOING_PRIVATE: "127.0.0.1/32",
      },
    });
    await ringdown.api.json("PUT", "/api/v2/secrets/SHOP", { value: SECRET, hosts: [shop.host] });
  });
  after(async () => {
    await ringdown?.stop();
    await fake?.close();
    await shop?.close();
  });

  const headers = { Authorization: "Bearer {{secret:SHOP}}" };
  async function agentWith(path: string, more: object = {}): Promise<string> {
    const { id } = await ringdown.api.createAgent({
      ...{ username: `buyer-${++agents}`, mode: "pipeline", welcomeMessage: "Hello." },
      functions: [{ type: "mcp", name: "shop", url: `${shop.url}${path}`, headers, timeout: 2, ...more }],
    });
    return id;
  }

  async function chat(id: string, content: string): Promise<{ said: string; text: string }> {
    const response = await fetch(`${ringdown.http}/api/v2/agents/${id}/chat`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ringdown.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content }] }),
    });
    const text = await response.text();
    const said = [...text.matchAll(/^event: text\ndata: (.*)$/gm)]
      .map(([, data = "{}"]) => (JSON.parse(data) as { text: string }).text)
      .join("");
    return { said, text };
  }
  const ask = (path: string) =>
    fetch(`${ringdown.http}/api/v2/mcp/tools`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ringdown.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ url: `${shop.url}${path}`, headers, timeout: 1 }),
    });

  for (const path of ["/today", "/sessions"])
    test(`a tool is called with what the model gives, its answer told, the secret masked (${path})`, async () => {
      const id = await agentWith(path);
      assert.equal(
        (await chat(id, 'shop_order {"item":"tea"}')).said,
        "I was told: tea is on its way",
        ringdown.lines.join("\n"),
      );
      const { said } = await chat(id, "shop_secret {}");
      assert.equal(said, "I was told: You sent Bearer [secret]");
      assert.ok(
        shop.asked.some((one) => one.path === path && one.headers.authorization === `Bearer ${SECRET}`),
      );
      assert.match(
        (await chat(id, 'shop_order {"item":5}')).said,
        /The arguments cannot be used: item must be/,
      );
      assert.match((await chat(id, "shop_refuse {}")).said, /It failed: the shop is closed$/);
      assert.match((await chat(id, "shop_picture {}")).said, /a picture, which cannot be read out/);
      assert.match((await chat(id, "shop_hang {}")).said, /It failed: .*(timed out|within 2 s)/i);
      const shown = fake.chat.asked.map(({ messages }) => JSON.stringify(messages)).join("\n");
      assert.ok(
        !`${shown}${ringdown.lines.join("\n")}`.includes("4711=="),
        "no secret in the log or at the model",
      );
    });

  test("calls in one talk are in one session, which ends with it; another talk has another", async () => {
    const id = await agentWith("/sessions");
    const begun = shop.begun;
    const lines = 'shop_add {"item":"tea"}\nshop_add {"item":"milk"}';
    assert.equal((await chat(id, lines)).said, "I was told: In the basket: tea, milk");
    assert.equal((await chat(id, 'shop_add {"item":"rum"}')).said, "I was told: In the basket: rum");
    assert.ok(shop.begun >= begun + 2);
    await eventually("the server has no session left", async () => shop.sessions === 0);
  });

  test("an agent has of them what it is given; what cannot be asked is told, and nobody else is asked", async () => {
    const id = await agentWith("/today", { tools: ["order"] });
    assert.match((await chat(id, "shop_refuse {}")).said, /There is no function/);
    const offered = fake.chat.asked.at(-1)?.tools ?? [];
    assert.match(JSON.stringify(offered), /shop_order/);
    assert.doesNotMatch(JSON.stringify(offered), /shop_add/);

    const tools = (await (await ask("/today")).json()) as { server: string; tools: { name: string }[] };
    assert.equal(tools.server, "shop");
    assert.deepEqual(tools.tools.map(({ name }) => name).sort(), [
      ...["add", "hang", "order", "picture", "refuse", "secret"],
    ]);
    const faults: Record<string, RegExp> = {
      "/away": /redirect|302/i,
      "/page": /text\/html|content type/i,
      "/closed": /401|unauthori/i,
      "/broken": /500|broken/,
      "/hang": /within 1 s|timed out/i,
    };
    for (const [path, sentence] of Object.entries(faults)) {
      const response = await ask(path);
      const { code, message } = (await response.json()) as { code: string; message: string };
      assert.deepEqual([response.status, code], [502, "mcp_failed"], `${path}: ${message}`);
      assert.match(message, sentence, path);
      assert.ok(!message.includes("4711"));
    }
    const faulty = await agentWith("/broken");
    assert.match((await chat(faulty, "shop_order {}")).said, /There is no function/, "and the talk goes on");
  });
});
