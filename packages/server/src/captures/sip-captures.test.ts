import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import type { Flow, TraceEvent } from "@ringdown/sip";
import { parseMessage } from "@ringdown/sip";
import { VirtualClock } from "../registrations/registration-test-kit.ts";
import { callRecord, testStore } from "../store/test-store.ts";
import { SipCaptures } from "./sip-captures.ts";

const flow: Flow = {
  ...{ transport: "udp", localAddress: "192.0.2.1", localPort: 5060 },
  ...{ remoteAddress: "192.0.2.9", remotePort: 5080 },
};

function event(
  sipCallId: string,
  line = "OPTIONS sip:a SIP/2.0",
  more: Partial<TraceEvent> = {},
): TraceEvent {
  const text = [
    line,
    "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx",
    "From: <sip:a@b>;tag=1",
    "To: <sip:c@d>",
    `Call-ID: ${sipCallId}`,
    `CSeq: 1 ${line.split(" ", 1)[0]}`,
    "Content-Length: 0",
    "\r\n",
  ].join("\r\n");
  const bytes = Buffer.from(text);
  const message = "message" in more ? undefined : parseMessage(bytes);
  return { at: 0, direction: "in", flow, transaction: "t1", bytes, ...more, message };
}

async function scene(t: TestContext, days = 7) {
  const { store, organizationId } = await testStore(t);
  const clock = new VirtualClock();
  const faults: unknown[] = [];
  const captures = new SipCaptures({
    ...{ store: store.captures, days },
    now: () => 1_000_000_000_000 + clock.now,
    after: (ms, action) => clock.after(ms, action),
    log: { error: (fields) => faults.push(fields) },
  });
  const calls = captures.watching(store.calls);
  const begin = (id: string, ...sipCallIds: string[]) =>
    calls.insert(
      callRecord({
        ...{ id, organizationId, state: "active" },
        legs: sipCallIds.map((sipCallId, index) => ({ id: `${id}-${index + 1}`, sipCallId })),
      }),
    );
  const lines = async (...ids: string[]) =>
    (await captures.read(organizationId, ids)).map(({ callId, messages }) => [
      callId,
      ...messages.map(({ text }) => text.split(" ", 1)[0]),
    ]);
  return { store, organizationId, clock, captures, calls, begin, lines, faults, take: captures.trace };
}

describe("SIP captures", () => {
  test("a call's messages, from before it was known to be one, in memory and then in the database", async (t) => {
    const { clock, captures, begin, lines, take, store, organizationId } = await scene(t);
    take?.(event("one", "INVITE sip:a SIP/2.0"));
    take?.(event("stranger"));
    await begin("call_1", "one");
    await clock.pass(10);
    take?.(event("one", "BYE sip:a SIP/2.0"));
    assert.deepEqual(await lines("one"), [["call_1", "INVITE", "BYE"]]);
    assert.deepEqual(await store.captures.read(organizationId, ["one"]), []);
    await clock.pass(7_000);
    assert.deepEqual(await lines("one"), [["call_1", "INVITE", "BYE"]]);
    assert.equal((await store.captures.read(organizationId, ["one"])).length, 1);
    take?.(event("one", "ACK sip:a SIP/2.0"));
    assert.deepEqual(await lines("one", "one"), [["call_1", "INVITE", "BYE", "ACK"]]);
    await captures.close();
    assert.deepEqual(await lines("one"), [["call_1", "INVITE", "BYE", "ACK"]]);
    assert.deepEqual(await lines("stranger"), []);
    assert.deepEqual(await captures.read("org_other", ["one"]), [], "an organization has its own");
    assert.equal(clock.timers, 0);
  });

  test("a leg that comes later is kept too; what is sent again and by whom it went is told", async (t) => {
    const { begin, calls, lines, captures, take, organizationId } = await scene(t);
    await begin("call_1", "one");
    await calls.update("call_1", {
      legs: [
        { id: "1", sipCallId: "one" },
        { id: "2", sipCallId: "two" },
      ],
    });
    const target = { transport: "tls", address: "2001:db8::1", port: 5061 } as const;
    take?.(event("two", "INVITE sip:b SIP/2.0", { direction: "out", flow: target, message: undefined }));
    assert.deepEqual(await lines("one", "two"), [["call_1", "INVITE"]]);
    const [first] = (await captures.read(organizationId, ["two"]))[0]?.messages ?? [];
    assert.deepEqual(
      [first?.transport, first?.source, first?.destination, first?.transaction],
      ["tls", "0.0.0.0:0", "[2001:db8::1]:5061", "t1"],
    );
  });

  test("strangers crowd out strangers; a call that never ends has its bound", async (t) => {
    const { begin, lines, captures, take, clock } = await scene(t);
    take?.(event("early"));
    for (let index = 0; index < 100; index++) {
      const small = event(`flood${index}`, "MESSAGE sip:a SIP/2.0");
      take?.({ ...small, bytes: Buffer.concat([small.bytes, Buffer.alloc(60_000, "x")]) });
    }
    await begin("call_1", "early", "flood99");
    assert.deepEqual(await lines("early", "flood99"), [["call_1", "MESSAGE"]], "the oldest stranger is gone");
    await begin("call_2", "long");
    for (let index = 0; index < 1_100; index++) {
      take?.(event("long", `OPTIONS sip:${index} SIP/2.0`));
      if (index % 150 === 0) await clock.pass(7_000);
    }
    const [long] = await lines("long");
    assert.equal(long?.length, 1 + 1_000);
    assert.equal(captures.dropped, 100);
  });

  test("days go by, and none at all: nothing is made", async (t) => {
    const { store, clock, begin, take, lines, organizationId } = await scene(t, 1);
    await begin("call_1", "one");
    take?.(event("one"));
    await clock.pass(7_000);
    await clock.pass(2 * 86_400_000);
    await begin("call_2", "two");
    take?.(event("two"));
    await clock.pass(7_000);
    assert.deepEqual(await lines("one", "two"), [["call_2", "OPTIONS"]]);
    assert.equal((await store.captures.read(organizationId, ["one"])).length, 0);
    const off = await scene(t, 0);
    assert.equal(off.take, undefined);
    assert.equal(off.calls, off.store.calls);
  });

  test("a database that fails costs the capture, and nothing else", async (t) => {
    const { store, clock, begin, take, lines, faults, captures } = await scene(t);
    t.mock.method(store.captures, "add", async () => Promise.reject(new Error("disk full")));
    await begin("call_1", "one");
    take?.(event("one"));
    await clock.pass(7_000);
    assert.deepEqual([await lines("one"), faults.length, captures.dropped], [[], 1, 1]);
  });
});
