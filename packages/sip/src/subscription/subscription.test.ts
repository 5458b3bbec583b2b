import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DigestServer } from "../auth/digest-server.ts";
import { SipParseError } from "../errors.ts";
import { cseq } from "../message/message.ts";
import { tokens } from "../registration/registration-test-kit.ts";
import { seededRandom } from "../simulation/random.ts";
import { Scene, target } from "./subscription-test-kit.ts";

const minute = 60_000;

describe("a subscription", () => {
  test("SUBSCRIBE, 200, NOTIFY: active, with its state", () => {
    const scene = new Scene();
    scene.do({ type: "start" });
    assert.equal(scene.state.state, "subscribing");
    assert.deepEqual(scene.resolved, ["sip:1001@example.org"]);
    const { headers, uriText, method } = scene.last;
    assert.deepEqual([method, uriText], ["SUBSCRIBE", "sip:1001@example.org"]);
    assert.equal(headers.get("Event"), "message-summary");
    assert.equal(headers.get("Expires"), "3600");
    assert.equal(headers.get("Accept"), "application/simple-message-summary");
    assert.equal(headers.get("Contact"), "<sip:u-7f3a9c@10.0.0.7:5060>");
    assert.match(headers.get("From") ?? "", new RegExp(`;tag=${scene.listening?.localTag}$`));
    scene.respond(200, [["Expires", "1800"]]);
    assert.equal(scene.state.state, "subscribing", "a NOTIFY makes it, not the 200");
    assert.equal(scene.notify({ state: "active;expires=1790", body: "Messages-Waiting: yes\r\n" }), 200);
    assert.equal(scene.state.state, "active");
    assert.equal(scene.state.expiresAt, 1_790_000);
    const [notification] = scene.notifications;
    assert.equal(notification?.state, "active");
    assert.equal(notification?.contentType, "application/simple-message-summary");
    assert.equal(notification?.body.toString(), "Messages-Waiting: yes\r\n");
  });

  test("202 says no more than 200, and the NOTIFY may come before it, or in its place", () => {
    const early = new Scene();
    early.do({ type: "start" });
    assert.equal(early.notify(), 200);
    assert.equal(early.state.state, "active");
    early.respond(202, [["Expires", "3600"]]);
    assert.equal(early.state.state, "active");
    assert.ok((early.state.nextAttemptAt ?? 0) > 40 * minute);
    const lost = new Scene();
    lost.do({ type: "start" });
    lost.notify();
    lost.lose();
    assert.equal(lost.state.state, "active");
    lost.pass(minute);
    assert.equal(lost.sent.length, 2, "asked again, in the dialog");
    assert.match(lost.last.headers.get("To") ?? "", /;tag=notifier$/);
  });

  test("a refresh goes in the dialog that the NOTIFY made, in good time, again and again", () => {
    const scene = new Scene();
    scene.do({ type: "start" });
    scene.respond(200, [["Expires", "600"]]);
    scene.notify({
      state: "active;expires=600",
      headers: [["Record-Route", "<sip:192.0.2.5;lr>, <sip:192.0.2.6;lr>"]],
    });
    for (let count = 1; count <= 5; count++) {
      const waited = scene.awaitSent();
      assert.ok(waited > 7 * minute && waited <= 10 * minute - 10_000, String(waited));
      const { request, target: sentTo } = scene.sent.at(-1) ?? assert.fail();
      assert.equal(request.uriText, "sip:notifier@192.0.2.1");
      assert.deepEqual(request.headers.getAll("Route"), ["<sip:192.0.2.5;lr>", "<sip:192.0.2.6;lr>"]);
      assert.equal(sentTo.address, "192.0.2.5");
      assert.equal(cseq(request).seq, 1 + count);
      scene.respond(200, [["Expires", "600"]]);
      scene.notify({ state: "active;expires=600", tag: "notifier" });
      assert.equal(scene.state.state, "active");
    }
  });

  test("NOTIFYs that say how long is left do not put the refresh off", () => {
    const scene = new Scene().subscribed();
    const planned = scene.state.nextAttemptAt;
    for (let left = 3_600; left > 3_000; left -= 60) {
      scene.notify({ state: `active;expires=${left}` });
      scene.pass(minute);
    }
    assert.equal(scene.state.nextAttemptAt, planned);
    scene.notify({ state: "active;expires=120" });
    assert.ok((scene.state.nextAttemptAt ?? 0) < scene.now + 2 * minute, "a life cut short counts");
  });

  test("pending, then active; an extension counts as active (RFC 6665 §4.1.3)", () => {
    const scene = new Scene().subscribed("pending;expires=600");
    assert.equal(scene.state.state, "pending");
    scene.notify();
    assert.equal(scene.state.state, "active");
    scene.notify({ state: "enlightened;expires=600" });
    assert.equal(scene.state.state, "active");
    assert.deepEqual(
      scene.notifications.map(({ state }) => state),
      ["pending", "active", "enlightened"],
    );
  });

  test("no NOTIFY within 64·T1 is a failure (timer N), and what comes then gets 481", () => {
    const scene = new Scene();
    scene.do({ type: "start" });
    scene.respond(200, [["Expires", "3600"]]);
    scene.pass(31_000);
    assert.equal(scene.state.fault, undefined);
    scene.pass(2_000);
    assert.equal(scene.state.state, "unreachable");
    assert.equal(scene.state.fault, "no_notify");
    assert.equal(scene.listening, undefined);
    assert.equal(scene.notify(), 481);
    const first = scene.last.headers.get("Call-ID");
    scene.pass(2 * minute);
    assert.equal(scene.sent.length, 2);
    assert.notEqual(scene.last.headers.get("Call-ID"), first, "another subscription");
  });

  test("a second fork is turned away, a NOTIFY out of order too", () => {
    const scene = new Scene().subscribed();
    assert.equal(scene.notify({ tag: "other" }), 481);
    assert.equal(scene.notify({ seq: 9 }), 200);
    assert.equal(scene.notify({ seq: 8 }), 500);
    assert.equal(scene.notifications.length, 2);
  });

  test("what is no NOTIFY for it is refused by its fault", () => {
    const scene = new Scene().subscribed();
    assert.equal(scene.notify({ method: "INFO" }), 405);
    assert.equal(scene.notify({ event: "presence" }), 489);
    assert.deepEqual(scene.answerHeaders, [["Allow-Events", "message-summary"]]);
    assert.equal(scene.notify({ event: "message-summary;id=7" }), 481);
    assert.equal(scene.notify({ event: "two words" }), 400);
    assert.equal(scene.notify({ state: ";" }), 400);
    assert.equal(scene.notify({ body: "x", contentType: "text/plain" }), 415);
    assert.deepEqual(scene.answerHeaders, [["Accept", "application/simple-message-summary"]]);
    assert.equal(scene.notifications.length, 1);
    const fresh = new Scene();
    fresh.do({ type: "start" });
    assert.equal(fresh.notify({ headers: [["Record-Route", "<sip:"]] }), 400);
    assert.equal(fresh.state.state, "subscribing");
    assert.equal(fresh.notify(), 200);
  });

  test("an id tells it apart; any type is taken where none is named", () => {
    const scene = new Scene({ event: "x-own;id=5" });
    scene.do({ type: "start" });
    assert.equal(scene.last.headers.get("Event"), "x-own;id=5");
    assert.equal(scene.last.headers.has("Accept"), false);
    assert.equal(scene.notify({ event: "x-own" }), 481);
    assert.equal(scene.notify({ event: "x-own;id=5", body: "1", contentType: "Text/Plain; charset=x" }), 200);
    assert.equal(scene.notifications[0]?.contentType, "text/plain");
  });
});

