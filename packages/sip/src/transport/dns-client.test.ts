import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { afterEach, describe, it } from "node:test";
import type { Answer } from "dns-packet";
import type { DnsAnswer, DnsQuestion } from "../locate/dns.ts";
import { DnsClient, type DnsClientOptions, parseDnsServer } from "./dns-client.ts";
import { type DnsTestServer, type DnsZone, soa, startDnsTestServer } from "./dns-test-kit.ts";

const a = (name: string, data: string, ttl = 60): Answer => ({ type: "A", name, ttl, data });
const question: DnsQuestion = { name: "pbx.example", type: "A" };
const reply = { answers: [a("pbx.example", "192.0.2.1")] };
const addresses = (answer: DnsAnswer) =>
  answer.outcome === "records"
    ? answer.records.flatMap((record) => ("address" in record ? [record.address] : []))
    : answer;

describe("DnsClient", () => {
  const closers: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  const serve = async (zone: DnsZone): Promise<DnsTestServer> => {
    const server = await startDnsTestServer(zone);
    closers.push(() => server.close());
    return server;
  };
  const clientOf = (servers: DnsTestServer[], options: DnsClientOptions = {}): DnsClient => {
    const client = new DnsClient({
      servers: servers.map(({ address }) => address),
      hosts: () => new Map(),
      ...options,
    });
    closers.push(() => client.close());
    return client;
  };

  it("asks with EDNS, from a port and with an id of its own each time, and gives records with TTLs", async () => {
    const server = await serve({
      "SRV _sip._udp.example": {
        answers: [
          {
            type: "SRV",
            name: "_SIP._udp.Example",
            ttl: 30,
            data: { priority: 1, weight: 2, port: 5070, target: "PBX.example" },
          },
        ],
        additionals: [a("pbx.example", "192.0.2.1", 20), a("evil.example", "192.0.2.66")],
      },
    });
    const client = clientOf([server]);
    const asked: DnsQuestion = { name: "_sip._udp.example", type: "SRV" };
    assert.deepEqual(await client.ask(asked), {
      outcome: "records",
      source: "server",
      server: server.address,
      records: [
        {
          type: "SRV",
          name: "_sip._udp.example",
          ttl: 30,
          priority: 1,
          weight: 2,
          port: 5070,
          target: "pbx.example",
        },
      ],
      additional: [{ type: "A", name: "pbx.example", ttl: 20, address: "192.0.2.1" }],
      dropped: 0,
    });
    for (let more = 0; more < 9; more++) await client.ask(asked);
    assert.equal(server.asked.length, 10, "nothing is remembered here");
    assert.ok(server.asked.every(({ edns, over }) => edns && over === "udp"));
    assert.ok(new Set(server.asked.map(({ port }) => port)).size > 5);
    assert.ok(new Set(server.asked.map(({ id }) => id)).size > 5);
  });

  it("reads NAPTR and AAAA, and follows aliases inside an answer", async () => {
    const data = {
      order: 1,
      preference: 2,
      flags: "s",
      services: "SIP+D2U",
      regexp: "",
      replacement: "_sip._udp.example",
    };
    const server = await serve({
      "NAPTR example": { answers: [{ type: "NAPTR", name: "example", ttl: 5, data }] },
      "AAAA www.example": {
        answers: [
          { type: "AAAA", name: "pbx.example", ttl: 5, data: "2001:db8::1" },
          { type: "CNAME", name: "www.example", ttl: 9, data: "pbx.example" },
          { type: "AAAA", name: "other.example", ttl: 5, data: "2001:db8::2" },
        ],
      },
    });
    const client = clientOf([server]);
    const naptr = await client.ask({ name: "example", type: "NAPTR" });
    assert.deepEqual(naptr.outcome === "records" && naptr.records, [
      { type: "NAPTR", name: "example", ttl: 5, ...data },
    ]);
    const aaaa = await client.ask({ name: "www.example", type: "AAAA" });
    assert.deepEqual(aaaa.outcome === "records" && aaaa.records, [
      { type: "CNAME", name: "www.example", ttl: 9, target: "pbx.example" },
      { type: "AAAA", name: "pbx.example", ttl: 5, address: "2001:db8::1" },
    ]);
  });

  it("tells absence of the name from absence of the type, with the SOA's time", async () => {
    const server = await serve({ "A pbx.example": { authorities: [soa] }, "AAAA pbx.example": {} });
    const client = clientOf([server]);
    const nodata = await client.ask(question);
    assert.deepEqual(nodata, {
      outcome: "absent",
      source: "server",
      server: server.address,
      reason: "nodata",
      records: [],
      ttl: 60,
    });
    const bare = await client.ask({ ...question, type: "AAAA" });
    assert.equal(bare.outcome === "absent" && bare.ttl, undefined);
    const none = await client.ask({ ...question, name: "none.example" });
    assert.equal(none.outcome === "absent" && none.reason, "nxdomain");
  });

  it("goes to the next server on SERVFAIL and REFUSED, and stays with the one that answers", async () => {
    const first = await serve({ "A pbx.example": { rcode: 2 } });
    const second = await serve({ "A pbx.example": { rcode: 5 } });
    const third = await serve({ "A pbx.example": reply });
    const client = clientOf([first, second, third]);
    assert.deepEqual(addresses(await client.ask(question)), ["192.0.2.1"]);
    assert.deepEqual(addresses(await client.ask(question)), ["192.0.2.1"]);
    assert.deepEqual([first.asked.length, second.asked.length, third.asked.length], [1, 1, 2]);
    third.zone = { "A pbx.example": { rcode: 2 } };
    const failed = await client.ask(question);
    assert.equal(failed.outcome, "failed");
    assert.equal(first.asked.length, 2, "asked once again, and not twice: it did answer");
    if (failed.outcome === "failed") assert.match(failed.sentence, /SERVFAIL.*; .*REFUSED/);
  });

  it("asks again where nothing comes, then gives up", async () => {
    const server = await serve({ "A pbx.example": (before) => (before === 0 ? "silence" : reply) });
    const client = clientOf([server], { timeouts: [200, 5_000] });
    assert.deepEqual(addresses(await client.ask(question)), ["192.0.2.1"]);
    server.zone = { "A pbx.example": "silence" };
    const answer = await clientOf([server], { timeouts: [200, 200] }).ask(question);
    assert.equal(answer.outcome === "failed" && answer.reason, "timeout");
    assert.equal(server.asked.length, 4);
  });

  it("says at once that nobody listens", async () => {
    const socket = createSocket("udp4");
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    const { port } = socket.address();
    socket.close();
    await once(socket, "close");
    const client = new DnsClient({
      servers: [`127.0.0.1:${port}`],
      timeouts: [60_000],
      hosts: () => new Map(),
    });
    closers.push(() => client.close());
    const answer = await client.ask(question);
    assert.equal(answer.outcome === "failed" && answer.reason, "unreachable");
  });

  it("asks by TCP what does not fit into a datagram", async () => {
    const many = Array.from({ length: 200 }, (_, at) => a("pbx.example", `10.0.0.${at}`));
    const server = await serve({ "A pbx.example": { truncated: true, answers: many } });
    const answer = await clientOf([server]).ask(question);
    assert.deepEqual(
      server.asked.map(({ over }) => over),
      ["udp", "tcp"],
    );
    assert.equal(answer.outcome === "records" && answer.records.length, 64);
    assert.equal(answer.outcome === "records" && answer.dropped, 136);
  });

  it("passes over answers with a wrong id, and to another question", async () => {
    const forged = [a("pbx.example", "192.0.2.66")];
    const server = await serve({
      "A pbx.example": { ...reply, forged },
      "A siege.example": { answers: [a("siege.example", "192.0.2.2")], forged, forgeries: 16 },
    });
    const client = clientOf([server]);
    assert.deepEqual(addresses(await client.ask(question)), ["192.0.2.1"]);
    // Where somebody guesses ids, TCP gives the answer.
    assert.deepEqual(addresses(await client.ask({ ...question, name: "siege.example" })), ["192.0.2.2"]);
    assert.equal(server.asked.at(-1)?.over, "tcp");
    const other = await serve({
      "A pbx.example": {
        raw: (query) => {
          const changed = Buffer.from(query);
          changed.writeUInt16BE(0x8180, 2);
          changed.write("q", 13);
          return changed;
        },
      },
    });
    const answer = await clientOf([other], { timeouts: [200] }).ask(question);
    assert.equal(answer.outcome === "failed" && answer.reason, "timeout");
  });

  it("asks without EDNS where a server does not know it, and keeps that in mind", async () => {
    const server = await serve({
      "A pbx.example": (before) =>
        before === 0
          ? {
              raw: (query) =>
                Buffer.concat([query.subarray(0, 2), Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0])]),
            }
          : reply,
    });
    const client = clientOf([server]);
    assert.deepEqual(addresses(await client.ask(question)), ["192.0.2.1"]);
    await client.ask(question);
    assert.deepEqual(
      server.asked.map(({ edns }) => edns),
      [true, false, false],
    );
  });

  it("sends once what is asked twice at once", async () => {
    const server = await serve({ "A pbx.example": reply });
    const client = clientOf([server]);
    const answers = await Promise.all([
      client.ask(question),
      client.ask(question),
      client.ask({ ...question }),
    ]);
    assert.equal(server.asked.length, 1);
    assert.equal(answers[0], answers[2]);
  });

  it("has so many questions on their way and waiting, and no more", async () => {
    const zone: DnsZone = {};
    const names = ["a", "b", "c", "d", "e"];
    for (const name of names) zone[`A ${name}`] = { answers: [a(name, "192.0.2.1")] };
    const server = await serve(zone);
    const client = clientOf([server], { maxConcurrent: 1, maxWaiting: 3 });
    const answers = await Promise.all(names.map((name) => client.ask({ name, type: "A" })));
    assert.deepEqual(
      answers.map(({ outcome }) => outcome),
      ["records", "records", "records", "records", "failed"],
    );
    const late = answers[4];
    assert.equal(late?.outcome === "failed" && late.reason, "overloaded");
  });

  it("ends what is on its way when it is closed", async () => {
    const server = await serve({ "A pbx.example": "silence" });
    const client = clientOf([server], { timeouts: [60_000], totalTimeout: 60_000 });
    const answer = client.ask(question);
    while (server.asked.length === 0) await new Promise(setImmediate);
    client.close();
    const ended = await answer;
    assert.equal(ended.outcome === "failed" && ended.reason, "closed");
    const later = await client.ask(question);
    assert.equal(later.outcome === "failed" && later.reason, "closed");
  });

  it("answers names of the hosts file by it, and never asks for localhost", async () => {
    const server = await serve({});
    const client = clientOf([server], { hosts: () => new Map([["pbx", ["192.0.2.7"]]]) });
    assert.deepEqual(addresses(await client.ask({ name: "pbx", type: "A" })), ["192.0.2.7"]);
    assert.equal((await client.ask({ name: "pbx", type: "AAAA" })).outcome, "absent");
    assert.deepEqual(addresses(await client.ask({ name: "localhost", type: "AAAA" })), ["::1"]);
    assert.equal((await client.ask({ name: "_sip._udp.localhost", type: "SRV" })).outcome, "absent");
    assert.equal(server.asked.length, 0);
    await client.ask({ name: "_sip._udp.pbx", type: "SRV" });
    assert.equal(server.asked.length, 1, "services are DNS's business");
  });

  it("asks nothing for what is no name", async () => {
    const server = await serve({});
    const client = clientOf([server]);
    for (const name of ["", "a..b", "Upper", "a b", "a.", "x".repeat(64)]) {
      const answer = await client.ask({ name, type: "A" });
      assert.equal(answer.outcome === "failed" && answer.reason, "malformed", name);
    }
    assert.equal(server.asked.length, 0);
  });
});

describe("parseDnsServer", () => {
  it("reads addresses with and without port, and refuses the rest", () => {
    assert.deepEqual(parseDnsServer("192.0.2.1"), { address: "192.0.2.1", port: 53 });
    assert.deepEqual(parseDnsServer("192.0.2.1:5353"), { address: "192.0.2.1", port: 5353 });
    assert.deepEqual(parseDnsServer("2001:db8::1"), { address: "2001:db8::1", port: 53 });
    assert.deepEqual(parseDnsServer("[2001:db8::1]:5353"), { address: "2001:db8::1", port: 5353 });
    for (const text of ["", "dns.example", "192.0.2.1:0", "192.0.2.1:65536", "[::1", "192.0.2.1:x"])
      assert.throws(() => parseDnsServer(text), RangeError, text);
  });
});
