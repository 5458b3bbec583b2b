import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, test } from "node:test";
import type { Flow } from "@ringdown/sip";
import { AppError } from "../errors.ts";
import { pbx, registrationScene, settled } from "./registration-test-kit.ts";

const account = { aor: "1001@pbx.example", password: "secret" };
const minute = 60_000;

function code(expected: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === expected;
}

describe("a registration", () => {
  test("is made, stands, and is taken back", async (t) => {
    const { registrations, agent, clock, network, lines, store } = await registrationScene(t);
    assert.deepEqual(await registrations.put(agent, account), { created: true });
    assert.equal(registrations.view(agent.id)?.state, "registering");
    await clock.pass(100);
    const view = registrations.view(agent.id);
    assert.deepEqual(
      [view?.state, view?.lastCode, view?.lastReason, view?.target, view?.fault, view?.publicAddress],
      ["registered", 200, "OK", "udp:192.0.2.1:5060", null, null],
    );
    assert.equal(view?.expiresAt, "2026-11-23T18:05:00.020Z");
    assert.ok(view?.nextAttemptAt !== null && (view?.nextAttemptAt ?? "") < (view?.expiresAt ?? ""));
    assert.deepEqual(network.located, ["sip:pbx.example;transport=udp", "sip:pbx.example;transport=udp"]);
    assert.equal(network.registers.length, 2);
    assert.equal(network.registers[0]?.uriText, "sip:pbx.example");
    await clock.pass(20 * minute);
    assert.equal(registrations.view(agent.id)?.state, "registered");
    assert.equal(network.bindings.size, 1);
    const removed = registrations.remove(agent.id);
    await clock.pass(100);
    assert.equal(await removed, true);
    assert.equal(network.bindings.size, 0);
    assert.equal(registrations.view(agent.id), undefined);
    assert.deepEqual(await store.registrations.list(), []);
    assert.equal(await registrations.remove(agent.id), false);
    await clock.pass(minute);
    assert.equal(clock.timers, 0);
    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^registered .*"aor":"1001@pbx.example"/);
  });

  test("never shows its password: not in the view, the log, or the database", async (t) => {
    const { registrations, agent, clock, store, lines, network } = await registrationScene(t);
    network.passwords.set("1001", "another");
    await registrations.put(agent, { ...account, password: "hunter2-secret" });
    await clock.pass(minute);
    const [row] = await store.registrations.list();
    assert.match(row?.sealedPassword ?? "", /^v1\./);
    const everything = JSON.stringify([registrations.view(agent.id), row, lines]);
    assert.doesNotMatch(everything, /hunter2/);
    assert.equal(registrations.view(agent.id)?.hasPassword, true);
  });

  test("is registered again by the next start, with the same Contact, and its last outcome is known", async (t) => {
    const { registrations, agent, clock, network, restarted } = await registrationScene(t);
    await registrations.put(agent, account);
    await clock.pass(2_000);
    const [contact] = network.bindings;
    const next = restarted();
    await next.start();
    assert.equal(next.view(agent.id)?.state, "registering");
    assert.equal(next.view(agent.id)?.lastCode, null, "nothing was written yet");
    await clock.pass(100);
    assert.equal(next.view(agent.id)?.state, "registered");
    assert.deepEqual([...network.bindings], [contact]);
  });

  test("shows after a restart what it knew before, until something new is known", async (t) => {
    const { registrations, agent, clock, network, store, restarted } = await registrationScene(t);
    network.status = 403;
    await registrations.put(agent, account);
    await clock.pass(2_000);
    await store.registrations.flush();
    network.isUp = false;
    const next = restarted();
    await next.start();
    const view = next.view(agent.id);
    assert.deepEqual([view?.state, view?.lastCode, view?.lastReason], ["registering", 403, "Forbidden"]);
  });

  test("without a password registers where none is asked for, and says so where one is", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, { aor: "1001@pbx.example" });
    await clock.pass(minute);
    assert.equal(registrations.view(agent.id)?.fault, "no_credentials");
    assert.equal(network.registers.length, 1);
    network.status = 200;
    registrations.refresh(agent.id);
    await clock.pass(100);
    assert.equal(registrations.view(agent.id)?.state, "registered");
  });

  test("of an AOR that another agent has is refused, and changes nothing", async (t) => {
    const { registrations, agent, clock, store, organizationId, network } = await registrationScene(t);
    const second = await store.agents.create(organizationId, { username: "second" });
    await registrations.put(agent, account);
    await assert.rejects(
      registrations.put(second, { ...account, aor: "1001@PBX.example" }),
      code("aor_taken"),
    );
    await clock.pass(minute);
    assert.equal(registrations.view(second.id), undefined);
    assert.equal(network.bindings.size, 1);
    const asked = (aor: string, id?: string) => registrations.available({ aor }, id);
    assert.equal((await asked("1001@pbx.example")).available, false);
    assert.equal((await asked("1001@pbx.example", agent.id)).available, true);
    assert.equal((await asked("1002@pbx.example")).available, true);
    assert.equal(
      (await registrations.available({ username: "1001", sipRealm: "pbx.example" }, second.id)).available,
      false,
    );
    await assert.rejects(registrations.available({}, undefined), code("validation_failed"));
  });

  test("goes with its agent", async (t) => {
    const { registrations, agent, clock, store, network } = await registrationScene(t);
    await registrations.put(agent, account);
    await clock.pass(100);
    await store.agents.delete(agent.id);
    await clock.pass(100);
    assert.equal(network.bindings.size, 0);
    assert.equal(registrations.size, 0);
    assert.equal(registrations.contact("f"), undefined);
  });
});

