import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, test } from "node:test";
import type { TransportName } from "./environment.ts";
import { createRequest } from "./message/create.ts";
import { callId, cseq, from, type SipRequest, topVia } from "./message/message.ts";
import { createSipStack } from "./stack.ts";
import { Authority } from "./transport/tls-test-kit.ts";
import { gone, noIpv6, tcpPeer } from "./transport/transport-test-kit.ts";
import { requestText, sdp } from "./user-agent/agent-test-kit.ts";

const authority = new Authority();
const transports: TransportName[] = ["udp", "tcp", "tls", "ws", "wss"];

function stackOn(host: string, options: Partial<Parameters<typeof createSipStack>[0]> = {}) {
  return createSipStack({
    listeners: transports.map((protocol) => ({ protocol, host, port: 0 })),
    transport: { tls: { ...authority.issue(["pbx.example.com"]), ca: authority.cert } },
    screen: () => "answer",
    onInvite: (call) => call.ignore(),
    ...options,
  });
}

for (const host of ["127.0.0.1", "::1"]) {
  const skip = host === "::1" && noIpv6;
  test(`two stacks call each other on ${host} by every transport`, { skip }, async () => {
    const vias: string[] = [];
    const contacts: string[] = [];
    const callee = await stackOn(host, {
      onInvite: (call) => {
        vias.push(topVia(call.request).transport);
        contacts.push(call.request.headers.get("Contact") ?? "");
        call.ring();
        call.accept(sdp);
      },
    });
    const caller = await stackOn(host, { screen: () => "drop" });
    const shown = host.includes(":") ? `[${host}]` : host;
    try {
      for (const transport of transports) {
        const port = callee.transport.bound.find(({ protocol }) => protocol === transport)?.port ?? 0;
        const target = { transport, address: host, port, serverName: "pbx.example.com" };
        const call = caller.userAgent.invite({
          requestUri: `sip:demo@${shown}:${port}`,
          from: `<sip:+15551234567@${shown}>`,
          to: `<sip:demo@${shown}>`,
          sdp,
          target,
        });
        const answer = await new Promise<string | undefined>((resolve) => {
          call.onAnswered = resolve;
        });
        assert.equal(answer, sdp);
        call.hangUp();
        const options = caller.userAgent.request({
          method: "OPTIONS",
          requestUri: `sip:${shown}:${port}`,
          from: `<sip:a@${shown}>`,
          to: `<sip:${shown}:${port}>`,
          target,
        });
        assert.equal((await options.result).status, 200);
      }
      assert.deepEqual(vias, ["UDP", "TCP", "TLS", "WS", "WSS"]);
      const ports = caller.transport.bound.map(({ port }) => `${shown}:${port}`);
      assert.deepEqual(contacts, [
        `<sip:+15551234567@${ports[0]}>`,
        ...["tcp", "tls", "ws", "ws"].map(
          (name, index) => `<sip:+15551234567@${ports[index + 1]};transport=${name}>`,
        ),
      ]);
      assert.equal(callee.userAgent.stateSize().dialogs, 0);
      assert.equal(caller.transport.counters.connectionsOpened, 4);
      assert.equal(callee.transport.counters.connectionsOpened, 0);
    } finally {
      await caller.close();
      await callee.close();
    }
  });
}

