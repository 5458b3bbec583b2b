import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { topVia } from "../message/message.ts";
import { Bench, responseText, sdp, tcpFlow, udpFlow } from "./agent-test-kit.ts";
import { LargeRequests } from "./large-requests.ts";
import type { UserAgentOptions } from "./options.ts";

const large = sdp + "a=x-padding:0123456789\r\n".repeat(50);

/** An INVITE on its way. */
function calling(body: string, options: Partial<UserAgentOptions> = {}) {
  const bench = new Bench(options);
  bench.connectionId = tcpFlow.connectionId;
  const call = bench.agent.invite({
    requestUri: "sip:x@192.0.2.9",
    from: "<sip:a@192.0.2.1>",
    to: "<sip:x@192.0.2.9>",
    target: { transport: "udp", address: "192.0.2.9", port: 5060 },
    sdp: body,
  });
  let cause: string | undefined;
  call.onEnded = (ended) => {
    cause = ended.cause;
  };
  return { bench, call, cause: () => cause };
}

describe("a request too large for UDP (RFC 3261 §18.1.1)", () => {
  test("goes by TCP, says so in its Via, and is not repeated there; its CANCEL and ACK follow it", () => {
    const { bench, call } = calling(large);
    const [sent] = bench.sent;
    assert.ok(sent !== undefined && "address" in sent.to);
    assert.deepEqual(sent.to, { transport: "tcp", address: "192.0.2.9", port: 5060, connectWithinMs: 1_000 });
    const invite = bench.takeRequest();
    assert.equal(topVia(invite).transport, "TCP");
    assert.equal(invite.headers.getAll("Via").length, 1);
    assert.match(invite.headers.get("Contact") ?? "", /^<sip:a@192.0.2.1:5060>$/, "the Contact stays UDP's");
    bench.pass(5_000);
    assert.deepEqual(bench.takeLines(), []);
    bench.receive(responseText(invite, 180, { toTag: "them" }), tcpFlow);
    call.hangUp();
    assert.equal(bench.sent[0]?.to.transport, "tcp");
    assert.equal(topVia(bench.takeRequest()).transport, "TCP");
    bench.receive(responseText(invite, 487, { toTag: "them" }), tcpFlow);
    assert.equal(bench.sent[0]?.to.transport, "tcp");
    assert.equal(bench.takeRequest().method, "ACK");
    bench.assertAtRest();
  });

  test("goes by UDP after all where no connection can be had, with the same branch, and is repeated there", () => {
    const { bench, cause } = calling(large);
    const refuse = bench.sent[0]?.fail;
    const first = bench.takeRequest();
    refuse?.();
    assert.equal(bench.sent[0]?.to.transport, "udp");
    const second = bench.takeRequest();
    assert.equal(topVia(second).transport, "UDP");
    assert.equal(second.headers.getAll("Via").length, 1);
    assert.equal(topVia(second).params.get("branch"), topVia(first).params.get("branch"));
    // What else is told of the first attempt is old news.
    refuse?.();
    bench.agent.connectionClosed(tcpFlow);
    bench.pass(500);
    assert.deepEqual(bench.takeLines(), ["INVITE"]);
    assert.equal(cause(), undefined);
    bench.receive(responseText(second, 486, { toTag: "them" }), udpFlow);
    assert.deepEqual(bench.takeLines(), ["ACK"]);
    assert.equal(cause(), "rejected");
    bench.assertAtRest();
  });

  test("fails for good when UDP fails as well, and when the connection breaks after an answer", () => {
    const refused = calling(large);
    refused.bench.sent.shift()?.fail?.();
    refused.bench.sent.shift()?.fail?.();
    assert.equal(refused.cause(), "transport-error");
    refused.bench.assertAtRest();

    const answered = calling(large);
    const failLater = answered.bench.sent[0]?.fail;
    answered.bench.receive(responseText(answered.bench.takeRequest(), 100), tcpFlow);
    failLater?.();
    assert.deepEqual(answered.bench.takeLines(), []);
  });

  test("is asked for TCP no more for ten minutes where that was refused", () => {
    const { bench } = calling(large);
    bench.sent.shift()?.fail?.();
    bench.take();
    const send = () => {
      bench.agent.request({
        ...{ method: "MESSAGE", requestUri: "sip:x@192.0.2.9", to: "<sip:x@192.0.2.9>", from: "<sip:a@b>" },
        ...{ target: { transport: "udp", address: "192.0.2.9", port: 5060 }, body: large },
      });
      const transport = bench.sent[0]?.to.transport;
      bench.take();
      return transport;
    };
    assert.equal(send(), "udp");
    bench.pass(600_000);
    bench.take();
    assert.equal(send(), "tcp");
  });

  test("is left alone below the limit, by a flow, and where the limit is taken away", () => {
    assert.equal(calling(sdp).bench.sent[0]?.to.transport, "udp");
    assert.equal(
      calling(large, { udpRequestLimit: Number.POSITIVE_INFINITY }).bench.sent[0]?.to.transport,
      "udp",
    );
    const bench = new Bench();
    const options = { requestUri: "sip:x@192.0.2.9", from: "<sip:a@192.0.2.1>", to: "<sip:x@192.0.2.9>" };
    bench.agent.invite({ ...options, flow: udpFlow, sdp: large });
    assert.equal(bench.sent[0]?.to.transport, "udp");
    // Exactly the limit is not beyond it.
    const size = calling(sdp).bench.sent[0]?.bytes.length ?? 0;
    assert.equal(calling(sdp, { udpRequestLimit: size }).bench.sent[0]?.to.transport, "udp");
    assert.equal(calling(sdp, { udpRequestLimit: size - 1 }).bench.sent[0]?.to.transport, "tcp");
  });
});

