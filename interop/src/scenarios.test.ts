// `ringdown test`: scenarios with an agent of the file, and with one of a running node, against providers that speak the real protocol.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FakeProviders, lastUserText } from "@ringdown/fake-providers";
import { entry, node, RingdownProcess } from "./ringdown-process.ts";

const AGENT = `
  welcomeMessage: Good morning.
  functions:
    - { type: say, name: hours, condition: asked when we are open, text: Nine to five. }
`;
const SCENARIOS = `scenarios:
  - name: tells when we are open
    turns:
      - greeting: true
        expect: { says: good morning, calls: null }
      - caller: When are you open?
        expect: { says: [nine, five], calls: hours, outcome: open, judge: Tells the hours }
  - name: says goodbye
    turns:
      - caller: Bye
        expect: { calls: end_call, outcome: ended }
`;

describe("ringdown test", () => {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-scenarios-"));
  let fake: FakeProviders;
  let verdict = "PASS: it does.";

  before(async () => {
    fake = await FakeProviders.start();
    fake.chat.otherwise = (request) => {
      if (JSON.stringify(request.messages[0]).includes("PASS or FAIL")) return { text: verdict };
      if (request.messages.at(-1)?.role === "tool") return { text: "From nine to five." };
      const isOver = lastUserText(request) === "Bye";
      return isOver
        ? { text: "Goodbye.", toolCalls: [{ name: "end_call", arguments: "{}" }] }
        : { toolCalls: [{ name: "hours", arguments: "{}" }] };
    };
  });
  after(async () => {
    await fake?.close();
    rmSync(folder, { recursive: true });
  });

  function ringdownTest(text: string, environment: Record<string, string>, ...words: string[]) {
    const path = join(folder, "agent.yaml");
    writeFileSync(path, text);
    const env = { PATH: process.env.PATH, ...environment };
    return new Promise<{ code: unknown; output: string; complaint: string }>((resolve) => {
      execFile(node, [entry, "test", path, ...words], { cwd: folder, env }, (error, output, complaint) =>
        resolve({ code: error?.code ?? 0, output, complaint }),
      );
    });
  }
  const keys = () => ({ OPENAI_API_KEY: "sk-from-the-environment", OPENAI_BASE_URL: fake.url });

  test("plays the scenarios of an agent that the file describes, and says what failed", async () => {
    const text = `agent:${AGENT}${SCENARIOS}`;
    const passed = await ringdownTest(text, keys(), "--repeat", "2");
    assert.deepEqual([passed.code, passed.complaint], [0, ""]);
    assert.match(
      passed.output,
      /✔ tells when we are open \(2 of 2\)[\s\S]*4 passed, 0 failed; \d+ tokens in, \d+ out\n$/,
    );
    verdict = "FAIL: it tells nothing.";
    const failed = await ringdownTest(text, keys(), "--only", "OPEN");
    verdict = "PASS: it does.";
    assert.equal(failed.code, 1);
    assert.match(
      failed.output,
      /✖ tells when we are open\n {6}line 10: "Tells the hours" does not hold: it tells nothing\./,
    );
    assert.match(failed.output, /Caller: When are you open\?[\s\S]*0 passed, 1 failed/);
  });

  test("says what is wrong with the file, the keys or the command", async () => {
    for (const [text, environment, words, complaint] of [
      [`agent: {}\nscenario: []\n`, keys(), [], /agent\.yaml:1: scenarios is missing/],
      [`agent:${AGENT}${SCENARIOS}`, {}, [], /There is no language model: set a key/],
      [
        `agent: sales\n${SCENARIOS}`,
        { ...keys(), RINGDOWN_HTTP: "127.0.0.1:0" },
        [],
        /no node runs on this data folder/,
      ],
      [`agent:${AGENT}${SCENARIOS}`, keys(), ["--only", "nothing"], /no scenario has "nothing" in its name/],
      [`agent:${AGENT}${SCENARIOS}`, keys(), ["--repeat", "0"], /--repeat takes a number/],
    ] as [string, Record<string, string>, string[], RegExp][]) {
      const result = await ringdownTest(text, environment, ...words);
      assert.equal(result.code, 2);
      assert.match(result.complaint, complaint);
    }
  });

  test("plays them with an agent of a running node, whose keys it need not have", async () => {
    const ringdown = await RingdownProcess.start({ environment: keys() });
    try {
      await ringdown.api.createAgent({
        ...{ username: "sales", mode: "pipeline", welcomeMessage: "Good morning." },
        functions: [
          { type: "say", name: "hours", condition: "asked when we are open", text: "Nine to five." },
        ],
      });
      const environment = {
        RINGDOWN_DATA: ringdown.dataFolder,
        RINGDOWN_HTTP: new URL(ringdown.http).host,
        RINGDOWN_TOKEN: ringdown.token,
      };
      const unjudged = SCENARIOS.replace(", judge: Tells the hours", "");
      const result = await ringdownTest(`agent: sales\n${unjudged}`, environment);
      assert.deepEqual([result.code, result.complaint], [0, ""]);
      assert.match(result.output, /2 passed, 0 failed/);
      const judged = await ringdownTest(`agent: sales\n${SCENARIOS}`, environment);
      assert.match(judged.complaint, /judge: There is no language model/);
      const unknown = await ringdownTest(`agent: nobody\n${unjudged}`, environment);
      assert.match(unknown.complaint, /The node has no agent "nobody"/);
    } finally {
      await ringdown.stop();
    }
  });
});
