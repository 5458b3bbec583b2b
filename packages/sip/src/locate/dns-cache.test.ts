import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AddressRecord, DnsAnswer, DnsQuestion } from "./dns.ts";
import { DnsCache } from "./dns-cache.ts";

const question: DnsQuestion = { name: "pbx.example", type: "A" };
const record = (ttl: number): AddressRecord => ({
  type: "A",
  name: "pbx.example",
  ttl,
  address: "192.0.2.1",
});
const found = (ttl: number, ...glue: number[]): DnsAnswer => ({
  outcome: "records",
  source: "server",
  records: [record(ttl)],
  additional: glue.map(record),
  dropped: 0,
});
const absent = (ttl: number | undefined): DnsAnswer => ({
  outcome: "absent",
  source: "server",
  reason: "nxdomain",
  records: [],
  ttl,
});
const failed: DnsAnswer = { outcome: "failed", source: "server", reason: "servfail", sentence: "SERVFAIL" };
const ttls = (answer: DnsAnswer | undefined) =>
  answer?.outcome === "records" ? answer.records.map(({ ttl }) => ttl) : undefined;

describe("DnsCache", () => {
  it("holds an answer for its TTL and counts it down", () => {
    const cache = new DnsCache();
    assert.equal(cache.get(question, 0), undefined);
    assert.equal(cache.remember(question, found(60), 1_000).source, "server");
    assert.deepEqual(ttls(cache.get(question, 1_000)), [60]);
    assert.deepEqual(ttls(cache.get(question, 31_500)), [30]);
    assert.equal(cache.get(question, 31_500)?.source, "cache");
    assert.equal(cache.get(question, 61_000), undefined);
    assert.equal(cache.get({ name: "pbx.example", type: "AAAA" }, 1_000), undefined);
  });

  it("bounds TTLs on both sides", () => {
    const cache = new DnsCache({ minTtl: 2, maxTtl: 100 });
    cache.remember(question, found(0), 0);
    assert.ok(cache.get(question, 1_999));
    assert.equal(cache.get(question, 2_000), undefined);
    cache.remember(question, found(100_000), 0);
    assert.ok(cache.get(question, 99_999));
    assert.equal(cache.get(question, 100_000), undefined);
  });

  it("holds an absence as the SOA says, within its bound (RFC 2308 §5), and shortly without SOA", () => {
    const cache = new DnsCache({ maxNegativeTtl: 300, failureTtl: 5 });
    for (const [ttl, seconds] of [
      [10, 10],
      [86_400, 300],
      [undefined, 5],
    ] as const) {
      cache.remember(question, absent(ttl), 0);
      assert.equal(cache.get(question, seconds * 1_000 - 1)?.outcome, "absent");
      assert.equal(cache.get(question, seconds * 1_000), undefined);
    }
  });

  it("lets addresses beside an answer end on their own", () => {
    const cache = new DnsCache();
    cache.remember(question, found(60, 10, 40), 0);
    const answer = cache.get(question, 20_000);
    assert.deepEqual(answer?.outcome === "records" ? answer.additional.map(({ ttl }) => ttl) : [], [20]);
  });

  it("holds a failure shortly (RFC 9520)", () => {
    const cache = new DnsCache({ failureTtl: 5 });
    cache.remember(question, failed, 0);
    assert.equal(cache.get(question, 4_999)?.outcome, "failed");
    assert.equal(cache.get(question, 5_000), undefined);
    cache.remember(question, { ...failed, reason: "overloaded" }, 10_000);
    assert.equal(cache.get(question, 10_000), undefined, "that says nothing of the name");
  });

  it("lets an old answer stand in where asking fails, within its bound, and asks again (RFC 8767)", () => {
    const cache = new DnsCache({ staleFor: 3_600, failureTtl: 5 });
    cache.remember(question, found(60), 0);
    assert.equal(cache.get(question, 100_000), undefined, "it is asked first");
    const stands = cache.remember(question, failed, 100_000);
    assert.equal(stands.source, "stale");
    assert.deepEqual(ttls(stands), [30]);
    assert.equal(cache.get(question, 104_999)?.source, "stale");
    assert.equal(cache.get(question, 105_000), undefined, "asked again");
    assert.equal(cache.remember(question, failed, 200_000).source, "stale");
    assert.equal(cache.remember(question, found(60), 206_000).source, "server");
    assert.equal(cache.get(question, 207_000)?.source, "cache");
    const end = 206_000 + 60_000 + 3_600_000;
    assert.equal(cache.remember(question, failed, end - 1).source, "stale");
    assert.equal(cache.remember(question, failed, end).outcome, "failed");
  });

  it("believes an absence over an old answer", () => {
    const cache = new DnsCache();
    cache.remember(question, found(60), 0);
    assert.equal(cache.remember(question, absent(10), 100_000).outcome, "absent");
    assert.equal(cache.remember(question, failed, 111_000).outcome, "absent", "and that stands in, then");
  });

  it("does not hold what the hosts file says", () => {
    const cache = new DnsCache();
    cache.remember(question, { ...found(60), source: "hosts" }, 0);
    assert.equal(cache.size, 0);
  });

  it("never grows over its bound, and keeps what is used", () => {
    const cache = new DnsCache({ maxEntries: 3 });
    const ask = (name: string): DnsQuestion => ({ name, type: "SRV" });
    for (const name of ["a", "b", "c"]) cache.remember(ask(name), found(60), 0);
    cache.get(ask("a"), 1);
    cache.remember(ask("d"), found(60), 2);
    assert.equal(cache.size, 3);
    assert.ok(cache.get(ask("a"), 3));
    assert.equal(cache.get(ask("b"), 3), undefined);
  });

  it("gives nothing older than its TTL and no TTL above what is left, in any order of events", () => {
    const event = fc.record({
      wait: fc.nat(30_000),
      answer: fc.option(fc.constantFrom(found(7), found(20), absent(9)), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 30 }), (events) => {
        const cache = new DnsCache();
        let now = 0;
        let last: { at: number; answer: DnsAnswer } | undefined;
        for (const { wait, answer } of events) {
          now += wait;
          if (answer !== undefined) {
            cache.remember(question, answer, now);
            last = { at: now, answer };
          }
          const got = cache.get(question, now);
          const life =
            last === undefined ? 0 : last.answer.outcome === "absent" ? 9 : (ttls(last.answer)?.[0] ?? 0);
          assert.equal(got !== undefined, last !== undefined && now - last.at < life * 1_000);
          for (const ttl of ttls(got) ?? [])
            assert.ok(ttl <= Math.ceil(life - (now - (last?.at ?? 0)) / 1_000));
        }
      }),
    );
  });
});
