// What the doctor makes of what it has found.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DnsAnswer } from "@ringdown/sip";
import type { RouteTest } from "../routes/route-test.ts";
import { judgeAccessList } from "./checks/access-list.ts";
import { judgeDomain, judgeServers } from "./checks/dns.ts";
import { judgeFirewall } from "./checks/firewall.ts";
import { judgePublicAddress, reachOf } from "./checks/public-address.ts";
import { judgeOutcome, judgeProbe, judgeRegistration } from "./checks/registrations.ts";
import { judgeRoute } from "./checks/routes.ts";
import { countLine, type Finding, fail, findingLine, ok, sentenceOf, verdictOf, warn } from "./finding.ts";
import { lockHolder } from "./running-node.ts";

/** Verdict and text, for a short comparison. */
function is(finding: Finding, verdict: Finding["verdict"], text: RegExp): void {
  assert.equal(finding.verdict, verdict, findingLine(finding));
  assert.match(findingLine(finding), text);
  assert.equal(finding.todo === undefined, verdict === "ok", "what is well needs nothing done");
}

test("lines, counts, verdict; what comes from elsewhere moves no cursor", () => {
  const findings = [
    ok("dns", "It answers."),
    warn("disk", "Little is left.", "Make room."),
    fail("key", "a\u001b[2J\nb.", "c."),
  ];
  assert.equal(findingLine(findings[1] as Finding), "warn  disk          Little is left. Make room.");
  assert.equal(findingLine(findings[2] as Finding), "FAIL  key           a [2J b. c.");
  assert.equal(countLine(findings), "1 ok, 1 warning, 1 failure");
  assert.deepEqual(
    [verdictOf(findings), verdictOf(findings.slice(0, 2)), verdictOf([])],
    ["fail", "warn", "ok"],
  );
  assert.deepEqual([sentenceOf(new Error("no")), sentenceOf("Yes!")], ["no.", "Yes!"]);
});

test("who may call", () => {
  is(judgeAccessList(["127.0.0.1", "::1"], 0), "warn", /Only this machine/);
  is(judgeAccessList([], 0), "warn", /Nobody may send calls/);
  is(judgeAccessList(["127.0.0.1"], 1), "ok", /registrations need none/);
  is(judgeAccessList(["192.0.2.1"], 0), "ok", /1 entry/);
  is(judgeAccessList(["192.0.2.1", "0.0.0.0/0"], 0), "warn", /0\.0\.0\.0\/0 lets a large part/);
});

describe("the address that peers are told", () => {
  const facts = {
    ...{
      address: "10.0.0.5",
      origin: "interface" as const,
      own: ["10.0.0.5"],
      seenAs: [],
      peers: ["10.0.0.9"],
    },
  };
  test("where addresses lead", () => {
    assert.deepEqual(
      [
        "127.9.9.9",
        "10.1.1.1",
        "172.31.0.1",
        "172.32.0.1",
        "100.64.0.1",
        "169.254.1.1",
        "::1",
        "fd00::1",
        "fe80::1",
        "2001:db8::1",
        "x",
      ].map(reachOf),
      [
        "loopback",
        "private",
        "private",
        "public",
        "private",
        "private",
        "loopback",
        "private",
        "private",
        "public",
        undefined,
      ],
    );
  });
  test("private: right for one's own network, not for peers beyond it", () => {
    is(judgePublicAddress(facts), "ok", /private, for peers in your own network/);
    is(
      judgePublicAddress({ ...facts, peers: ["198.51.100.7"] }),
      "warn",
      /198\.51\.100\.7 lies beyond .*RINGDOWN_PUBLIC_ADDRESS/,
    );
    is(judgePublicAddress({ ...facts, seenAs: ["203.0.113.4"] }), "warn", /sees us as 203\.0\.113\.4/);
  });
  test("configured: wrong where a registrar sees another one", () => {
    const configured = { ...facts, address: "203.0.113.1", origin: "configured" as const };
    is(
      judgePublicAddress({ ...configured, seenAs: ["203.0.113.4"] }),
      "fail",
      /Set RINGDOWN_PUBLIC_ADDRESS=203\.0\.113\.4/,
    );
    is(judgePublicAddress(configured), "ok", /a router must forward/);
  });
});

test("this machine's filter", () => {
  const openings = [
    { protocol: "udp" as const, first: 5060, last: 5060 },
    { protocol: "udp" as const, first: 10_000, last: 19_999 },
  ];
  const dropping = "chain input { type filter hook input priority 0; policy drop;\n";
  is(judgeFirewall(undefined, openings), "ok", /nothing is known/);
  is(
    judgeFirewall("chain input { type filter hook input priority 0; policy accept; }", openings),
    "ok",
    /lets in/,
  );
  is(
    judgeFirewall(`${dropping} udp dport 5060 accept }`, openings),
    "warn",
    /no rule is seen for udp 10000-19999.*ufw allow 10000:19999\/udp/,
  );
  is(
    judgeFirewall(`${dropping} udp dport { 5060, 10000-20000 } accept }`, openings),
    "ok",
    /have rules|has rules/,
  );
  is(judgeFirewall(":INPUT DROP [0:0]\n-A INPUT -p udp --dport 5060 -j ACCEPT", openings), "warn", /10000/);
});

