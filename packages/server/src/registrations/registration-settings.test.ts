import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AppError } from "../errors.ts";
import type { RegistrationSettings } from "../store/records.ts";
import { askedAor, changedSettings, type RegistrationInput } from "./registration-settings.ts";
import { aorUser, nextHopUri, registrarUri } from "./registration-uris.ts";

const plain: RegistrationSettings = {
  aor: "1001@pbx.example",
  username: "1001",
  authUsername: null,
  sipRealm: "pbx.example",
  proxy: null,
  port: null,
  transport: "udp",
  subscribe: false,
};

function settings(input: RegistrationInput, present?: RegistrationSettings): RegistrationSettings {
  return changedSettings(present, input).settings;
}

describe("a new registration", () => {
  const same: [string, RegistrationInput][] = [
    ["aor alone", { aor: "1001@pbx.example" }],
    ["aor as a URI", { aor: "sip:1001@PBX.example" }],
    ["username and sipRealm", { username: "1001", sipRealm: "PBX.Example" }],
    ["all three", { aor: "1001@pbx.example", username: "1001", sipRealm: "pbx.example" }],
    ["empty optional fields, as a form sends them", { aor: "1001@pbx.example", proxy: "", authUsername: "" }],
    ["parts, and the rest empty", { aor: "", username: "1001", sipRealm: "pbx.example" }],
    ["null in optional fields", { aor: "1001@pbx.example", proxy: null, authUsername: null, port: null }],
  ];
  for (const [name, input] of same) {
    test(`by ${name}`, () => assert.deepEqual(settings(input), plain));
  }

  test("may have a registrar that is not the AOR's domain, and a name of its own for authentication", () => {
    const made = settings({ aor: "sales@company.example", sipRealm: "pbx.example", username: "1001" });
    assert.equal(made.aor, "sales@company.example");
    assert.equal(made.username, "1001");
    assert.equal(registrarUri(made), "sip:pbx.example");
    assert.equal(aorUser(made), "sales");
  });

  test("takes addresses and odd users, in canonical form", () => {
    assert.equal(settings({ aor: "1001@192.0.2.7" }).sipRealm, "192.0.2.7");
    const six = settings({ username: "a b#c", sipRealm: "2001:DB8:0::1" });
    assert.equal(six.aor, "a%20b%23c@[2001:db8::1]");
    assert.equal(six.username, "a b#c");
    assert.deepEqual(
      settings({ aor: "x@[2001:db8::1]", proxy: "[2001:DB8::2]:5070" }).proxy,
      "[2001:db8::2]:5070",
    );
    assert.equal(settings({ aor: "+15125550100@pbx.example" }).username, "+15125550100");
    assert.equal(settings({ aor: "1001@pbx.example", transport: "TLS" }).transport, "tls");
  });

  test("has no password where none is given", () => {
    assert.equal(changedSettings(undefined, { aor: "1001@pbx.example" }).password, null);
    assert.equal(changedSettings(undefined, { aor: "1001@pbx.example", password: "x" }).password, "x");
  });
});

describe("a change", () => {
  const full: RegistrationSettings = {
    ...plain,
    ...{ authUsername: "auth", proxy: "edge.example:5070", port: 5080, transport: "tcp", subscribe: true },
  };

  test("leaves what was not sent", () => {
    assert.deepEqual(changedSettings(full, { password: "new" }), { settings: full, password: "new" });
    assert.deepEqual(changedSettings(full, { aor: full.aor }), { settings: full, password: undefined });
    assert.equal(settings({ proxy: null }, full).proxy, null);
    assert.equal(changedSettings(full, { password: null }).password, null);
  });

  test("to another account does not take the password and its name along", () => {
    for (const input of [{ aor: "1002@pbx.example" }, { username: "1002" }]) {
      const change = changedSettings(full, input);
      assert.deepEqual(change.settings, {
        ...full,
        ...{ aor: "1002@pbx.example", username: "1002", authUsername: null },
      });
      assert.equal(change.password, null);
    }
    assert.equal(settings({ sipRealm: "other.example" }, full).aor, "1001@other.example");
  });
});