describe("a wrong password", () => {
  test("is seen at once, tried twice, and then every ten minutes; the right one is tried at once", async (t) => {
    const { registrations, agent, clock, network, lines } = await registrationScene(t);
    await registrations.put(agent, { ...account, password: "wrong" });
    await clock.pass(1_000);
    const view = registrations.view(agent.id);
    assert.deepEqual([view?.state, view?.lastCode, view?.fault], ["rejected", 401, "wrong_password"]);
    assert.match(view?.hint ?? "", /refuses the username or the password/);
    await clock.pass(60 * minute);
    // Two to be challenged and refused, each time.
    assert.ok(network.registers.length <= 2 * (2 + 6), `${network.registers.length}`);
    assert.ok(network.registers.length >= 2 * (2 + 4), `${network.registers.length}`);
    await registrations.put(agent, { password: "secret" });
    await clock.pass(1_000);
    assert.equal(registrations.view(agent.id)?.state, "registered");
    assert.ok(lines.length < 20, `${lines.length} lines`);
  });

  test("that is changed at the PBX is seen at the next refresh", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, account);
    await clock.pass(1_000);
    network.passwords.set("1001", "changed");
    registrations.refresh(agent.id);
    await clock.pass(1_000);
    assert.equal(registrations.view(agent.id)?.fault, "wrong_password");
    await registrations.put(agent, { aor: account.aor, password: "changed" });
    await clock.pass(1_000);
    assert.equal(registrations.view(agent.id)?.state, "registered");
    assert.equal(network.bindings.size, 1);
  });
});