describe("the end of a subscription, by the notifier (RFC 6665 §4.1.3)", () => {
  /** When it asks again after having stood for that long, ms; undefined: never. */
  function again(state: string, stood = 10 * minute): number | undefined {
    const scene = new Scene().subscribed();
    scene.pass(stood);
    const ended = scene.now;
    assert.equal(scene.notify({ state }), 200);
    assert.equal(scene.notifications.at(-1)?.state, "terminated");
    const { endReason } = scene.state;
    assert.equal(endReason, /reason=([^;]*)/.exec(state)?.[1]);
    if (scene.state.state === "subscribing") return 0;
    return scene.state.nextAttemptAt === undefined ? undefined : scene.state.nextAttemptAt - ended;
  }

  test("deactivated, timeout, and no reason: at once, with another Call-ID", () => {
    for (const state of [
      "terminated;reason=deactivated;retry-after=600",
      "terminated;reason=timeout",
      "terminated",
    ]) {
      assert.equal(again(state), 0, state);
    }
    const scene = new Scene().subscribed();
    const first = scene.last.headers.get("Call-ID");
    scene.pass(2 * minute);
    scene.notify({ state: "terminated;reason=deactivated" });
    assert.notEqual(scene.last.headers.get("Call-ID"), first);
    assert.doesNotMatch(scene.last.headers.get("To") ?? "", /tag/);
    assert.equal(scene.state.state, "subscribing");
  });

  test("probation, giveup: after their time, or a pause of ours", () => {
    const asked = again("terminated;reason=probation;retry-after=600") ?? 0;
    assert.ok(asked >= 600_000 && asked <= 760_000, String(asked));
    const own = again("terminated;reason=giveup") ?? 0;
    assert.ok(own >= 30_000 && own <= 70_000, String(own));
    const unknown = again("terminated;reason=lunch;retry-after=300") ?? 0;
    assert.ok(unknown >= 300_000 && unknown <= 385_000, String(unknown));
  });

  test("rejected, noresource, invariant: never, until somebody says so", () => {
    for (const reason of ["rejected", "noresource", "invariant"]) {
      assert.equal(again(`terminated;reason=${reason};retry-after=60`), undefined);
    }
    const scene = new Scene().subscribed();
    scene.notify({ state: "terminated;reason=noresource" });
    assert.equal(scene.state.state, "rejected");
    assert.equal(scene.state.fault, "ended");
    assert.equal(scene.state.nextAttemptAt, undefined);
    scene.do({ type: "start" });
    assert.equal(scene.state.state, "subscribing");
  });

  test("a notifier that ends each subscription at once is not asked without a pause", () => {
    const scene = new Scene();
    scene.do({ type: "start" });
    for (let count = 0; count < 60; count++) {
      if (scene.listening !== undefined)
        scene.notify({ state: "terminated;reason=deactivated", tag: `t${count}` });
      scene.pass(minute);
    }
    assert.ok(scene.sent.length <= 121, `${scene.sent.length} in an hour`);
  });
});

