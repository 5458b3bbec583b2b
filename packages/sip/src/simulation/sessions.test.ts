import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { CallLeg, IncomingCall, OutgoingCall } from "../user-agent/call.ts";
import { answer, createPair, offer, type Pair, seeds, sentBy, watchEnd } from "./call-test-kit.ts";
import type { EndpointHandlers } from "./endpoint.ts";
import { seededRandom } from "./random.ts";
import { forEachSeed } from "./simulation.ts";

/** A quarter of all goes missing, some comes twice, and everything overtakes. */
const bad = { loss: 0.25, duplication: 0.1, minDelay: 1, maxDelay: 400 };
/** Nothing is lost, but all is late and out of order. */
const late = { loss: 0, duplication: 0.2, minDelay: 1, maxDelay: 900 };
const reliably: EndpointHandlers = { reliableProvisionals: "when-supported" };
const minute = 60_000;

/** All seeds ran, so that what has to happen in most of them has a number. */
const isWhole = typeof seeds(1) === "number";

function networkOf(seed: number): typeof bad {
  return seed % 2 === 0 ? bad : late;
}

function countOf(pair: Pair, start: string): number {
  const { simulation, caller, callee } = pair;
  return [caller, callee]
    .flatMap((endpoint) => sentBy(simulation, endpoint))
    .filter((line) => line.startsWith(start)).length;
}

describe("reliable provisional responses over a network", () => {
  test("early media arrives once and in order, and is what the answer counts on", () => {
    let answeredCalls = 0;
    forEachSeed(seeds(200), (seed) => {
      const network = networkOf(seed);
      const pracks: (string | undefined)[] = [];
      const withOffer = seed % 3 !== 0;
      const pair = createPair(
        { seed, network },
        (call, simulation) => {
          call.onPrack = (sdp) => pracks.push(sdp);
          call.ring({ status: 183, sdp: "v=callee" });
          call.ring({ status: 180 });
          simulation.at(simulation.now + 300, () => call.ring({ status: 182 }));
          simulation.at(simulation.now + 2000, () => call.accept());
        },
        reliably,
      );
      const call = startCall(pair, withOffer);
      const end = watchEnd(call);
      const progress: string[] = [];
      const answers: (string | undefined)[] = [];
      call.onProgress = (status, sdp, fork) => {
        progress.push(`${status} ${sdp}`);
        if (!withOffer && sdp !== undefined) fork?.answer("v=caller");
      };
      call.onAnswered = (sdp) => answers.push(sdp);
      pair.simulation.run(100_000);
      const callee = pair.incoming[0];
      assert.equal(call.state === "confirmed", callee?.state === "confirmed", "both or neither");
      if (call.state === "confirmed") {
        answeredCalls++;
        assert.equal(progress[0], "183 v=callee");
        assert.equal(new Set(progress).size, progress.length, `told twice: ${progress}`);
        assert.deepEqual(answers, ["v=callee"]);
        assert.equal(pracks[0], withOffer ? undefined : "v=caller");
        // A 200 whose PRACK did not come would have been too early.
        assert.ok(countOf(pair, "PRACK") > 0);
      }
      (seed % 2 === 0 ? call : callee)?.hangUp();
      pair.settle();
      assert.notEqual(end.ended, undefined);
    });
    assert.ok(!isWhole || answeredCalls > 190, `${answeredCalls} of 200 were answered`);
  });

  test("a caller that never acknowledges is refused, and both know", () => {
    forEachSeed(seeds(30), (seed) => {
      const pair = createPair({ seed }, (call) => call.ring({ sdp: answer }), reliably);
      pair.simulation.intercept = ({ bytes }) =>
        bytes.toString("latin1", 0, 6) === "PRACK " ? "drop" : undefined;
      const end = watchEnd(pair.invite());
      pair.settle();
      assert.deepEqual([end.ended?.cause, end.ended?.status], ["rejected", 504]);
    });
  });

  test("UPDATEs of both sides before the answer: each gets through, one after the other", () => {
    let glares = 0;
    let through = 0;
    forEachSeed(seeds(200), (seed) => {
      const network = seed % 2 === 0 ? { minDelay: 50, maxDelay: 50 } : networkOf(seed);
      const results: unknown[] = [];
      const pair = createPair(
        { seed, network },
        (call, simulation) => {
          call.onReinvite = (_offer, reply) => reply.accept("v=callee's answer");
          call.onReinviteAnswer = (result) => results.push(result);
          call.ring({ status: 183, sdp: answer });
          call.update("v=callee's offer");
          simulation.at(simulation.now + 20_000, () => call.accept());
        },
        reliably,
      );
      const call = pair.invite();
      call.onReinvite = (_offer, reply) => reply.accept("v=caller's answer");
      call.onReinviteAnswer = (result) => results.push(result);
      call.onProgress = (_status, _sdp, fork) => fork?.update("v=caller's offer");
      pair.simulation.run(100_000);
      if (countOf(pair, "SIP/2.0 491") > 0) glares++;
      if (call.state === "confirmed") {
        if (results.length === 2) through++;
        for (const result of results) assert.match(JSON.stringify(result), /"ok":true/);
      }
      call.hangUp();
      pair.settle();
    });
    assert.ok(!isWhole || (glares > 50 && through > 190), `${glares} glares, ${through} through`);
  });

  test("CANCEL at any moment of an early session", () => {
    forEachSeed(seeds(200), (seed) => {
      const pair = createPair(
        { seed, network: networkOf(seed) },
        (call, simulation) => {
          call.onReinvite = (_offer, reply) => reply.accept(answer);
          call.ring({ sdp: answer });
          call.update("v=early");
          simulation.at(simulation.now + 1500, () => call.accept());
        },
        reliably,
      );
      const call = pair.invite();
      call.onReinvite = (_offer, reply) => reply.accept(offer);
      const end = watchEnd(call);
      pair.simulation.at((seed * 37) % 4000, () => call.hangUp());
      pair.settle();
      assert.notEqual(end.ended, undefined);
      for (const leg of pair.incoming) assert.equal(leg.state, "ended");
    });
  });
});

