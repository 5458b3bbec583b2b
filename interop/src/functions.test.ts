// Functions of agents that ask an HTTP server: by text through a real worker of a node, and in a call by baresip. The model is a script
// on the real protocol, the server has every fault.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { type ChatRequest, FakeProviders, lastUserText } from "@ringdown/fake-providers";
import { Baresip } from "./baresip.ts";
import { baresip, peerTest } from "./peer.ts";
import { people, personSays } from "./person.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { type ToolServer, toolServer } from "./tool-server.ts";
import { eventually } from "./wait.ts";

const SECRET = "crm+key/4711==";

interface StreamEvent {
  type: string;
  data: Record<string, unknown>;
}

/** Calls what it is told to, as "name {arguments}", and then tells what came of it. */
function obedient(request: ChatRequest) {
  if (request.model === "steps") return inOrder(request);
  const last = request.messages.at(-1);
  if (last?.role === "tool") return { text: `I was told: ${String(last.content)}` };
  const [, name = "", given = "{}"] = /^(\w+) ?(.*)$/s.exec(lastUserText(request)) ?? [];
  return { toolCalls: [{ name, arguments: given }] };
}

/** Takes a message, sends keys, says goodbye: one step for each that is done. */
function inOrder({ messages }: ChatRequest) {
  const done = messages.filter(({ role }) => role === "tool").length;
  if (done === 0) return { toolCalls: [{ name: "message", arguments: "{}" }] };
  if (done === 1) return { toolCalls: [{ name: "gate", arguments: "{}" }] };
  return {
    text: "Thank you, the gate is open. Goodbye.",
    toolCalls: [{ name: "end_call", arguments: "{}" }],
  };
}

