import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { SipParseError } from "../errors.ts";
import { createResponse } from "../message/create.ts";
import { headerName } from "../message/header-names.ts";
import { callId, cseq, from, type SipMessage, to, topVia } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { StreamFramer } from "../message/stream-framer.ts";
import { answer as ourAnswer } from "../simulation/call-test-kit.ts";
import type { Packet } from "../simulation/network.ts";
import { createSimulation, type Simulation } from "../simulation/simulation.ts";
import type { IncomingCall } from "../user-agent/call.ts";
import { ownCases } from "./own-cases.ts";
import { rfc4475Cases } from "./rfc4475-cases.ts";
import { rfc5118Cases } from "./rfc5118-cases.ts";
import type { TortureCase } from "./torture-case.ts";

const folder = new URL("../../testdata/torture/", import.meta.url);
const cases = [...rfc4475Cases, ...rfc5118Cases, ...ownCases];
const read = (file: string) => readFileSync(new URL(file, folder));

/** Numbers of the sections in which the two RFCs have a message, and how many each has. */
const sections = {
  rfc4475: [
    ...numbered("3.1.1", 13),
    ...numbered("3.1.2", 19),
    ...numbered("3.2", 1),
    ...numbered("3.3", 15),
    ...numbered("3.4", 1),
  ],
  rfc5118: [...numbered("4", 5), ...numbered("4", 10).slice(4)].concat("4.10"),
};

