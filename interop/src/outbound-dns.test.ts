// Calls by a route that is a name, with a DNS server of our own behind RINGDOWN_DNS: priorities, weights, what is tried after
// what, and what never is.
import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { after, before, describe, test } from "node:test";
import {
  type DnsTestServer,
  type DnsZone,
  startDnsTestServer,
} from "../../packages/sip/src/transport/dns-test-kit.ts";
import type { CallRecord } from "./api-client.ts";
import { headerOf } from "./raw-sip.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

/** A SIP server that says one thing to every INVITE; undefined: nothing at all. */
class Responder {
  invites = 0;
  readonly #socket: Socket;

  private constructor(socket: Socket, answer: string | undefined) {
    this.#socket = socket;
    const calls = new Set<string>();
    socket.on("message", (bytes, { address, port }) => {
      const request = bytes.toString("utf8");
      if (!request.startsWith("INVITE ")) return;
      calls.add(headerOf(request, "Call-ID") ?? "");
      this.invites = calls.size;
      if (answer === undefined) return;
      const lines = ["Via", "From", "Call-ID", "CSeq"].map((name) => `${name}: ${headerOf(request, name)}`);
      const text = [
        `SIP/2.0 ${answer}`,
        ...lines,
        `To: ${headerOf(request, "To")};tag=there`,
        "Content-Length: 0",
      ];
      socket.send(`${text.join("\r\n")}\r\n\r\n`, port, address);
    });
  }

  static async open(answer: string | undefined): Promise<Responder> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
    return new Responder(socket, answer);
  }

  get port(): number {
    return this.#socket.address().port;
  }
  close(): void {
    this.#socket.close();
  }
}

describe("calls by names", () => {
  let dns: DnsTestServer;
  let ringdown: RingdownProcess;
  const open: Responder[] = [];
  let zones = 0;

  before(async () => {
    dns = await startDnsTestServer({});
    ringdown = await RingdownProcess.start({
      environment: { RINGDOWN_DNS: dns.address, RINGDOWN_LOG: "warn" },
    });
  });
  after(async () => {
    await ringdown?.stop();
    await dns?.close();
    for (const responder of open) responder.close();
  });

  /** Targets of a name of their own: priority, weight, and what each says. */
  async function trunk(...targets: [priority: number, weight: number, answer: string | undefined][]) {
    const name = `trunk${++zones}.test`;
    const responders: Responder[] = [];
    const zone: DnsZone = { [`NAPTR ${name}`]: { answers: [] } };
    const answers = [];
    for (const [index, [priority, weight, answer]] of targets.entries()) {
      const responder = await Responder.open(answer);
      open.push(responder);
      responders.push(responder);
      const target = `sip${index}.${name}`;
      const data = { priority, weight, port: responder.port, target };
      answers.push({ type: "SRV" as const, name: `_sip._udp.${name}`, ttl: 60, data });
      zone[`A ${target}`] = { answers: [{ type: "A", name: target, ttl: 5, data: "127.0.0.1" }] };
    }
    zone[`SRV _sip._udp.${name}`] = { answers };
    dns.zone = { ...dns.zone, ...zone };
    return { name, responders };
  }

  /** Calls by that route alone, a few at a time; gives their records. */
  async function callBy(name: string, calls = 1): Promise<CallRecord[]> {
    const [agent] = await ringdown.api.agents();
    assert.ok(agent);
    await ringdown.api.json("POST", "/api/v2/sip/outboundRoutes", { route: name });
    const records: CallRecord[] = [];
    const one = async (): Promise<void> => {
      const path = `/api/v2/calls?targetAccountId=${agent.id}`;
      const { call } = await ringdown.api.json<{ call: CallRecord }>("POST", path, { target: "+15550199" });
      records.push(
        await eventually("the call is over", async () => {
          const record = await ringdown.api.call(call.id);
          return record.state === "ended" && record;
        }),
      );
    };
    let left = calls;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await one();
    };
    try {
      await Promise.all(Array.from({ length: Math.min(calls, 20) }, lane));
    } finally {
      await ringdown.api.json("DELETE", "/api/v2/sip/outboundRoutes", { route: name });
    }
    return records;
  }
  const counts = (responders: readonly Responder[]) => responders.map(({ invites }) => invites);

  test("1,000 calls: 70 to 30 among the first priority, none to the second", async () => {
    const busy = "486 Busy Here";
    const { name, responders } = await trunk([10, 70, busy], [10, 30, busy], [20, 0, busy]);
    await callBy(name, 1_000);
    const [a = 0, b = 0, c = 0] = counts(responders);
    assert.deepEqual([a + b, c], [1_000, 0]);
    // Four standard deviations of 1,000 draws at 0.7.
    assert.ok(Math.abs(a - 700) <= 58, `${a} and ${b}`);
    assert.equal(
      dns.asked.filter(({ key }) => key === `SRV _sip._udp.${name}`).length,
      1,
      "asked once a TTL",
    );
  });

  test("a silent target is passed over; the next call does not ask it", async () => {
    const { name, responders } = await trunk([10, 0, undefined], [20, 0, "486 Busy Here"]);
    const [call] = await callBy(name);
    assert.equal(call?.endCode, "busy");
    assert.deepEqual(counts(responders), [1, 1]);
    await callBy(name);
    assert.deepEqual(counts(responders), [1, 2]);
  });

  test("503 leads to the next target; Retry-After is kept", async () => {
    const { name, responders } = await trunk(
      [10, 0, "503 Full\r\nRetry-After: 60"],
      [20, 0, "486 Busy Here"],
    );
    const [call] = await callBy(name, 3);
    assert.equal(call?.endCode, "busy");
    const [first = 0, second = 0] = counts(responders);
    assert.ok(first >= 1 && first <= 3, "those that begin at the same moment may ask it");
    assert.equal(second, 3);
    await callBy(name);
    assert.equal(counts(responders)[0], first);
  });

  for (const status of ["486 Busy Here", "603 Decline", "404 Not Found"]) {
    test(`after ${status} no other target is asked`, async () => {
      const { name, responders } = await trunk([10, 0, status], [20, 0, "486 Busy Here"]);
      await callBy(name);
      assert.deepEqual(counts(responders), [1, 0]);
    });
  }

  test("without SRV the address and port 5060 are asked; a name that is not there is said to be none", async () => {
    const [none] = await callBy("nowhere.test");
    assert.equal(none?.endCode, "unreachable");
    assert.match(none?.endReason ?? "", /nowhere\.test/);
    dns.zone = {
      ...dns.zone,
      "NAPTR plain.test": { answers: [] },
      "A plain.test": { answers: [{ type: "A", name: "plain.test", ttl: 60, data: "127.0.0.9" }] },
    };
    const [plain] = await callBy("plain.test;transport=tcp");
    assert.match(JSON.stringify(plain?.timeline), /tcp:127\.0\.0\.9:5060/);
  });
});