describe("a change", () => {
  test("of nothing sends nothing", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, account);
    await clock.pass(1_000);
    const before = network.sent.length;
    assert.deepEqual(await registrations.put(agent, account), { created: false });
    assert.deepEqual(await registrations.put(agent, {}), { created: false });
    await clock.pass(1_000);
    assert.equal(network.sent.length, before);
  });

  test("of where it goes makes a new binding and takes the old one back", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, account);
    await clock.pass(1_000);
    const [old] = network.bindings;
    await registrations.put(agent, { proxy: "edge.example:5070", transport: "tcp" });
    await clock.pass(1_000);
    assert.equal(network.located.at(-1), "sip:edge.example:5070;transport=tcp");
    assert.equal(network.bindings.size, 1);
    assert.ok(!network.bindings.has(old ?? ""));
    assert.equal(registrations.view(agent.id)?.hasPassword, true, "the account is the same one");
    assert.equal(registrations.size, 1);
  });

  test("made twice at once ends as the last one, with one binding", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await Promise.all([
      registrations.put(agent, account),
      registrations.put(agent, { port: 5070 }),
      registrations.put(agent, { port: 5080, subscribe: true }),
    ]);
    await clock.pass(5_000);
    const view = registrations.view(agent.id);
    assert.deepEqual([view?.port, view?.subscribe, view?.state], [5080, true, "registered"]);
    assert.equal(network.bindings.size, 1);
  });
});

describe("calls", () => {
  async function registered(t: import("node:test").TestContext) {
    const scene = await registrationScene(t);
    await scene.registrations.put(scene.agent, account);
    await scene.clock.pass(1_000);
    const [contact = ""] = scene.network.bindings;
    return { ...scene, token: /sip:([^@]+)@/.exec(contact)?.[1] ?? "" };
  }

  test("are known by the Contact's user and the registrar's address", async (t) => {
    const { registrations, agent, token, network, clock } = await registered(t);
    assert.ok(token.length >= 24);
    const contact = registrations.contact(token);
    assert.equal(contact?.agent.id, agent.id);
    assert.equal(contact?.extension, "1001");
    assert.ok(contact?.isRegistrar("192.0.2.1"));
    assert.ok(contact?.isRegistrar("::ffff:192.0.2.1"));
    assert.ok(!contact?.isRegistrar("192.0.2.2"));
    assert.equal(registrations.contact("1001"), undefined);
    assert.ok(registrations.isRegistrar("192.0.2.1"));
    assert.ok(!registrations.isRegistrar("192.0.2.2"));
    // What DNS names since the registration was made counts from the next refresh on.
    network.where = { targets: [pbx, { ...pbx, address: "2001:db8::1" }] };
    await clock.pass(5 * minute);
    assert.ok(contact?.isRegistrar("2001:0db8::1"));
    assert.ok(registrations.isRegistrar("2001:db8::1"));
    network.where = { targets: [{ ...pbx, address: "192.0.2.9" }] };
    await clock.pass(5 * minute);
    assert.ok(!registrations.isRegistrar("2001:db8::1"));
    assert.ok(registrations.isRegistrar("192.0.2.1"), "the binding is still there");
  });

  test("come no more once it is taken back", async (t) => {
    const { registrations, agent, token, clock } = await registered(t);
    const removed = registrations.remove(agent.id);
    await clock.pass(100);
    await removed;
    assert.equal(registrations.contact(token), undefined);
    assert.ok(!registrations.isRegistrar("192.0.2.1"));
  });

  test("out need an AOR, targets and credentials, and there are none before it is registered", async (t) => {
    const { registrations, agent, network, clock, store, organizationId } = await registered(t);
    network.where = { targets: [{ ...pbx, address: "192.0.2.9" }, pbx] };
    await clock.pass(5 * minute);
    const line = registrations.line(agent.id);
    assert.equal(line?.aor, "sip:1001@pbx.example");
    assert.equal(line?.domain, "pbx.example");
    assert.deepEqual(line?.targets, [pbx, { ...pbx, address: "192.0.2.9" }]);
    assert.deepEqual(line?.credentials("any"), { username: "1001", password: "secret" });
    await registrations.put(agent, { authUsername: "auth-1001" });
    assert.deepEqual(line?.credentials("any"), { username: "auth-1001", password: "secret" });
    const second = await store.agents.create(organizationId, { username: "second" });
    assert.equal(registrations.line(second.id), undefined);
    network.isUp = false;
    await registrations.put(second, { aor: "1002@pbx.example" });
    assert.equal(registrations.line(second.id), undefined);
  });

  test("learn where the registrar sees us", async (t) => {
    const { registrations, network, agent, clock, token } = await registered(t);
    assert.equal(registrations.seenBy(pbx), undefined);
    network.seenAs = { host: "203.0.113.9", port: 34_567 };
    registrations.refresh(agent.id);
    await clock.pass(1_000);
    assert.deepEqual(registrations.seenBy(pbx), { host: "203.0.113.9", port: 34_567 });
    assert.deepEqual(registrations.contact(token)?.seenAs, registrations.seenBy(pbx));
    assert.equal(registrations.view(agent.id)?.publicAddress, "203.0.113.9:34567");
    assert.deepEqual(
      [...network.bindings].map((uri) => uri.split("@")[1]),
      ["203.0.113.9:34567"],
    );
    assert.equal(registrations.seenBy({ ...pbx, transport: "tcp" }), undefined);
    const removed = registrations.remove(agent.id);
    await clock.pass(100);
    await removed;
    assert.equal(registrations.seenBy(pbx), undefined);
  });
});