describe("session timers over hours", () => {
  /** A call that stands, with its timer running. */
  function standing(seed: number, callee: EndpointHandlers = {}, network = {}) {
    const pair = createPair({ seed, network }, (call) => call.accept(answer), callee);
    const call = pair.invite();
    pair.simulation.run(10_000);
    const other = pair.incoming[0];
    assert.ok(other !== undefined && call.state === "confirmed" && other.state === "confirmed");
    return { pair, call, other, ends: [watchEnd(call), watchEnd(other)] };
  }

  test("eight hours at 20 % loss: refreshed each quarter of an hour, and still there", () => {
    forEachSeed(seeds(10), (seed) => {
      const { pair, call, other } = standing(seed);
      Object.assign(pair.simulation.network, { loss: 0.2, maxDelay: 400 });
      pair.simulation.run(8 * 60 * minute);
      assert.equal(call.state, "confirmed");
      assert.equal(other.state, "confirmed");
      const refreshes = new Set(
        pair.simulation.packets
          .map(({ bytes }) => bytes.toString("latin1"))
          .filter((text) => text.startsWith("UPDATE "))
          .map((text) => /^CSeq: (.*)$/m.exec(text)?.[1]),
      );
      assert.equal(refreshes.size, 31);
      call.hangUp();
      pair.settle();
    });
  });

  test("one side vanishes without a word: the other ends within the interval, whoever refreshes", () => {
    forEachSeed(seeds(60), (seed) => {
      const { pair, call, other, ends } = standing(seed);
      const lastsUntil = pair.simulation.now + ((seed * 97_001) % (90 * minute));
      pair.simulation.run(lastsUntil);
      const [gone, left] = seed % 2 === 0 ? [pair.caller, other] : [pair.callee, call];
      const end = ends[seed % 2 === 0 ? 1 : 0];
      if (seed % 4 < 2) pair.simulation.partition(pair.caller, pair.callee);
      else gone.restart();
      pair.simulation.run(lastsUntil + 31 * minute);
      assert.equal(left.state, "ended");
      assert.ok(
        end?.ended !== undefined && ["session-expired", "timeout", "rejected"].includes(end.ended.cause),
        end?.ended?.cause,
      );
      if (seed % 4 < 2) {
        pair.simulation.run(lastsUntil + 62 * minute);
        assert.equal(call.state, "ended");
        assert.equal(other.state, "ended");
      }
    });
  });

  test("an interval that is too short for the callee is made longer", () => {
    const { pair, call } = standing(1, { sessionTimers: { minimum: 3600 } });
    assert.equal(countOf(pair, "SIP/2.0 422"), 1);
    assert.equal(call.state, "confirmed");
    pair.simulation.run(180 * minute);
    assert.equal(call.state, "confirmed");
    call.hangUp();
    pair.settle();
  });
});

