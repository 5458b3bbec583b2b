import assert from "node:assert/strict";
import { test } from "node:test";
import { Headers, parseNameAddr, parseUri } from "@ringdown/sip";
import { AGENT_DEFAULTS } from "../store/agent-fields.ts";
import type { Agent } from "../store/records.ts";
import { AccessTable, NetworkSet } from "./access-matcher.ts";
import { type Network, parseNetwork } from "./address.ts";
import { screen } from "./edge.ts";
import { type EdgeView, type InviteFacts, type Judgement, judgeInvite } from "./judge-invite.ts";

function network(text: string): Network {
  const reading = parseNetwork(text);
  assert.ok(reading.ok, text);
  return reading.network;
}

function agent(fields: Partial<Agent> & { id: string; organizationId: string; username: string }): Agent {
  return { ...AGENT_DEFAULTS, phoneNumbers: [], createdAt: "", updatedAt: "", ...fields };
}

const demo = agent({
  id: "agt_demo",
  organizationId: "org_a",
  username: "demo",
  phoneNumbers: ["+18335888432"],
});
const other = agent({ id: "agt_other", organizationId: "org_b", username: "other" });

function viewOf(changes: Partial<EdgeView> = {}): EdgeView {
  const accessList = new AccessTable();
  accessList.add("org_a", network("127.0.0.1"));
  accessList.add("org_b", network("127.0.0.3"));
  const users = new Map([
    ["demo", demo],
    ["+18335888432", demo],
    ["other", other],
  ]);
  return {
    registration: () => undefined,
    isRegistrar: (address) => address === "127.0.0.7",
    agents: { find: (user) => users.get(user.toLowerCase()) },
    accessList,
    trustedProxies: new NetworkSet([network("127.0.0.9")]),
    unlisted: "reject",
    limits: { maxCalls: 10, maxCallsPerOrganization: 5 },
    running: { node: () => 0, organization: () => 0, agent: () => 0 },
    takeRate: () => ({ ok: true }),
    ...changes,
  };
}

interface Invite {
  source?: string;
  uri?: string;
  from?: string;
  sourceHeader?: string[];
}

function facts({
  source = "127.0.0.1",
  uri = "sip:demo@127.0.0.1",
  from,
  sourceHeader = [],
}: Invite): InviteFacts {
  const headers = new Headers();
  for (const value of sourceHeader) headers.append("X-Source-Address", value);
  return {
    sourceAddress: source,
    transport: "udp",
    requestUri: parseUri(uri),
    from: parseNameAddr(from ?? "<sip:+15125550100@127.0.0.1>;tag=1"),
    headers,
  };
}

function judge(invite: Invite = {}, changes: Partial<EdgeView> = {}): Judgement {
  return judgeInvite(facts(invite), viewOf(changes));
}

/** What goes out on the wire, and the code of the record. */
function answer(judgement: Judgement): string {
  if (judgement.verdict === "refuse") return `${judgement.status} ${judgement.code}`;
  return judgement.verdict === "drop" ? `drop ${judgement.code}` : `accept ${judgement.agent.username}`;
}

test("a listed source reaches an agent by username in any case and by number", () => {
  for (const uri of ["sip:demo@h", "sip:DeMo@other.example", "sip:+18335888432@h", "tel:+1-833-588-8432"]) {
    const judgement = judge({ uri });
    assert.equal(answer(judgement), "accept demo", uri);
    assert.ok(judgement.verdict === "accept");
    assert.equal(judgement.callerNumber, "+15125550100");
    assert.equal(judgement.organizationId, "org_a");
  }
});

const contact = {
  agent: other,
  extension: "1001",
  isRegistrar: (source: string) => source === "192.0.2.77",
  seenAs: { host: "203.0.113.9", port: 34_567 },
};
const registration = (user: string) => (user === "x1f9c2" ? contact : undefined);

test("rule 1: a registration's Contact reaches its agent from its registrar, whoever calls", () => {
  for (const [from, caller] of [
    ["<sip:1002@pbx>;tag=1", "1002"],
    ['"Bob" <sip:bob.smith@pbx>;tag=1', "bob.smith"],
    ["<sip:+15125550100@pbx>;tag=1", "+15125550100"],
    ["<sip:anonymous@anonymous.invalid>;tag=1", "anonymous"],
    [`<sip:${"9".repeat(5_000)}@pbx>;tag=1`, "9".repeat(128)],
  ] as const) {
    const judgement = judge({ source: "192.0.2.77", uri: "sip:x1f9c2@127.0.0.1", from }, { registration });
    assert.equal(answer(judgement), "accept other");
    assert.ok(judgement.verdict === "accept");
    assert.equal(judgement.callerNumber, caller);
    assert.equal(judgement.calledUser, "1001", "not the token");
    assert.equal(judgement.seenAs, contact.seenAs);
  }
});