describe("the calls of the extension", () => {
  const told = (version: number, state: string, ...dialogs: string[]) =>
    `<dialog-info version="${version}" state="${state}" entity="sip:1001@pbx.example">${dialogs.join("")}</dialog-info>`;
  const dialog = (id: string, state: string, remote: string) =>
    `<dialog id="${id}" direction="recipient"><state>${state}</state><remote><identity>${remote}</identity></remote></dialog>`;

  test("are subscribed to and shown as the PBX tells of them", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    network.dialogInfo = told(0, "full", dialog("a", "confirmed", "sip:1002@pbx.example"));
    await registrations.put(agent, { ...account, subscribe: true });
    await clock.pass(1_000);
    assert.deepEqual(registrations.view(agent.id)?.calls, {
      ...{ state: "active", lastCode: 200 },
      dialogs: [{ state: "confirmed", direction: "inbound", remote: "sip:1002@pbx.example" }],
    });
    // Something was lost on the way: all is asked for again.
    const asked = () =>
      network.sent.filter(
        ({ request }) => request.method === "SUBSCRIBE" && request.headers.get("Event") === "dialog",
      ).length;
    const before = asked();
    network.dialogInfo = told(5, "partial", dialog("a", "terminated", "sip:1002@pbx.example"));
    await clock.pass(15 * minute);
    assert.deepEqual(registrations.view(agent.id)?.calls?.dialogs, []);
    assert.ok(asked() >= before + 2);
    await clock.passUntil(registrations.remove(agent.id));
    await clock.pass(minute);
    assert.equal(network.subscribed, 0);
    assert.equal(clock.timers, 0);
  });

  test("that a PBX does not offer harm nothing", async (t) => {
    const { registrations, agent, clock } = await registrationScene(t);
    await registrations.put(agent, { ...account, subscribe: true });
    await clock.pass(1_000);
    const { state, voicemail, calls } = registrations.view(agent.id) ?? {};
    assert.deepEqual([state, voicemail?.state], ["registered", "active"]);
    assert.deepEqual(calls, { state: "rejected", lastCode: 489, dialogs: [] });
  });
});

