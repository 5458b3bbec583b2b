import assert from "node:assert/strict";
import { test } from "node:test";
import { type CallOptions, plainAudio } from "./endpoint.ts";
import { createSimulation, forEachSeed } from "./simulation.ts";

const ping = Buffer.from("not SIP\r\n");

test("time is virtual, and things happen in its order", () => {
  const simulation = createSimulation({ seed: 1 });
  const seen: string[] = [];
  simulation.at(5000, () => seen.push(`b ${simulation.now}`));
  simulation.at(1000, () => {
    seen.push(`a ${simulation.now}`);
    simulation.at(0, () => seen.push(`now ${simulation.now}`));
  });
  simulation.at(3_600_000, () => seen.push("an hour"));
  simulation.run(10_000);
  assert.deepEqual(seen, ["a 1000", "now 1000", "b 5000"]);
  assert.equal(simulation.now, 10_000);
  simulation.run();
  assert.equal(seen.at(-1), "an hour");
});

test("the network loses, repeats and reorders as much as it is told to", () => {
  const network = { loss: 0.2, duplication: 0.1, minDelay: 10, maxDelay: 100 };
  const simulation = createSimulation({ seed: 4, network });
  const [a, b] = [simulation.endpoint("a"), simulation.endpoint("b")];
  for (let i = 0; i < 5000; i++) a.sendRaw(b, ping);
  const arrivals = simulation.packets.map((packet) => packet.arrivals);
  const lost = arrivals.filter((list) => list.length === 0).length;
  const twice = arrivals.filter((list) => list.length === 2).length;
  assert.ok(Math.abs(lost / 5000 - 0.2) < 0.03, `${lost} lost`);
  assert.ok(Math.abs(twice / (5000 - lost) - 0.1) < 0.03, `${twice} twice`);
  const delays = arrivals.flat();
  assert.ok(Math.min(...delays) >= 10 && Math.max(...delays) <= 100);
  assert.ok(
    delays.some((delay, index) => delay < (delays[index - 1] ?? 0)),
    "some overtake others",
  );
  simulation.run();
  assert.equal(b.userAgent.counters.received, delays.length);
});

test("an interceptor decides on single packets and leaves the others' fate as it was", () => {
  const network = { loss: 0.3, minDelay: 1, maxDelay: 50 };
  const run = (intercept: boolean) => {
    let count = 0;
    const simulation = createSimulation({
      seed: 9,
      network,
      ...(intercept && { intercept: () => (count++ === 3 ? "drop" : undefined) }),
    });
    const [a, b] = [simulation.endpoint("a"), simulation.endpoint("b")];
    for (let i = 0; i < 20; i++) a.sendRaw(b, ping);
    return simulation.packets.map((packet) => packet.arrivals);
  };
  const free = run(false);
  const bound = run(true);
  assert.deepEqual(bound[3], []);
  free[3] = [];
  assert.deepEqual(bound, free);
});

test("a failing seed is named", () => {
  assert.throws(
    () =>
      forEachSeed(50, (seed) => {
        if (seed === 17) throw new Error("broken");
      }),
    /Seed 17 fails: broken/,
  );
});

test("an endpoint calls another by name, and what an application keeps is lost with its life", () => {
  const simulation = createSimulation({ seed: 1, family: "ipv6" });
  const a = simulation.endpoint("a", {}, { port: 5070 });
  const b = simulation.endpoint("b", (endpoint) => {
    let calls = 0;
    return {
      onInvite: (call) => {
        calls++;
        call.ring();
        endpoint.setTimer(1_000, () => call.accept(`${plainAudio(endpoint)}a=x-call:${calls}\r\n`));
      },
    };
  });
  const answers: string[] = [];
  const dial = (options?: CallOptions) => {
    const call = a.call(b, options);
    call.onAnswered = (sdp) => {
      answers.push(/a=x-call:(\d)/.exec(sdp ?? "")?.[1] ?? "none");
      call.hangUp();
    };
    simulation.run(simulation.now + 60_000);
    return call.request;
  };
  const request = dial();
  assert.equal(request.uriText, "sip:b@[2001:db8::2]:5060");
  assert.match(request.headers.get("From") ?? "", /^<sip:a@\[2001:db8::1\]:5070>;tag=/);
  const streamed = dial({ transport: "tcp", headers: [["Subject", "again"]] });
  assert.equal(streamed.headers.get("To"), "<sip:b@[2001:db8::2]:5060;transport=tcp>");
  assert.equal(streamed.headers.get("Subject"), "again");
  b.restart();
  dial();
  assert.deepEqual(answers, ["1", "2", "1"]);
});
