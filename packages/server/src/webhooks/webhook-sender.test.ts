import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { type TestContext, test } from "node:test";
import { OutgoingError } from "../outgoing-http/outgoing-error.ts";
import type { OutgoingRequest, OutgoingResponse } from "../outgoing-http/outgoing-http.ts";
import { settled, VirtualClock } from "../registrations/registration-test-kit.ts";
import type { CallRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { callRecord, testStore } from "../store/test-store.ts";
import type { WebhookType } from "../store/webhook-records.ts";
import { CallFollowUp } from "./call-follow-up.ts";
import { GIVE_UP_MS, pauseAfter, pauseAskedFor } from "./retry-schedule.ts";
import { WebhookSender } from "./webhook-sender.ts";

const START = Date.parse("2026-11-24T12:00:00.000Z");
const HOUR = 3_600_000;

class Kit {
  readonly store: Store;
  readonly organizationId: string;
  readonly clock = new VirtualClock();
  readonly sent: { at: number; request: OutgoingRequest }[] = [];
  /** Statuses by URL; "hang": no answer ever; others 200. */
  readonly answers = new Map<string, number | "hang" | "drop">();
  /** Of answers that are statuses. */
  retryAfter: string | undefined;
  readonly logged: string[] = [];
  /** As of a disk that takes nothing. */
  diskFails = false;
  sender: WebhookSender;
  followUp: CallFollowUp;

  constructor(store: Store, organizationId: string) {
    this.store = store;
    this.organizationId = organizationId;
    this.clock.now = START;
    [this.sender, this.followUp] = this.#parts();
  }

  #parts(): [WebhookSender, CallFollowUp] {
    const { store, clock } = this;
    const say = (_fields: object, message: string) => void this.logged.push(message);
    const log = { warn: say, error: say };
    const deliveries = {
      enqueue: async (...all: Parameters<Store["deliveries"]["enqueue"]>) => {
        if (this.diskFails) throw new Error("disk full");
        return store.deliveries.enqueue(...all);
      },
    };
    const sender = new WebhookSender({
      ...{ deliveries: store.deliveries, webhooks: store.webhooks, log, random: () => 0.5 },
      secrets: { unseal: (sealed) => sealed.replace("sealed ", "") },
      http: { send: (request) => this.#send(request) },
      clock: { now: () => clock.now, after: (ms, action) => clock.after(ms, action) },
    });
    const followUp = new CallFollowUp({
      reporter: { wants: () => false, report: async () => undefined },
      onReport: () => undefined,
      ...{ calls: store.calls, webhooks: store.webhooks, deliveries, log },
      agent: () => undefined,
      baseUrl: () => "https://calls.example",
      wake: () => sender.wake(),
      now: () => clock.now,
    });
    return [sender, followUp];
  }

  #send(request: OutgoingRequest): Promise<OutgoingResponse> {
    this.sent.push({ at: this.clock.now, request });
    const status = this.answers.get(request.url) ?? 200;
    if (status === "hang") return new Promise(() => {});
    if (status === "drop") return Promise.reject(new OutgoingError("response_broken", "It broke off."));
    const headers: Record<string, string> =
      this.retryAfter === undefined ? {} : { "retry-after": this.retryAfter };
    return Promise.resolve({ status, headers, body: Buffer.alloc(0), truncated: false });
  }

  /** As after a kill -9: what was in memory is gone. */
  async restart(): Promise<void> {
    [this.sender, this.followUp] = this.#parts();
    this.sender.start();
    await this.followUp.start();
    await this.pass(0);
  }

  async pass(ms: number): Promise<void> {
    await this.clock.pass(ms);
    await settled();
  }

  async hook(url: string, type: WebhookType = "conversation"): Promise<void> {
    const { organizationId } = this;
    await this.store.webhooks.add({
      ...{ id: `whk_${url}_${type}`, organizationId, url, label: "", type, disabledAt: null },
      ...{ previousSealedSecret: null, previousUntil: null },
      ...{ sealedSecret: "sealed whsec_1", createdAt: "2026-11-24T12:00:00.000Z" },
    });
  }

  /** A call that comes and ends. */
  async call(id: string, fields: Partial<CallRecord> = {}): Promise<void> {
    const calls = this.followUp.watching(this.store.calls);
    const { organizationId } = this;
    void calls.insert(callRecord({ id, organizationId, state: "ringing", ...fields }));
    const ended = calls.update(id, { state: "ended", endCode: "bye" });
    await this.store.calls.flush();
    await ended;
    await this.pass(0);
  }

  async deliveries() {
    return (await this.store.deliveries.list(this.organizationId, {}, {})).items;
  }

  get urls(): string[] {
    return this.sent.map(({ request }) => request.url);
  }
}

