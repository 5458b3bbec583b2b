import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { nearMiss } from "./near-miss.ts";
import { ConfigError, readConfig } from "./read-config.ts";

const machine = { cores: 4, cwd: "/srv/ringdown" };

function faultsOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment, machine);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, "configuration_invalid");
    return error.faults;
  }
  return [];
}

test("an empty environment gives the defaults of spec §7", () => {
  const { config, warnings } = readConfig({}, machine);
  assert.deepEqual(warnings, []);
  assert.deepEqual(
    { ...config },
    {
      dataDir: "/srv/ringdown/data",
      http: { host: "127.0.0.1", port: 8080 },
      sip: [
        { protocol: "udp", host: "0.0.0.0", port: 5060 },
        { protocol: "tcp", host: "0.0.0.0", port: 5060 },
      ],
      tls: { files: undefined, ca: undefined, clients: "none" },
      wsOrigins: [],
      rtpPorts: [10_000, 19_999],
      domain: undefined,
      publicAddress: undefined,
      publicUrl: undefined,
      console: true,
      token: undefined,
      key: undefined,
      dns: undefined,
      logLevel: "info",
      unlisted: "reject",
      trustedProxies: [],
      outgoingPrivate: "none",
      limits: {
        maxCalls: 1000,
        maxCallsPerOrganization: 1000,
        invitesPerSecond: 1000,
        unlistedMessagesPerSecond: 20,
      },
      workers: 3,
      captureDays: 7,
      keepDays: 0,
      recordingDays: 0,
      drainSeconds: 60,
    },
  );
});

test("values are read into their canonical form", () => {
  const { config } = readConfig(
    {
      RINGDOWN_DATA: "/var/lib/ringdown",
      RINGDOWN_HTTP: "[::1]:0",
      RINGDOWN_SIP: "udp:127.0.0.1:0, TCP:[::]:5070,tls:[::]:5061,ws:127.0.0.1:0,wss:0.0.0.0:443",
      RINGDOWN_TLS_CERT: "certs/pbx.crt",
      RINGDOWN_TLS_KEY: "/etc/pbx.key",
      RINGDOWN_TLS_CA: "/etc/ca.crt",
      RINGDOWN_TLS_CLIENTS: "Request",
      RINGDOWN_WS_ORIGINS: "https://Phone.example.com, http://localhost:3000/",
      RINGDOWN_DOMAIN: "Phone.Example.COM",
      RINGDOWN_PUBLIC_ADDRESS: "2001:DB8:0::1",
      RINGDOWN_PUBLIC_URL: "https://calls.example.com/ringdown/",
      RINGDOWN_RTP_PORTS: "30001-30100",
      RINGDOWN_TOKEN: "abcdefghijklmnop",
      RINGDOWN_DNS: "[2001:db8::53]:5353",
      RINGDOWN_LOG: "Debug",
      RINGDOWN_UNLISTED: "drop",
      RINGDOWN_TRUSTED_PROXIES: "10.0.0.1, 2001:db8::/64",
      RINGDOWN_MAX_CALLS: "20",
      RINGDOWN_WORKERS: "",
    },
    machine,
  );
  assert.equal(config.dataDir, "/var/lib/ringdown");
  assert.deepEqual(config.http, { host: "::1", port: 0 });
  assert.deepEqual(config.sip, [
    { protocol: "udp", host: "127.0.0.1", port: 0 },
    { protocol: "tcp", host: "::", port: 5070 },
    { protocol: "tls", host: "::", port: 5061 },
    { protocol: "ws", host: "127.0.0.1", port: 0 },
    { protocol: "wss", host: "0.0.0.0", port: 443 },
  ]);
  assert.deepEqual(config.tls, {
    files: { cert: "/srv/ringdown/certs/pbx.crt", key: "/etc/pbx.key" },
    ca: "/etc/ca.crt",
    clients: "request",
  });
  assert.deepEqual(config.wsOrigins, ["https://phone.example.com", "http://localhost:3000"]);
  assert.equal(config.domain, "phone.example.com");
  assert.equal(config.publicAddress, "2001:db8::1");
  assert.equal(config.publicUrl, "https://calls.example.com/ringdown");
  assert.deepEqual(config.rtpPorts, [30_002, 30_100]);
  assert.deepEqual(config.dns, { address: "2001:db8::53", port: 5353 });
  assert.equal(config.logLevel, "debug");
  assert.equal(config.unlisted, "drop");
  assert.deepEqual(
    config.trustedProxies.map((network) => network.text),
    ["10.0.0.1", "2001:db8::/64"],
  );
  assert.deepEqual(config.limits, {
    maxCalls: 20,
    maxCallsPerOrganization: 20,
    invitesPerSecond: 1000,
    unlistedMessagesPerSecond: 20,
  });
  assert.equal(config.workers, 3);
});

