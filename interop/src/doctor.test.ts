// `ringdown doctor` as an operator runs it: before a start, beside a running node, and where things are broken.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { FakeProviders } from "@ringdown/fake-providers";
import { AgentRegistration } from "./api-registration.ts";
import { startChild } from "./child.ts";
import { entry, node, RingdownProcess } from "./ringdown-process.ts";

interface Report {
  verdict: string;
  running: { pid: number | null; api: string | null } | null;
  findings: { check: string; verdict: string; what: string; todo?: string }[];
}

describe("ringdown doctor", { concurrency: 3 }, () => {
  let folder = "";
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "ringdown-doctor-"));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  async function run(environment: Record<string, string>, ...options: string[]) {
    const child = startChild(node, [entry, "doctor", ...options], {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...{ PATH: process.env.PATH, RINGDOWN_HTTP: "127.0.0.1:0" },
        ...{ RINGDOWN_SIP: "udp:127.0.0.1:0,tcp:127.0.0.1:0", RINGDOWN_DNS: "127.0.0.1:9", ...environment },
      },
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, output };
  }
  async function examine(environment: Record<string, string>) {
    const { code, output } = await run(environment, "--json");
    const report = JSON.parse(output) as Report;
    const of = (check: string) => report.findings.filter((finding) => finding.check === check);
    const one = (check: string) => {
      const [found] = of(check);
      assert.ok(found, `nothing of ${check}: ${output}`);
      return found;
    };
    return { code, report, of, one };
  }

  test("providers: each service that calls would use is asked by its key, which is never told", async () => {
    const fake = await FakeProviders.start();
    const ringdown = await RingdownProcess.start({ environment: { OPENAI_BASE_URL: fake.url } });
    const environment = { RINGDOWN_DATA: ringdown.dataFolder, OPENAI_BASE_URL: fake.url };
    try {
      const nothing = await run(environment, "--providers");
      assert.equal(nothing.code, 1);
      assert.match(nothing.output, /^warn {2}providers +No provider of models can be used\./m);
      await ringdown.api.json("PUT", "/api/v2/providers/openai", {
        apiKey: "sk-of-the-owner",
        baseUrl: fake.url,
      });
      await ringdown.api.createAgent({ username: "model", mode: "pipeline", agentModel: "openai/my-model" });
      const well = await run(environment, "--providers");
      assert.equal(well.code, 0, well.output);
      for (const line of [
        /^ok {4}llm +openai\/my-model answers after \d+ ms\.$/m,
        /^ok {4}stt +openai\/gpt-4o-mini-transcribe answers/m,
        /^ok {4}tts +openai\/gpt-4o-mini-tts, voice alloy answers/m,
        /^ok {4}realtime +openai\/gpt-realtime, voice marin answers/m,
      ])
        assert.match(well.output, line);
      assert.ok(fake.keys.has("sk-of-the-owner"), "by the sealed key");
      fake.chat.otherwise = () => ({ fault: "unauthorised" });
      fake.realtimeConnections.otherwise = () => ({ fault: "quota" });
      fake.transcription.otherwise = () => ({ text: "", fault: "refuse" });
      const { code, output } = await run(environment, "--json", "--providers");
      assert.equal(code, 2);
      const { findings } = JSON.parse(output) as Report;
      const told = findings.map(({ check, what, todo = "" }) => `${check} ${what} ${todo}`).join("\n");
      assert.match(
        told,
        /^llm .*the key is refused \(401\).*PUT \/api\/v2\/providers\/openai.*OPENAI_API_KEY/m,
      );
      assert.match(told, /^realtime .*quota is used up.*\(429\)/m);
      assert.match(told, /^stt .*out of order \(500\)/m);
      assert.ok(![nothing, well, { output }].some((one) => one.output.includes("sk-of")), "no key is told");
    } finally {
      await ringdown.stop();
      await fake.close();
    }
  });

  test("before the first start: what it would meet, in lines for a person", async () => {
    const { output } = await run({ RINGDOWN_DATA: join(folder, "fresh") });
    assert.match(output, /^ok {4}node /m);
    assert.match(output, /^ok {4}running +No Ringdown runs on this data folder/m);
    assert.match(output, /^ok {4}database +There is none yet/m);
    assert.match(output, /^\d+ ok, \d+ warnings?, 0 failures$/m);
  });

  test("settings that no start would take", async () => {
    const { code, output } = await run({ RINGDOWN_RTP_PORTS: "lots", RINGDOWN_HTPP: "x" });
    assert.equal(code, 2);
    assert.match(output, /^FAIL {2}settings +RINGDOWN_RTP_PORTS/m);
  });

  test("a port that another program has, and a database that is none", async () => {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    const data = mkdtempSync(join(folder, "broken-"));
    writeFileSync(
      join(data, "ringdown.db"),
      "this is no database, by far not one, and long enough to have a header".repeat(4),
    );
    try {
      const { port } = socket.address();
      const { code, of, one } = await examine({ RINGDOWN_DATA: data, RINGDOWN_SIP: `udp:127.0.0.1:${port}` });
      assert.equal(code, 2);
      const listener = of("listener").find(({ verdict }) => verdict === "fail");
      assert.match(listener?.what ?? "", new RegExp(`127\\.0\\.0\\.1:${port}`));
      assert.equal(one("database").verdict, "fail");
    } finally {
      socket.close();
    }
  });

  test("beside a running node: its own answers, a registration that cannot stand, a route that leads nowhere", async () => {
    const ringdown = await RingdownProcess.start();
    try {
      const agent = await ringdown.api.createAgent({ username: "desk", mode: "echo" });
      const registration = new AgentRegistration(ringdown.api, agent.id);
      const socket = createSocket("udp4");
      await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
      const proxy = `127.0.0.1:${socket.address().port}`;
      socket.close();
      await registration.put({ aor: "1001@pbx.test", password: "secret", proxy, transport: "tcp" });
      await registration.until("unreachable");
      await ringdown.api.json("POST", "/api/v2/sip/outboundRoutes", { route: `${proxy};transport=tcp` });
      const environment = {
        RINGDOWN_DATA: ringdown.dataFolder,
        RINGDOWN_HTTP: new URL(ringdown.http).host,
        RINGDOWN_TOKEN: ringdown.token,
        RINGDOWN_SIP: ringdown.listeners
          .map(({ protocol, host, port }) => `${protocol}:${host}:${port}`)
          .join(),
      };
      const { code, report, of, one } = await examine(environment);
      assert.equal(code, 2);
      assert.equal(report.running?.pid, ringdown.pid);
      assert.match(one("running").what, /is ready for calls/);
      assert.equal(one("token").verdict, "ok");
      assert.deepEqual(
        of("listener").map(({ verdict }) => verdict),
        ["ok", "ok"],
      );
      assert.equal(one("registration").verdict, "fail");
      assert.match(one("registration").what, /1001@pbx\.test is unreachable/);
      assert.equal(one("route").verdict, "fail");
      assert.match(one("key").what, /\./);
      assert.equal(one("key").verdict, "ok");
      assert.doesNotMatch(JSON.stringify(report), /"secret"|interop-\d+-token/);

      const stranger = await examine({ ...environment, RINGDOWN_TOKEN: "not-the-token-0123456789" });
      assert.notEqual(stranger.one("token").verdict, "ok");
    } finally {
      await ringdown.stop();
    }
  });
});
