import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { topVia } from "../message/message.ts";
import { Bench, responseText, sdp } from "./agent-test-kit.ts";
import type { InviteOptions, LegEnded } from "./call.ts";

const target = { transport: "udp", address: "192.0.2.9", port: 5060 } as const;
const silence: LegEnded = { by: "system", cause: "timeout", status: 408 };

function calling(options: Partial<InviteOptions> = {}) {
  const bench = new Bench();
  const call = bench.agent.invite({
    requestUri: "sip:+15557654321@192.0.2.9",
    from: "<sip:agent@192.0.2.1>",
    to: "<sip:+15557654321@192.0.2.9>",
    ...{ target, sdp, responseTimeout: 4_000, ringTimeout: 60_000 },
    ...options,
  });
  const ended: LegEnded[] = [];
  call.onEnded = (one) => ended.push(one);
  const answers: (string | undefined)[] = [];
  call.onAnswered = (answer) => answers.push(answer);
  return { bench, call, ended, answers, invite: bench.takeRequest() };
}

describe("an INVITE that nothing comes back to", () => {
  test("is given up after responseTimeout, and leaves nothing behind", () => {
    const { bench, ended } = calling();
    bench.pass(3_999);
    assert.deepEqual(ended, []);
    bench.pass(1);
    assert.deepEqual(ended, [silence]);
    // The transaction goes on (RFC 3261 §17.1.1.2): nothing but the INVITE may be sent before a response (§9.1).
    bench.pass(40_000);
    assert.deepEqual(new Set(bench.takeLines()), new Set(["INVITE"]));
    assert.deepEqual(ended, [silence]);
    bench.assertAtRest();
  });

  test("and then rings after all, is cancelled", () => {
    const { bench, invite, ended, answers } = calling();
    bench.pass(5_000);
    bench.take();
    bench.receive(responseText(invite, 180, { toTag: "them" }));
    const cancel = bench.takeRequest();
    assert.equal(cancel.method, "CANCEL");
    assert.equal(topVia(cancel).params.get("branch"), topVia(invite).params.get("branch"));
    bench.receive(responseText(cancel, 200, { toTag: "them" }));
    bench.receive(responseText(invite, 487, { toTag: "them" }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual([ended, answers], [[silence], []]);
    bench.assertAtRest();
  });

  test("and then is answered after all, gets ACK and BYE", () => {
    const { bench, invite, ended, answers } = calling();
    bench.pass(5_000);
    bench.take();
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    assert.deepEqual(bench.takeLines(), ["ACK", "BYE"]);
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual([ended, answers], [[silence], []]);
    bench.assertAtRest();
  });

  test("and then is refused after all, gets its ACK and is no news", () => {
    const { bench, invite, ended } = calling();
    bench.pass(5_000);
    bench.take();
    bench.receive(responseText(invite, 503, { toTag: "them" }));
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.deepEqual(ended, [silence]);
    bench.assertAtRest();
  });
});

describe("an INVITE that something comes back to", () => {
  test("may ring for the whole ringTimeout, counted from the INVITE", () => {
    const { bench, invite, ended } = calling();
    bench.pass(3_000);
    bench.receive(responseText(invite, 100));
    bench.pass(56_999);
    assert.deepEqual(ended, []);
    bench.pass(1);
    assert.deepEqual(ended, [silence]);
    bench.assertAtRest();
  });

  test("and is then answered, stays", () => {
    const { bench, invite, ended, answers } = calling();
    bench.receive(responseText(invite, 100));
    bench.pass(10_000);
    bench.receive(responseText(invite, 200, { toTag: "them", body: sdp }));
    bench.pass(100_000);
    assert.deepEqual([ended, answers], [[], [sdp]]);
  });

  test("a challenge, and nothing to what follows it, is given up after responseTimeout again", () => {
    const { bench, invite, ended } = calling({
      credentials: () => ({ username: "trunk", password: "secret" }),
    });
    bench.pass(3_000);
    const challenge = 'WWW-Authenticate: Digest realm="x", nonce="n", qop="auth"';
    bench.receive(responseText(invite, 401, { toTag: "them", headers: [challenge] }));
    bench.pass(3_999);
    assert.deepEqual(ended, []);
    bench.pass(1);
    assert.deepEqual(ended, [silence]);
    bench.assertAtRest();
  });

  test("a responseTimeout that is no shorter than ringTimeout changes nothing", () => {
    const { bench, ended } = calling({ responseTimeout: 5_000, ringTimeout: 5_000 });
    bench.pass(5_000);
    assert.deepEqual(ended, [silence]);
    bench.assertAtRest();
  });
});

test("the end says what the response's Retry-After asks for", () => {
  const refused = (headers: string[]): number | undefined => {
    const { bench, invite, ended } = calling();
    bench.receive(responseText(invite, 503, { toTag: "them", headers }));
    return ended[0]?.retryAfter;
  };
  assert.equal(refused(["Retry-After: 18000;duration=3600"]), 18_000);
  assert.equal(refused(["Retry-After: 5 (in a meeting)"]), 5);
  assert.equal(refused(["Retry-After: soon"]), undefined);
  assert.equal(refused([]), undefined);
});
