import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { seededRandom } from "../simulation/random.ts";
import { describeTrace } from "./describe-trace.ts";
import { type DnsAnswer, type DnsRecord, questionKey } from "./dns.ts";
import { DnsCache } from "./dns-cache.ts";
import type { LocateRequest } from "./located.ts";
import { createLocator } from "./locator.ts";
import { TargetHealth } from "./target-health.ts";

const request: LocateRequest = {
  host: "example.com",
  transport: "udp",
  transports: ["udp", "tcp"],
  families: [4],
};
const failure: DnsAnswer = { outcome: "failed", source: "server", reason: "timeout", sentence: "no answer" };
const records = (...list: DnsRecord[]): DnsAnswer => ({
  outcome: "records",
  source: "server",
  records: list,
  additional: [],
  dropped: 0,
});
const owner = "_sip._udp.example.com";
const srv = (priority: number, target: string): DnsRecord => ({
  type: "SRV",
  name: owner,
  ttl: 60,
  priority,
  weight: 1,
  port: 5060,
  target,
});
const a = (name: string, address: string): DnsRecord => ({ type: "A", name, ttl: 30, address });

function world(zone: Record<string, DnsAnswer>) {
  const clock = { now: 0 };
  const asked: string[] = [];
  const random = seededRandom(3);
  const health = new TargetHealth(random, { jitter: 0 });
  const cache = new DnsCache();
  const state = { zone, delay: 0 };
  const locator = createLocator({
    ask: async (question) => {
      asked.push(questionKey(question));
      clock.now += state.delay;
      return (
        state.zone[questionKey(question)] ?? {
          outcome: "absent",
          source: "server",
          reason: "nxdomain",
          records: [],
          ttl: 20,
        }
      );
    },
    cache,
    health,
    random,
    now: () => clock.now,
  });
  return { locator, clock, asked, health, cache, state };
}
const two = {
  [`SRV ${owner}`]: records(srv(1, "a.example.com"), srv(2, "b.example.com")),
  "A a.example.com": records(a("a.example.com", "192.0.2.1")),
  "A b.example.com": records(a("b.example.com", "192.0.2.2")),
};

describe("createLocator", () => {
  it("asks once, then remembers for as long as the TTLs say", async () => {
    const { locator, clock, asked } = world(two);
    const located = await locator.locate(request);
    assert.deepEqual(
      located.targets.map(({ address }) => address),
      ["192.0.2.1", "192.0.2.2"],
    );
    assert.equal(located.targets[0]?.ttl, 30);
    clock.now = 29_000;
    const again = await locator.locate(request);
    assert.equal(asked.length, 3);
    assert.equal(again.targets[0]?.ttl, 1);
    clock.now = 31_000;
    await locator.locate(request);
    assert.deepEqual(asked.slice(3), ["A a.example.com", "A b.example.com"], "the SRV answer lives on");
  });

  it("passes by what failed lately, says so, and comes back to it", async () => {
    const { locator, clock, health } = world(two);
    const [first] = (await locator.locate(request)).targets;
    assert.ok(first);
    health.failed(first, { reason: "503 Service Unavailable", retryAfter: 20 }, clock.now);
    const meanwhile = await locator.locate(request);
    assert.deepEqual(
      meanwhile.targets.map(({ address }) => address),
      ["192.0.2.2"],
    );
    assert.deepEqual(
      meanwhile.skipped.map(({ target, until }) => [target.address, until]),
      [["192.0.2.1", 20_000]],
    );
    assert.match(
      describeTrace(meanwhile.trace).at(-1) ?? "",
      /192\.0\.2\.1 port 5060 is passed by for 20 s: 503/,
    );
    clock.now = 20_000;
    assert.equal((await locator.locate(request)).targets.length, 2);
  });

  it("goes by old answers while DNS is down, and by new ones after", async () => {
    const { locator, clock, state } = world(two);
    await locator.locate(request);
    state.zone = Object.fromEntries(Object.keys(two).map((key) => [key, failure]));
    clock.now = 100_000;
    const located = await locator.locate(request);
    assert.deepEqual(
      located.targets.map(({ address }) => address),
      ["192.0.2.1", "192.0.2.2"],
    );
    assert.match(describeTrace(located.trace).join("\n"), /beyond its time/);
    state.zone = { ...two, "A a.example.com": records(a("a.example.com", "192.0.2.9")) };
    clock.now = 106_000;
    assert.equal((await locator.locate(request)).targets[0]?.address, "192.0.2.9");
  });

  it("begins no further round when its time is over", async () => {
    const { locator, asked, state } = world(two);
    state.delay = 10_000;
    const located = await locator.locate(request);
    assert.deepEqual(asked, [`SRV ${owner}`]);
    assert.equal(located.failure?.code, "dns_failed");
  });

  it("bears an asker that rejects", async () => {
    const random = seededRandom(1);
    const locator = createLocator({
      ask: () => Promise.reject(new Error("broken")),
      cache: new DnsCache(),
      health: new TargetHealth(random),
      random,
      now: () => 0,
    });
    const located = await locator.locate(request);
    assert.equal(located.failure?.code, "dns_failed");
    assert.match(located.failure?.sentence ?? "", /broken/);
  });

  it("tells the way to its decision in lines that people read", async () => {
    const { locator } = world(two);
    assert.deepEqual(describeTrace((await locator.locate(request)).trace), [
      "? _sip._udp.example.com SRV",
      "    _sip._udp.example.com 60 SRV 1 1 5060 a.example.com",
      "    _sip._udp.example.com 60 SRV 2 1 5060 b.example.com",
      "? a.example.com A",
      "    a.example.com 30 A 192.0.2.1",
      "? b.example.com A",
      "    b.example.com 30 A 192.0.2.2",
      "→ _sip._udp.example.com decides: udp, by priority and weight.",
      "→ 2 targets of 2 servers, drawn by priority and weight.",
    ]);
    const hostile = records({ ...srv(1, "x"), target: "\u001b[2Jx" } as DnsRecord);
    const lines = describeTrace([
      { kind: "question", question: { name: owner, type: "SRV" }, answer: hostile },
    ]);
    assert.ok(!lines.join("").includes("\u001b"));
  });
});
