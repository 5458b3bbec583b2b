import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseChallenges } from "../auth/challenge.ts";
import { createRequest, createResponse } from "../message/create.ts";
import {
  callId,
  contacts,
  cseq,
  from,
  maxForwards,
  routes,
  type SipMessage,
  to,
  vias,
} from "../message/message.ts";
import { parseNameAddr, serialiseNameAddr } from "../message/name-addr.ts";
import { parseMessage } from "../message/parse.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { StreamFramer } from "../message/stream-framer.ts";
import { parseUri, serialiseUri } from "../message/uri.ts";
import { equalUris } from "../message/uri-compare.ts";
import { parseVia, serialiseVia } from "../message/via.ts";
import { address, challenge, type MessageValue, request, uri, via } from "./arbitraries.ts";

const runs = { numRuns: 1_500 };
/** Folds are undone before a value is parsed. */
const unfolded = (text: string) => text.replace(/[ \t]*\r\n[ \t\r\n]*/g, " ").trim();

/** All of a message that the grammar's own value says. */
function picture(message: SipMessage): Omit<MessageValue, "others"> {
  assert.ok(message.kind === "request");
  const { seq, method } = cseq(message);
  assert.equal(method, message.method);
  return {
    method,
    seq,
    uri: message.uri as MessageValue["uri"],
    vias: vias(message),
    from: from(message) as MessageValue["from"],
    to: to(message) as MessageValue["to"],
    callId: callId(message),
    maxForwards: maxForwards(message),
    contacts: contacts(message) as MessageValue["contacts"],
    routes: routes(message) as MessageValue["routes"],
    body: message.body,
  };
}

describe("what the grammar makes is read as what it says, however it is written", () => {
  test("URIs", () => {
    fc.assert(
      fc.property(uri, ({ value, text }) => {
        assert.deepEqual(parseUri(text), value);
        assert.deepEqual(parseUri(serialiseUri(value)), value);
        assert.ok(equalUris(parseUri(text), value));
      }),
      runs,
    );
  });

  test("name-addr and addr-spec", () => {
    fc.assert(
      fc.property(address, ({ value, text }) => {
        assert.deepEqual(parseNameAddr(unfolded(text)), value);
        assert.deepEqual(parseNameAddr(serialiseNameAddr(value)), value);
      }),
      runs,
    );
  });

  test("Vias", () => {
    fc.assert(
      fc.property(via, ({ value, text }) => {
        assert.deepEqual(parseVia(unfolded(text)), value);
        assert.deepEqual(parseVia(serialiseVia(value)), value);
      }),
      runs,
    );
  });

  test("Digest challenges", () => {
    fc.assert(
      fc.property(challenge, ({ value, text }) => {
        const [read] = parseChallenges(text);
        assert.ok(read !== undefined);
        const { realm, nonce, algorithm, opaque, stale } = read;
        assert.deepEqual({ realm, nonce, algorithm, opaque, stale }, value);
      }),
      runs,
    );
  });

  test("whole requests, read, written and read again, and cut out of a stream in pieces", () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 1, max: 200 }), ({ value, bytes }, chunk) => {
        const { others, ...expected } = value;
        const read = parseMessage(bytes);
        assert.deepEqual(picture(read), expected);
        for (const [name, one] of others) assert.ok(read.headers.getAll(name).includes(one));
        const written = serialiseMessage(read);
        assert.deepEqual(picture(parseMessage(written)), expected);

        const framer = new StreamFramer();
        const cut: Buffer[] = [];
        const stream = Buffer.concat([written, Buffer.from("\r\n"), written]);
        for (let at = 0; at < stream.length; at += chunk) {
          for (const output of framer.push(Buffer.from(stream.subarray(at, at + chunk)))) {
            if (output.type === "message") cut.push(output.bytes);
          }
        }
        assert.deepEqual(cut, [written, written]);
      }),
      { numRuns: 800 },
    );
  });

  test("requests and responses that are made here", () => {
    fc.assert(
      fc.property(request, fc.integer({ min: 101, max: 699 }), ({ value }, status) => {
        const made = createRequest(value.method, value.uri, {
          via: value.vias[0] as MessageValue["vias"][number],
          from: value.from,
          to: value.to,
          callId: value.callId,
          cseq: value.seq,
          ...(value.maxForwards !== undefined && { maxForwards: value.maxForwards }),
          headers: [
            ...value.vias.slice(1).map((one) => ["Via", serialiseVia(one)] as const),
            ...value.contacts.map((one) => ["Contact", serialiseNameAddr(one)] as const),
            ...value.routes.map((one) => ["Route", serialiseNameAddr(one)] as const),
            ...value.others,
          ],
          body: value.body,
        });
        const { others: _, ...expected } = value;
        assert.deepEqual(picture(parseMessage(serialiseMessage(made))), {
          ...expected,
          maxForwards: value.maxForwards ?? 70,
        });
        const answer = parseMessage(
          serialiseMessage(createResponse(made, status, undefined, { toTag: "t" })),
        );
        assert.ok(answer.kind === "response" && answer.status === status);
        assert.deepEqual(vias(answer), value.vias);
        assert.deepEqual(from(answer), value.from);
        assert.equal(to(answer).params.get("tag"), value.to.params.get("tag") ?? "t");
      }),
      { numRuns: 800 },
    );
  });
});