async function kit(t: TestContext): Promise<Kit> {
  const { store, organizationId } = await testStore(t);
  const made = new Kit(store, organizationId);
  made.sender.start();
  await made.pass(0);
  return made;
}

test("pauses grow from ten seconds to eight hours, with jitter", () => {
  const pauses = Array.from({ length: 12 }, (_, index) => pauseAfter(index + 1, 0.5));
  assert.deepEqual(pauses.slice(0, 4), [10_000, 30_000, 90_000, 270_000]);
  assert.equal(pauses.at(-1), 8 * HOUR);
  assert.deepEqual([pauseAfter(1, 0), pauseAfter(1, 1)], [7_500, 12_500]);
  assert.equal(pauseAfter(1e9, 0.5), 8 * HOUR);
});

test("Retry-After of 429 and 503 is read in seconds and as a date, and nothing else is", () => {
  const asked = (status: number, value: string | undefined) => pauseAskedFor(status, value, START);
  assert.deepEqual([asked(429, "120"), asked(503, " 3600 ")], [120_000, HOUR]);
  assert.equal(asked(503, "Tue, 24 Nov 2026 12:10:00 GMT"), 600_000);
  assert.equal(asked(503, "Tue, 24 Nov 2026 11:00:00 GMT"), 0);
  for (const value of [
    undefined,
    "",
    "-5",
    "1e9",
    "0x10",
    "99999999999",
    "2026-11-25",
    "Tue, 99 Nov 2026 12:10:00 GMT",
  ])
    assert.equal(asked(429, value), 0, value);
  assert.equal(asked(500, "120"), 0);
});

test("a receiver that asks for a pause gets it, and eight hours at most", async (t) => {
  const k = await kit(t);
  const url = "https://a.example/";
  await k.hook(url);
  k.answers.set(url, 429);
  k.retryAfter = "600";
  await k.call("call_1");
  await k.pass(600_000 - 1);
  assert.equal(k.sent.length, 1);
  k.answers.set(url, 503);
  k.retryAfter = "9999999999";
  await k.pass(1);
  assert.equal(k.sent.length, 2);
  await k.pass(8 * HOUR - 1);
  assert.equal(k.sent.length, 2);
  // A shorter pause than ours is not taken for less.
  k.retryAfter = "1";
  await k.pass(1);
  assert.equal(k.sent.length, 3);
  k.answers.clear();
  await k.pass(pauseAfter(3, 0.5) - 1);
  assert.equal(k.sent.length, 3);
  await k.pass(1);
  assert.equal(k.sent.length, 4);
  assert.equal((await k.deliveries())[0]?.state, "delivered");
});