const wrong: [name: string, value: string, line: RegExp][] = [
  ["RINGDOWN_HTTP", "foo", /^RINGDOWN_HTTP: "foo" is not host:port/],
  ["RINGDOWN_HTTP", "127.0.0.1:70000", /^RINGDOWN_HTTP: .* is not host:port/],
  ["RINGDOWN_HTTP", "bad_host!:80", /neither an address nor a name/],
  ["RINGDOWN_HTTP", "300.1.1.1:80", /neither an address nor a name/],
  ["RINGDOWN_SIP", "udp:0.0.0.0:5060,", /empty entry/],
  ["RINGDOWN_SIP", "tcp:0.0.0.0:5061,tls:0.0.0.0:5061", /"tls:0.0.0.0:5061" is taken by tcp/],
  ["RINGDOWN_SIP", "wss:[::]:8080", /^RINGDOWN_HTTP: .* is taken by RINGDOWN_SIP's wss/],
  ["RINGDOWN_TLS_CERT", "/etc/ssl/pbx.crt", /^RINGDOWN_TLS_KEY: is missing/],
  ["RINGDOWN_TLS_KEY", "/etc/ssl/pbx.key", /^RINGDOWN_TLS_CERT: is missing/],
  ["RINGDOWN_TLS_CLIENTS", "perhaps", /not one of none, request, require/],
  ["RINGDOWN_TLS_CLIENTS", "require", /needs RINGDOWN_TLS_CA/],
  ["RINGDOWN_WS_ORIGINS", "phone.example.com", /not the origin of a page/],
  ["RINGDOWN_WS_ORIGINS", "https://phone.example.com/softphone", /not the origin of a page/],
  ["RINGDOWN_SIP", "sctp:0.0.0.0:5060", /is not proto:host:port/],
  ["RINGDOWN_SIP", "0.0.0.0:5060", /is not proto:host:port/],
  ["RINGDOWN_SIP", "udp:::1:5060", /IPv6 goes in brackets/],
  ["RINGDOWN_SIP", "udp:sip.example.com:5060", /must name an IP address/],
  ["RINGDOWN_SIP", "udp:0.0.0.0:65536", /port from 0 to 65535/],
  ["RINGDOWN_SIP", "udp:0.0.0.0:5060,udp:0.0.0.0:5060", /listed twice/],
  ["RINGDOWN_SIP", "udp:0.0.0.0:15000", /lies within RINGDOWN_RTP_PORTS/],
  ["RINGDOWN_SIP", "tcp:0.0.0.0:8080", /^RINGDOWN_HTTP: .* is taken by RINGDOWN_SIP/],
  ["RINGDOWN_DOMAIN", "sip:example.com", /not a host name/],
  ["RINGDOWN_DOMAIN", "example.com:5060", /not a host name/],
  ["RINGDOWN_PUBLIC_ADDRESS", "phone.example.com", /not an IPv4 or IPv6 address/],
  ["RINGDOWN_PUBLIC_ADDRESS", "0.0.0.0", /not an address that a peer can send to/],
  ["RINGDOWN_PUBLIC_URL", "calls.example.com", /not a base URL/],
  ["RINGDOWN_RTP_PORTS", "10000", /not first-last/],
  ["RINGDOWN_RTP_PORTS", "20000-10000", /begins after it ends/],
  ["RINGDOWN_RTP_PORTS", "80-2000", /outside 1024/],
  ["RINGDOWN_RTP_PORTS", "10001-10002", /no pair/],
  ["RINGDOWN_RTP_PORTS", "60000-70000", /outside 1024/],
  ["RINGDOWN_TOKEN", "short", /^RINGDOWN_TOKEN: has 5 characters, it needs at least 16$/],
  ["RINGDOWN_TOKEN", "with blank in the middle", /letters, digits/],
  ["RINGDOWN_KEY", "hunter2", /^RINGDOWN_KEY: is not 32 bytes as 64 hexadecimal digits or in base 64/],
  ["RINGDOWN_DNS", "dns.example.com:53", /not ip:port/],
  ["RINGDOWN_DNS", "192.0.2.1:0", /not ip:port/],
  ["RINGDOWN_LOG", "loud", /not one of trace, debug/],
  ["RINGDOWN_UNLISTED", "maybe", /not one of reject, drop/],
  ["RINGDOWN_TRUSTED_PROXIES", "proxy.example.com", /not an address or a network/],
  ["RINGDOWN_TRUSTED_PROXIES", "0.0.0.0/0", /let anyone name any source/],
  ["RINGDOWN_MAX_CALLS", "0", /whole number from 1 to/],
  ["RINGDOWN_MAX_CALLS", "1e3", /whole number from 1 to/],
  ["RINGDOWN_WORKERS", "-1", /whole number from 1 to 256/],
  ["DATABASE_URL", "postgres://u:hunter2@db/x", /^DATABASE_URL: Postgres is not built yet/],
];

for (const [name, value, line] of wrong) {
  test(`${name}=${value} is one clear line`, () => {
    const faults = faultsOf({ [name]: value });
    assert.equal(faults.length, 1, faults.join("\n"));
    assert.match(faults[0] ?? "", line);
    assert.doesNotMatch(faults[0] ?? "", /\n/);
  });
}

test("all faults are told at once, and none shows a secret", () => {
  const faults = faultsOf({
    RINGDOWN_HTTP: "foo",
    RINGDOWN_LOG: "loud",
    RINGDOWN_TOKEN: "sécret-sécret-sécret",
    RINGDOWN_KEY: "hunter2",
    DATABASE_URL: "postgres://u:hunter2@db/x",
  });
  assert.equal(faults.length, 5);
  assert.doesNotMatch(faults.join("\n"), /hunter2|sécret/);
});

test("an unknown variable is a warning that names what was probably meant", () => {
  const { warnings } = readConfig(
    { RINGDOWN_HTPP: "x", RINGDOWN_LOGS: "info", RINGDOWN_SOMETHING_ELSE: "1" },
    machine,
  );
  assert.deepEqual(warnings, [
    "RINGDOWN_HTPP: unknown variable, ignored; did you mean RINGDOWN_HTTP?",
    "RINGDOWN_LOGS: unknown variable, ignored; did you mean RINGDOWN_LOG?",
    "RINGDOWN_SOMETHING_ELSE: unknown variable, ignored",
  ]);
  assert.equal(nearMiss("RINGDOWN_DOMIAN", ["RINGDOWN_DOMAIN"]), "RINGDOWN_DOMAIN");
});

test("fewer media ports than calls allowed is a warning", () => {
  const { warnings } = readConfig({ RINGDOWN_RTP_PORTS: "30000-30009", RINGDOWN_MAX_CALLS: "6" }, machine);
  assert.match(warnings.join("\n"), /room for 5 legs, RINGDOWN_MAX_CALLS allows 6/);
});

test("a configuration is frozen and never prints its token and its key", () => {
  const key = "f0".repeat(32);
  const { config } = readConfig({ RINGDOWN_TOKEN: "abcdefghijklmnop", RINGDOWN_KEY: key }, machine);
  assert.equal(config.token, "abcdefghijklmnop");
  assert.equal(config.key, key);
  assert.doesNotMatch(inspect(config) + JSON.stringify(config) + String(config), /abcdefghijklmnop|f0f0/);
  assert.match(JSON.stringify(config), /\[secret\]/);
  assert.throws(() => Object.assign(config, { workers: 9 }), TypeError);
  assert.throws(() => Object.assign(config.limits, { maxCalls: 9 }), TypeError);
});

test("where outgoing requests may go besides the internet: nowhere, anywhere, or to networks that are listed", () => {
  const read = (value: string) =>
    readConfig({ RINGDOWN_OUTGOING_PRIVATE: value }, machine).config.outgoingPrivate;
  assert.equal(read("refuse"), "none");
  assert.equal(read("Allow"), "all");
  const networks = read("10.0.0.0/8, ::1");
  assert.ok(Array.isArray(networks));
  assert.deepEqual(
    networks.map(({ text }) => text),
    ["10.0.0.0/8", "::1"],
  );
  assert.equal(faultsOf({ RINGDOWN_OUTGOING_PRIVATE: "10.0.0.0/8,n8n" }).length, 1);
});