test("DNS servers, and our own name in DNS", () => {
  const answered = { outcome: "nxdomain" } as unknown as DnsAnswer;
  const dead = { outcome: "failed", sentence: "no answer in 2500 ms" } as unknown as DnsAnswer;
  const server = { server: "192.0.2.53", ms: 5, address: answered, srv: answered };
  const one = (facts: object, names: string[] = []) =>
    judgeServers([{ ...server, ...facts }], names, "system")[0] as Finding;
  is(one({}), "ok", /answers, in 5 ms/);
  is(one({ ms: 900 }), "warn", /900 ms/);
  is(one({ address: dead, srv: dead }), "warn", /nothing needs it now/);
  is(one({ address: dead, srv: dead }, ["trunk.example"]), "fail", /trunk\.example cannot be found/);
  is(one({ srv: dead }), "warn", /not for services \(SRV\)/);
  is(judgeServers([], ["trunk.example"], "system")[0] as Finding, "fail", /There is no DNS server/);
  const own = { domain: "agents.example", publicAddress: "203.0.113.1" };
  is(judgeDomain({ ...own, addresses: ["203.0.113.1"] }), "ok", /agents\.example/);
  is(
    judgeDomain({ ...own, addresses: [], failure: "There is none." }),
    "warn",
    /cannot be found \(There is none\)/,
  );
  is(judgeDomain({ ...own, addresses: ["198.51.100.1"] }), "warn", /which is 198\.51\.100\.1/);
});

test("registrations: as the node tells, as they stood last, as the registrar answers", () => {
  const view = {
    aor: "1001@pbx.example",
    target: "udp:192.0.2.1:5060",
    expiresAt: "2026-11-26T12:00:00.000Z",
  };
  const none = { lastCode: null, lastReason: null, hint: null, nextAttemptAt: null };
  const judged = (fields: object) => judgeRegistration({ ...view, ...none, ...fields } as never);
  is(judged({ state: "registered" }), "ok", /registered at udp:192\.0\.2\.1:5060/);
  is(
    judged({ state: "rejected", lastCode: 403, lastReason: "Forbidden", hint: "See the password." }),
    "fail",
    /\(403 Forbidden\)\. See the password/,
  );
  is(judged({ state: "registering" }), "warn", /Ask again/);
  is(judgeOutcome({ aor: view.aor, outcome: null }), "warn", /Nothing is known/);
  const outcome = {
    state: "unreachable" as const,
    lastCode: null,
    lastReason: null,
    at: "2026-11-26T11:00:00.000Z",
  };
  is(judgeOutcome({ aor: view.aor, outcome } as never), "fail", /was unreachable/);
  is(judgeProbe(view.aor, { kind: "taken", target: "udp:192.0.2.1:5060" }), "ok", /takes its password/);
  is(
    judgeProbe(view.aor, { kind: "refused", answer: "403 Forbidden", hint: "Correct it." }),
    "fail",
    /403 Forbidden/,
  );
  is(judgeProbe(view.aor, { kind: "unreadable", why: "The key is another." }), "fail", /cannot be read/);
});

test("routes", () => {
  const target = (status: number | null, verdict = "answers.") => ({
    transport: "udp",
    address: "192.0.2.1",
    port: 5060,
    status,
    verdict,
  });
  const judged = (targets: object[], hasPassword = false) =>
    judgeRoute(
      "trunk.example",
      {
        targets,
        reachable: targets.some((one) => (one as { status: unknown }).status !== null),
        verdict: "It leads nowhere.",
      } as unknown as RouteTest,
      hasPassword,
    );
  is(judged([target(200)]), "ok", /udp 192\.0\.2\.1:5060 answers/);
  is(judged([]), "fail", /It leads nowhere/);
  is(judged([target(null, "says nothing.")]), "fail", /says nothing/);
  is(judged([target(403)]), "fail", /does not let our address in/);
  is(judged([target(401, "asks for credentials.")]), "warn", /set the route's username/);
  is(judged([target(401, "asks for credentials.")], true), "ok", /asks for credentials/);
  is(judged([target(200), target(null, "says nothing.")]), "warn", /another target answers/);
});

test("the process that holds the database's lock is read off the kernel's table", () => {
  const table = [
    "1: FLOCK  ADVISORY  WRITE 700 fe:00:11 0 EOF",
    "2: POSIX  ADVISORY  READ  701 fe:00:9978160 1073741826 1073742335",
    "3: POSIX  ADVISORY  WRITE 14364 fe:00:9978160 1073741824 1073742335",
  ].join("\n");
  assert.equal(lockHolder(table, 9_978_160), 14_364);
  assert.equal(lockHolder(table, 12), undefined);
});
