import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answer, createPair, offer, seeds, sentBy, watchEnd } from "./call-test-kit.ts";
import { forEachSeed } from "./simulation.ts";

/** A network in which a third of all goes missing, some comes twice, and everything overtakes. */
const bad = { loss: 0.3, duplication: 0.1, minDelay: 1, maxDelay: 400 };
/** Nothing is lost, but all is late and out of order. */
const late = { loss: 0, duplication: 0.2, minDelay: 1, maxDelay: 900 };

describe("calls over a network", () => {
  test("a plain call, message by message", () => {
    const pair = createPair({ seed: 1 }, (call, simulation) => {
      call.ring();
      simulation.at(simulation.now + 100, () => call.accept(answer));
    });
    const call = pair.invite();
    const end = watchEnd(call);
    const progress: number[] = [];
    let answered: string | undefined;
    call.onProgress = (status) => progress.push(status);
    call.onAnswered = (sdp) => {
      answered = sdp;
      pair.simulation.at(pair.simulation.now + 1000, () => call.hangUp());
    };
    pair.settle();
    assert.deepEqual(progress, [180]);
    assert.equal(answered, answer);
    assert.equal(pair.incoming[0]?.offer, offer);
    assert.deepEqual(end.ended, { by: "local", cause: "local" });
    assert.deepEqual(
      sentBy(pair.simulation, pair.caller).map((line) => line.split(" ")[0]),
      ["INVITE", "ACK", "BYE"],
    );
    assert.deepEqual(sentBy(pair.simulation, pair.callee), [
      "SIP/2.0 100 Trying",
      "SIP/2.0 180 Ringing",
      "SIP/2.0 200 OK",
      "SIP/2.0 200 OK",
    ]);
  });

  test("the same seed gives the same run, byte for byte", () => {
    const run = (seed: number) => {
      const pair = createPair({ seed, network: bad }, (call) => call.accept(answer));
      const call = pair.invite();
      call.onAnswered = () => pair.simulation.at(pair.simulation.now + 5000, () => call.hangUp());
      pair.settle();
      return pair.simulation.packets.map((packet) => [packet.at, packet.bytes.toString(), packet.arrivals]);
    };
    assert.deepEqual(run(7), run(7));
    assert.notDeepEqual(run(7), run(8));
  });

  test("30 % loss: the two sides agree, and nothing is left behind", () => {
    let established = 0;
    forEachSeed(seeds(400), (seed) => {
      const pair = createPair({ seed, network: bad }, (call, simulation) => {
        call.ring();
        simulation.at(simulation.now + 2000, () => call.accept(answer));
      });
      const call = pair.invite();
      const end = watchEnd(call);
      const ends: { readonly ended: unknown }[] = [];
      let acknowledged = 0;
      let answeredAt: number | undefined;
      call.onAnswered = () => {
        answeredAt = pair.simulation.now;
      };
      pair.simulation.at(0, () => {});
      pair.simulation.run(3000);
      for (const leg of pair.incoming) {
        leg.onAcknowledged = () => acknowledged++;
        ends.push(watchEnd(leg));
      }
      pair.simulation.run(60_000);
      for (const leg of pair.incoming.slice(ends.length)) ends.push(watchEnd(leg));
      assert.ok(pair.incoming.length <= 1, "one INVITE is one call");
      const callee = pair.incoming[0];
      if (call.state === "confirmed" && callee?.state === "confirmed") {
        established++;
        assert.notEqual(answeredAt, undefined);
        // Either side may end it.
        if (seed % 2 === 0) call.hangUp();
        else callee.hangUp();
      } else if (call.state === "confirmed") {
        // Only a peer that gave up waiting for the ACK leaves us behind, and only until its BYE comes.
        assert.fail(`caller confirmed, callee ${callee?.state}`);
      } else if (callee?.state === "confirmed") {
        assert.fail(`callee confirmed, caller ${call.state}`);
      }
      pair.settle();
      assert.equal(call.state, "ended");
      assert.notEqual(end.ended, undefined);
      assert.ok(acknowledged <= 1);
      for (const one of ends) assert.notEqual(one.ended, undefined, "the callee's leg ends");
    });
    assert.ok(established > 350 || typeof seeds(1) !== "number", `${established} calls were established`);
  });

  test("a refusal after ringing gets through 30 % loss", () => {
    let refused = 0;
    forEachSeed(seeds(100), (seed) => {
      const pair = createPair({ seed, network: bad }, (call, simulation) => {
        call.ring();
        simulation.at(simulation.now + 2000, () => call.reject(486));
      });
      const end = watchEnd(pair.invite());
      pair.settle();
      if (end.ended?.status === 486) refused++;
    });
    assert.ok(refused > 97 || typeof seeds(1) !== "number", `${refused} of 100 heard of it`);
  });

  test("CANCEL at any moment of a call being answered", () => {
    forEachSeed(seeds(300), (seed) => {
      const network = seed % 2 === 0 ? bad : late;
      const ends: ReturnType<typeof watchEnd>[] = [];
      const pair = createPair({ seed, network }, (call, simulation) => {
        call.ring();
        ends.push(watchEnd(call));
        simulation.at(simulation.now + 500, () => call.accept(answer));
      });
      const call = pair.invite();
      const end = watchEnd(call);
      let answered = false;
      call.onAnswered = () => {
        answered = true;
      };
      pair.simulation.at((seed * 37) % 3000, () => call.hangUp());
      pair.simulation.run(3000);
      // Local hang-up ends a leg at once, whatever is still to be said on the wire.
      assert.equal(call.state, "ended");
      assert.ok(end.ended !== undefined);
      assert.equal(end.ended.cause === "local", answered && end.ended.by === "local");
      pair.settle();
      for (const leg of pair.incoming) assert.equal(leg.state, "ended");
      // Where nothing is lost the callee is told, also when its 200 crossed the CANCEL.
      for (const { ended } of network === late ? ends : []) {
        assert.ok(ended?.cause === "cancelled" || ended?.cause === "bye", `told ${ended?.cause}`);
      }
    });
  });

  test("both hang up at once: BYE crosses BYE", () => {
    forEachSeed(seeds(200), (seed) => {
      const pair = createPair({ seed, network: seed % 2 === 0 ? bad : late }, (call) => call.accept(answer));
      const call = pair.invite();
      const end = watchEnd(call);
      pair.simulation.run(50_000);
      const callee = pair.incoming[0];
      const other = callee && watchEnd(callee);
      const wasUp = callee?.state === "confirmed";
      call.hangUp();
      callee?.hangUp();
      pair.settle();
      assert.notEqual(end.ended, undefined);
      if (wasUp) assert.deepEqual(other?.ended, { by: "local", cause: "local" });
    });
  });

  test("re-INVITE glare: both offers get through, one after the other", () => {
    let glares = 0;
    forEachSeed(seeds(200), (seed) => {
      const network = seed % 2 === 0 ? { minDelay: 50, maxDelay: 50 } : { ...late, duplication: 0.1 };
      const pair = createPair({ seed, network }, (call) => call.accept(answer));
      const call = pair.invite();
      pair.simulation.run(20_000);
      const callee = pair.incoming[0];
      assert.ok(callee !== undefined && callee.state === "confirmed" && call.state === "confirmed");
      const got: string[] = [];
      call.onReinvite = (sdp, reply) => {
        got.push(`caller ${sdp}`);
        reply.accept("caller's answer");
      };
      callee.onReinvite = (sdp, reply) => {
        got.push(`callee ${sdp}`);
        reply.accept("callee's answer");
      };
      const results: unknown[] = [];
      call.onReinviteAnswer = (result) => results.push(["caller", result]);
      callee.onReinviteAnswer = (result) => results.push(["callee", result]);
      call.reinvite("v=caller");
      callee.reinvite("v=callee");
      pair.simulation.run(200_000);
      if (sentBy(pair.simulation, pair.callee).some((line) => line.includes(" 491 "))) glares++;
      assert.deepEqual(got.toSorted(), ["callee v=caller", "caller v=callee"]);
      assert.equal(results.length, 2);
      assert.ok(
        results.every((result) => JSON.stringify(result).includes('"ok":true')),
        JSON.stringify(results),
      );
      assert.equal(call.state, "confirmed");
      assert.equal(callee.state, "confirmed");
      call.hangUp();
      pair.settle();
    });
    assert.ok(glares > 0);
  });

  test("re-INVITEs and INFO over 30 % loss leave both sides in agreement", () => {
    forEachSeed(seeds(150), (seed) => {
      const infos: string[] = [];
      const pair = createPair({ seed, network: bad }, (call) => call.accept(answer));
      const call = pair.invite();
      pair.simulation.run(40_000);
      const callee = pair.incoming[0];
      if (callee?.state !== "confirmed" || call.state !== "confirmed") {
        pair.settle();
        return;
      }
      callee.onInfo = (type, body) => infos.push(`${type} ${body}`);
      callee.onReinvite = (_sdp, reply) => reply.accept(answer);
      call.onReinvite = (_sdp, reply) => reply.accept(offer);
      let answers = 0;
      call.onReinviteAnswer = () => answers++;
      callee.onReinviteAnswer = () => answers++;
      call.reinvite(offer);
      call.sendInfo("application/dtmf-relay", "Signal=5");
      pair.simulation.run(80_000);
      if (callee.state === "confirmed") callee.reinvite(undefined);
      pair.simulation.run(160_000);
      assert.ok(infos.length <= 1, "one INFO arrives once");
      assert.equal(call.state, callee.state);
      if (call.state === "confirmed") assert.ok(answers >= 1);
      callee.hangUp();
      pair.settle();
    });
  });

  test("over TCP a call needs no retransmission, and leaves nothing either", () => {
    forEachSeed(seeds(30), (seed) => {
      // A round trip below T1, so that no 2xx is repeated.
      const network = { minDelay: 1, maxDelay: 200 };
      const pair = createPair({ seed, network }, (call, simulation) => {
        call.ring();
        simulation.at(simulation.now + 1000, () => call.accept(answer));
      });
      const call = pair.invite({ target: pair.callee.target("tcp") });
      pair.simulation.run(3000);
      assert.equal(call.state, "confirmed");
      pair.incoming[0]?.hangUp();
      pair.settle();
      assert.equal(call.state, "ended");
      const lines = pair.simulation.packets.map((packet) => packet.bytes.toString());
      assert.equal(new Set(lines).size, lines.length, "nothing is sent twice");
    });
  });
});