describe("the voicemail of the extension", () => {
  test("is subscribed to once it is registered, and told of by the view", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, { ...account, subscribe: true });
    assert.equal(registrations.view(agent.id)?.voicemail, null);
    await clock.pass(1_000);
    assert.deepEqual(registrations.view(agent.id)?.voicemail, {
      ...{ state: "active", lastCode: 200, waiting: true, newMessages: 2, oldMessages: 8 },
    });
    const subscribe = network.sent.find(({ request }) => request.method === "SUBSCRIBE")?.request;
    assert.equal(subscribe?.uriText, "sip:1001@pbx.example");
    assert.equal(subscribe?.headers.get("Event"), "message-summary");
    network.summary = "Messages-Waiting: no\r\nVoice-Message: 0/10\r\n";
    await clock.pass(15 * minute);
    assert.equal(registrations.view(agent.id)?.voicemail?.waiting, false);
    assert.equal(network.subscribed, 1);
  });

  test("is let go when it is not wanted any more, and with the registration", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, account);
    await clock.pass(1_000);
    assert.equal(network.subscribed, 0);
    await registrations.put(agent, { subscribe: true });
    await clock.pass(1_000);
    assert.equal(network.subscribed, 1);
    await registrations.put(agent, { subscribe: false });
    await clock.pass(1_000);
    assert.equal(network.subscribed, 0);
    assert.equal(registrations.view(agent.id)?.voicemail, null);
    await registrations.put(agent, { subscribe: true });
    await clock.pass(1_000);
    await clock.passUntil(registrations.remove(agent.id));
    await clock.pass(minute);
    assert.equal(network.subscribed, 0);
    assert.equal(clock.timers, 0);
  });

  test("follows our address", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    await registrations.put(agent, { ...account, subscribe: true });
    await clock.pass(1_000);
    network.seenAs = { host: "203.0.113.9", port: 34_567 };
    registrations.refresh(agent.id);
    await clock.pass(1_000);
    const last = network.sent.findLast(({ request }) => request.method === "SUBSCRIBE")?.request;
    assert.match(last?.headers.get("Contact") ?? "", /@203\.0\.113\.9:34567/);
  });
});

describe("trouble", () => {
  test("no answer, no address: unreachable, with the reason, and registered when it is back", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    network.where = { targets: [], failure: "pbx.example does not exist." };
    await registrations.put(agent, account);
    await clock.pass(1_000);
    const view = registrations.view(agent.id);
    assert.deepEqual([view?.state, view?.fault, view?.lastCode], ["unreachable", "no_address", null]);
    assert.match(view?.hint ?? "", /pbx\.example does not exist/);
    assert.ok(view?.nextAttemptAt !== null);
    network.where = { targets: [pbx] };
    network.isUp = false;
    registrations.refresh(agent.id);
    await clock.pass(33_000);
    assert.equal(registrations.view(agent.id)?.fault, "no_answer");
    assert.match(registrations.view(agent.id)?.hint ?? "", /^udp:192\.0\.2\.1:5060 does not answer/);
    network.isUp = true;
    await clock.pass(2 * minute);
    assert.equal(registrations.view(agent.id)?.state, "registered");
  });

  test("a lost connection is registered again at once", async (t) => {
    const { registrations, agent, clock, network } = await registrationScene(t);
    network.where = { targets: [{ ...pbx, transport: "tcp" }] };
    await registrations.put(agent, { ...account, transport: "tcp" });
    await clock.pass(1_000);
    const before = network.registers.length;
    const flow: Flow = {
      ...{ transport: "tcp", localAddress: "10.0.0.7", localPort: 40_000, connectionId: 1 },
      ...{ remoteAddress: "192.0.2.1", remotePort: 5061 },
    };
    registrations.connectionClosed(flow);
    await clock.pass(100);
    assert.equal(network.registers.length, before, "another port");
    registrations.connectionClosed({ ...flow, remotePort: 5060 });
    assert.notEqual(registrations.view(agent.id)?.state, "registered");
    await clock.pass(100);
    assert.equal(registrations.view(agent.id)?.state, "registered");
  });

  test("a lost key: said once, nothing is sent, and a new password mends it", async (t) => {
    const { registrations, agent, clock, network, lines, keyPath, restarted, store, organizationId } =
      await registrationScene(t);
    const open = await store.agents.create(organizationId, { username: "open" });
    await registrations.put(agent, account);
    await registrations.put(open, { aor: "1002@pbx.example" });
    await clock.pass(1_000);
    rmSync(keyPath);
    void registrations.close();
    await clock.pass(1_000);
    network.sent.length = 0;
    lines.length = 0;
    const next = restarted();
    await next.start();
    await clock.pass(10 * minute);
    const view = next.view(agent.id);
    assert.deepEqual([view?.state, view?.fault], ["rejected", "password_unreadable"]);
    assert.match(view?.hint ?? "", /sealed with another key/);
    assert.ok(!network.registers.some(({ headers }) => headers.get("From")?.includes("1001")));
    assert.equal(lines.filter((line) => line.includes("secret_unreadable")).length, 1);
    assert.equal(next.view(open.id)?.fault, "no_credentials", "the others go on");
    assert.equal(next.refresh(agent.id), true);
    assert.equal(next.line(agent.id), undefined);
    await next.put(agent, { password: "secret" });
    await clock.pass(1_000);
    assert.equal(next.view(agent.id)?.state, "registered");
  });
});

