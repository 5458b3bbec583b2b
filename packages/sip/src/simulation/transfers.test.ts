import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { serialiseReplaces } from "../header/replaces.ts";
import { serialiseUri } from "../message/uri.ts";
import type { IncomingRefer, OutgoingRefer, ReferOutcome } from "../refer/refer.ts";
import type { CallLeg } from "../user-agent/call.ts";
import { answer, createPair, type Pair, seeds } from "./call-test-kit.ts";
import { forEachSeed } from "./simulation.ts";

const bad = { loss: 0.3, duplication: 0.1, minDelay: 1, maxDelay: 400 };
const late = { loss: 0, duplication: 0.2, minDelay: 1, maxDelay: 900 };

function watch(refer: OutgoingRefer): { progress: number[]; outcomes: ReferOutcome[] } {
  const seen: { progress: number[]; outcomes: ReferOutcome[] } = { progress: [], outcomes: [] };
  refer.onProgress = (status) => {
    assert.equal(seen.outcomes.length, 0, "no progress after the outcome");
    seen.progress.push(status);
  };
  refer.onOutcome = (outcome) => seen.outcomes.push(outcome);
  return seen;
}

/** A call that stands, between two endpoints of which the callee takes REFERs; undefined where the network prevented it. */
function standing(seed: number, network: object, onRefer: (refer: IncomingRefer, pair: Pair) => void) {
  const refers: IncomingRefer[] = [];
  const pair: Pair = createPair({ seed, network }, (call) => call.accept(answer), {
    onRefer: (refer) => {
      refers.push(refer);
      onRefer(refer, pair);
    },
  });
  const call = pair.invite();
  pair.simulation.run(40_000);
  const callee = pair.incoming[0];
  const stands = call.state === "confirmed" && callee?.state === "confirmed";
  return { pair, call, callee, refers, stands };
}