test("rule 1: the token alone opens nothing, and neither does the registrar's address", () => {
  const stranger = judge({ source: "192.0.2.78", uri: "sip:x1f9c2@127.0.0.1" }, { registration });
  assert.equal(answer(stranger), "403 source_not_listed");
  const listed = judge({ uri: "sip:x1f9c2@127.0.0.1" }, { registration });
  assert.equal(answer(listed), "404 agent_unknown");
  assert.ok(listed.verdict === "refuse");
  assert.match(
    listed.hint,
    /Contact of other's registration as "1001", and 127\.0\.0\.1 is no address of its registrar/,
  );
  const byName = judge({ source: "192.0.2.77", uri: "sip:other@127.0.0.1" }, { registration });
  assert.equal(answer(byName), "403 source_not_listed");
});

test("rule 1: limits hold for a registration's calls too", () => {
  const running = { node: () => 10, organization: () => 0, agent: () => 0 };
  const invite = { source: "192.0.2.77", uri: "sip:x1f9c2@127.0.0.1" };
  assert.equal(answer(judge(invite, { registration, running })), "503 busy_node");
});

test("rule 2: an unknown agent is told to a source that some organization lists", () => {
  const judgement = judge({ uri: "sip:nobody@h" });
  assert.equal(answer(judgement), "404 agent_unknown");
  assert.ok(judgement.verdict === "refuse" && judgement.organizationId === "org_a");
  assert.match(judgement.hint, /GET \/api\/v2\/agents/);
  assert.equal(answer(judge({ source: "127.0.0.3", uri: "sip:nobody@h" })), "404 agent_unknown");
  assert.equal(answer(judge({ uri: "sip:127.0.0.1" })), "404 agent_unknown");
  assert.equal(answer(judge({ uri: "urn:service:sos" })), "404 agent_unknown");
});

test("rule 2: a number without its plus is explained", () => {
  const judgement = judge({ uri: "sip:18335888432@h" });
  assert.equal(answer(judgement), "404 agent_unknown");
  assert.ok(judgement.verdict === "refuse");
  assert.match(judgement.hint, /number \+18335888432/);
});

test("rule 2: a stranger gets the same answer whether the agent exists or not", () => {
  for (const unlisted of ["reject", "drop"] as const) {
    const known = judge({ source: "192.0.2.1" }, { unlisted });
    const unknown = judge({ source: "192.0.2.1", uri: "sip:nobody@h" }, { unlisted });
    assert.equal(answer(known), answer(unknown));
    assert.equal(answer(known), unlisted === "drop" ? "drop source_not_listed" : "403 source_not_listed");
    assert.equal(known.organizationId, "org_a");
    assert.equal(unknown.organizationId, undefined);
  }
});

