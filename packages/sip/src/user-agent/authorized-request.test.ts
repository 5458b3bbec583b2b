import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DigestServer } from "../auth/digest-server.ts";
import { callId, cseq, from, type SipRequest, topVia } from "../message/message.ts";
import { Bench, requestText, responseText, sdp } from "./agent-test-kit.ts";
import type { InviteOptions, LegEnded } from "./call.ts";

const target = { transport: "udp", address: "192.0.2.9", port: 5060 } as const;
const credentials = (realm: string) =>
  realm === "pbx" ? { username: "1001", password: "secret" } : undefined;

/** Who challenges: 401 as the server itself, 407 as a proxy before it. */
class Gate {
  readonly #digest: DigestServer;
  readonly #proxy: boolean;
  readonly bench: Bench;

  constructor(bench: Bench, proxy = false, password = "secret") {
    let serial = 0;
    this.bench = bench;
    this.#proxy = proxy;
    this.#digest = new DigestServer({
      ...{ realm: "pbx", secret: "0123456789abcdef", proxy },
      randomToken: (bytes) => String(++serial).padStart(2 * bytes, "0"),
      account: (username) => (username === "1001" ? { username, password } : undefined),
    });
  }

  isOpen(request: SipRequest): boolean {
    return this.#digest.verify(request, this.bench.now).ok;
  }

  challenge(request: SipRequest, stale = false): void {
    const headers = this.#digest.challenge(this.bench.now, stale).map(([name, value]) => `${name}: ${value}`);
    const status = this.#proxy ? 407 : 401;
    this.bench.receive(responseText(request, status, { toTag: "gate", headers }));
  }
}

function calling(options: Partial<InviteOptions> = { credentials }) {
  const bench = new Bench();
  const call = bench.agent.invite({
    requestUri: "sip:+15557654321@192.0.2.9",
    from: "<sip:agent@192.0.2.1>",
    to: "<sip:+15557654321@192.0.2.9>",
    ...{ target, sdp, ...options },
  });
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  return { bench, call, ended, invite: bench.takeRequest(), gate: new Gate(bench) };
}

/** A call that stands, past a 407; what it sends is challenged anew only where the test does so. */
function standing() {
  const all = calling();
  const gate = new Gate(all.bench, true);
  gate.challenge(all.invite);
  const [, second] = all.bench.take();
  assert.ok(second?.kind === "request" && gate.isOpen(second));
  all.bench.receive(responseText(second, 200, { toTag: "them", body: sdp }));
  return { ...all, gate, invite: second, ack: all.bench.takeRequest() };
}

