import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { seededRandom } from "../simulation/random.ts";
import { type AddressRecord, type DnsAnswer, type DnsRecord, questionKey } from "./dns.ts";
import type { Located, LocateRequest } from "./located.ts";
import { selectServers } from "./select-servers.ts";

type Zone = Record<string, DnsAnswer>;
const answer = (records: DnsRecord[], additional: AddressRecord[] = []): DnsAnswer => ({
  outcome: "records",
  source: "server",
  records,
  additional,
  dropped: 0,
});
const nxdomain: DnsAnswer = { outcome: "absent", source: "server", reason: "nxdomain", records: [], ttl: 60 };
const nodata: DnsAnswer = { ...nxdomain, reason: "nodata" };
const timeout: DnsAnswer = { outcome: "failed", source: "server", reason: "timeout", sentence: "no answer" };
const a = (name: string, address: string, ttl = 60): AddressRecord => ({ type: "A", name, ttl, address });
const aaaa = (name: string, address: string, ttl = 60): AddressRecord => ({
  type: "AAAA",
  name,
  ttl,
  address,
});
const srv = (
  name: string,
  priority: number,
  weight: number,
  target: string,
  port = 5060,
  ttl = 60,
): DnsRecord => ({
  type: "SRV",
  name,
  ttl,
  priority,
  weight,
  port,
  target,
});
const naptr = (
  order: number,
  preference: number,
  services: string,
  replacement: string,
  flags = "s",
): DnsRecord => ({
  type: "NAPTR",
  name: "example.com",
  ttl: 60,
  order,
  preference,
  flags,
  services,
  regexp: "",
  replacement,
});
const cname = (name: string, target: string, ttl = 60): DnsRecord => ({ type: "CNAME", name, ttl, target });

function locate(
  zone: Zone,
  request: Partial<LocateRequest> & { host: string },
  random = seededRandom(1),
): Located & { asked: string[]; rounds: number } {
  const known = new Map<string, DnsAnswer>();
  const whole: LocateRequest = { transports: ["udp", "tcp", "tls"], families: [4, 6], ...request };
  for (let rounds = 0; rounds < 50; rounds++) {
    const step = selectServers(whole, known, random);
    if (step.kind === "located") return { ...step.located, asked: [...known.keys()], rounds };
    assert.ok(step.questions.length > 0);
    for (const question of step.questions) {
      assert.ok(!known.has(questionKey(question)), "asked twice");
      known.set(questionKey(question), zone[questionKey(question)] ?? nxdomain);
    }
  }
  assert.fail("too many rounds");
}
const where = (located: Located) =>
  located.targets.map((each) => `${each.transport} ${each.address} ${each.port}`);
const sentences = (located: Located) =>
  located.trace.flatMap((entry) => (entry.kind === "decision" ? [entry.sentence] : []));

describe("selectServers: short cuts", () => {
  it("asks nothing for an IP literal", () => {
    const located = locate({}, { host: "192.0.2.1" });
    assert.deepEqual(located.asked, []);
    assert.deepEqual(where(located), ["udp 192.0.2.1 5060"]);
    assert.equal(located.targets[0]?.ttl, undefined);
    assert.deepEqual(where(locate({}, { host: "[2001:db8::1]", transport: "tls" })), [
      "tls 2001:db8::1 5061",
    ]);
    assert.deepEqual(where(locate({}, { host: "192.0.2.1", port: 5070, secure: true })), [
      "tls 192.0.2.1 5070",
    ]);
    assert.equal(locate({}, { host: "2001:db8::1", families: [4] }).failure?.code, "no_address");
  });

  it("asks no SRV where a port is given, and takes UDP (RFC 3263 §4.1, §4.2)", () => {
    const zone = { "A example.com": answer([a("example.com", "192.0.2.1")]) };
    const located = locate(zone, { host: "Example.COM.", port: 5080, naptr: true });
    assert.deepEqual(located.asked, ["A example.com", "AAAA example.com"]);
    assert.deepEqual(where(located), ["udp 192.0.2.1 5080"]);
    assert.equal(located.targets[0]?.serverName, "example.com");
  });

  it("refuses what cannot be sent by, and hosts that are none", () => {
    assert.equal(
      locate({}, { host: "a.b", transport: "tls", transports: ["udp"] }).failure?.code,
      "transport_unsupported",
    );
    assert.equal(
      locate({}, { host: "a.b", transport: "udp", secure: true }).failure?.code,
      "transport_unsupported",
    );
    assert.equal(locate({}, { host: "a.b", transports: [] }).failure?.code, "transport_unsupported");
    for (const host of ["", ".", "a..b", "a b", `${"a".repeat(64)}.b`, "x.".repeat(130), "[::1", "ü.de"])
      assert.equal(locate({}, { host }).failure?.code, "host_invalid", host);
  });
});