describe("many", () => {
  async function many(t: import("node:test").TestContext, count: number) {
    const scene = await registrationScene(t);
    const { store, organizationId, registrations, network } = scene;
    network.status = 200;
    for (let n = 0; n < count; n++) {
      const agent = await store.agents.create(organizationId, { username: `line-${n}` });
      await registrations.put(agent, { aor: `${2_000 + n}@pbx.example` });
    }
    return scene;
  }

  /** The most REGISTERs in any second. */
  function peak(sent: { at: number }[]): number {
    const seconds = Map.groupBy(sent, ({ at }) => Math.floor(at / 1_000));
    return Math.max(...[...seconds.values()].map((all) => all.length));
  }

  test("start one after the other, and are no storm after a connection that all of them had", async (t) => {
    const { registrations, restarted, clock, network } = await many(t, 200);
    network.where = { targets: [{ ...pbx, transport: "tcp" }] };
    void registrations.close();
    await clock.pass(10_000);
    network.sent.length = 0;
    const next = restarted();
    await next.start();
    await clock.pass(100);
    assert.ok(network.registers.length > 1, "the first ones do not wait");
    await clock.pass(5_000);
    assert.equal(network.registers.length, 200);
    assert.ok(peak(network.sent) <= 51, `${peak(network.sent)} in a second`);
    network.sent.length = 0;
    next.connectionClosed({
      ...{ transport: "tcp", localAddress: "10.0.0.7", localPort: 40_000, connectionId: 1 },
      ...{ remoteAddress: "192.0.2.1", remotePort: 5060 },
    });
    await clock.pass(5_000);
    assert.equal(network.registers.length, 200);
    assert.ok(peak(network.sent) <= 51, `${peak(network.sent)} in a second`);
  });

  test("are taken back one after the other, and what does not answer is not waited for", async (t) => {
    const { registrations, clock, network } = await many(t, 100);
    await clock.pass(minute);
    network.sent.length = 0;
    const closed = registrations.close();
    let isClosed = false;
    void closed.then(() => {
      isClosed = true;
    });
    await clock.pass(1_000);
    assert.ok(isClosed);
    assert.equal(network.registers.filter(({ headers }) => headers.get("Expires") === "0").length, 100);
    assert.equal(registrations.size, 0);
  });
});

test("a shutdown waits 3 s at most for a PBX that is gone, and nothing begins any more", async (t) => {
  const { registrations, agent, clock, network, store } = await registrationScene(t);
  await registrations.put(agent, account);
  await clock.pass(1_000);
  network.isUp = false;
  let isClosed = false;
  void registrations.close().then(() => {
    isClosed = true;
  });
  await clock.pass(2_900);
  assert.equal(isClosed, false);
  await clock.pass(200);
  assert.equal(isClosed, true);
  const before = network.sent.length;
  await registrations.put(agent, { ...account, port: 5070 });
  await clock.pass(minute);
  assert.equal(network.sent.length, before);
  assert.equal((await store.registrations.get(agent.id))?.port, 5070, "kept for the next start");
  await settled();
});