describe("a SUBSCRIBE that is refused", () => {
  function refused(status: number, headers: readonly (readonly [string, string])[] = []): Scene {
    const scene = new Scene();
    scene.do({ type: "start" });
    scene.respond(status, headers);
    return scene;
  }

  test("489: rejected, with a slow retry", () => {
    const scene = refused(489);
    assert.deepEqual(
      [scene.state.state, scene.state.fault, scene.state.lastCode],
      ["rejected", "bad_event", 489],
    );
    const waited = scene.awaitSent();
    assert.ok(waited >= 30 * minute && waited <= 38 * minute, String(waited));
  });

  test("403, 404: twice, then slowly; Retry-After is kept to", () => {
    for (const [status, fault] of [
      [403, "forbidden"],
      [404, "refused"],
    ] as const) {
      const scene = refused(status);
      assert.deepEqual([scene.state.state, scene.state.fault], ["rejected", fault]);
      assert.ok(scene.awaitSent() <= minute);
      scene.respond(status);
      assert.ok(scene.awaitSent() >= 30 * minute);
    }
    const later = refused(486, [["Retry-After", "7200"]]);
    assert.ok(later.awaitSent() >= 120 * minute);
  });

  test("423: at once with what is asked for", () => {
    const scene = refused(423, [["Min-Expires", "7200"]]);
    assert.equal(scene.last.headers.get("Expires"), "7200");
    assert.equal(scene.sent.length, 2);
    scene.respond(200, [["Expires", "7200"]]);
    scene.notify({ state: "active;expires=7200" });
    scene.awaitSent();
    assert.equal(scene.last.headers.get("Expires"), "7200", "from then on");
    const never = refused(423, [["Min-Expires", "60"]]);
    assert.deepEqual([never.sent.length, never.state.fault], [1, "interval_too_brief"]);
    const always = refused(423, [["Min-Expires", "4000"]]);
    always.respond(423, [["Min-Expires", "5000"]]);
    always.respond(423, [["Min-Expires", "6000"]]);
    assert.deepEqual([always.sent.length, always.state.fault], [3, "interval_too_brief"]);
  });

  test("5xx, no answer, no connection: the next target, then growing pauses", () => {
    const scene = new Scene();
    const other = { ...target, address: "192.0.2.2" };
    scene.targets = [target, other];
    scene.do({ type: "start" });
    scene.respond(503, [["Retry-After", "30"]]);
    assert.equal(scene.sent.at(-1)?.target.address, "192.0.2.2");
    scene.lose();
    assert.deepEqual([scene.state.state, scene.state.fault], ["unreachable", "no_answer"]);
    const times: number[] = [];
    for (let count = 0; count < 6; count++) {
      scene.awaitSent();
      times.push(scene.now);
      scene.lose("transport-error");
      scene.lose("transport-error");
    }
    assert.equal(scene.state.fault, "connection_failed");
    const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    assert.ok((pauses.at(-1) ?? 0) > 4 * (pauses[0] ?? 0), pauses.join(" "));
  });

  test("nowhere to send: asked again later", () => {
    const scene = new Scene();
    scene.targets = [];
    scene.do({ type: "start" });
    assert.deepEqual([scene.state.state, scene.state.fault], ["unreachable", "no_address"]);
    scene.targets = [target];
    scene.pass(2 * minute);
    assert.equal(scene.sent.length, 1);
  });

  test("401 and 407 are answered; a wrong password, and none, are said to be that", () => {
    const digest = new DigestServer({
      ...{ realm: "pbx", secret: "0123456789abcdef", randomToken: tokens(seededRandom(5)) },
      account: (username) => (username === "1001" ? { username, password: "secret" } : undefined),
    });
    const scene = new Scene();
    scene.do({ type: "start" });
    scene.respond(401, digest.challenge(0));
    assert.equal(digest.verify(scene.last, 0).ok, true);
    assert.equal(cseq(scene.last).seq, 2);
    scene.respond(200, [["Expires", "600"]]);
    scene.notify({ state: "active;expires=600" });
    scene.awaitSent();
    assert.ok(scene.last.headers.has("Authorization"), "the refresh brings credentials along");
    scene.respond(401, digest.challenge(scene.now, true));
    assert.equal(scene.state.state, "active");
    assert.equal(digest.verify(scene.last, scene.now).ok, true);
    const wrong = new Scene({ credentials: () => ({ username: "1001", password: "x" }) });
    wrong.do({ type: "start" });
    wrong.respond(401, digest.challenge(0));
    wrong.respond(401, digest.challenge(0));
    assert.deepEqual([wrong.state.state, wrong.state.fault], ["rejected", "wrong_password"]);
    wrong.do({
      type: "configure",
      changes: { credentials: () => ({ username: "1001", password: "secret" }) },
    });
    assert.equal(wrong.state.state, "subscribing", "at once with another password");
    const none = new Scene({ credentials: () => undefined });
    none.do({ type: "start" });
    none.respond(407, digest.challenge(0));
    assert.equal(none.state.fault, "no_credentials");
  });
});