describe("selectServers: SRV", () => {
  const service = "SRV _sip._udp.example.com";
  const owner = "_sip._udp.example.com";

  it("asks the services of all transports and takes the first that has records", () => {
    const located = locate(
      {
        "SRV _sip._tcp.example.com": answer([srv("_sip._tcp.example.com", 1, 1, "tcp.example.com", 5070)]),
        "SRV _sips._tcp.example.com": answer([srv("_sips._tcp.example.com", 1, 1, "tls.example.com", 5071)]),
        "A tcp.example.com": answer([a("tcp.example.com", "192.0.2.2")]),
      },
      { host: "example.com" },
    );
    assert.deepEqual(located.asked.slice(0, 3), [
      service,
      "SRV _sip._tcp.example.com",
      "SRV _sips._tcp.example.com",
    ]);
    assert.deepEqual(where(located), ["tcp 192.0.2.2 5070"]);
    assert.deepEqual(located.targets[0]?.from, {
      srv: { name: "_sip._tcp.example.com", priority: 1, weight: 1, target: "tcp.example.com" },
      record: { name: "tcp.example.com", type: "A" },
    });
  });

  it("asks one service where the transport is given, and `_sips._tcp` for sips", () => {
    assert.deepEqual(
      locate({}, { host: "example.com", transport: "tcp" }).asked[0],
      "SRV _sip._tcp.example.com",
    );
    const secure = locate({}, { host: "example.com", secure: true, transport: "tcp" });
    assert.deepEqual(secure.asked, ["SRV _sips._tcp.example.com", "A example.com", "AAAA example.com"]);
    assert.equal(secure.failure?.code, "no_such_host");
  });

  it("goes to the host's own addresses where there is no SRV, or it could not be asked", () => {
    const addresses = { "A example.com": answer([a("example.com", "192.0.2.1")]) };
    assert.deepEqual(where(locate(addresses, { host: "example.com" })), ["udp 192.0.2.1 5060"]);
    assert.deepEqual(where(locate(addresses, { host: "example.com", secure: true })), ["tls 192.0.2.1 5061"]);
    const located = locate({ ...addresses, [service]: timeout }, { host: "example.com", transport: "udp" });
    assert.deepEqual(where(located), ["udp 192.0.2.1 5060"]);
    assert.match(sentences(located).join("\n"), /_sip\._udp\.example\.com failed \(no answer\)/);
  });

  it('takes a target of "." for what it says', () => {
    const declined = {
      [service]: answer([srv(owner, 0, 0, ".")]),
      "A example.com": answer([a("example.com", "192.0.2.1")]),
    };
    const located = locate(declined, { host: "example.com", transport: "udp" });
    assert.equal(located.failure?.code, "service_not_offered");
    assert.deepEqual(located.asked, [service]);
    assert.deepEqual(where(locate(declined, { host: "example.com" })), ["tcp 192.0.2.1 5060"]);
  });

  it("does not fall back to the host's addresses where SRV records lead nowhere (RFC 2782)", () => {
    const located = locate(
      {
        [service]: answer([srv(owner, 0, 0, "gone.example.com")]),
        "A example.com": answer([a("example.com", "192.0.2.1")]),
      },
      { host: "example.com", transport: "udp" },
    );
    assert.equal(located.failure?.code, "no_address");
    assert.deepEqual(located.targets, []);
  });

  it("uses addresses of the additional section, and asks for the family that it lacks", () => {
    const records = [srv(owner, 0, 0, "pbx.example.com", 5060, 600)];
    const glue = [a("pbx.example.com", "192.0.2.5", 20), a("other.example.com", "192.0.2.6")];
    const located = locate({ [service]: answer(records, glue) }, { host: "example.com", transport: "udp" });
    assert.deepEqual(located.asked, [service, "AAAA pbx.example.com"]);
    assert.deepEqual(where(located), ["udp 192.0.2.5 5060"]);
    assert.equal(located.targets[0]?.ttl, 20);
  });

  it("keeps to priorities, drops doubles, and gives families turns (RFC 7984, RFC 8305 §4)", () => {
    const zone = {
      [service]: answer([
        srv(owner, 20, 0, "b.example.com"),
        srv(owner, 10, 0, "a.example.com"),
        srv(owner, 30, 0, "a.example.com"),
      ]),
      "A a.example.com": answer([a("a.example.com", "192.0.2.1"), a("a.example.com", "192.0.2.1")]),
      "AAAA a.example.com": answer([aaaa("a.example.com", "2001:db8::1")]),
      "A b.example.com": answer([a("b.example.com", "192.0.2.2")]),
    };
    const request = { host: "example.com", transport: "udp" as const };
    assert.deepEqual(where(locate(zone, request)), [
      "udp 192.0.2.1 5060",
      "udp 2001:db8::1 5060",
      "udp 192.0.2.2 5060",
    ]);
    assert.equal(locate(zone, request).targets[0]?.from.srv?.priority, 10, "of doubles the first stays");
    assert.equal(where(locate(zone, { ...request, families: [6, 4] }))[0], "udp 2001:db8::1 5060");
    assert.equal(where(locate(zone, { ...request, families: [6] })).length, 1);
  });

  it("spreads calls by weight: 70 and 30 of one priority, the next priority last", () => {
    const zone = {
      [service]: answer([
        srv(owner, 10, 70, "a.example.com"),
        srv(owner, 10, 30, "b.example.com"),
        srv(owner, 20, 100, "c.example.com"),
      ]),
      "A a.example.com": answer([a("a.example.com", "192.0.2.1")]),
      "A b.example.com": answer([a("b.example.com", "192.0.2.2")]),
      "A c.example.com": answer([a("c.example.com", "192.0.2.3")]),
    };
    const known = new Map<string, DnsAnswer>(Object.entries(zone));
    for (const name of ["a", "b", "c"]) known.set(`AAAA ${name}.example.com`, nodata);
    const random = seededRandom(70);
    let first = 0;
    for (let call = 0; call < 10_000; call++) {
      const request: LocateRequest = {
        host: "example.com",
        transport: "udp",
        transports: ["udp"],
        families: [4, 6],
      };
      const step = selectServers(request, known, random);
      assert.equal(step.kind, "located");
      if (step.kind !== "located") return;
      const order = step.located.targets.map(({ address }) => address);
      assert.equal(order.length, 3);
      assert.equal(order[2], "192.0.2.3");
      if (order[0] === "192.0.2.1") first++;
    }
    // 70.5 of 101, as the draw is from 0 to 100 inclusive; four standard deviations of 10,000 draws.
    assert.ok(Math.abs(first - 6_980) < 185, `${first} of 10,000`);
  });
});