test("a call that has ended is told of once, signed so that its receiver can prove it", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  await k.hook("https://a.example/", "incoming");
  await k.call("call_1");
  assert.deepEqual(
    k.sent.map(({ request: { headers } }) => headers?.["X-Vida-Event"]),
    ["incoming", "conversation"],
  );
  const { headers = {}, body, method } = k.sent[1]?.request ?? {};
  assert.equal(method, "POST");
  const timestamp = headers["X-Vida-Timestamp"];
  assert.equal(timestamp, String(START / 1000));
  const expected = createHmac("sha256", "whsec_1").update(`${timestamp}.${body}`).digest("hex");
  for (const name of ["Vida", "Ringdown"]) {
    assert.equal(headers[`X-${name}-Signature`], expected);
    assert.equal(headers[`X-${name}-Signature-Version`], "v1");
  }
  assert.equal(JSON.parse(String(body)).uuid, "call_1");
  await k.pass(24 * HOUR);
  assert.equal(k.sent.length, 2);
  const all = await k.deliveries();
  assert.ok(
    all.every(
      ({ state, attempts, lastStatus }) => state === "delivered" && attempts === 1 && lastStatus === 200,
    ),
  );
});

test("after a change of its secret a hook's requests carry a signature by the one before too, for a day", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  const change = (organizationId: string) =>
    k.store.webhooks.changeSecret(
      ...([organizationId, "whk_https://a.example/_conversation", "sealed whsec_2"] as const),
      new Date(START + 24 * HOUR).toISOString(),
    );
  assert.equal(await change("org_other"), undefined);
  await change(k.organizationId);
  await k.call("call_1");
  await k.pass(24 * HOUR);
  await k.call("call_2");
  const signed = k.sent.map(({ request: { headers = {}, body } }) => {
    const by = (secret: string) =>
      createHmac("sha256", secret).update(`${headers["X-Ringdown-Timestamp"]}.${body}`).digest("hex");
    return ["Ringdown", "Vida"].flatMap((name) => [
      headers[`X-${name}-Signature`] === by("whsec_2"),
      headers[`X-${name}-Signature-Previous`] === by("whsec_1"),
    ]);
  });
  assert.deepEqual(signed, [
    [true, true, true, true],
    [true, false, true, false],
  ]);
});

test("what fails is sent again with the same id, until it is taken", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  for (const [index, answer] of ([500, "drop", 302] as const).entries()) {
    k.answers.set("https://a.example/", answer);
    if (index === 0) await k.call("call_1");
    else await k.pass(pauseAfter(index, 0.5));
    assert.equal(k.sent.length, index + 1);
    const [delivery] = await k.deliveries();
    assert.deepEqual([delivery?.state, delivery?.attempts], ["pending", index + 1]);
  }
  assert.match((await k.deliveries())[0]?.lastError ?? "", /redirects are not followed/);
  k.answers.clear();
  await k.pass(pauseAfter(3, 0.5) - 1);
  assert.equal(k.sent.length, 3);
  await k.pass(1);
  assert.equal(k.sent.length, 4);
  assert.equal(new Set(k.sent.map(({ request }) => request.headers?.["X-Ringdown-Delivery"])).size, 1);
  const [delivery] = await k.deliveries();
  assert.deepEqual([delivery?.state, delivery?.lastError], ["delivered", null]);
});

test("after three days it is given up, and can be sent again by hand", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  k.answers.set("https://a.example/", 503);
  await k.call("call_1");
  for (let hour = 0; hour < 80; hour++) await k.pass(HOUR);
  const [delivery] = await k.deliveries();
  assert.equal(delivery?.state, "failed");
  const last = k.sent.at(-1)?.at ?? 0;
  assert.ok(last > START + GIVE_UP_MS - 10 * HOUR && last <= START + GIVE_UP_MS);
  const tries = k.sent.length;
  assert.ok(tries >= 12 && tries <= 20, String(tries));
  k.answers.clear();
  const { now } = k.clock;
  assert.ok(await k.store.deliveries.resend(k.organizationId, delivery?.id ?? "", now, now + GIVE_UP_MS));
  k.sender.wake();
  await k.pass(0);
  assert.equal((await k.deliveries())[0]?.state, "delivered");
  assert.equal(k.sent.length, tries + 1);
});

test("an incoming call is told of once, whatever comes of it", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/", "incoming");
  k.answers.set("https://a.example/", 500);
  await k.call("call_1");
  await k.pass(24 * HOUR);
  assert.equal(k.sent.length, 1);
  assert.equal((await k.deliveries())[0]?.state, "failed");
});