describe("a refresh that fails (RFC 6665 §4.1.2.2)", () => {
  /** Stands for ten minutes, and its refresh is under way. */
  function refreshing(): Scene {
    const scene = new Scene({ expires: 600 });
    scene.do({ type: "start" });
    scene.respond(200, [["Expires", "600"]]);
    scene.notify({ state: "active;expires=600" });
    scene.awaitSent();
    return scene;
  }

  test("481: another subscription at once", () => {
    const scene = refreshing();
    const first = scene.last.headers.get("Call-ID");
    scene.respond(481);
    assert.equal(scene.sent.length, 3);
    assert.notEqual(scene.last.headers.get("Call-ID"), first);
  });

  test("489, 404: it is over, and judged as if it had been the first", () => {
    const gone = refreshing();
    gone.respond(489);
    assert.deepEqual([gone.state.state, gone.state.fault], ["rejected", "bad_event"]);
    assert.equal(gone.listening, undefined);
    const missing = refreshing();
    missing.respond(404);
    assert.equal(missing.state.fault, "refused");
  });

  test("500, no answer: it stands until its time is over, and is asked for again until then", () => {
    const scene = refreshing();
    scene.respond(500);
    assert.equal(scene.state.state, "active");
    assert.equal(scene.notify({ state: "active" }), 200, "notifications still count");
    const before = scene.sent.length;
    scene.pass(31_000);
    assert.equal(scene.sent.length, before + 1);
    scene.respond(200, [["Expires", "600"]]);
    assert.ok((scene.state.expiresAt ?? 0) >= scene.now + 599_000);
    const lost = refreshing();
    const first = lost.last.headers.get("Call-ID");
    lost.lose();
    lost.pass(minute);
    lost.lose();
    lost.pass(5 * minute);
    assert.notEqual(lost.last.headers.get("Call-ID"), first, "begun anew");
  });
});