describe("selectServers: NAPTR", () => {
  const zone = {
    "NAPTR example.com": answer([
      naptr(20, 1, "SIP+D2U", "_sip._udp.later.example"),
      naptr(10, 2, "SIP+D2T", "_sip._tcp.example.net"),
      naptr(10, 1, "sips+d2t", "_sips._tcp.example.net", "S"),
      naptr(1, 1, "SIP+D2S", "_sip._sctp.example.net"),
      naptr(1, 1, "E2U+sip", ".", "u"),
    ]),
    "SRV _sips._tcp.example.net": answer([srv("_sips._tcp.example.net", 1, 1, "tls.example.net", 5061)]),
    "SRV _sip._tcp.example.net": answer([srv("_sip._tcp.example.net", 1, 1, "tcp.example.net", 5060)]),
    "A tls.example.net": answer([a("tls.example.net", "192.0.2.1")]),
    "A tcp.example.net": answer([a("tcp.example.net", "192.0.2.2")]),
  };

  it("lets the domain choose the transport, by order and preference", () => {
    const located = locate(zone, { host: "example.com", naptr: true });
    assert.deepEqual(where(located), ["tls 192.0.2.1 5061"]);
    assert.equal(
      located.targets[0]?.serverName,
      "example.com",
      "the certificate is to name what was asked for",
    );
    assert.ok(!located.asked.includes("SRV _sip._udp.later.example"), "a later order is not looked at");
    const secure = locate(zone, { host: "example.com", naptr: true, secure: true });
    assert.ok(!secure.asked.includes("SRV _sip._tcp.example.net"), "no plain service for a sips URI");
    const plain = locate(zone, { host: "example.com", naptr: true, transports: ["udp", "tcp"] });
    assert.deepEqual(where(plain), ["tcp 192.0.2.2 5060"]);
  });

  it("is not asked for where the caller does not want it, or a transport is given", () => {
    assert.ok(!locate(zone, { host: "example.com" }).asked.includes("NAPTR example.com"));
    assert.ok(
      !locate(zone, { host: "example.com", naptr: true, transport: "udp" }).asked.includes(
        "NAPTR example.com",
      ),
    );
  });

  it("goes on with SRV where nothing fits", () => {
    const located = locate(zone, { host: "example.com", naptr: true, transports: ["udp"], secure: false });
    assert.ok(located.asked.includes("SRV _sip._udp.later.example"));
    const none = locate({ "NAPTR example.com": timeout }, { host: "example.com", naptr: true });
    assert.ok(none.asked.includes("SRV _sip._udp.example.com"));
    const foreign = { "NAPTR example.com": answer([naptr(1, 1, "E2U+email", "x.example")]) };
    assert.ok(
      locate(foreign, { host: "example.com", naptr: true }).asked.includes("SRV _sip._tcp.example.com"),
    );
  });
});

