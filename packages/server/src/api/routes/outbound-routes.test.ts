import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

const path = "/api/v2/sip/outboundRoutes";

interface Shown {
  id: string;
  route: string;
  position: number;
  username: string | null;
  hasPassword: boolean;
  callerId: string | null;
}

test("routes are added, listed as strings in order, and removed by their string", async (t) => {
  const { call } = await testApi(t);
  const first = await call("POST", path, { route: "sip.example.com:6000;transport=tcp" });
  assert.deepEqual([first.status, first.body.routes], [201, ["sip.example.com:6000;transport=tcp"]]);
  const second = await call("POST", path, { route: "[2001:DB8::1]" });
  assert.deepEqual(second.body.routes, ["sip.example.com:6000;transport=tcp", "[2001:DB8::1]"]);

  // The same in another spelling is the same route; what was typed first stays.
  const again = await call("POST", path, { route: "[2001:db8:0::1]", callerId: "+15125550100" });
  assert.deepEqual([again.status, again.body.routes], [200, second.body.routes]);
  assert.equal((again.body.outboundRoutes as Shown[])[1]?.callerId, "+15125550100");
  assert.deepEqual((await call("GET", path)).body.routes, second.body.routes);

  const removed = await call("DELETE", path, { route: "SIP.example.com:6000;TRANSPORT=TCP" });
  assert.deepEqual([removed.status, removed.body.routes], [200, ["[2001:DB8::1]"]]);
  const absent = await call("DELETE", path, { route: "sip.example.com:6000;transport=tcp" });
  assert.deepEqual([absent.status, absent.body.code], [404, "outbound_route_not_found"]);
  assert.equal((await call("DELETE", `${path}?route=${encodeURIComponent("[2001:DB8::1]")}`)).status, 200);
});

test("a wrong string is refused with the place of the fault", async (t) => {
  const { call } = await testApi(t);
  const wrong = await call("POST", path, { route: "sip.example.com;port=5060" });
  assert.deepEqual([wrong.status, wrong.body.code], [400, "outbound_route_invalid"]);
  assert.match(wrong.body.message ?? "", /At position 17 "o" stands; expected was transport or proxyAddress/);
  const short = await call("POST", path, { route: "sip.example.com:" });
  assert.match(short.body.message ?? "", /"sip.example.com:": /);
  assert.equal((await call("POST", path, { route: "a".repeat(700) })).status, 400);
});

test("order, credentials and caller ID are set by id; a password is never shown", async (t) => {
  const { call, store, organizationId, logLines } = await testApi(t);
  for (const route of ["a.example", "b.example", "c.example"]) await call("POST", path, { route });
  const list = async () => (await call("GET", path)).body.outboundRoutes as Shown[];
  const last = (await list())[2];
  assert.ok(last !== undefined);
  const one = `${path}/${last.id}`;
  const changed = await call("PATCH", one, {
    ...{ position: 0, username: "trunk", password: "very secret" },
    callerId: "+15125550100",
  });
  assert.equal(changed.status, 200);
  const shown = changed.body.outboundRoute as Shown;
  assert.deepEqual(
    [shown.position, shown.username, shown.hasPassword, shown.callerId],
    [0, "trunk", true, "+15125550100"],
  );
  assert.deepEqual(
    (await list()).map(({ route, position }) => `${position} ${route}`),
    ["0 c.example", "1 a.example", "2 b.example"],
  );
  const [record] = await store.outboundRoutes.list(organizationId);
  assert.ok(record?.sealedPassword?.startsWith("v1."));
  for (const text of [JSON.stringify(changed.body), record?.sealedPassword, ...logLines])
    assert.ok(!text?.includes("very secret"));

  // Pointed elsewhere, it must not carry the password there.
  const moved = await call("PATCH", one, { route: "elsewhere.example" });
  assert.equal((moved.body.outboundRoute as Shown).hasPassword, false);
  const taken = await call("PATCH", one, { route: "a.example" });
  assert.deepEqual([taken.status, taken.body.code], [409, "outbound_route_taken"]);
  assert.equal((await call("PATCH", one, { callerId: "1001" })).status, 400);

  assert.equal((await call("DELETE", one)).status, 200);
  assert.equal((await call("GET", one)).status, 404);
  assert.deepEqual(
    (await list()).map(({ route, position }) => `${position} ${route}`),
    ["0 a.example", "1 b.example"],
  );
});

test("one organization's routes are none of another's", async (t) => {
  const { call, store } = await testApi(t);
  const { id: other } = await store.organizations.create({ name: "Second" });
  await store.outboundRoutes.add({
    ...{ id: "rte_other", organizationId: other, route: "a.example", canonical: "a.example" },
    ...{ username: null, sealedPassword: null, callerId: null },
  });
  assert.deepEqual((await call("GET", path)).body.routes, []);
  assert.equal((await call("GET", `${path}/rte_other`)).status, 404);
  assert.equal((await call("PATCH", `${path}/rte_other`, { position: 1 })).status, 404);
  assert.equal((await call("DELETE", `${path}/rte_other`)).status, 404);
  assert.equal((await call("POST", path, { route: "a.example" })).status, 201);
});

test("a test of a route says what it found", async (t) => {
  const { call } = await testApi(t);
  const { status, body } = await call("POST", `${path}/test`, {
    route: "nowhere.example:5080;transport=tcp",
  });
  assert.equal(status, 200);
  assert.deepEqual(
    [body.message, body.nextHop, body.requestUri, body.reachable],
    [
      "There is no such host.",
      "sip:nowhere.example:5080;transport=tcp",
      "sip:+15550100@nowhere.example",
      false,
    ],
  );
  assert.equal((await call("POST", `${path}/test`, { route: ";" })).body.code, "outbound_route_invalid");
});