test("410 switches a hook off until it is added again; what waited for it is given up", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  k.answers.set("https://a.example/", 500);
  await k.call("call_1");
  k.answers.set("https://a.example/", 410);
  await k.call("call_2");
  assert.notEqual(k.store.webhooks.list(k.organizationId)[0]?.disabledAt, null);
  assert.ok((await k.deliveries()).every(({ state }) => state === "failed"));
  await k.call("call_3");
  await k.pass(24 * HOUR);
  assert.equal(k.sent.length, 2);
  k.answers.clear();
  await k.hook("https://a.example/");
  await k.call("call_4");
  assert.equal(k.sent.length, 3);
});

test("a hook that hangs holds up nobody else", async (t) => {
  const k = await kit(t);
  await k.hook("https://hangs.example/");
  await k.hook("https://works.example/");
  k.answers.set("https://hangs.example/", "hang");
  for (let index = 0; index < 50; index++) await k.call(`call_${index}`);
  assert.equal(k.urls.filter((url) => url === "https://hangs.example/").length, 2);
  assert.equal(k.urls.filter((url) => url === "https://works.example/").length, 50);
});

test("killed at any step, a call that ended is told of, and with the same id where it was before", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  // The end is written, and no delivery yet.
  k.diskFails = true;
  await k.call("call_1");
  assert.equal(k.sent.length, 0);
  k.diskFails = false;
  await k.restart();
  assert.deepEqual(k.urls, ["https://a.example/"]);
  await k.restart();
  assert.equal(k.sent.length, 1);
  // On its way: nobody knows whether it came.
  k.answers.set("https://a.example/", "hang");
  await k.call("call_2");
  assert.equal(k.sent.length, 2);
  k.answers.clear();
  await k.restart();
  assert.equal(k.sent.length, 3);
  const ids = k.sent.slice(1).map(({ request }) => request.headers?.["X-Ringdown-Delivery"]);
  assert.equal(ids[0], ids[1]);
  // Between two attempts.
  k.answers.set("https://a.example/", 500);
  await k.call("call_3");
  await k.restart();
  assert.equal(k.sent.length, 4);
  k.answers.clear();
  await k.pass(10_000);
  assert.equal(k.sent.length, 5);
  // While it ran: the next start ends it, and tells of that.
  const calls = k.followUp.watching(k.store.calls);
  const { organizationId } = k;
  void calls.insert(callRecord({ id: "call_4", organizationId, state: "active" }));
  await k.store.calls.flush();
  await k.store.calls.unfinished();
  await k.restart();
  assert.equal(k.sent.length, 6);
  assert.equal(JSON.parse(String(k.sent[5]?.request.body)).status, "node_restarted");
  assert.deepEqual(await k.store.calls.toFollowUp(10), []);
});

test("a deleted hook's deliveries are given up, and old ones are forgotten after 14 days", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  k.answers.set("https://a.example/", 500);
  await k.call("call_1");
  assert.equal(await k.store.webhooks.remove(k.organizationId, "https://a.example/"), 1);
  await k.pass(24 * HOUR);
  assert.equal(k.sent.length, 1);
  assert.equal((await k.deliveries())[0]?.state, "failed");
  for (let day = 0; day < 15; day++) await k.pass(24 * HOUR);
  assert.deepEqual(await k.deliveries(), []);
});

test("a call that ends while the start sets right what an earlier run left is told of once", async (t) => {
  const k = await kit(t);
  await k.hook("https://a.example/");
  const calls = k.followUp.watching(k.store.calls);
  const { organizationId } = k;
  void calls.insert(callRecord({ id: "call_1", organizationId, state: "active" }));
  void calls.update("call_1", { state: "ended", endCode: "bye" });
  await k.followUp.start();
  await k.followUp.close();
  await k.pass(0);
  assert.equal(k.sent.length, 1);
});
