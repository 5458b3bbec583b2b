import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../../errors.ts";
import type { RegistrationLine } from "../../registrations/registrations.ts";
import { readRoute } from "../../routes/outbound-routes.ts";
import type { Destination } from "./destination.ts";
import { type PlanInput, planDial, type Way } from "./dial-plan.ts";

const number: Destination = { kind: "number", number: "+15125550123" };
const input = (change: Partial<PlanInput>): PlanInput => ({
  destination: number,
  agent: { id: "agt_1", username: "sales", phoneNumbers: ["+15125550100", "+15125550101"] },
  domain: "agents.example",
  routes: [],
  line: undefined,
  ...change,
});
const route = (text: string, callerId: string | null = null) => ({
  ...{ id: text, route: readRoute(text), callerId },
  credentials: () => ({ username: "u", password: "p" }),
});
const line: RegistrationLine = {
  aor: "sip:1001@pbx.example",
  domain: "pbx.example",
  targets: [{ transport: "tcp", address: "192.0.2.7", port: 5061 }],
  serviceRoute: ["<sip:edge.pbx.example;lr>"],
  credentials: () => ({ username: "1001", password: "p" }),
};

function only(change: Partial<PlanInput>): Way {
  const { ways } = planDial(input(change));
  assert.equal(ways.length, 1);
  return ways[0] as Way;
}

describe("a number by the routes", () => {
  test("in their order; the route's host in Request-URI and To, the next hop is what is located", () => {
    const { ways } = planDial(
      input({
        routes: [route("a.example:5070;transport=tcp"), route("b.example;proxyAddress=[2001:db8::1]:5080")],
      }),
    );
    assert.deepEqual(
      ways.map(({ name, requestUri, to, hop }) => [name, requestUri, to, hop]),
      [
        [
          "route a.example:5070;transport=tcp",
          "sip:+15125550123@a.example",
          "<sip:+15125550123@a.example>",
          { locate: "sip:a.example:5070;transport=tcp" },
        ],
        [
          "route b.example;proxyAddress=[2001:db8::1]:5080",
          "sip:+15125550123@b.example",
          "<sip:+15125550123@b.example>",
          { locate: "sip:[2001:db8::1]:5080" },
        ],
      ],
    );
    assert.deepEqual(ways[0]?.credentials?.()?.({} as never), { username: "u", password: "p" });
  });

  test("who calls: what is asked for, the route's number, the agent's first, its username", () => {
    const from = (change: Partial<PlanInput>) => only(change).from;
    assert.equal(from({ routes: [route("a.example")] }), "<sip:+15125550100@agents.example>");
    assert.equal(from({ routes: [route("a.example", "+15125550190")] }), "<sip:+15125550190@agents.example>");
    const callerId = "+15125550180";
    const way = only({
      routes: [route("a.example", "+15125550190")],
      callerId,
      callerName: 'Ann "A"\r\nVia: x',
    });
    assert.equal(way.from, '"Ann \\"A\\" Via: x" <sip:+15125550180@agents.example>');
    assert.deepEqual(way.headers, [["P-Asserted-Identity", way.from]]);
    const agent = { id: "agt_1", username: "sales", phoneNumbers: [] };
    assert.equal(from({ routes: [route("a.example")], agent }), "<sip:sales@agents.example>");
    assert.throws(() => from({ callerId: "5125550100" }), AppError);
  });
});

describe("by the registration", () => {
  test("a number without routes, and an extension in spite of routes", () => {
    for (const [destination, user, routes] of [
      [number, "+15125550123", []],
      [{ kind: "extension", extension: "10#02" }, "10%2302", [route("a.example")]],
    ] as const) {
      const way = only({ destination, line, routes });
      assert.equal(way.name, "registration 1001@pbx.example");
      assert.equal(way.requestUri, `sip:${user}@pbx.example`);
      assert.equal(way.from, "<sip:1001@pbx.example>");
      assert.deepEqual(way.headers, [["Route", "<sip:edge.pbx.example;lr>"]]);
      assert.deepEqual(way.hop, { targets: line.targets });
      assert.equal(way.credentials?.(), line.credentials);
    }
  });

  test("another caller ID is a wish", () => {
    const { from, headers } = only({ line, callerId: "+15125550180" });
    assert.equal(from, "<sip:1001@pbx.example>");
    assert.deepEqual(headers[1], ["P-Preferred-Identity", "<sip:+15125550180@pbx.example>"]);
  });

  test("none: said, and what would make one", () => {
    const reason = (change: Partial<PlanInput>): string => {
      const plan = planDial(input(change));
      return "reason" in plan ? plan.reason : "";
    };
    assert.match(reason({}), /no outbound route, and sales has no registration: .*outboundRoutes/);
    const extension: Destination = { kind: "extension", extension: "1002" };
    assert.match(
      reason({ destination: extension }),
      /^An extension is called by the agent's registration, and sales has none/,
    );
    assert.match(
      reason({ destination: extension, registrationState: "rejected: 403" }),
      /does not stand now \(rejected: 403\)/,
    );
  });
});

test("a sip: URI goes to its host and nowhere else, with nothing of ours but who calls", () => {
  const uri = "sip:desk@phones.example:5070;transport=TCP;user=phone";
  const way = only({ destination: { kind: "sip", uri }, line, routes: [route("a.example")] });
  assert.equal(way.requestUri, uri);
  assert.deepEqual(way.hop, { locate: "sip:phones.example:5070;transport=tcp" });
  assert.equal(way.credentials, undefined);
});

test("an agent is called at this node", () => {
  const way = only({ destination: { kind: "agent", agentId: "agt_2", username: "front.desk" }, line });
  assert.deepEqual(
    [way.name, way.to, way.hop],
    ["internal", "<sip:front.desk@agents.example>", { agentId: "agt_2" }],
  );
});
