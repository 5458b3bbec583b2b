import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { UserAgent } from "../user-agent/user-agent.ts";
import { createPair, offer, watchEnd } from "./call-test-kit.ts";
import { type RuleBook, type RuleBookOptions, watchRules } from "./rule-book.ts";
import { createSimulation, type Simulation } from "./simulation.ts";
import type { AnyStation, Resident, Station } from "./station.ts";

interface Parts {
  readonly branch?: string;
  readonly transport?: string;
  readonly seq?: number;
  readonly toTag?: string;
  readonly sdp?: boolean;
  readonly headers?: readonly string[];
  /** Of the request that a response is to. */
  readonly method?: string;
}

/** Says nothing of its own. */
class Mute extends UserAgent {
  override receive(): void {}
}

const mute: Resident = { receive: () => {}, wake: () => {}, connectionClosed: () => {} };

/** A user agent, a hand that writes for it what it would not say itself, and somebody to talk to. */
class Forgery {
  readonly simulation: Simulation = createSimulation({ seed: 1 });
  readonly a = this.simulation.station("a", (environment, { address: host, port }) => {
    const contactFor = () => ({ host, port });
    return new Mute({ environment, contactFor, screen: () => "drop", onInvite: () => {} });
  });
  readonly b = this.simulation.station("b", () => mute);
  readonly rules: RuleBook;
  #branches = 0;

  constructor(options?: RuleBookOptions) {
    this.rules = watchRules(this.simulation, options);
  }

  /** `a` says a method, or a status to a request of the other's. */
  say(what: string | number, parts: Parts = {}): void {
    this.#send(this.a, this.b, what, parts);
  }

  /** `b` says it. */
  hear(what: string | number, parts: Parts = {}): void {
    this.#send(this.b, this.a, what, parts);
  }

  /** What `a` broke since the last look: of one rule, or of all. */
  broken(name?: string): string[] {
    const list = this.rules.breaches
      .filter(({ who, rule }) => who === "a" && rule === (name ?? rule))
      .map(({ text }) => text);
    this.rules.breaches.length = 0;
    return list;
  }

  #send(from: Station<Mute> | Station<Resident>, to: AnyStation, what: string | number, parts: Parts): void {
    const { branch = `z9hG4bK${++this.#branches}`, seq = 1, toTag, sdp, headers = [] } = parts;
    const { transport = "UDP" } = parts;
    const isRequest = typeof what === "string";
    const asker = isRequest ? from : to;
    const lines = [
      isRequest ? `${what} sip:x@${to.address} SIP/2.0` : `SIP/2.0 ${what} Said So`,
      `Via: SIP/2.0/${transport} ${asker.address}:5060;branch=${branch}`,
      `From: <sip:x@example.org>;tag=${asker.name}`,
      `To: <sip:y@example.org>${toTag === undefined ? "" : `;tag=${toTag}`}`,
      "Call-ID: call",
      `CSeq: ${seq} ${isRequest ? what : (parts.method ?? "INVITE")}`,
      ...headers,
      ...(sdp === true ? ["Content-Type: application/sdp", "Content-Length: 5"] : ["Content-Length: 0"]),
    ];
    const over = transport === "TCP" ? ("tcp" as const) : ("udp" as const);
    from.sendRaw(
      { transport: over, address: to.address, port: to.port },
      Buffer.from(`${lines.join("\r\n")}\r\n\r\n${sdp === true ? "v=0\r\n" : ""}`),
    );
    this.simulation.run(this.simulation.now + 10);
  }
}