describe("stopping and changing", () => {
  test("Expires: 0 in the dialog, 200, a last NOTIFY", () => {
    const scene = new Scene().subscribed();
    scene.do({ type: "stop" });
    assert.equal(scene.last.headers.get("Expires"), "0");
    assert.match(scene.last.headers.get("To") ?? "", /;tag=notifier$/);
    scene.respond(200, [["Expires", "0"]]);
    assert.equal(scene.state.state, "active", "until the last NOTIFY");
    assert.equal(scene.notify({ state: "terminated;reason=timeout" }), 200);
    assert.equal(scene.state.state, "unsubscribed");
    assert.equal(scene.listening, undefined);
    scene.pass(100 * minute);
    assert.equal(scene.sent.length, 2);
  });

  test("without a last NOTIFY, or any answer, it ends all the same", () => {
    const silent = new Scene().subscribed();
    silent.do({ type: "stop", within: 2_000 });
    silent.pass(2_000);
    assert.equal(silent.state.state, "unsubscribed");
    const refused = new Scene().subscribed();
    refused.do({ type: "stop" });
    refused.respond(481);
    assert.equal(refused.state.state, "unsubscribed");
    const patient = new Scene().subscribed();
    patient.do({ type: "stop", within: 600_000 });
    patient.respond(200);
    patient.pass(33_000);
    assert.equal(patient.state.state, "unsubscribed");
  });

  test("while a refresh is under way it waits for that; before there is a dialog it is over at once", () => {
    const scene = new Scene().subscribed();
    scene.do({ type: "refresh" });
    assert.equal(scene.last.headers.get("Expires"), "3600");
    scene.do({ type: "stop" });
    assert.equal(scene.sent.length, 2);
    scene.respond(200);
    assert.equal(scene.last.headers.get("Expires"), "0");
    const early = new Scene();
    early.do({ type: "start" });
    early.do({ type: "stop" });
    assert.equal(early.state.state, "unsubscribed");
    early.respond(200);
    assert.equal(early.notify(), 481, "which ends it there");
    early.pass(100 * minute);
    assert.equal(early.sent.length, 1);
  });

  test("start during a stop begins anew after it", () => {
    const scene = new Scene().subscribed();
    scene.do({ type: "stop" });
    scene.do({ type: "start" });
    scene.respond(200);
    scene.notify({ state: "terminated" });
    assert.equal(scene.state.state, "subscribing");
    assert.equal(scene.last.headers.get("Expires"), "3600");
  });

  test("a fetch: Expires 0, one state, and it is over (RFC 6665 §4.4.3)", () => {
    for (const state of ["terminated;reason=timeout", "active;expires=0"]) {
      const scene = new Scene({ expires: 0 });
      scene.do({ type: "start" });
      assert.equal(scene.last.headers.get("Expires"), "0");
      scene.respond(200, [["Expires", "0"]]);
      scene.notify({ state, body: "Messages-Waiting: no\r\n" });
      assert.equal(scene.notifications.length, 1);
      assert.equal(scene.state.state, "unsubscribed");
      scene.pass(100 * minute);
      assert.equal(scene.sent.length, 1);
    }
  });

  test("refresh: at once, in the dialog, with the address of now; once more where it came too late", () => {
    const address = { host: "10.0.0.7", port: 5060 };
    const scene = new Scene({}, { contactFor: () => ({ ...address }) }).subscribed();
    address.host = "198.51.100.4";
    scene.do({ type: "refresh" });
    assert.match(scene.last.headers.get("Contact") ?? "", /198\.51\.100\.4/);
    address.host = "198.51.100.5";
    scene.do({ type: "refresh" });
    assert.equal(scene.sent.length, 2);
    scene.respond(200);
    assert.equal(scene.sent.length, 3);
    assert.match(scene.last.headers.get("Contact") ?? "", /198\.51\.100\.5/);
  });

  test("the route of a registration is written, and says where to go first (RFC 3608)", () => {
    const route = ["<sip:edge.example.org;lr>", "<sip:home.example.org;lr>"];
    const scene = new Scene({ proxy: "sip:proxy.example.org" }, { route: () => route });
    scene.do({ type: "start" });
    assert.deepEqual(scene.resolved, ["sip:edge.example.org;lr"]);
    assert.deepEqual(scene.last.headers.getAll("Route"), route);
    const plain = new Scene({ proxy: "sip:proxy.example.org", subscriber: "sip:me@example.org" });
    plain.do({ type: "start" });
    assert.deepEqual(plain.resolved, ["sip:proxy.example.org"]);
    assert.match(plain.last.headers.get("From") ?? "", /^<sip:me@example\.org>;tag=/);
  });

  test("a resource that is no URI is refused at once", () => {
    assert.throws(() => new Scene({ resource: "nobody" }), SipParseError);
  });
});