describe("a stream that cannot be cut", () => {
  const request = requestText("OPTIONS", { transport: "TCP" });
  const cases: [what: string, text: string, answer: RegExp | undefined][] = [
    [
      "no Content-Length",
      request.replace(/Content-Length.*\r\n/, ""),
      /^SIP\/2.0 400 .*missing header in Content-Length\r\n/,
    ],
    [
      "a Content-Length that is none",
      request.replace(/(Content-Length: ).*/, "$1many"),
      /^SIP\/2.0 400 .*Content-Length/,
    ],
    ["a body beyond all bounds", request.replace(/(Content-Length: ).*/, "$199999999"), /^SIP\/2.0 513 /],
    [
      "a header beyond all bounds",
      request.replace("\r\n\r\n", `\r\nX: ${"y".repeat(40_000)}`),
      /^SIP\/2.0 400 /,
    ],
    ["no Via", request.replace(/Via.*\r\n/, "").replace(/Content-Length.*\r\n/, ""), undefined],
    ["another protocol", `GET / HTTP/1.1\r\nHost: x\r\n\r\n`, undefined],
    ["an ACK", requestText("ACK", { transport: "TCP" }).replace(/Content-Length.*\r\n/, ""), undefined],
  ];

  for (const [what, text, answer] of cases) {
    test(`is ${answer === undefined ? "only closed" : "answered and closed"}: ${what}`, async (t) => {
      const stack = await stackOn("127.0.0.1");
      t.after(() => stack.close());
      const port = stack.transport.bound.find(({ protocol }) => protocol === "tcp")?.port ?? 0;
      const peer = await tcpPeer(t, port);
      let heard = "";
      peer.on("data", (bytes) => {
        heard += bytes.toString();
      });
      // What comes behind it must not cost the answer.
      peer.write(`${text}${"z".repeat(100_000)}`);
      await gone(peer);
      if (answer === undefined) assert.equal(heard, "");
      else assert.match(heard, answer);
      assert.match(heard, answer === undefined ? /^$/ : /^SIP\/2.0 \d{3} [\s\S]*Content-Length: 0\r\n\r\n$/);
      assert.equal(stack.transport.counters.framingErrors, 1);
    });
  }

  test("is read on for a while after the answer, which a reset would take along", async (t) => {
    const stack = await stackOn("127.0.0.1");
    t.after(() => stack.close());
    const port = stack.transport.bound.find(({ protocol }) => protocol === "tcp")?.port ?? 0;
    const peer = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    const errors: Error[] = [];
    peer.on("error", (error) => errors.push(error));
    peer.write(request.replace(/Content-Length.*\r\n/, ""));
    peer.resume();
    await once(peer, "end");
    for (let count = 0; count < 3; count++) {
      await new Promise<void>((resolve) => peer.write("what was on its way", () => resolve()));
    }
    peer.end();
    await gone(peer);
    assert.deepEqual(errors, []);
  });

  test("is only closed for a source that is not to be answered, and one that goes on and on is cut", async (t) => {
    const deaf = await stackOn("127.0.0.1", { screen: () => "drop" });
    t.after(() => deaf.close());
    const port = deaf.transport.bound.find(({ protocol }) => protocol === "tcp")?.port ?? 0;
    const peer = await tcpPeer(t, port);
    let heard = 0;
    peer.on("data", (bytes) => {
      heard += bytes.length;
    });
    peer.write(request.replace(/Content-Length.*\r\n/, ""));
    await gone(peer);
    assert.equal(heard, 0);

    const stack = await stackOn("127.0.0.1");
    t.after(() => stack.close());
    const other = stack.transport.bound.find(({ protocol }) => protocol === "tcp")?.port ?? 0;
    const flood = await tcpPeer(t, other);
    flood.write(request.replace(/Content-Length.*\r\n/, ""));
    await once(flood, "data");
    const cut = gone(flood);
    const more = setInterval(() => flood.write("z".repeat(65_536)), 1);
    t.after(() => clearInterval(more));
    await cut;
  });
});

test("says why a request could not be sent", async () => {
  const listeners = [{ protocol: "tcp", host: "127.0.0.1", port: 0 }] as const;
  const stack = await createSipStack({ listeners, screen: () => "drop", onInvite: (call) => call.ignore() });
  try {
    const request = stack.userAgent.request({
      ...{ method: "OPTIONS", requestUri: "sip:a@b", from: "<sip:a@b>", to: "<sip:a@b>" },
      // Nobody listens on port 1 (tcpmux).
      target: { transport: "tcp", address: "127.0.0.1", port: 1 },
    });
    const { status, error } = await request.result;
    assert.equal(status, 503);
    assert.match(error?.message ?? "", /ECONNREFUSED/);
  } finally {
    await stack.close();
  }
});

test("subscribes to somebody's state, is told it, and takes that back", async (t) => {
  const notifier = await stackOn("127.0.0.1", {
    extraMethods: ["SUBSCRIBE"],
    onRequest: (incoming) => {
      const { request, flow } = incoming;
      const expires = request.headers.get("Expires");
      incoming.respond(200, { headers: [["Expires", expires ?? "0"]] });
      const notify = createRequest("NOTIFY", contactUri(request), {
        from: `${request.headers.get("To")?.replace(/;tag=.*/, "")};tag=notifier`,
        to: from(request),
        ...{ callId: callId(request), cseq: cseq(request).seq },
        headers: [
          ["Event", request.headers.get("Event") ?? ""],
          ["Subscription-State", expires === "0" ? "terminated;reason=timeout" : `active;expires=${expires}`],
          ["Contact", `<${request.uriText}>`],
        ],
        ...{ body: "Messages-Waiting: yes\r\n", contentType: "application/simple-message-summary" },
      });
      notifier.userAgent.transact(notify, {
        ...{ transport: "udp", address: flow.remoteAddress, port: flow.remotePort },
      });
    },
  });
  t.after(() => notifier.close());
  const phone = await stackOn("127.0.0.1");
  t.after(() => phone.close());
  const port = notifier.transport.bound.find(({ protocol }) => protocol === "udp")?.port;
  const states: string[] = [];
  let told = (_text: string): void => {};
  const notified = new Promise<string>((resolve) => {
    told = resolve;
  });
  const subscription = phone.subscribe(
    {
      ...{ resource: `sip:1001@127.0.0.1:${port}`, event: "message-summary", expires: 600 },
      credentials: () => undefined,
    },
    {
      onNotification: ({ body }) => told(body.toString()),
      onState: ({ state }) => states.push(state),
    },
  );
  assert.match(await notified, /Messages-Waiting: yes/);
  assert.equal(subscription.state.state, "active");
  await subscription.stop();
  assert.equal(states.at(-1), "unsubscribed");
  assert.equal(phone.userAgent.stateSize().dialogs, 0);
});

function contactUri(request: SipRequest): string {
  return /<(.*)>/.exec(request.headers.get("Contact") ?? "")?.[1] ?? "";
}
