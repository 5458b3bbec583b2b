import { encode, type Question } from "dns-packet";
import type { DnsQuestion } from "../locate/dns.ts";
import { readResponse } from "../locate/dns-message.ts";
import { type FuzzTarget, hold } from "./target.ts";

const question: DnsQuestion = { type: "SRV", name: "_sip._udp.example.com" };
const id = 0x1234;

const words = [
  "\xc0\x0c",
  "\xc0\xff",
  "\x00",
  "\x3f",
  "\xff\xff\xff\xff",
  "\x05_sip\x04_udp",
  "\x00\x21\x00\x01",
  "\x00\x23\x00\x01",
  "\x00\x05\x00\x01",
];

/** Bytes as a name server's answer. */
export const dnsTarget: FuzzTarget = {
  name: "dns",
  material: { words: words.map((word) => Buffer.from(word, "latin1")), joints: "\x00\x01\x0c\x21\xc0" },
  seeds() {
    const questions: Question[] = [{ type: "SRV", name: question.name, class: "IN" }];
    const head = { type: "response", id, questions } as const;
    return [
      encode({
        ...head,
        answers: [
          {
            type: "SRV",
            name: question.name,
            ttl: 300,
            data: { priority: 1, weight: 2, port: 5060, target: "a.example.com" },
          },
          {
            type: "SRV",
            name: question.name,
            ttl: 300,
            data: { priority: 1, weight: 0, port: 5062, target: "b.example.com" },
          },
        ],
        additionals: [{ type: "A", name: "a.example.com", ttl: 60, data: "192.0.2.1" }],
      }),
      encode({ ...head, answers: [{ type: "CNAME", name: question.name, ttl: 5, data: "c.example.com" }] }),
      encode({
        ...head,
        flags: 3,
        authorities: [
          {
            type: "SOA",
            name: "example.com",
            ttl: 60,
            data: {
              mname: "ns.example.com",
              rname: "h.example.com",
              serial: 1,
              refresh: 2,
              retry: 3,
              expire: 4,
              minimum: 5,
            },
          },
        ],
      }),
      encode({
        ...head,
        answers: [
          {
            type: "NAPTR",
            name: question.name,
            ttl: 9,
            data: {
              order: 1,
              preference: 2,
              flags: "s",
              services: "SIP+D2U",
              regexp: "",
              replacement: question.name,
            },
          },
        ],
      }),
    ];
  },
  run(bytes) {
    const whole = Buffer.concat([Buffer.from([id >> 8, id & 255]), bytes.subarray(2)]);
    const reading = readResponse(bytes.length < 2 ? bytes : whole, id, question, true);
    if (reading.kind === "answer") {
      const { answer } = reading;
      hold(
        !("records" in answer) || answer.records.length <= 64,
        "an answer has a bounded number of records",
      );
    }
    return reading.kind === "failed" ? reading.reason : reading.kind;
  },
};
