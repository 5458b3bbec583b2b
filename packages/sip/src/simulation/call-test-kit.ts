import assert from "node:assert/strict";
import type { CallLeg, IncomingCall, InviteOptions, LegEnded, OutgoingCall } from "../user-agent/call.ts";
import type { Endpoint, EndpointHandlers } from "./endpoint.ts";
import { type RuleBook, watchRules } from "./rule-book.ts";
import { createSimulation, type Simulation, type SimulationOptions } from "./simulation.ts";

export const offer =
  "v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
export const answer = offer.replace("o=a", "o=b");

/** Seeds to run: all of 1 to `count`, or the one of the environment variable that replays a failure. */
export function seeds(count: number): number | number[] {
  const one = process.env.RINGDOWN_SIMULATION_SEED;
  return one === undefined ? count : [Number(one)];
}

export interface Pair {
  readonly simulation: Simulation;
  readonly rules: RuleBook;
  readonly caller: Endpoint;
  readonly callee: Endpoint;
  /** Calls that reached the callee; retransmissions and duplicates must not add to them. */
  readonly incoming: IncomingCall[];
  invite(options?: Partial<InviteOptions>): OutgoingCall;
  /** Runs until long after every timer, then demands that all rules were kept and nothing is left. */
  settle(): void;
}

export function createPair(
  options: SimulationOptions,
  onInvite: (call: IncomingCall, simulation: Simulation) => void,
  calleeHandlers: EndpointHandlers = {},
): Pair {
  const simulation = createSimulation(options);
  const rules = watchRules(simulation, { introductions: true });
  const incoming: IncomingCall[] = [];
  const caller = simulation.endpoint("caller");
  const callee = simulation.endpoint("callee", {
    ...calleeHandlers,
    onInvite: (call) => {
      incoming.push(call);
      onInvite(call, simulation);
    },
  });
  rules.introduce(caller, callee);
  return {
    simulation,
    rules,
    caller,
    callee,
    incoming,
    invite: (inviteOptions) =>
      caller.userAgent.invite({
        requestUri: `sip:demo@${callee.address}`,
        from: "<sip:+15551234567@192.0.2.1>",
        to: `<sip:demo@${callee.address}>`,
        sdp: offer,
        target: callee.target(),
        ...inviteOptions,
      }),
    settle: () => {
      simulation.run(simulation.now + 600_000);
      rules.finish();
      rules.assertKept();
    },
  };
}

/** Collects how a leg ended, and that it was told once. */
export function watchEnd(leg: CallLeg): { readonly ended: LegEnded | undefined } {
  const watch: { ended: LegEnded | undefined } = { ended: undefined };
  leg.onEnded = (ended) => {
    assert.equal(watch.ended, undefined, "onEnded is told once");
    watch.ended = ended;
  };
  return watch;
}

/** First lines of what one endpoint sent, in order. */
export function sentBy(simulation: Simulation, endpoint: Endpoint): string[] {
  return simulation.packets
    .filter((packet) => packet.from === endpoint.address)
    .map((packet) => packet.bytes.toString("latin1", 0, packet.bytes.indexOf("\r\n")));
}