describe("functions that ask an HTTP server", { concurrency: 4 }, () => {
  let ringdown: RingdownProcess;
  let fake: FakeProviders;
  let server: ToolServer;
  let agentId: string;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    fake = await FakeProviders.start();
    server = await toolServer();
    fake.transcription.otherwise = () => ({ text: 'slow {"order":"4711"}' });
    fake.chat.otherwise = obedient;
    ringdown = await RingdownProcess.start({
      environment: {
        ...{ OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url },
        RINGDOWN_OUTGOING_PRIVATE: "127.0.0.1/32",
      },
    });
    await ringdown.api.json("PUT", "/api/v2/secrets/CRM_KEY", { value: SECRET, hosts: [server.host] });
    agentId = (await ringdown.api.createAgent(agent("tools"))).id;
  });
  after(async () => {
    await ringdown?.stop();
    await fake?.close();
    await server?.close();
  });

  const headers = { Authorization: "Bearer {{secret:CRM_KEY}}" };
  const order = { type: "object", properties: { order: { type: "string" } }, required: ["order"] };
  function agent(username: string) {
    const asks = (name: string, more: object = {}) => ({
      ...{ type: "http", name, description: `Asks ${name}.`, url: `${server.url}/${name}` },
      ...more,
    });
    return {
      ...{ username, mode: "pipeline", welcomeMessage: "Hello.", autoRecordingNotification: "false" },
      functions: [
        asks("orders", { url: `${server.url}/orders/{order}`, parameters: order, headers }),
        asks("echo", {
          ...{ method: "POST", url: `${server.url}/echo/{order}?key={{secret:CRM_KEY}}`, headers },
          parameters: {
            type: "object",
            properties: { order: { type: "string" }, count: { type: "integer", default: 1 } },
            required: ["order"],
            additionalProperties: false,
          },
        }),
        asks("slow", { parameters: order, timeout: 10, condition: "the caller asks for an order" }),
        asks("hang", { timeout: 1 }),
        ...["broken", "missing", "away", "huge", "page", "picture", "cut"].map((name) => asks(name)),
        asks("nobody", { url: "http://127.0.0.1:1/" }),
      ],
    };
  }

  const post = (id: string, content: string): Promise<Response> =>
    fetch(`${ringdown.http}/api/v2/agents/${id}/chat`, {
      method: "POST",
      headers: { Authorization: `Bearer ${ringdown.token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content }] }),
    });

  async function chat(content: string): Promise<{ said: string; result: Record<string, unknown> }> {
    const response = await post(agentId, content);
    const events = (await response.text()).split("\n\n").flatMap((part): StreamEvent[] => {
      const [, type, data] = /^event: (\w+)\ndata: (.*)$/.exec(part) ?? [];
      return type === undefined || data === undefined ? [] : [{ type, data: JSON.parse(data) }];
    });
    assert.equal(events.at(-1)?.type, "end", JSON.stringify(events));
    const said = events.flatMap(({ type, data }) => (type === "text" ? [data.text] : [])).join("");
    const result = events.find(({ type }) => type === "functionResult")?.data ?? {};
    return { said, result };
  }

  test("an argument goes into the URL, the secret into the header, and the answer to the model", async () => {
    const { said, result } = await chat('orders {"order":"47/11"}');
    assert.deepEqual([result.output, result.failed], ['{"order":"47%2F11","state":"shipped"}', false]);
    assert.match(said, /shipped/);
    assert.equal(typeof result.ms, "number");
    const asked = server.asked.find(({ url }) => url === "/orders/47%2F11");
    assert.equal(asked?.method, "GET");
    assert.equal(asked?.headers.authorization, `Bearer ${SECRET}`);
  });

  test("a body has the other arguments; a server that says the secret back is masked", async () => {
    const { result } = await chat('echo {"order":"1"}');
    const asked = server.asked.find(({ url }) => url.startsWith("/echo/1?"));
    assert.equal(asked?.url, `/echo/1?key=${encodeURIComponent(SECRET)}`);
    assert.equal(asked?.body, '{"count":1}');
    assert.equal(result.failed, false);
    assert.match(String(result.output), /Bearer \[secret\]/);
    assert.match(String(result.output), /key=\[secret\]/);
    assert.doesNotMatch(JSON.stringify(fake.chat.asked), /4711==|4711%3D/);
    assert.doesNotMatch(ringdown.lines.join("\n"), /4711==|4711%3D|sk-from/, "no secret in the log");
  });

  test("arguments that do not follow the schema reach no server, and the model is told why", async () => {
    const refused = async (call: string, sentence: RegExp) => {
      const { result } = await chat(call);
      assert.match(String(result.output), sentence);
      assert.equal(result.failed, true);
    };
    await refused('echo {"order":"bad","more":true}', /must NOT have additional properties \("more"\)/);
    await refused('echo {"order":5}', /order must be string/);
    await refused("orders {}", /must have required property 'order'/);
    await refused('orders {"order":".."}', /may not be \. or \.\./);
    await refused('orders ["bad"]', /no JSON object/);
    await refused('none_such {"order":"1"}', /There is no function/);
    assert.ok(!server.asked.some(({ url }) => url.includes("bad") || url === "/"));
  });

  const faults: Record<string, RegExp> = {
    hang: /no whole answer within 1 s/,
    broken: /answers 500: the database of orders is down/,
    missing: /answers 404: \{"error":"no such order"\}/,
    away: /answers 302, and redirects are not followed/,
    picture: /answers image\/png, no text/,
    cut: /cut off|closed before|broke off/,
    nobody: /cannot be reached/,
  };
  for (const [name, sentence] of Object.entries(faults))
    test(`a server that fails (${name}) is told to the model, who says so`, async () => {
      const { said, result } = await chat(name);
      assert.match(String(result.output), sentence);
      assert.equal(result.failed, true);
      assert.match(said, /^I was told: It failed/);
    });

  test("a body without end is cut; what is no JSON in spite of its type comes as it is", async () => {
    const { result } = await chat("huge");
    assert.ok(String(result.output).length < 8_100, String(String(result.output).length));
    assert.match(String(result.output), /the rest is left out/);
    assert.equal((await chat("page")).result.output, "<p>not JSON at all</p>");
  });

  test("agents that could not ask are refused with the reason", async () => {
    const refused = async (more: object, sentence: RegExp) => {
      const one = { type: "http", name: "one", description: "Asks.", url: `${server.url}/x`, ...more };
      const answer = await fetch(`${ringdown.http}/api/v2/agents/${agentId}`, {
        method: "PATCH",
        headers: { Authorization: `Bearer ${ringdown.token}`, "Content-Type": "application/json" },
        body: JSON.stringify({ functions: [one] }),
      });
      const { message } = (await answer.json()) as { message: string };
      assert.equal(answer.status, 400, message);
      assert.match(message, sentence);
    };
    await refused(
      { url: "http://169.254.169.254/latest" },
      /functions\[0\]\.url: 169.254.169.254 is not on the internet/,
    );
    await refused({ url: "https://{host}/x" }, /must begin with https:\/\/ and a host/);
    await refused({ url: "file:///etc/passwd" }, /must begin with https:\/\//);
    await refused({ url: `${server.url}/{order}` }, /\{order\} must be one of the required parameters/);
    await refused({ headers: { Authorization: "Bearer abc" } }, /write \{\{secret:NAME\}\}/);
    await refused({ headers: { "X-Key": "{{secret:NONE}}" } }, /there is no secret "NONE"/);
    await refused(
      { url: "https://example.com/", headers: { "X-Key": "{{secret:CRM_KEY}}" } },
      /is for 127\.0\.0\.1:\d+, not for example\.com/,
    );
    await refused({ parameters: { type: "string" } }, /parameters must be a JSON schema of "type": "object"/);
    await refused({ parameters: { type: "object", properties: { a: { $ref: "#" } } } }, /may not hold \$ref/);
    await refused(
      { parameters: { type: "object", properties: { a: { type: "strin" } } } },
      /is no JSON schema/,
    );
  });

  test("a secret is listed without its value, and a function whose secret is gone fails in words", async () => {
    const path = "/api/v2/secrets/GONE";
    const set = await ringdown.api.json("PUT", path, { value: "another-secret", hosts: ["127.0.0.1"] });
    const listed = await ringdown.api.json("GET", "/api/v2/secrets");
    assert.doesNotMatch(JSON.stringify([set, listed]), /another-secret|4711==/);
    const { id } = await ringdown.api.createAgent({
      ...agent("forgetful"),
      functions: [
        {
          ...{ type: "http", name: "gone", description: "Asks.", url: `${server.url}/gone` },
          headers: { "X-Key": "{{secret:GONE}}" },
        },
      ],
    });
    await ringdown.api.json("DELETE", path);
    const response = await post(id, "gone");
    assert.match(await response.text(), /It failed: there is no secret/);
    assert.ok(!server.asked.some(({ url }) => url === "/gone"));
  });

  peerTest(
    "in a call the caller is not left in silence meanwhile, and the record has what was asked and answered",
    { peers: [baresip, people], onFailure },
    async () => {
      const { username } = await ringdown.api.createAgent({ ...agent("caller-tools"), speakingTimeout: 700 });
      const number = "+15550008801";
      const phone = await Baresip.start({ user: number, speech: personSays("001", 2.5) });
      try {
        await phone.dial(`sip:${username}@${ringdown.udp.host}:${ringdown.udp.port}`);
        await phone.event("CALL_ESTABLISHED");
        const { id } = await eventually("the agent has the call", async () =>
          (await ringdown.api.calls()).find(({ from }) => from === number),
        );
        const call = await eventually(
          "the answer is said",
          async () => {
            const record = await ringdown.api.call(id);
            return record.callDialog.some(({ content }) => /shipped/.test(content)) && record;
          },
          40_000,
        );
        const run = call.timeline.find(({ type }) => type === "function_run");
        assert.deepEqual(
          [run?.name, run?.arguments, run?.output, run?.failed],
          ["slow", '{"order":"4711"}', '{"state":"shipped"}', false],
        );
        assert.ok(Number(run?.ms) >= 3_000, String(run?.ms));
        const said = call.callDialog.filter(({ role }) => role === "agent").map(({ content }) => content);
        assert.ok(said.includes("One moment, please."), said.join(" | "));
        assert.doesNotMatch(said.join(" "), /something went wrong/);
      } finally {
        await phone.stop();
      }
    },
  );

  peerTest(
    "in a call the model takes a message, sends keys, and hangs up when its goodbye was heard",
    { peers: [baresip, people], onFailure },
    async () => {
      const { username } = await ringdown.api.createAgent({
        ...agent("steps"),
        ...{ agentModel: "openai/steps", speakingTimeout: 700 },
        functions: [
          { type: "takeMessage", name: "message", prompt: "Speak after the tone." },
          { type: "sendDtmf", name: "gate", digits: "9#" },
        ],
      });
      const number = "+15550008802";
      const phone = await Baresip.start({ user: number, speech: personSays("001", 2.5, 12) });
      try {
        await phone.dial(`sip:${username}@${ringdown.udp.host}:${ringdown.udp.port}`);
        await phone.event("CALL_ESTABLISHED");
        await phone.event("CALL_CLOSED", 60_000);
        const call = await eventually("the call is over", async () => {
          const found = (await ringdown.api.calls()).find(({ from }) => from === number);
          return found?.state === "ended" && found;
        });
        assert.deepEqual([call.endedBy, call.endCode], ["agent", "agent_goodbye"]);
        const runs = call.timeline.filter(({ type }) => type === "function_run");
        assert.deepEqual(
          runs.slice(0, 2).map(({ name, failed }) => [name, failed]),
          [
            ["message", false],
            ["gate", false],
          ],
        );
        assert.match(String(runs[0]?.output), /^A message of \d+ seconds has been taken\.$/);
        assert.equal(call.timeline.find(({ type }) => type === "dtmf_sent")?.digits, "9#");
        assert.equal(call.messages.length, 1);
        assert.equal(call.callDialog.at(-1)?.content, "Thank you, the gate is open. Goodbye.");
      } finally {
        await phone.stop();
      }
    },
  );
});