test("rule 3: a source that the agent's organization does not list is refused with what to do", () => {
  const judgement = judge({ source: "127.0.0.2" });
  assert.equal(answer(judgement), "403 source_not_listed");
  assert.ok(judgement.verdict === "refuse");
  assert.match(
    judgement.hint,
    /add it to the access list: POST \/api\/v2\/sip\/ipWhitelist \{"ip": "127\.0\.0\.2"/,
  );
  // Listed by one organization does not mean listed by another.
  assert.equal(answer(judge({ source: "127.0.0.3" })), "403 source_not_listed");
});

test("rule 3: IPv4-mapped IPv6 is the same as its IPv4", () => {
  assert.equal(answer(judge({ source: "::ffff:127.0.0.1" })), "accept demo");
});

test("rule 3: a header changes nothing unless a trusted proxy sent it", () => {
  assert.equal(answer(judge({ source: "127.0.0.2", sourceHeader: ["127.0.0.1"] })), "403 source_not_listed");
  const proxied = judge({ source: "127.0.0.9", sourceHeader: ["127.0.0.1"] });
  assert.equal(answer(proxied), "accept demo");
  assert.equal(proxied.source, "127.0.0.1");
  assert.equal(answer(judge({ source: "127.0.0.9", sourceHeader: ["192.0.2.1"] })), "403 source_not_listed");
  assert.equal(
    answer(judge({ source: "127.0.0.9", sourceHeader: ["127.0.0.1", "127.0.0.1"] })),
    "403 source_not_listed",
  );
});

test("rule 4: a From that is not E.164 is refused, after the source", () => {
  for (const from of ["<sip:1001@h>;tag=1", "<sip:anonymous@anonymous.invalid>;tag=1", "<sip:h>;tag=1"]) {
    const judgement = judge({ from });
    assert.equal(answer(judgement), "404 caller_not_e164", from);
    assert.ok(judgement.verdict === "refuse");
    assert.match(judgement.hint, /E\.164/);
    assert.equal(answer(judge({ from, source: "127.0.0.2" })), "403 source_not_listed");
    assert.equal(answer(judge({ from, uri: "sip:nobody@h" })), "404 agent_unknown");
  }
});

test("rule 5: each limit, after the From", () => {
  const running = { node: () => 0, organization: () => 0, agent: () => 0 };
  const limited = { ...demo, maxConcurrentCalls: 2 };
  const agents = { find: () => limited };
  const cases: [Partial<EdgeView>, string][] = [
    [{ running: { ...running, node: () => 9 } }, "accept demo"],
    [{ running: { ...running, node: () => 10 } }, "503 busy_node"],
    [{ running: { ...running, organization: (id) => (id === "org_a" ? 5 : 0) } }, "503 busy_node"],
    [{ running: { ...running, organization: (id) => (id === "org_b" ? 5 : 0) } }, "accept demo"],
    [{ running: { ...running, agent: () => 100 } }, "accept demo"],
    [{ agents, running: { ...running, agent: () => 1 } }, "accept demo"],
    [{ agents, running: { ...running, agent: () => 2 } }, "486 busy_agent"],
    [{ takeRate: () => ({ ok: false, retryAfter: 7 }) }, "503 busy_node"],
  ];
  for (const [changes, expected] of cases) {
    const judgement = judge({}, changes);
    assert.equal(answer(judgement), expected);
    if (judgement.verdict === "refuse" && judgement.status === 503)
      assert.ok((judgement.retryAfter ?? 0) > 0);
    assert.equal(answer(judge({ from: "<sip:1001@h>;tag=1" }, changes)), "404 caller_not_e164");
  }
  const slow = judge({}, { takeRate: () => ({ ok: false, retryAfter: 7 }) });
  assert.ok(slow.verdict === "refuse" && slow.retryAfter === 7);
});

test("the rate is asked for the true source, and not for who is refused before", () => {
  const asked: string[] = [];
  const takeRate = (source: string) => {
    asked.push(source);
    return { ok: true as const };
  };
  judge({ source: "192.0.2.1" }, { takeRate });
  judge({ source: "127.0.0.9", sourceHeader: ["::ffff:127.0.0.1"] }, { takeRate });
  assert.deepEqual(asked, ["127.0.0.1"]);
});

test("only listed sources, registrars and trusted proxies hear anything but an INVITE's answer", () => {
  const view = viewOf();
  assert.equal(screen("127.0.0.1", view), "answer");
  assert.equal(screen("::ffff:127.0.0.3", view), "answer");
  assert.equal(screen("127.0.0.9", view), "answer");
  assert.equal(screen("::ffff:127.0.0.7", view), "answer");
  assert.equal(screen("127.0.0.2", view), "drop");
  assert.equal(screen("rubbish", view), "drop");
});

test("a browser's line calls its one agent from anywhere, within the limits, and nobody else", () => {
  const line = { agentId: "agt_demo", caller: "owner (browser)" };
  const judged = (uri: string, changes: Partial<EdgeView> = {}) =>
    judgeInvite(
      { ...facts({ source: "203.0.113.5", uri, from: "<sip:browser@browser.invalid>;tag=1" }), line },
      viewOf(changes),
    );
  const judgement = judged("sip:demo@h");
  assert.ok(judgement.verdict === "accept");
  assert.deepEqual(
    [judgement.agent.id, judgement.callerNumber, judgement.source],
    ["agt_demo", "owner (browser)", "203.0.113.5"],
  );
  assert.equal(answer(judged("sip:+18335888432@h")), "accept demo");
  assert.equal(answer(judged("sip:other@h")), "404 agent_unknown");
  assert.equal(answer(judged("sip:h")), "404 agent_unknown");
  assert.equal(
    answer(judged("sip:demo@h", { takeRate: () => ({ ok: false, retryAfter: 1 }) })),
    "503 busy_node",
  );
  // Without the line it is a stranger.
  assert.equal(answer(judge({ source: "203.0.113.5" })), "403 source_not_listed");
});
