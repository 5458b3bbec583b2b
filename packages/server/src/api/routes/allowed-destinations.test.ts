import assert from "node:assert/strict";
import { test } from "node:test";
import { testApi } from "../test-api.ts";

const path = "/api/v2/sip/allowedDestinations";
const defaults = {
  countries: null,
  ...{ premiumRate: false, satellite: false, emergency: false },
  ...{ allowed: [], blocked: [], sipHosts: [] },
};

test("what may be called is shown, set as a whole, and kept in its one spelling", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  assert.deepEqual((await call("GET", path)).body.allowedDestinations, defaults);
  const { status, body } = await call("PUT", path, {
    countries: ["us", "US", "+44"],
    allowed: ["+19005550100", "pbx:911"],
    blocked: ["+1809*"],
    sipHosts: ["PBX.example", "[2001:DB8::0:1]"],
  });
  assert.equal(status, 200);
  const settings = {
    ...defaults,
    countries: ["US", "+44"],
    allowed: ["+19005550100", "ext:911"],
    blocked: ["+1809*"],
    sipHosts: ["pbx.example", "2001:db8::1"],
  };
  assert.deepEqual(body.allowedDestinations, settings);
  assert.deepEqual((await call("GET", path)).body.allowedDestinations, settings);
  assert.deepEqual(store.destinations.get(organizationId), settings);
  assert.deepEqual((await call("PUT", path, {})).body.allowedDestinations, defaults);
});

test("what means nothing is refused with its field and the way to write it", async (t) => {
  const { call, store, organizationId } = await testApi(t);
  for (const [body, sentence] of [
    [{ countries: ["XX"] }, /countries: "XX" is neither a country/],
    [{ countries: ["+999"] }, /countries: "\+999" is neither/],
    [{ allowed: ["19005550100"] }, /allowed: "19005550100" is no number or prefix/],
    [{ allowed: ["+1*"] }, /allowed: "\+1\*" is a whole country/],
    [{ blocked: ["*"] }, /blocked: "\*" is no number or prefix/],
    [{ sipHosts: ["a b"] }, /sipHosts: "a b" is neither a host name/],
    [{ sipHosts: ["*.example"] }, /sipHosts/],
    [{ premium: true }, /premium/],
    [{ emergency: "yes" }, /emergency/],
  ] as const) {
    const answer = await call("PUT", path, body);
    assert.equal(answer.status, 400, JSON.stringify(body));
    assert.equal(answer.body.code, "validation_failed");
    assert.match(answer.body.message ?? "", sentence);
  }
  assert.equal(store.destinations.get(organizationId), undefined);
});
