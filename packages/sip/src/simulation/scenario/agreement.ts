import { Leg } from "../../user-agent/leg.ts";
import { factsOf } from "../facts.ts";
import type { Simulation } from "../simulation.ts";
import type { Scenario } from "./scenario.ts";
import type { Stage } from "./stage.ts";
import type { StagedCall } from "./staged-call.ts";
import { firstReferred } from "./transfers.ts";
import type { WatchedLeg } from "./watched-leg.ts";

/** Tags of the legs that a BYE was sent to, and of those where it came. */
export interface Byes {
  readonly sent: ReadonlySet<string>;
  readonly arrived: ReadonlySet<string>;
}

export function watchByes(simulation: Simulation): Byes {
  const sent = new Set<string>();
  const arrived = new Set<string>();
  const phones = new Set<unknown>(simulation.stations.filter((station) => "userAgent" in station));
  simulation.observe({
    sent: ({ bytes }) => {
      const facts = factsOf(bytes);
      if (facts?.method === "BYE" && facts.status === 0) sent.add(facts.toTag);
    },
    arriving: ({ bytes }, to) => {
      const facts = factsOf(bytes);
      if (facts?.method === "BYE" && facts.status === 0 && phones.has(to)) arrived.add(facts.toTag);
    },
  });
  return { sent, arrived };
}

/** Every leg that stands has its other side, but for those whose other side restarted, or whose BYE never came through. */
export function checkAgreement(call: StagedCall, stage: Stage, byes: Byes): void {
  for (const leg of call.legs) {
    if (!leg.isUp || partnerOf(leg, call)?.isUp === true || call.wasInterrupted) continue;
    const { id } = leg.leg;
    if (byes.sent.has(id) && !byes.arrived.has(id)) continue;
    const what = byes.arrived.has(id) ? "the other has said BYE" : "the other has ended it without a BYE";
    stage.rules.report("both sides agree", leg.endpoint.name, `has call ${call.action.call} up; ${what}`);
  }
}

/**
 * A session timer tells whoever is alone in a call (RFC 4028 §10).
 * @param longest ms in which a session that nobody refreshes is over
 */
export function checkExpiry(stage: Stage, longest: number): void {
  const alone = () =>
    [...stage.calls.values()].flatMap((call) => call.legs.filter((leg) => isTimed(leg, call, stage)));
  if (alone().length === 0) return;
  stage.simulation.run(stage.simulation.now + longest);
  for (const { endpoint } of alone())
    stage.rules.report("session timers", endpoint.name, "is still alone in a call");
}

/** Alone in a call whose two sides both know session timers. */
function isTimed(leg: WatchedLeg, call: StagedCall, stage: Stage): boolean {
  if (!leg.isUp || partnerOf(leg, call)?.isUp === true) return false;
  const [other, ...more] = call.legs.filter((one) => one !== leg && one.endpoint !== leg.endpoint);
  return other !== undefined && more.length === 0 && stage.hasTimer(leg.endpoint, other.endpoint);
}

/** Whoever is alone in a call learns it from what it asks there: the second time, where the first found a dead connection. */
export function probe(stage: Stage, patience: number): void {
  const { simulation, rules } = stage;
  const calls = [...stage.calls.values()];
  for (let times = 0; times < 2; times++) {
    for (const call of calls) {
      for (const leg of call.legs) if (leg.isUp) leg.leg.sendInfo("text/plain", "still there?");
    }
    simulation.run(simulation.now + patience);
  }
  for (const call of calls) {
    for (const leg of call.legs) {
      if (leg.isUp && partnerOf(leg, call)?.isUp !== true)
        rules.report(
          "both sides agree",
          leg.endpoint.name,
          `is alone in call ${call.action.call} and does not notice`,
        );
    }
  }
}

const failures = new Set(["no-ack", "transport-error", "session-expired"]);

/** Where nothing goes wrong in the network, nothing goes wrong in a call either. */
export function checkCalm(call: StagedCall, { actions }: Scenario, stage: Stage): void {
  const { action } = call;
  const complain = (who: string, text: string) =>
    stage.rules.report("a calm network, a calm call", who, text);
  for (const { ended, wasUp, endpoint } of call.legs) {
    const cause = ended?.cause ?? "";
    const isFailure = failures.has(cause) || (cause === "timeout" && wasUp);
    if (isFailure)
      complain(endpoint.name, `ends call ${action.call} by ${ended?.cause} ${ended?.status ?? ""}`);
  }
  const [callee, ...others] = action.callees;
  if (callee?.final.kind !== "accept" || others.length > 0 || action.way === "registered") return;
  if (action.call >= firstReferred) return;
  const answered = action.at + callee.final.after + 3_000;
  const limit = action.at + (action.ringTimeout ?? Number.POSITIVE_INFINITY);
  const enders = new Set(["hang-up", "refer", "leave-fork"]);
  const hangUps = actions.filter(
    (other) => enders.has(other.kind) && "call" in other && other.call === action.call,
  );
  if (limit < answered || hangUps.some(({ at }) => at < answered)) return;
  // It may be replaced by another: while it rings, too, at the one who made it (RFC 3891 §3).
  if (actions.some((other) => other.kind === "refer" && other.replaces === action.call)) return;
  if (!call.isAnswered) complain(action.from, `does not get call ${action.call} answered`);
  else if (hangUps.length === 0 && call.legs.some((leg) => !leg.isUp))
    complain(action.from, `does not keep call ${action.call}, which nobody has ended`);
}

export function checkEnds(stage: Stage): void {
  for (const call of stage.calls.values()) {
    for (const leg of call.legs) {
      if (leg.exists && leg.ended === undefined)
        stage.rules.report(
          "every leg ends",
          leg.endpoint.name,
          `never ends its leg of call ${call.action.call}`,
        );
    }
  }
  for (const { what, by, incarnation, results } of stage.questions) {
    const isRight = results === 1 || (results === 0 && by.incarnation !== incarnation);
    if (!isRight) stage.rules.report("one result", by.name, `has ${results} results of one ${what}`);
  }
}

function partnerOf(leg: WatchedLeg, call: StagedCall): WatchedLeg | undefined {
  const tag = leg.leg instanceof Leg ? leg.leg.dialog?.remoteTag : undefined;
  return call.legs.find((other) => other !== leg && other.exists && other.leg.id === tag);
}