describe("selectServers: hostile and broken answers", () => {
  const request = { host: "example.com", transport: "udp", port: 5060 } as const;

  it("follows aliases, in one answer and over several, with the least TTL", () => {
    const zone = {
      "A example.com": answer([cname("example.com", "b.example", 30), cname("b.example", "c.example", 10)]),
      "A c.example": answer([a("c.example", "192.0.2.9", 100)]),
    };
    const located = locate(zone, request);
    assert.deepEqual(where(located), ["udp 192.0.2.9 5060"]);
    assert.equal(located.targets[0]?.ttl, 10);
  });

  it("ends circles and endless chains of aliases", () => {
    const circle = {
      "A example.com": answer([cname("example.com", "b.example")]),
      "A b.example": answer([cname("b.example", "example.com")]),
    };
    assert.equal(locate(circle, request).failure?.code, "dns_failed");
    const endless: Zone = {};
    for (let at = 0; at < 40; at++) {
      const name = at === 0 ? "example.com" : `${at}.example`;
      endless[`A ${name}`] = answer([cname(name, `${at + 1}.example`)]);
    }
    const located = locate(endless, request);
    assert.equal(located.failure?.code, "dns_failed");
    assert.ok(located.asked.length <= 12);
  });

  it("leaves out addresses that can be nobody's, and SRV records that are none", () => {
    const bad = ["0.0.0.0", "224.0.0.1", "255.255.255.255"].map((address) => a("example.com", address));
    const bad6 = ["::", "ff02::1", "fe80::1", "::ffff:192.0.2.1"].map((address) =>
      aaaa("example.com", address),
    );
    const zone = {
      "A example.com": answer([...bad, a("example.com", "10.0.0.1")]),
      "AAAA example.com": answer(bad6),
    };
    assert.deepEqual(where(locate(zone, request)), ["udp 10.0.0.1 5060"]);
    const records = [srv("s", 0, 0, "192.0.2.1"), srv("s", 0, 0, "a b"), srv("s", 0, 0, "ok.example", 0)];
    const located = locate(
      { "SRV _sip._udp.example.com": answer(records) },
      { host: "example.com", transport: "udp" },
    );
    assert.equal(located.failure?.code, "no_address");
    assert.deepEqual(located.asked, ["SRV _sip._udp.example.com"]);
  });

  it("bounds questions and targets, keeping the best priorities", () => {
    const records: DnsRecord[] = [];
    const zone: Zone = {};
    for (let at = 63; at >= 0; at--) {
      records.push(srv("s", at, 1, `${at}.example`));
      zone[`A ${at}.example`] = answer(
        Array.from({ length: 60 }, (_, n) => a(`${at}.example`, `10.${at}.0.${n + 1}`)),
      );
    }
    zone["SRV _sip._udp.example.com"] = answer(records);
    const located = locate(zone, { host: "example.com", transport: "udp" });
    assert.equal(located.targets.length, 32);
    assert.ok(located.asked.length <= 64);
    assert.match(located.targets[0]?.address ?? "", /^10\.0\.0\./);
  });

  it("says of each failure what it is", () => {
    assert.equal(locate({}, request).failure?.code, "no_such_host");
    assert.equal(
      locate({ "A example.com": nodata, "AAAA example.com": nodata }, request).failure?.code,
      "no_address",
    );
    assert.equal(locate({ "A example.com": timeout }, request).failure?.code, "dns_failed");
    const located = locate({}, request);
    assert.equal(sentences(located).at(-1), located.failure?.sentence);
    assert.equal(located.trace.filter((entry) => entry.kind === "question").length, 2);
  });

  it("ends, within bounds and without an exception, whatever the answers are", () => {
    const name = fc.constantFrom(
      "example.com",
      "a.example",
      "b.example",
      "_sip._udp.example.com",
      ".",
      "x y",
      "1.2.3.4",
    );
    const ttl = fc.nat(100);
    const record: fc.Arbitrary<DnsRecord> = fc.oneof(
      fc.record({
        type: fc.constant("A" as const),
        name,
        ttl,
        address: fc.constantFrom("192.0.2.1", "0.0.0.0", "junk"),
      }),
      fc.record({
        type: fc.constant("AAAA" as const),
        name,
        ttl,
        address: fc.constantFrom("2001:db8::1", "::"),
      }),
      fc.record({ type: fc.constant("CNAME" as const), name, ttl, target: name }),
      fc.record({
        type: fc.constant("SRV" as const),
        name,
        ttl,
        priority: fc.nat(3),
        weight: fc.nat(65_535),
        port: fc.nat(3),
        target: name,
      }),
      fc.record({
        type: fc.constant("NAPTR" as const),
        name,
        ttl,
        order: fc.nat(2),
        preference: fc.nat(2),
        flags: fc.constantFrom("s", "u", ""),
        services: fc.constantFrom("SIP+D2U", "SIPS+D2T", "junk"),
        regexp: fc.constantFrom("", "!x!y!"),
        replacement: name,
      }),
    );
    const anyAnswer = fc.oneof(
      fc.array(record, { maxLength: 70 }).map((records) => answer(records)),
      fc.constantFrom(nxdomain, nodata, timeout),
    );
    fc.assert(
      fc.property(
        fc.array(anyAnswer, { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        fc.integer(),
        (answers, naptrWanted, seed) => {
          let at = 0;
          const zone = new Proxy<Zone>({}, { get: () => answers[at++ % answers.length] });
          const located = locate(zone, { host: "example.com", naptr: naptrWanted }, seededRandom(seed));
          assert.ok(located.targets.length <= 32);
          assert.equal(located.targets.length === 0, located.failure !== undefined);
          assert.ok(located.asked.length <= 64);
        },
      ),
      { numRuns: 300 },
    );
  });
});