test("1,000 subscriptions do not refresh as one", () => {
  const times = Array.from(
    { length: 1_000 },
    (_, seed) => new Scene({}, {}, seed).subscribed().state.nextAttemptAt,
  );
  const spread = Math.max(...times.map((time) => time ?? 0)) - Math.min(...times.map((time) => time ?? 0));
  assert.ok(spread > 5 * minute, String(spread));
});

test("whatever server and notifier do, it keeps its rules, and a stop ends it", () => {
  const statuses = [200, 202, 200, 200, 401, 403, 404, 408, 423, 480, 481, 489, 500, 503, 603];
  const states = ["active;expires=300", "active", "pending", "terminated", "terminated;reason=giveup", ";"];
  for (let seed = 1; seed <= 200; seed++) {
    const random = seededRandom(seed);
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
    const scene = new Scene({}, {}, seed);
    scene.do({ type: "start" });
    for (let step = 0; step < 60; step++) {
      const act = random();
      if (act < 0.3)
        scene.respond(pick(statuses), [
          ["Min-Expires", "7200"],
          ["Expires", "300"],
        ]);
      else if (act < 0.4) scene.lose();
      else if (act < 0.6)
        scene.notify({ state: pick(states), tag: pick(["a", "b"]), event: "message-summary" });
      else if (act < 0.65) scene.do({ type: pick(["refresh", "start"]) });
      else scene.pass(random() * 400_000);
      const { state, expiresAt } = scene.state;
      if (state === "active" || state === "pending") {
        assert.ok((expiresAt ?? 0) >= scene.now, `seed ${seed}: stands although its time is over`);
      }
    }
    scene.do({ type: "stop" });
    scene.pass(10_000);
    assert.equal(scene.state.state, "unsubscribed", `seed ${seed}`);
    const { length } = scene.sent;
    scene.pass(500 * minute);
    assert.equal(scene.sent.length, length);
    assert.equal(scene.notify(), 481);
  }
});