describe("sessions in which anything happens", () => {
  /** What either side may do at any moment; what is not possible then is left undone, or waits. */
  function act(leg: CallLeg, random: () => number): void {
    const sdp = `v=${Math.floor(random() * 1000)}`;
    const choice = Math.floor(random() * 10);
    if (choice < 3) leg.reinvite(random() < 0.3 ? undefined : sdp);
    else if (choice < 7) leg.update(random() < 0.3 ? undefined : sdp);
    else if (choice === 7) leg.sendInfo("text/plain", "hello");
    else if (choice === 8 && leg.direction === "inbound")
      (leg as IncomingCall).ring({ sdp, reliable: random() < 0.5 });
    else if (random() < 0.15) leg.hangUp();
  }

  function answerOffers(leg: CallLeg, simulation: Pair["simulation"], random: () => number): void {
    leg.onReinvite = (_offer, reply) => {
      const respond = () => (random() < 0.15 ? reply.reject(488) : reply.accept("v=answer"));
      if (random() < 0.5) respond();
      else simulation.at(simulation.now + random() * 3000, respond);
    };
    leg.onReinviteAnswer = (result) => {
      if (result.ok) leg.answer("v=late answer");
    };
  }

  test("rules are kept, both sides agree, and nothing is left", () => {
    let established = 0;
    forEachSeed(seeds(400), (seed) => {
      const random = seededRandom(seed + 7919);
      const policies = ["never", "when-required", "when-supported"] as const;
      const pair = createPair(
        { seed, network: networkOf(seed) },
        (call, simulation) => {
          answerOffers(call, simulation, random);
          call.ring(random() < 0.5 ? {} : { status: 183, sdp: answer });
          simulation.at(simulation.now + random() * 5000, () => call.accept(answer));
          for (let at = 0; at < 60_000; at += 1 + random() * 4000) {
            simulation.at(simulation.now + at, () => act(call, random));
          }
        },
        { reliableProvisionals: policies[seed % 3] ?? "never" },
      );
      const { simulation } = pair;
      const call = startCall(pair, random() < 0.7);
      const end = watchEnd(call);
      answerOffers(call, simulation, random);
      call.onProgress = (_status, sdp, fork) => {
        if (sdp !== undefined) fork?.answer("v=early answer");
      };
      call.onAnswered = () => {
        established++;
        call.answer("v=answer");
      };
      for (let at = 0; at < 60_000; at += 1 + random() * 4000) simulation.at(at, () => act(call, random));
      simulation.run(200_000);
      const callee = pair.incoming[0];
      assert.equal(call.state === "confirmed", callee?.state === "confirmed", "both or neither");
      call.hangUp();
      pair.settle();
      assert.notEqual(end.ended, undefined);
    });
    assert.ok(!isWhole || established > 300, `${established} of 400 were established`);
  });
});

function startCall(pair: Pair, withOffer: boolean): OutgoingCall {
  const { caller, callee } = pair;
  return caller.userAgent.invite({
    requestUri: `sip:demo@${callee.address}`,
    from: "<sip:+15551234567@192.0.2.1>",
    to: `<sip:demo@${callee.address}>`,
    target: callee.target(),
    ...(withOffer && { sdp: offer }),
  });
}