describe("an ACK to a 2xx that is too large for UDP (§18.1.1)", () => {
  /** A call whose offer comes in the 200, so that the ACK answers it. */
  function answering() {
    const bench = new Bench();
    bench.connectionId = tcpFlow.connectionId;
    const call = bench.agent.invite({
      requestUri: "sip:x@192.0.2.9",
      from: "<sip:a@192.0.2.1>",
      to: "<sip:x@192.0.2.9>",
      target: { transport: "udp", address: "192.0.2.9", port: 5060 },
    });
    const invite = bench.takeRequest();
    const success = responseText(invite, 200, { toTag: "them", body: sdp });
    bench.receive(success);
    call.answer(large);
    return { bench, call, success };
  }
  const sentBy = ({ bench }: { bench: Bench }) => {
    const [sent] = bench.sent;
    const ack = bench.takeRequest();
    assert.equal(ack.method, "ACK");
    assert.equal(ack.headers.getAll("Via").length, 1);
    assert.equal(ack.body.toString(), large);
    const via = topVia(ack);
    return { to: sent?.to.transport, via: via.transport, branch: via.params.get("branch"), fail: sent?.fail };
  };

  test("goes by TCP and says so, each time that the 200 is repeated; the BYE goes by UDP", () => {
    const one = answering();
    const { fail, ...first } = sentBy(one);
    assert.deepEqual({ ...first, branch: undefined }, { to: "tcp", via: "TCP", branch: undefined });
    one.bench.receive(one.success);
    assert.deepEqual({ ...sentBy(one), fail }, { ...first, fail });
    one.call.hangUp();
    assert.equal(one.bench.sent[0]?.to.transport, "udp");
    one.bench.receive(responseText(one.bench.takeRequest(), 200));
    one.bench.assertAtRest();
  });

  test("goes by UDP after all where no connection can be had, once, and the peer is asked no more", () => {
    const one = answering();
    const first = sentBy(one);
    first.fail?.();
    const second = sentBy(one);
    assert.deepEqual({ to: second.to, via: second.via }, { to: "udp", via: "UDP" });
    assert.equal(second.branch, first.branch);
    first.fail?.();
    assert.deepEqual(one.bench.take(), []);
    one.bench.receive(one.success);
    assert.equal(sentBy(one).to, "udp");
    // A re-INVITE of that size knows it as well.
    one.call.reinvite(large);
    assert.equal(one.bench.sent[0]?.to.transport, "udp");
  });

  test("of a re-INVITE goes by TCP as well", () => {
    const one = answering();
    one.bench.take();
    one.call.reinvite(undefined);
    const again = one.bench.takeRequest();
    one.bench.receive(responseText(again, 200, { body: sdp }));
    one.call.answer(large);
    assert.equal(sentBy(one).to, "tcp");
    one.bench.receive(responseText(again, 200, { body: sdp }));
    assert.equal(sentBy(one).to, "tcp");
  });
});

test("the memory of peers without TCP is bounded, and the oldest goes first", () => {
  let now = 0;
  const requests = new LargeRequests(1_300, 1_000, () => now);
  const peer = (port: number) => ({ transport: "udp", address: "192.0.2.9", port }) as const;
  for (let port = 1; port <= 1_001; port++) requests.refused(peer(port));
  assert.ok(requests.detour(peer(1)) !== undefined);
  assert.equal(requests.detour(peer(2)), undefined);
  requests.refused(peer(2));
  requests.refused(peer(2_000));
  assert.equal(requests.detour(peer(2)), undefined, "refused again, it is no more the oldest");
  assert.ok(requests.detour(peer(3)) !== undefined);
  now = 600_000;
  assert.ok(requests.detour(peer(2)) !== undefined);
});