function numbered(section: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${section}.${index + 1}`);
}

describe("torture messages", () => {
  test("are those of every section of RFC 4475 and RFC 5118, and every file is one", () => {
    for (const [rfc, expected] of Object.entries(sections)) {
      const found = cases.flatMap(({ file }) => {
        const [directory, name = ""] = file.split("/");
        return directory === rfc ? [name.slice(0, name.indexOf("-"))] : [];
      });
      assert.deepEqual(found, expected);
    }
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".sip"),
    );
    assert.deepEqual(cases.map(({ file }) => file).sort(), files.sort());
  });

  for (const one of cases) {
    test(`${one.file.slice(0, -4)}: ${one.asks}`, () => {
      const bytes = read(one.file);
      checkParser(one, bytes);
      assert.equal(cut(bytes), one.stream ?? "message", "by the stream framer");
      checkUserAgent(one, bytes);
    });
  }
});

function checkParser(one: TortureCase, bytes: Buffer): void {
  let message: SipMessage;
  try {
    message = parseMessage(bytes);
  } catch (error) {
    assert.ok(error instanceof SipParseError, String(error));
    assert.equal(error.code, one.parse);
    if (error.partial) serialiseMessage(createResponse(error.partial, error.status));
    return;
  }
  assert.equal(one.parse, "read");
  one.check?.(message);
  const again = parseMessage(serialiseMessage(message));
  for (const reader of [topVia, from, to, callId, cseq]) assert.deepEqual(reader(again), reader(message));
  assert.deepEqual(again.headers.getAll("Contact"), message.headers.getAll("Contact"));
  assert.ok(again.body.equals(message.body));
  if (one.check !== undefined) one.check(again);
}

function cut(bytes: Buffer): TortureCase["stream"] {
  const framer = new StreamFramer();
  const outputs = framer.push(bytes);
  if (outputs.some(({ type }) => type === "error")) return "error";
  if (framer.pending) return "waits";
  return outputs.length === 2 ? "two messages" : "message";
}

function checkUserAgent(one: TortureCase, bytes: Buffer): void {
  const scene = setUp();
  scene.deliver(bytes, one.over ?? "udp");
  const sent = scene.sent();
  if (one.answer === "call") {
    assert.equal(scene.calls.length, 1);
    assert.deepEqual(sent.map(statusOf), [100]);
    const [call] = scene.calls;
    assert.ok(call !== undefined);
    if (one.offer !== undefined) assert.match(call.offer ?? "", one.offer);
    call.accept(ourAnswer);
    const accepted = parseMessage((scene.sent()[1] as Packet).bytes);
    assert.ok(accepted.kind === "response" && accepted.status === 200);
    const request = parseMessage(bytes);
    assert.equal(accepted.headers.getAll("Via").length, request.headers.getAll("Via").length);
    assert.equal(accepted.headers.get("CSeq"), request.headers.get("CSeq"));
    call.hangUp();
  } else {
    assert.equal(scene.calls.length, 0);
    assert.deepEqual(sent.map(statusOf), one.answer === "none" ? [] : [one.answer]);
    for (const [name, pattern] of Object.entries(one.answerHeaders ?? {})) {
      assert.match(lineOf(sent[0] as Packet, name) ?? "", pattern);
    }
  }
  scene.assertAtRest();
}

interface Scene {
  readonly calls: IncomingCall[];
  readonly simulation: Simulation;
  deliver(bytes: Buffer, over: "udp" | "tcp" | "tls"): void;
  /** What our side has sent so far. */
  sent(): Packet[];
  assertAtRest(): void;
}

/** Our user agent, and a peer that sends it what it likes. */
function setUp(): Scene {
  const calls: IncomingCall[] = [];
  const simulation = createSimulation({ seed: 4475 });
  const us = simulation.endpoint("us", { onInvite: (call) => calls.push(call) });
  const peer = simulation.endpoint("peer", { screen: () => "drop" });
  return {
    calls,
    simulation,
    deliver: (bytes, over) => {
      peer.sendRaw(us.target(over), bytes);
      // A connection is set up first; over UDP nothing is repeated so soon.
      simulation.run(simulation.now + 100);
    },
    sent: () => simulation.packets.filter((packet) => packet.from === us.address),
    assertAtRest: () => {
      simulation.run(simulation.now + 600_000);
      assert.deepEqual(us.userAgent.stateSize(), {
        serverTransactions: 0,
        clientTransactions: 0,
        dialogs: 0,
        ignored: 0,
        timers: 0,
      });
      assert.equal(us.userAgent.counters.handlerErrors, 0);
    },
  };
}

function statusOf(packet: Packet): number {
  return Number(/^SIP\/2\.0 (\d{3}) /.exec(packet.bytes.toString("latin1"))?.[1]);
}

/** A header line's value, where an answer that repeats what is broken cannot be parsed. */
function lineOf(packet: Packet, name: string): string | undefined {
  const { prefix } = headerName(name);
  const line = packet.bytes
    .toString()
    .split("\r\n")
    .find((text) => text.startsWith(prefix));
  return line?.slice(prefix.length);
}

describe("a call of RFC 2543", () => {
  const lines = read("rfc4475/3.4.1-inv2543.sip").toString("latin1");
  const request = (method: string, seq: number, toTag: string) =>
    Buffer.from(
      [
        `${method} sip:Desk@lines.example SIP/2.0`,
        "Via: SIP/2.0/UDP gateway.example",
        "From: <sip:+12025550111@old.client.example;user=phone>",
        `To: sip:+12025550222@ss1.example;user=phone;tag=${toTag}`,
        "Call-ID: inv2543.171@old.client.example",
        `CSeq: ${seq} ${method}`,
        "\r\n",
      ].join("\r\n"),
    );

  test("is acknowledged and ended by requests that have no branch and no From tag either", () => {
    const scene = setUp();
    scene.deliver(Buffer.from(lines, "latin1"), "udp");
    const [call] = scene.calls;
    assert.ok(call !== undefined);
    let acknowledged = 0;
    const ended: string[] = [];
    call.onAcknowledged = () => acknowledged++;
    call.onEnded = ({ cause }) => ended.push(cause);
    call.accept(ourAnswer);
    const accepted = parseMessage((scene.sent()[1] as Packet).bytes);
    const tag = to(accepted).params.get("tag") ?? "";
    scene.deliver(request("ACK", 56, tag), "udp");
    assert.equal(acknowledged, 1);
    scene.deliver(request("BYE", 57, tag), "udp");
    assert.deepEqual(ended, ["bye"]);
    assert.deepEqual(scene.sent().map(statusOf), [100, 200, 200]);
    scene.assertAtRest();
  });

  test("is repeated by the same INVITE, and another with the same empty branch is another", () => {
    const scene = setUp();
    scene.deliver(Buffer.from(lines, "latin1"), "udp");
    scene.deliver(Buffer.from(lines, "latin1"), "udp");
    assert.equal(scene.calls.length, 1);
    scene.deliver(Buffer.from(lines.replace("inv2543.171", "inv2543.172"), "latin1"), "udp");
    assert.equal(scene.calls.length, 2);
    for (const call of scene.calls) call.reject(603);
    scene.assertAtRest();
  });

  test("is hung up towards where its INVITE came from, as no Contact says better", () => {
    const scene = setUp();
    scene.deliver(Buffer.from(lines, "latin1"), "udp");
    const [call] = scene.calls;
    call?.accept(ourAnswer);
    const accepted = parseMessage((scene.sent()[1] as Packet).bytes);
    scene.deliver(request("ACK", 56, to(accepted).params.get("tag") ?? ""), "udp");
    call?.hangUp();
    const bye = scene.sent().at(-1);
    assert.match(bye?.bytes.toString() ?? "", /^BYE /);
    assert.equal(bye?.to, "192.0.2.2");
    scene.assertAtRest();
  });
});

describe("odd answers to a request of ours", () => {
  /** A torture message's first line on what else would be the right answer. */
  function answered(file: string): { statuses: (number | undefined)[]; reasons: (string | undefined)[] } {
    // The peer's own user agent sees nothing: the test answers in its place.
    const intercept = (packet: { from: string }) => (packet.from === us.address ? "drop" : undefined);
    const simulation = createSimulation({ seed: 4475, intercept });
    const us = simulation.endpoint("us");
    const peer = simulation.endpoint("peer");
    const statuses: (number | undefined)[] = [];
    const reasons: (string | undefined)[] = [];
    const call = us.userAgent.invite({
      requestUri: "sip:desk@192.0.2.2",
      from: "<sip:ida@192.0.2.1>",
      to: "<sip:desk@192.0.2.2>",
      sdp: ourAnswer,
      target: peer.target(),
    });
    call.onProgress = (status) => statuses.push(status);
    call.onEnded = (ended) => {
      statuses.push(ended.status);
      reasons.push(ended.reason);
    };
    call.onAnswered = () => {
      statuses.push(200);
      call.hangUp();
    };
    const { bytes } = simulation.packets[0] as Packet;
    const invite = parseMessage(bytes);
    assert.ok(invite.kind === "request");
    const proper = serialiseMessage(
      createResponse(invite, 200, "OK", { toTag: "t", headers: [["Contact", "<sip:d@192.0.2.2>"]] }),
    );
    const startLine = read(file).subarray(0, read(file).indexOf("\r\n"));
    peer.sendRaw(us, Buffer.concat([startLine, proper.subarray(proper.indexOf("\r\n"))]));
    simulation.run(100);
    const seen = { statuses: [...statuses], reasons: [...reasons] };
    simulation.run(600_000);
    assert.equal(us.userAgent.stateSize().clientTransactions, 0);
    assert.equal(us.userAgent.stateSize().dialogs, 0);
    return seen;
  }

  test("any phrase will do", () => {
    assert.deepEqual(answered("rfc4475/3.1.1.12-unreason.sip").statuses[0], 200);
    assert.deepEqual(answered("own/response-no-space-after-status.sip").statuses[0], 200);
    assert.deepEqual(answered("rfc4475/3.1.1.13-noreason.sip").statuses, []);
  });

  test("a status beyond 699 is no answer", () => {
    assert.deepEqual(answered("rfc4475/3.1.2.19-bigcode.sip").statuses, []);
  });
});
