import assert from "node:assert/strict";
import { cseq, to, topVia } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import type { CallLeg, IncomingCall, InviteOptions, LegEnded, OutgoingCall } from "../user-agent/call.ts";
import { createSimulation, type Endpoint, type Simulation, type SimulationOptions } from "./simulation.ts";

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
  readonly caller: Endpoint;
  readonly callee: Endpoint;
  /** Calls that reached the callee; retransmissions and duplicates must not add to them. */
  readonly incoming: IncomingCall[];
  invite(options?: Partial<InviteOptions>): OutgoingCall;
  /** Runs until long after every timer, then demands that nothing is left and that no answer was changed. */
  settle(): void;
}

export function createPair(
  options: SimulationOptions,
  onInvite: (call: IncomingCall, simulation: Simulation) => void,
): Pair {
  const simulation = createSimulation(options);
  const incoming: IncomingCall[] = [];
  const caller = simulation.endpoint("caller");
  const callee = simulation.endpoint("callee", {
    onInvite: (call) => {
      incoming.push(call);
      onInvite(call, simulation);
    },
  });
  return {
    simulation,
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
      for (const { name, userAgent } of [caller, callee]) {
        const left = Object.entries(userAgent.stateSize()).filter(([, size]) => size !== 0);
        assert.deepEqual(left, [], `${name} keeps nothing`);
        assert.equal(userAgent.counters.malformed, 0);
      }
      assertOneAnswer(simulation);
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

/** A server gives one transaction one final response, whatever is lost or repeated. */
export function assertOneAnswer(simulation: Simulation): void {
  const finals = new Map<string, string>();
  for (const packet of simulation.packets) {
    const message = parseMessage(packet.bytes);
    if (message.kind === "request" || message.status < 200) continue;
    const branch = topVia(message).params.get("branch") ?? "";
    const { seq, method } = cseq(message);
    // The To tag is part of it: each side of a fork answers on its own.
    const key = `${packet.from} ${branch} ${seq} ${method} ${to(message).params.get("tag") ?? ""}`;
    const text = packet.bytes.toString("latin1");
    assert.equal(finals.get(key) ?? text, text, `two different final responses to ${method}`);
    finals.set(key, text);
  }
}

/** First lines of what one endpoint sent, in order. */
export function sentBy(simulation: Simulation, endpoint: Endpoint): string[] {
  return simulation.packets
    .filter((packet) => packet.from === endpoint.address)
    .map((packet) => packet.bytes.toString("latin1", 0, packet.bytes.indexOf("\r\n")));
}
