import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Answer, decode, encode } from "dns-packet";
import fc from "fast-check";
import type { DnsQuestion } from "./dns.ts";
import { encodeQuery, readResponse } from "./dns-message.ts";

const question: DnsQuestion = { name: "pbx.example", type: "A" };
const a = (name: string, data: string, ttl = 60): Answer => ({ type: "A", name, ttl, data });
const cname = (name: string, data: string): Answer => ({ type: "CNAME", name, ttl: 60, data });
const response = (answers: Answer[], flags = 0, name = question.name) =>
  encode({ type: "response", id: 7, flags, questions: [{ type: "A", name, class: "IN" }], answers });
const read = (bytes: Buffer, edns = true) => readResponse(bytes, 7, question, edns);

describe("encodeQuery", () => {
  it("asks recursively for one question, with EDNS where it is wanted (RFC 6891)", () => {
    const packet = decode(encodeQuery(7, question, true));
    assert.deepEqual([packet.id, packet.flag_qr, packet.flag_rd], [7, false, true]);
    assert.deepEqual(packet.questions, [{ type: "A", name: "pbx.example", class: "IN" }]);
    const [opt] = packet.additionals ?? [];
    assert.equal(opt?.type === "OPT" && opt.udpPayloadSize, 1232);
    assert.deepEqual(decode(encodeQuery(7, question, false)).additionals, []);
  });
});

describe("readResponse", () => {
  it("takes only the answer to its question", () => {
    assert.equal(read(response([])).kind, "answer");
    assert.equal(read(response([], 0, "PBX.Example")).kind, "answer");
    assert.equal(read(response([], 0, "other.example")).kind, "foreign");
    assert.equal(readResponse(response([]), 8, question, true).kind, "foreign");
    assert.equal(read(encodeQuery(7, question, false)).kind, "foreign", "a question is no answer");
    assert.equal(read(Buffer.alloc(3)).kind, "foreign");
  });

  it("takes a TTL with the top bit set for 0 (RFC 2181 §8)", () => {
    const reading = read(response([a("pbx.example", "192.0.2.1", 2 ** 31)]));
    assert.equal(reading.kind === "answer" && reading.answer.records[0]?.ttl, 0);
  });

  it("leaves out records of other names, other classes and other types", () => {
    const foreign: Answer[] = [
      a("other.example", "192.0.2.2"),
      { ...a("pbx.example", "192.0.2.3"), class: "CH" } as Answer,
      { type: "TXT", name: "pbx.example", ttl: 1, data: "x" },
    ];
    const reading = read(response([...foreign, a("pbx.example", "192.0.2.1")]));
    assert.deepEqual(
      reading.kind === "answer" &&
        reading.answer.records.map((record) => "address" in record && record.address),
      ["192.0.2.1"],
    );
  });

  it("ends circles of aliases", () => {
    const circle = read(response([cname("pbx.example", "b.example"), cname("b.example", "pbx.example")]));
    assert.equal(circle.kind === "failed" && circle.reason, "alias_loop");
    const own = read(response([cname("pbx.example", "pbx.example")]));
    assert.equal(own.kind === "failed" && own.reason, "alias_loop");
    const beside = read(
      response([
        cname("pbx.example", "b.example"),
        cname("b.example", "c.example"),
        cname("c.example", "b.example"),
      ]),
    );
    assert.equal(beside.kind === "failed" && beside.reason, "alias_loop");
  });

  it("gives an alias that leads out of the answer as it is", () => {
    const reading = read(response([cname("pbx.example", "far.example")]));
    assert.deepEqual(reading.kind === "answer" && reading.answer.records.map(({ type }) => type), ["CNAME"]);
  });

  it("reads the cut-off and the truncated as truncated", () => {
    const bytes = response([a("pbx.example", "192.0.2.1")], 0x0200);
    assert.equal(read(bytes).kind, "truncated");
    assert.equal(read(bytes.subarray(0, bytes.length - 3)).kind, "truncated");
    const reading = read(response([a("pbx.example", "192.0.2.1")]).subarray(0, 40));
    assert.equal(reading.kind === "failed" && reading.reason, "malformed");
  });

  it("refuses what claims to be huge, and is huge, before reading it", () => {
    const claims = Buffer.from(response([]));
    claims.writeUInt16BE(0xffff, 6);
    const reading = read(claims);
    assert.match(reading.kind === "failed" ? reading.sentence : "", /claims to have 65536 entries/);
    assert.equal(read(Buffer.concat([response([]), Buffer.alloc(20_000)])).kind, "failed");
  });

  it("throws at nothing", () => {
    const whole = response([
      cname("pbx.example", "b.example"),
      a("b.example", "192.0.2.1"),
      a("b.example", "192.0.2.2"),
    ]);
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.integer({ min: 2, max: whole.length - 1 }), byte: fc.nat(255) }), {
          maxLength: 12,
        }),
        fc.integer({ min: 0, max: whole.length }),
        fc.uint8Array({ maxLength: 40 }),
        (changes, length, tail) => {
          const bytes = Buffer.from(whole);
          for (const { at, byte } of changes) bytes[at] = byte;
          read(Buffer.concat([bytes.subarray(0, length), tail]));
        },
      ),
      { numRuns: 3_000 },
    );
  });
});
