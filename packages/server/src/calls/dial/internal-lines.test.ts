import assert from "node:assert/strict";
import { test } from "node:test";
import type { Listener } from "@ringdown/sip";
import type { Agent } from "../../store/records.ts";
import { InternalLines } from "./internal-lines.ts";

const agent = { id: "agt_1", username: "sales" } as Agent;

function lines(...bound: Listener[]): InternalLines {
  let tokens = 0;
  return new InternalLines({
    bound: () => bound,
    agents: { get: (id) => (id === agent.id ? agent : undefined) },
    randomToken: () => `t${++tokens}`,
  });
}

test("a name for one call: it counts from our own address, until it is closed", () => {
  const open = lines({ protocol: "udp", host: "0.0.0.0", port: 5066 });
  const line = open.open("agt_1");
  assert.ok(line);
  assert.deepEqual([line.requestUri, line.target.address], ["sip:agent-t1@127.0.0.1:5066", "127.0.0.1"]);
  const contact = open.contact("agent-t1");
  assert.equal(contact?.agent, agent);
  assert.deepEqual([contact?.extension, contact?.seenAs], ["sales", undefined]);
  assert.deepEqual(
    ["127.0.0.1", "::ffff:127.0.0.1", "127.0.0.2", "192.0.2.1"].map((at) => contact?.isRegistrar(at)),
    [true, true, false, false],
  );
  assert.equal(open.contact("agent-t2"), undefined);
  line.close();
  assert.equal(open.contact("agent-t1"), undefined);
  assert.equal(open.size, 0);
});

test("by TCP where no UDP is listened on; by neither there is no line", () => {
  const tcp = lines(
    { protocol: "tls", host: "0.0.0.0", port: 5061 },
    { protocol: "tcp", host: "::", port: 5067 },
  );
  assert.equal(tcp.open("agt_1")?.requestUri, "sip:agent-t1@[::1]:5067;transport=tcp");
  assert.equal(lines({ protocol: "wss", host: "0.0.0.0", port: 443 }).open("agt_1"), undefined);
});

test("an agent that is gone has no line any more", () => {
  const open = lines({ protocol: "udp", host: "192.0.2.5", port: 5060 });
  assert.equal(open.open("agt_gone")?.target.address, "192.0.2.5");
  assert.equal(open.contact("agent-t1"), undefined);
});
