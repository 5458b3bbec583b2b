import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import type { Answer } from "dns-packet";
import { DnsCache } from "../locate/dns-cache.ts";
import type { LocateRequest } from "../locate/located.ts";
import { createLocator, type Locator } from "../locate/locator.ts";
import { TargetHealth } from "../locate/target-health.ts";
import { seededRandom } from "../simulation/random.ts";
import { DnsClient } from "./dns-client.ts";
import { type DnsTestServer, type DnsZone, startDnsTestServer } from "./dns-test-kit.ts";

const owner = "_sip._udp.trunk.example";
const srv = (priority: number, weight: number, target: string): Answer => ({
  type: "SRV",
  name: owner,
  ttl: 60,
  data: { priority, weight, port: 5060, target },
});
const a = (name: string, data: string, ttl = 60): Answer => ({ type: "A", name, ttl, data });
const zone: DnsZone = {
  [`SRV ${owner}`]: {
    answers: [srv(10, 70, "a.trunk.example"), srv(10, 30, "b.trunk.example"), srv(20, 0, "c.trunk.example")],
  },
  "A a.trunk.example": { answers: [a("a.trunk.example", "192.0.2.1")] },
  "A b.trunk.example": { answers: [a("b.trunk.example", "192.0.2.2", 5)] },
  "A c.trunk.example": { truncated: true, answers: [a("c.trunk.example", "192.0.2.3")] },
  "AAAA a.trunk.example": {
    answers: [{ type: "AAAA", name: "a.trunk.example", ttl: 60, data: "2001:db8::1" }],
  },
};

describe("locating servers by a real DNS server", () => {
  let server: DnsTestServer;
  let client: DnsClient;
  let locator: Locator;
  let health: TargetHealth;
  const clock = { now: 0 };
  const request: LocateRequest = {
    host: "trunk.example",
    transport: "udp",
    transports: ["udp", "tcp"],
    families: [4, 6],
  };

  before(async () => {
    server = await startDnsTestServer(zone);
    client = new DnsClient({ servers: [server.address], timeouts: [1_000, 5_000], hosts: () => new Map() });
    const random = seededRandom(42);
    health = new TargetHealth(random);
    locator = createLocator({
      ask: (question) => client.ask(question),
      cache: new DnsCache(),
      health,
      random,
      now: () => clock.now,
    });
  });
  after(async () => {
    client.close();
    await server.close();
  });

  it("spreads 1,000 calls by weight after one round of questions, asking again what ended", async () => {
    const firsts = new Map<string, number>();
    for (let call = 0; call < 1_000; call++) {
      const { targets } = await locator.locate(request);
      assert.equal(targets.at(-1)?.address, "192.0.2.3", "the second priority is last");
      const first = targets[0]?.from.srv?.target ?? "";
      firsts.set(first, (firsts.get(first) ?? 0) + 1);
    }
    // 69.8 % with four standard deviations.
    assert.ok(Math.abs((firsts.get("a.trunk.example") ?? 0) - 698) < 58, JSON.stringify([...firsts]));
    const once = server.asked.filter(({ over }) => over === "udp").map(({ key }) => key);
    assert.equal(new Set(once).size, once.length, "each was asked once");
    assert.deepEqual(
      server.asked.filter(({ over }) => over === "tcp").map(({ key }) => key),
      ["A c.trunk.example"],
    );
    const before = server.asked.length;
    clock.now = 5_000;
    await locator.locate(request);
    assert.deepEqual(
      server.asked.slice(before).map(({ key }) => key),
      ["A b.trunk.example"],
    );
  });

  it("goes to the others while one is dead", async () => {
    const { targets } = await locator.locate(request);
    const [dead] = targets;
    assert.ok(dead);
    health.failed(dead, { reason: "no answer in 32 s" }, clock.now);
    const meanwhile = await locator.locate(request);
    assert.equal(meanwhile.targets.length, targets.length - 1);
    assert.ok(meanwhile.targets.every(({ address }) => address !== dead.address));
    health.succeeded(dead);
  });

  it("lives on old answers when the server fails and when it is silent", async () => {
    clock.now += 100_000;
    const keys = [...Object.keys(zone), "AAAA b.trunk.example", "AAAA c.trunk.example"];
    server.zone = Object.fromEntries(keys.map((key) => [key, { rcode: 2 }]));
    const located = await locator.locate(request);
    assert.equal(located.targets.length, 4);
    assert.ok(located.trace.some((entry) => entry.kind === "question" && entry.answer.source === "stale"));
    server.zone = zone;
  });
});