describe("REFER over a network", () => {
  test("over 30 % loss the referrer hears the outcome, or that it does not know", () => {
    let reported = 0;
    let told = 0;
    forEachSeed(seeds(300), (seed) => {
      const { pair, call, callee, refers, stands } = standing(
        seed,
        seed % 3 === 0 ? late : bad,
        (refer, { simulation }) => {
          refer.accept();
          simulation.at(simulation.now + 1_000, () => refer.progress(180));
          simulation.at(simulation.now + 5_000, () => refer.finish(seed % 2 === 0 ? 200 : 486));
        },
      );
      if (!stands) {
        call.hangUp();
        pair.settle();
        return;
      }
      told++;
      const seen = watch(call.refer("sip:carol@192.0.2.77"));
      pair.simulation.run(pair.simulation.now + 200_000);
      assert.ok(refers.length <= 1, "one REFER is one request");
      assert.equal(seen.outcomes.length, 1);
      const [outcome] = seen.outcomes;
      if (outcome?.kind === "reported") {
        assert.equal(outcome.status, seed % 2 === 0 ? 200 : 486);
        reported++;
      }
      assert.equal(call.state, "confirmed", "a transfer that fails leaves the call");
      // Either side may end it.
      if (seed % 2 === 0) call.hangUp();
      else callee?.hangUp();
      pair.settle();
    });
    assert.ok(
      typeof seeds(1) !== "number" || reported > 0.95 * told,
      `${reported} of ${told} heard the outcome`,
    );
  });

  test("the call ends at any moment of a transfer: nothing is left, and the outcome is told once", () => {
    forEachSeed(seeds(300), (seed) => {
      const { pair, call, callee, refers, stands } = standing(
        seed,
        seed % 2 === 0 ? late : bad,
        (refer, { simulation }) => {
          if (seed % 5 === 0) refer.reject(603);
          else if (seed % 5 !== 1) refer.accept();
          simulation.at(simulation.now + ((seed * 31) % 4_000), () => refer.finish(200));
        },
      );
      const { simulation } = pair;
      const seen = watch(call.refer("sip:carol@192.0.2.77"));
      const other = callee && watch(callee.refer("sip:dave@192.0.2.78"));
      const end = simulation.now + ((seed * 37) % 6_000);
      simulation.at(end, () => (seed % 3 === 0 ? call : callee)?.hangUp());
      if (seed % 4 === 0) simulation.at(end + 1, () => (seed % 3 === 0 ? callee : call)?.hangUp());
      if (!stands) simulation.at(end, () => call.hangUp());
      pair.settle();
      assert.equal(seen.outcomes.length, 1);
      assert.ok(refers.length <= 1);
      if (other !== undefined) {
        assert.equal(other.outcomes[0]?.kind, "refused", "the caller takes no REFER");
      }
    });
  });

  test("a whole blind transfer: the transferee calls, reports, and the first call ends", () => {
    forEachSeed(seeds(60), (seed) => {
      const { pair, call, callee, stands } = standing(
        seed,
        bad,
        (refer, { simulation, callee: endpoint }) => {
          refer.accept();
          const onward = endpoint.userAgent.invite({
            ...{
              requestUri: "sip:target@192.0.2.3",
              to: "<sip:target@192.0.2.3>",
              from: "<sip:demo@192.0.2.2>",
            },
            ...{ sdp: answer, target: target.target() },
          });
          onward.onProgress = (status) => refer.progress(status);
          onward.onAnswered = () => {
            refer.finish(200);
            simulation.at(simulation.now + 1_000, () => onward.hangUp());
          };
          onward.onEnded = ({ status = 503 }) => refer.finish(status);
        },
      );
      const target = pair.simulation.endpoint("target", { onInvite: (one) => one.accept(answer) });
      const seen = watch(call.refer("sip:target@192.0.2.3"));
      pair.simulation.run(pair.simulation.now + 90_000);
      if (stands && seen.outcomes[0]?.kind === "reported") {
        assert.ok([200, 408].includes(seen.outcomes[0].status ?? 0));
      }
      call.hangUp();
      callee?.hangUp();
      pair.settle();
      assert.equal(seen.outcomes.length, 1);
      assert.deepEqual(target.userAgent.stateSize().dialogs, 0);
    });
  });

  test("a whole attended transfer: REFER with Replaces, and the two are in one call", () => {
    let joined = 0;
    forEachSeed(seeds(80), (seed) => {
      const network = seed % 2 === 0 ? bad : late;
      const onwards: CallLeg[] = [];
      const { pair, call, callee, stands } = standing(seed, network, (refer, { callee: endpoint }) => {
        refer.accept();
        assert.ok(refer.replaces !== undefined);
        const onward = endpoint.userAgent.invite({
          ...{
            requestUri: serialiseUri(refer.uri),
            to: `<${serialiseUri(refer.uri)}>`,
            from: "<sip:demo@192.0.2.2>",
          },
          ...{ sdp: answer, target: colleague.target() },
          headers: [["Replaces", serialiseReplaces(refer.replaces)]],
        });
        onwards.push(onward);
        onward.onAnswered = () => refer.finish(200);
        onward.onEnded = ({ status = 503 }) => refer.finish(status);
      });
      const { simulation } = pair;
      const taken: CallLeg[] = [];
      const replaced: unknown[] = [];
      const colleague = simulation.endpoint("colleague", {
        replaces: true,
        onInvite: (one) => {
          taken.push(one);
          const { replaces } = one;
          if (replaces !== undefined) replaces.onEnded = ({ cause }) => replaced.push(cause);
          one.accept(answer);
        },
      });
      pair.rules.introduce(pair.caller, colleague);
      const consultation = pair.invite({
        requestUri: "sip:c@192.0.2.3",
        to: "<sip:c@192.0.2.3>",
        target: colleague.target(),
      });
      simulation.run(simulation.now + 40_000);
      if (!stands || consultation.state !== "confirmed" || taken[0]?.state !== "confirmed") {
        for (const leg of [call, callee, consultation, ...taken]) leg?.hangUp();
        pair.settle();
        return;
      }
      const seen = watch(
        call.refer(consultation.remoteTarget ?? "", { replaces: consultation.asReplaces() }),
      );
      simulation.run(simulation.now + 100_000);
      if (seen.outcomes[0]?.status === 200) {
        assert.equal(taken.length, 2);
        assert.equal(taken[0].state, "ended");
        assert.deepEqual(replaced, ["replaced"]);
        assert.notEqual(consultation.state, "confirmed", "its peer has another call now");
        if (taken[1]?.state === "confirmed" && onwards[0]?.state === "confirmed") joined++;
      }
      for (const leg of [call, callee, consultation, ...taken, ...onwards]) leg?.hangUp();
      pair.settle();
      assert.equal(seen.outcomes.length, 1);
      assert.equal(colleague.userAgent.stateSize().dialogs, 0);
    });
    assert.ok(typeof seeds(1) !== "number" || joined > 60, `${joined} of 80 were joined`);
  });
});
