import assert from "node:assert/strict";
import { test } from "node:test";
import { createRequest, createResponse, type LocatedTarget, type LocateResult } from "@ringdown/sip";
import { parseOutboundRoute } from "./outbound-route.ts";
import { type RouteTestNetwork, testRoute } from "./route-test.ts";

const target = (address: string, priority: number): LocatedTarget => ({
  ...{ transport: "udp", address, port: 5070, host: "trunk.example", serverName: "trunk.example", ttl: 30 },
  from: { srv: { name: "_sip._udp.trunk.example", priority, weight: 10, target: `${address}.example` } },
});

const located: LocateResult = {
  targets: [target("192.0.2.1", 10), target("192.0.2.2", 20)],
  skipped: [{ target: target("192.0.2.3", 20), until: 1, failures: 1, reason: "no answer", isAsked: false }],
  trace: [{ kind: "decision", sentence: "It was decided." }],
};

function network(answers: Record<string, number | "silent" | "refused">) {
  const asked: string[] = [];
  const waits: (() => void)[] = [];
  const world: RouteTestNetwork = {
    locate: async (uri) => {
      asked.push(uri);
      return located;
    },
    options: async (uri, { address }) => {
      asked.push(`${uri} at ${address}`);
      const answer = answers[address] ?? 200;
      if (answer === "silent") return new Promise(() => {});
      if (answer === "refused") return { status: 503, response: undefined };
      const request = createRequest("OPTIONS", uri, {
        ...{
          via: "SIP/2.0/UDP a;branch=z9hG4bK1",
          from: "<sip:a@b>;tag=1",
          to: "<sip:c@d>",
          callId: "1",
          cseq: 1,
        },
      });
      return { status: answer, response: createResponse(request, answer) };
    },
    now: () => 5,
    wait: () => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      waits.push(() => resolve(undefined));
      return { over: promise, cancel: () => {} };
    },
  };
  return { world, asked, endPatience: () => waits.forEach((end) => void end()) };
}

function route(text: string) {
  const reading = parseOutboundRoute(text);
  assert.ok(reading.ok);
  return reading.route;
}

test("the proxy is looked up, the route's own host asked for, and every target tried, those out of favour too", async () => {
  const { world, asked, endPatience } = network({ "192.0.2.2": "silent", "192.0.2.3": "refused" });
  const running = testRoute(route("sip.example.com:5060;proxyAddress=trunk.example"), world);
  await new Promise((resolve) => setImmediate(resolve));
  endPatience();
  const result = await running;
  assert.deepEqual(asked, [
    "sip:trunk.example",
    "sip:sip.example.com at 192.0.2.1",
    "sip:sip.example.com at 192.0.2.2",
    "sip:sip.example.com at 192.0.2.3",
  ]);
  assert.equal(result.requestUri, "sip:+15550100@sip.example.com");
  assert.deepEqual(
    result.targets.map(({ address, priority, status }) => [address, priority, status]),
    [
      ["192.0.2.1", 10, 200],
      ["192.0.2.2", 20, null],
      ["192.0.2.3", 20, null],
    ],
  );
  assert.match(result.targets[1]?.verdict ?? "", /did not answer within 4 s/);
  assert.match(result.targets[2]?.verdict ?? "", /could not be reached/);
  assert.equal(result.reachable, true);
  assert.match(result.verdict, /^1 of 3 targets answered/);
});

test("what a target says is put into words", async () => {
  const { world } = network({ "192.0.2.1": 403, "192.0.2.2": 503, "192.0.2.3": 407 });
  const { targets, verdict } = await testRoute(route("trunk.example;transport=tls"), world);
  assert.match(targets[0]?.verdict ?? "", /may not let our address in/);
  assert.match(targets[1]?.verdict ?? "", /takes no calls now/);
  assert.match(targets[2]?.verdict ?? "", /asks for credentials/);
  assert.match(verdict, /^All targets answered/);
});