describe("requests that are challenged", () => {
  test("an ACK to the challenge that cannot be sent does not end the call that goes on", () => {
    const { bench, call, ended, invite, gate } = calling();
    gate.challenge(invite);
    const [ack, second] = bench.sent.splice(0);
    assert.ok(ack?.message.kind === "request" && ack.message.method === "ACK");
    assert.ok(second?.message.kind === "request");
    ack.fail?.();
    assert.deepEqual(ended, []);
    bench.receive(responseText(second.message, 180, { toTag: "them" }));
    call.hangUp();
    assert.deepEqual(bench.takeLines(), ["CANCEL"]);
    bench.assertAtRest();
  });

  test("outside a dialog: sent again with the next CSeq, the rest as it was", async () => {
    const bench = new Bench();
    const gate = new Gate(bench);
    const request = bench.agent.request({
      ...{ method: "MESSAGE", requestUri: "sip:pbx", to: "<sip:pbx>", from: "<sip:1001@pbx>" },
      ...{ target, credentials, cseq: 7, body: "hello", contentType: "text/plain" },
    });
    const first = bench.takeRequest();
    gate.challenge(first);
    const second = bench.takeRequest();
    assert.ok(gate.isOpen(second));
    assert.deepEqual(cseq(second), { seq: 8, method: "MESSAGE" });
    assert.equal(callId(second), callId(first));
    assert.equal(from(second).params.get("tag"), from(first).params.get("tag"));
    assert.equal(second.headers.get("To"), "<sip:pbx>");
    assert.equal(second.headers.getAll("Via").length, 1);
    assert.notEqual(topVia(second).params.get("branch"), topVia(first).params.get("branch"));
    assert.equal(second.body.toString(), "hello");
    bench.receive(responseText(second, 200));
    assert.equal((await request.result).status, 200);
    bench.assertAtRest();
  });

  test("a wrong password, a strange realm and no credentials at all give the challenge as the result", async () => {
    for (const [options, sent] of [
      [{ credentials: () => ({ username: "1001", password: "wrong" }) }, 2],
      [{ credentials: () => undefined }, 1],
      [{}, 1],
    ] as const) {
      const bench = new Bench();
      const gate = new Gate(bench);
      const request = bench.agent.request({
        ...{ method: "OPTIONS", requestUri: "sip:pbx", to: "<sip:pbx>", from: "<sip:1001@pbx>", target },
        ...options,
      });
      let count = 0;
      for (let messages = bench.take(); messages.length > 0; messages = bench.take()) {
        for (const message of messages) {
          assert.ok(message.kind === "request");
          count++;
          gate.challenge(message);
        }
      }
      assert.equal(count, sent);
      assert.equal((await request.result).status, 401);
      bench.assertAtRest();
    }
  });

  test("a server that calls everything stale gets a bounded number of them", async () => {
    const bench = new Bench();
    const gate = new Gate(bench);
    const request = bench.agent.request({
      ...{ method: "OPTIONS", requestUri: "sip:pbx", to: "<sip:pbx>", from: "<sip:1001@pbx>" },
      ...{ target, credentials },
    });
    let count = 0;
    for (let messages = bench.take(); messages.length > 0; messages = bench.take()) {
      for (const message of messages) {
        count++;
        if (message.kind === "request") gate.challenge(message, true);
      }
    }
    assert.equal(count, 6);
    assert.equal((await request.result).status, 401);
    bench.assertAtRest();
  });

  test("INVITE: ACK to the 407, again, and the ACK to the 200 has the same credentials", () => {
    const { bench, call, ended, invite, gate } = calling();
    bench.receive(responseText(invite, 180, { toTag: "early" }));
    gate.challenge(invite);
    const [ack, second, ...others] = bench.take();
    assert.ok(ack?.kind === "request" && second?.kind === "request");
    assert.deepEqual(others, []);
    assert.deepEqual(cseq(ack), { seq: 1, method: "ACK" });
    assert.deepEqual(cseq(second), { seq: 2, method: "INVITE" });
    assert.ok(gate.isOpen(second));
    assert.equal(second.body.toString(), sdp);
    assert.equal(second.headers.getAll("Contact").length, 1);
    assert.equal(call.state, "early");
    // The early dialog of the first attempt is over with it.
    let progress = 0;
    call.onReinvite = () => progress++;
    bench.receive(
      requestText("UPDATE", { toTag: call.id, fromTag: "early", callId: call.callId, seq: 1, body: sdp }),
    );
    assert.deepEqual([bench.takeLines(), progress], [[], 0]);
    bench.receive(responseText(second, 200, { toTag: "them", body: sdp }));
    const last = bench.takeRequest();
    assert.deepEqual(cseq(last), { seq: 2, method: "ACK" });
    assert.equal(last.headers.get("Authorization"), second.headers.get("Authorization"));
    assert.equal(call.state, "confirmed");
    call.hangUp();
    const bye = bench.takeRequest();
    assert.deepEqual(cseq(bye), { seq: 3, method: "BYE" });
    bench.receive(responseText(bye, 200));
    assert.equal(ended.length, 1);
    bench.assertAtRest();
  });

  test("INVITE past a proxy and a server: both are answered", () => {
    const { bench, invite, gate } = calling();
    const proxy = new Gate(bench, true);
    proxy.challenge(invite);
    const second = bench.take()[1];
    assert.ok(second?.kind === "request" && proxy.isOpen(second));
    gate.challenge(second);
    const third = bench.take()[1];
    assert.ok(third?.kind === "request");
    assert.ok(proxy.isOpen(third));
    assert.ok(gate.isOpen(third));
    assert.equal(cseq(third).seq, 3);
    bench.receive(responseText(third, 486));
    bench.assertAtRest();
  });

  test("a wrong password ends the call with the server's status, after one attempt", () => {
    const { bench, ended, invite } = calling();
    const gate = new Gate(bench, false, "other");
    gate.challenge(invite);
    const second = bench.take()[1];
    assert.ok(second?.kind === "request");
    gate.challenge(second);
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.equal(ended[0]?.status, 401);
    bench.assertAtRest();
  });

  test("a call that was given up is not sent again; one that was is cancelled by its new number", () => {
    const { bench, call, invite, gate } = calling();
    call.hangUp();
    gate.challenge(invite);
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.assertAtRest();
    const other = calling();
    other.gate.challenge(other.invite);
    const second = other.bench.take()[1];
    assert.ok(second?.kind === "request");
    other.call.hangUp();
    assert.deepEqual(other.bench.take(), []);
    other.bench.receive(responseText(second, 180, { toTag: "them" }));
    const cancel = other.bench.takeRequest();
    assert.deepEqual(cseq(cancel), { seq: 2, method: "CANCEL" });
    assert.equal(topVia(cancel).params.get("branch"), topVia(second).params.get("branch"));
    other.bench.receive(responseText(cancel, 200));
    other.bench.receive(responseText(second, 487));
    other.bench.take();
    other.bench.assertAtRest();
  });

  test("BYE goes with credentials unasked, and is sent again where its nonce is too old", () => {
    const { bench, call, gate } = standing();
    bench.pass(400_000);
    call.hangUp();
    const bye = bench.takeRequest();
    assert.equal(gate.isOpen(bye), false);
    gate.challenge(bye, true);
    const again = bench.takeRequest();
    assert.ok(gate.isOpen(again));
    assert.deepEqual(cseq(again), { seq: cseq(bye).seq + 1, method: "BYE" });
    bench.receive(responseText(again, 200));
    bench.assertAtRest();
  });

  test("a re-INVITE that is challenged succeeds as one", () => {
    const { bench, call, gate } = standing();
    const results: unknown[] = [];
    call.onReinviteAnswer = (result) => results.push(result);
    bench.pass(400_000);
    call.reinvite(sdp);
    const first = bench.takeRequest();
    gate.challenge(first, true);
    const second = bench.take()[1];
    assert.ok(second?.kind === "request" && gate.isOpen(second));
    bench.receive(responseText(second, 200, { toTag: "them", body: sdp }));
    const ack = bench.takeRequest();
    assert.equal(cseq(ack).seq, cseq(second).seq);
    assert.equal(ack.headers.get("Proxy-Authorization"), second.headers.get("Proxy-Authorization"));
    assert.deepEqual(results, [{ ok: true, sdp }]);
    // Nor does a re-INVITE that nobody wants any more go out again.
    call.reinvite(sdp);
    const third = bench.takeRequest();
    call.hangUp();
    const bye = bench.takeRequest();
    gate.challenge(third);
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    bench.receive(responseText(bye, 200));
    bench.assertAtRest();
  });

  test("an inbound call's BYE is answered for as well, where it is given credentials", () => {
    const bench = new Bench();
    const gate = new Gate(bench, true);
    bench.receive(requestText("INVITE", { body: sdp }));
    const { call } = bench;
    call.credentials = credentials;
    call.accept(sdp);
    bench.take();
    bench.receive(requestText("ACK", { toTag: call.id }));
    call.hangUp();
    gate.challenge(bench.takeRequest());
    const again = bench.takeRequest();
    assert.ok(gate.isOpen(again));
    bench.receive(responseText(again, 200));
    bench.assertAtRest();
  });
});