describe("where it goes", () => {
  const cases: [Partial<RegistrationSettings>, string][] = [
    [{}, "sip:pbx.example;transport=udp"],
    [{ port: 5070 }, "sip:pbx.example:5070;transport=udp"],
    [{ proxy: "edge.example", transport: "tcp" }, "sip:edge.example;transport=tcp"],
    [{ proxy: "edge.example", port: 5070 }, "sip:edge.example:5070;transport=udp"],
    [{ proxy: "edge.example:5090", port: 5070 }, "sip:edge.example:5090;transport=udp"],
    [{ proxy: "[2001:db8::2]:5090" }, "sip:[2001:db8::2]:5090;transport=udp"],
    [{ proxy: "[2001:db8::2]", port: 5070 }, "sip:[2001:db8::2]:5070;transport=udp"],
    [{ sipRealm: "[2001:db8::1]" }, "sip:[2001:db8::1];transport=udp"],
  ];
  for (const [changes, uri] of cases) {
    test(uri, () => assert.equal(nextHopUri({ ...plain, ...changes }), uri));
  }
});

const wrong: [RegistrationInput, RegExp][] = [
  [{}, /^aor is missing: give aor \("1001@pbx\.example"\), or username and sipRealm\.$/],
  [{ sipRealm: "pbx.example" }, /^username is missing/],
  [{ username: "1001" }, /^sipRealm is missing/],
  [{ username: "1001@pbx", sipRealm: "pbx.example" }, /^username "1001@pbx" holds an @/],
  [{ aor: "pbx.example" }, /^aor "pbx\.example" is not user@domain/],
  [{ aor: "" }, /^aor is missing/],
  [{ aor: " " }, /^aor " " is not user@domain/],
  [{ aor: "1001@" }, /is not user@domain/],
  [{ aor: "@pbx.example" }, /is not user@domain/],
  [{ aor: "1001@bad_host!" }, /is not user@domain/],
  [{ aor: "1001@pbx.example:5070" }, /carries a port: give that as port/],
  [{ aor: "1001:hunter2@pbx.example" }, /^aor carries a password: give that as password\.$/],
  [{ aor: "1001@pbx.example;transport=tcp" }, /carries parameters/],
  [{ aor: "sips:1001@pbx.example" }, /sips URI/],
  [{ aor: '"Bob" <sip:1001@pbx.example>' }, /is not user@domain/],
  [{ username: "1001", sipRealm: "pbx.example:5070" }, /^sipRealm .* carries a port/],
  [{ username: "1001", sipRealm: "http://pbx" }, /^sipRealm .* is not a domain/],
  [{ aor: "1001@pbx.example", proxy: "edge.example:0" }, /^proxy .* is not host or host:port/],
  [{ aor: "1001@pbx.example", proxy: "edge.example:5070;lr" }, /^proxy .* is not host or host:port/],
  [{ aor: "1001@pbx.example", proxy: "2001:db8::1:5070:x" }, /IPv6 goes in brackets/],
  [{ aor: "1001@pbx.example", transport: "sctp" }, /^transport must be/],
  [{ aor: "1001@pbx.example", password: "" }, /^password is empty/],
];
for (const [input, sentence] of wrong) {
  test(`${JSON.stringify(input)} is refused with a sentence`, () => {
    assert.throws(
      () => changedSettings(undefined, input),
      (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, "validation_failed");
        assert.match(error.message, sentence);
        assert.match(error.message, /\.$/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  });
}

test("an AOR that is asked about is given, or built from its parts", () => {
  assert.equal(askedAor({ aor: "sip:1001@PBX.example" }), "1001@pbx.example");
  assert.equal(askedAor({ username: "1001", sipRealm: "pbx.example" }), "1001@pbx.example");
  assert.throws(() => askedAor({ username: "1001" }), /sipRealm is missing/);
  assert.throws(() => askedAor({}), /aor is missing/);
});