describe("rules", () => {
  test("one branch, one request", () => {
    const hand = new Forgery();
    hand.say("OPTIONS", { branch: "z9hG4bKx" });
    hand.say("OPTIONS", { branch: "z9hG4bKx" });
    hand.say("OPTIONS", { branch: "z9hG4bKx", transport: "TCP" });
    hand.say("INVITE", { branch: "z9hG4bKy", seq: 2, sdp: true });
    hand.say("CANCEL", { branch: "z9hG4bKy", seq: 2 });
    hand.say("ACK", { branch: "z9hG4bKy", seq: 2, toTag: "b" });
    assert.deepEqual(hand.broken(), []);
    hand.say("OPTIONS", { branch: "z9hG4bKx", headers: ["Subject: other"] });
    hand.say("INFO", { branch: "z9hG4bKx", seq: 3 });
    hand.say("CANCEL", { seq: 4 });
    hand.say("OPTIONS", { branch: "7", seq: 5 });
    assert.deepEqual(hand.broken(), [
      "OPTIONS 1 changes as it is repeated",
      "INFO 3 has the branch of another request",
      "CANCEL 4 of no request",
      "OPTIONS 5 has no branch",
    ]);
    hand.hear("OPTIONS", { branch: "z9hG4bKx" });
    assert.match(hand.rules.breaches[0]?.text ?? "", /has another's branch/);
  });

  test("one answer, and none after it", () => {
    const hand = new Forgery();
    const branch = "z9hG4bKx";
    hand.say(180, { branch, toTag: "a" });
    hand.say(200, { branch, toTag: "a" });
    hand.say(200, { branch, toTag: "a" });
    assert.deepEqual(hand.broken(), []);
    hand.say(200, { branch, toTag: "a2" });
    hand.say(486, { branch, toTag: "a" });
    hand.say(180, { branch, toTag: "a" });
    hand.say(404, { method: "OPTIONS" });
    assert.deepEqual(hand.broken(), [
      "answers INVITE 1 with 200 and then with 200 to INVITE 1, which differs",
      "answers INVITE 1 with 200 and then with 486 to INVITE 1",
      "answers INVITE 1 with 200 and then with 180 to INVITE 1",
      "404 to OPTIONS 1 has no To tag",
    ]);
  });

  test("an ACK for each 2xx that comes in", () => {
    // Forged 2xx belong to no request; these come to a real one, whose ACKs the network keeps to itself.
    const run = (answers: boolean) => {
      const simulation = createSimulation({ seed: 1 });
      const rules = watchRules(simulation);
      const callee = simulation.endpoint("callee", { onInvite: (call) => call.accept(offer) });
      const caller = simulation.endpoint("caller");
      const { address } = callee;
      const uri = `sip:x@${address}`;
      const call = caller.userAgent.invite({
        ...{ requestUri: uri, from: "<sip:y@example.org>", to: `<${uri}>` },
        target: callee.target(),
      });
      call.onAnswered = () => {
        if (answers) call.answer(offer);
      };
      simulation.run(1_000);
      rules.finish();
      return rules.breaches.filter(({ rule }) => rule === "an ACK for each 2xx").map(({ text }) => text);
    };
    assert.deepEqual(run(true), []);
    assert.deepEqual(run(false), ["never acknowledges a 2xx to INVITE 1"]);
  });

  test("CSeq numbers rise in a dialog, from the request that made it, and for a Call-ID outside", () => {
    const hand = new Forgery();
    hand.say("INVITE", { seq: 7, branch: "z9hG4bKx" });
    hand.say("ACK", { seq: 7, branch: "z9hG4bKx", toTag: "b" });
    hand.say("INFO", { seq: 8, toTag: "b" });
    hand.say("INFO", { seq: 10, toTag: "b" });
    hand.say("INFO", { seq: 8, toTag: "other fork" });
    assert.deepEqual(hand.broken(), []);
    hand.say("INFO", { seq: 10, toTag: "b" });
    hand.say("INFO", { seq: 7, toTag: "third fork" });
    hand.say("OPTIONS", { seq: 7 });
    assert.deepEqual(hand.broken(), [
      "sends INFO 10 after number 10",
      "sends INFO 7 after number 7",
      "sends OPTIONS 7 after number 7",
    ]);
  });

  test("nothing new after BYE, said or answered", () => {
    const said = new Forgery();
    said.say("INFO", { toTag: "b" });
    said.say("BYE", { toTag: "b", seq: 2 });
    said.say("ACK", { toTag: "b" });
    assert.deepEqual(said.broken(), []);
    said.say("INFO", { toTag: "b", seq: 3 });
    said.say("BYE", { toTag: "b", seq: 4 });
    assert.deepEqual(said.broken(), ["sends INFO 3 after its BYE", "sends BYE 4 after its BYE"]);

    const answered = new Forgery();
    answered.say(481, { method: "BYE", toTag: "a" });
    answered.say("INFO", { toTag: "b" });
    answered.say(200, { method: "BYE", toTag: "a", seq: 2 });
    assert.deepEqual(answered.broken(), []);
    answered.say("BYE", { toTag: "b", seq: 2 });
    assert.deepEqual(answered.broken(), ["sends BYE 2 after the other's BYE"]);

    // RFC 3261 §15.1.1: refused, the dialog stands and BYE alone may follow, once for each refusal.
    for (const status of [401, 407, 500, 503]) {
      const refused = new Forgery();
      refused.say("BYE", { toTag: "b" });
      refused.hear(status, { method: "BYE", toTag: "b" });
      refused.say("BYE", { toTag: "b", seq: 2 });
      assert.deepEqual(refused.broken(), []);
      refused.say("INFO", { toTag: "b", seq: 3 });
      refused.say("BYE", { toTag: "b", seq: 4 });
      assert.deepEqual(refused.broken(), ["sends INFO 3 after its BYE", "sends BYE 4 after its BYE"]);
    }
    // Answered, or not known to the other, or without an answer: then the dialog is over.
    for (const status of [200, 408, 481, 100]) {
      const over = new Forgery();
      over.say("BYE", { toTag: "b" });
      over.hear(status, { method: "BYE", toTag: "b" });
      over.say("BYE", { toTag: "b", seq: 2 });
      assert.deepEqual(over.broken(), ["sends BYE 2 after its BYE"]);
    }
    // Said by both: ours is challenged, and goes on although theirs was answered.
    const both = new Forgery();
    both.say("BYE", { toTag: "b" });
    both.say(200, { method: "BYE", toTag: "a" });
    both.hear(401, { method: "BYE", toTag: "b" });
    both.say("BYE", { toTag: "b", seq: 2 });
    assert.deepEqual(both.broken(), []);
  });

  test("a BYE that is lost with its connection may be said again, an answered one not", () => {
    for (const isAnswered of [false, true]) {
      const hand = new Forgery();
      const { a, b, simulation } = hand;
      hand.say("BYE", { toTag: "b", transport: "TCP" });
      if (isAnswered) hand.hear(200, { method: "BYE", toTag: "b" });
      simulation.closeConnections(a, b);
      simulation.run(simulation.now + 10);
      hand.say("BYE", { toTag: "b", seq: 2 });
      assert.deepEqual(hand.broken(), isAnswered ? ["sends BYE 2 after its BYE"] : []);
    }
  });

  test("one offer at a time: in requests", () => {
    const hand = new Forgery();
    hand.say("INVITE", { sdp: true, branch: "z9hG4bKx" });
    hand.hear(200, { sdp: true, toTag: "b", branch: "z9hG4bKx" });
    hand.say("ACK", { toTag: "b" });
    hand.say("INVITE", { sdp: true, toTag: "b", seq: 2, branch: "z9hG4bKy" });
    hand.hear(488, { toTag: "b", seq: 2, branch: "z9hG4bKy" });
    hand.say("UPDATE", { sdp: true, toTag: "b", seq: 3 });
    // Glare: refused while ours has no answer.
    hand.hear("INVITE", { sdp: true, toTag: "a", branch: "z9hG4bKz" });
    hand.say(491, { toTag: "a", branch: "z9hG4bKz" });
    assert.deepEqual(hand.broken("one offer at a time"), []);
    hand.say("INVITE", { sdp: true, toTag: "b", seq: 4 });
    hand.hear("UPDATE", { sdp: true, toTag: "a", seq: 2, branch: "z9hG4bKu" });
    hand.say(200, { sdp: true, method: "UPDATE", toTag: "a", seq: 2, branch: "z9hG4bKu" });
    assert.deepEqual(hand.broken("one offer at a time"), [
      "offers in INVITE 4 while its offer in UPDATE 3 has no answer",
      "answers in 200 to UPDATE 2 while its offer in INVITE 4 has no answer",
    ]);
  });

  test("one offer at a time: in responses", () => {
    const hand = new Forgery();
    hand.hear("INVITE", { branch: "z9hG4bKx" });
    hand.say(200, { sdp: true, toTag: "a", branch: "z9hG4bKx" });
    hand.say("UPDATE", { sdp: true, toTag: "b" });
    hand.hear("ACK", { sdp: true, toTag: "a" });
    assert.deepEqual(hand.broken("one offer at a time"), [
      "offers in UPDATE 1 while its offer in 2xx 1 has no answer",
    ]);

    const asking = new Forgery();
    asking.say("INVITE", { branch: "z9hG4bKx" });
    asking.hear(200, { sdp: true, toTag: "b", branch: "z9hG4bKx" });
    asking.say("UPDATE", { sdp: true, toTag: "b", seq: 2 });
    assert.deepEqual(asking.broken("one offer at a time"), [
      "offers in UPDATE 2 while it has not answered the other's in 2xx 1",
    ]);
    asking.say("ACK", { sdp: true, toTag: "b" });
    asking.hear(200, { method: "UPDATE", sdp: true, toTag: "b", seq: 2 });
    asking.say("UPDATE", { sdp: true, toTag: "b", seq: 3 });
    assert.deepEqual(asking.broken("one offer at a time"), []);
  });

  test("one offer at a time: in reliable provisional responses and PRACK", () => {
    const reliable = (rseq: number) => ["Require: 100rel", `RSeq: ${rseq}`];
    const hand = new Forgery();
    hand.say("INVITE", { sdp: true, branch: "z9hG4bKx" });
    hand.hear(183, { sdp: true, toTag: "b", branch: "z9hG4bKx" });
    hand.say("UPDATE", { sdp: true, toTag: "b", seq: 2 });
    assert.equal(hand.broken("one offer at a time").length, 1, "183 without RSeq is no answer");

    const early = new Forgery();
    early.say("INVITE", { sdp: true, branch: "z9hG4bKx" });
    early.hear(183, { sdp: true, toTag: "b", branch: "z9hG4bKx", headers: reliable(1) });
    early.say("PRACK", { toTag: "b", seq: 2, headers: ["RAck: 1 1 INVITE"] });
    early.say("UPDATE", { sdp: true, toTag: "b", seq: 3 });
    assert.deepEqual(early.broken("one offer at a time"), []);

    const silent = new Forgery();
    silent.say("INVITE", { sdp: true, branch: "z9hG4bKx" });
    silent.hear(183, { sdp: true, toTag: "b", branch: "z9hG4bKx", headers: reliable(1) });
    silent.say("PRACK", { sdp: true, toTag: "b", seq: 2, headers: ["RAck: 1 1 INVITE"] });
    const { now } = silent.simulation;
    silent.simulation.run(now + 31_000);
    silent.say("UPDATE", { sdp: true, toTag: "b", seq: 3 });
    assert.deepEqual(silent.broken("one offer at a time"), [
      "offers in UPDATE 3 while its offer in PRACK 2 has no answer",
    ]);
    silent.simulation.run(now + 64_000);
    silent.say("UPDATE", { sdp: true, toTag: "b", seq: 4 });
    assert.deepEqual(silent.broken("one offer at a time"), [], "UPDATE 3 had no response in 64·T1");

    const asked = new Forgery();
    asked.hear("INVITE", { branch: "z9hG4bKx" });
    asked.say(183, { sdp: true, toTag: "a", branch: "z9hG4bKx", headers: reliable(1), transport: "TCP" });
    asked.simulation.closeConnections(asked.a, asked.b);
    asked.simulation.run(asked.simulation.now + 10);
    asked.say("UPDATE", { sdp: true, toTag: "b", seq: 1 });
    assert.deepEqual(asked.broken("one offer at a time"), [
      "offers in UPDATE 1 while its offer in 1xx 1 has no answer",
    ]);

    const answered = new Forgery();
    answered.hear("INVITE", { branch: "z9hG4bKx" });
    answered.say(183, { sdp: true, toTag: "a", branch: "z9hG4bKx", headers: reliable(1) });
    answered.hear("PRACK", { sdp: true, toTag: "a", seq: 2, headers: ["RAck: 1 1 INVITE"] });
    answered.say("UPDATE", { sdp: true, toTag: "b", seq: 1 });
    assert.deepEqual(answered.broken("one offer at a time"), []);
  });

  test("only to known addresses, where somebody says who knows whom", () => {
    const hand = new Forgery({ introductions: true });
    const c = hand.simulation.endpoint("c");
    hand.say("OPTIONS");
    assert.deepEqual(hand.broken("only to known addresses"), [
      `sends OPTIONS to ${hand.b.address} 5060, of which it has never heard`,
    ]);
    hand.rules.introduce(hand.a, hand.b);
    hand.say("OPTIONS", { seq: 2 });
    assert.deepEqual(hand.broken("only to known addresses"), []);
    const ping = Buffer.from(
      "OPTIONS sip:c SIP/2.0\r\nVia: SIP/2.0/UDP c\r\nCSeq: 1 OPTIONS\r\nFrom: a;tag=a\r\nTo: b\r\nCall-ID: x\r\n\r\n",
    );
    hand.a.sendRaw(c, ping);
    assert.equal(hand.broken("only to known addresses").length, 1);
    hand.hear("OPTIONS", { headers: [`Contact: <sip:${c.address}>`] });
    hand.a.sendRaw(c, ping);
    assert.deepEqual(hand.broken("only to known addresses"), []);
  });

  test("no endless repetition", () => {
    const hand = new Forgery();
    const bytes = Buffer.from(
      "OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKx\r\nFrom: a;tag=a\r\nTo: b\r\nCall-ID: x\r\nCSeq: 1 OPTIONS\r\n\r\n",
    );
    hand.simulation.partition(hand.b, hand.a);
    for (let i = 0; i < 12; i++) hand.a.sendRaw(hand.b, bytes);
    assert.deepEqual(hand.broken(), []);
    hand.a.sendRaw(hand.b, bytes);
    assert.deepEqual(hand.broken(), ["sends OPTIONS 1 13 times"]);
  });

  test("nothing is left, and what is sent can be read", () => {
    const pair = createPair({ seed: 1 }, (call) => call.accept(offer));
    const end = watchEnd(pair.invite());
    assert.throws(() => pair.settle(), /nothing is left: caller keeps 1 dialogs .*callee keeps 1 dialogs/s);
    assert.equal(end.ended, undefined);
    const broken = createPair({ seed: 1 }, () => {});
    broken.caller.sendRaw(broken.callee, Buffer.from("INVITE sip:x\r\n\r\n"));
    assert.throws(() => broken.settle(), /could not read 1 messages/);
  });

  test("a restart begins anew", () => {
    const hand = new Forgery();
    hand.say(486, { branch: "z9hG4bKx", toTag: "a" });
    hand.say("BYE", { toTag: "b" });
    hand.a.restart();
    hand.say(481, { branch: "z9hG4bKx", toTag: "a" });
    hand.say("INFO", { toTag: "b", seq: 2 });
    assert.deepEqual(hand.broken(), []);
  });

  test("a restart excuses who says nothing any more", () => {
    const hand = new Forgery();
    hand.say("INVITE", { branch: "z9hG4bKx" });
    hand.hear(200, { sdp: true, toTag: "b", branch: "z9hG4bKx" });
    hand.a.restart();
    hand.rules.finish();
    assert.deepEqual(hand.broken("an ACK for each 2xx"), []);
  });
});
