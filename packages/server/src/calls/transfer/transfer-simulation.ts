// A caller, a node with its call control and its SIP stack, and those whom it calls, on a simulated network: what happens to whom
// follows from a seed. Only the media is a stand-in.
import type { CallLeg, IncomingCall } from "@ringdown/sip";
import { TargetHealth } from "@ringdown/sip";
import {
  createSimulation,
  type Endpoint,
  plainAudio,
  type RuleBook,
  type Simulation,
  seededRandom,
  watchRules,
} from "@ringdown/sip/simulation";
import type { AgentProfile } from "@ringdown/voice";
import { AGENT_DEFAULTS } from "../../store/agent-fields.ts";
import type { Agent } from "../../store/records.ts";
import { Call } from "../call.ts";
import { CallRecorder } from "../call-record.ts";
import { FakeCallStore } from "../call-test-kit.ts";
import type { Clock } from "../clock.ts";
import { createDialer } from "../dial/dialer.ts";
import { setUpInbound } from "../inbound-setup.ts";
import { RunningCalls } from "../running-calls.ts";
import { type KeyPlan, SimulatedMedia } from "./simulated-media.ts";
import { type TransferRequest, Transfers } from "./transfers.ts";

/** What one of those who are called does. Times are ms. */
export interface PersonPlan {
  readonly does: "answers" | "busy" | "declines" | "rings" | "is dead" | "wavers";
  readonly after: number;
  /** After the answer; undefined: never by himself. */
  readonly hangsUpAfter: number | undefined;
  readonly key: KeyPlan | undefined;
}

/** How the caller's side takes a REFER. */
export type ReferPlan = "refuses" | "takes and reports" | "takes and fails" | "takes in silence";

export interface TransferScenario {
  readonly seed: number;
  readonly network: {
    readonly loss: number;
    readonly duplication: number;
    readonly minDelay: number;
    readonly maxDelay: number;
  };
  readonly persons: readonly PersonPlan[];
  readonly refer: ReferPlan;
  readonly transfers: readonly { readonly at: number; readonly request: TransferRequest }[];
  readonly cancels: readonly number[];
  readonly holds: readonly number[];
  /** Between the node and one of the persons, or the caller (-1). */
  readonly cut: { readonly whom: number; readonly at: number; readonly lasts: number } | undefined;
  readonly callerHangsUpAt: number;
}

export function drawTransferScenario(seed: number): TransferScenario {
  const random = seededRandom(seed);
  const below = (most: number): number => Math.floor(random() * most);
  const pick = <T>(...of: readonly [T, ...T[]]): T => of[below(of.length)] ?? of[0];
  const isBad = random() < 0.6;
  const maxDelay = pick(5, 80, 600);
  const persons = Array.from(
    { length: 3 },
    (): PersonPlan => ({
      does: pick("answers", "answers", "answers", "busy", "declines", "rings", "is dead", "wavers"),
      after: below(20_000),
      hangsUpAfter: random() < 0.6 ? below(40_000) : undefined,
      key: random() < 0.7 ? { key: pick("1", "1", "2", "3", "7"), after: below(12_000) } : undefined,
    }),
  );
  const some = (): number[] => Array.from({ length: below(3) }, () => below(150_000));
  return {
    seed,
    network: {
      loss: isBad ? random() * 0.3 : 0,
      duplication: isBad ? random() * 0.2 : 0,
      minDelay: 5,
      maxDelay,
    },
    persons,
    refer: pick("refuses", "takes and reports", "takes and fails", "takes in silence"),
    transfers: Array.from({ length: 1 + below(3) }, () => ({
      at: 2_000 + below(120_000),
      request: {
        destinations: Array.from({ length: 1 + below(3) }, () => `sip:${below(persons.length)}@pbx.example`),
        mode: pick("bridge", "bridge", "refer"),
        confirm: random() < 0.4,
        attended: random() < 0.2,
        ...(random() < 0.5 && { transferNotification: "A caller with a question." }),
      },
    })),
    cancels: some(),
    holds: some(),
    cut:
      random() < 0.3
        ? { whom: below(persons.length + 1) - 1, at: below(120_000), lasts: below(20_000) }
        : undefined,
    callerHangsUpAt: random() < 0.5 ? 3_000 + below(150_000) : 200_000 + below(20_000),
  };
}

const HOLD =
  "v=0\r\no=- 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n";
const DOMAIN = "ringdown.example";

/** With whom a caller is whose call stands. */
export type Partner = "agent" | "person" | "ringback" | "nobody";

export class TransferStage {
  readonly simulation: Simulation;
  readonly rules: RuleBook;
  readonly store = new FakeCallStore();
  readonly running = new RunningCalls();
  /** Faults of ours that were logged. */
  readonly errors: string[] = [];
  readonly node: Endpoint;
  /** The caller's end of the call. */
  readonly callerLeg: CallLeg;
  /** The ends of those who were called. */
  readonly personLegs: CallLeg[] = [];
  /** The caller has been told to go elsewhere, and went. */
  wentElsewhere = false;
  readonly media: SimulatedMedia;
  readonly #transfers: Transfers;
  readonly #persons: Endpoint[];
  /** The latest call to a person for which that media was opened. */
  #underWay = false;
  readonly #dialled = new Map<string, { readonly leg: CallLeg; readonly index: number }>();
  #call: Call | undefined;

  constructor(scenario: TransferScenario, log = false) {
    const { seed, network } = scenario;
    this.simulation = createSimulation({ seed, network, log });
    this.rules = watchRules(this.simulation);
    this.node = this.simulation.endpoint("node", { onInvite: (leg) => this.#incoming(leg), replaces: true });
    this.#persons = scenario.persons.map((plan, index) =>
      this.simulation.endpoint(`person${index}`, { onInvite: (leg) => this.#ring(leg, plan, index) }),
    );
    const caller = this.simulation.endpoint("caller", {
      onRefer: (refer) => {
        if (scenario.refer === "refuses") {
          refer.reject(603);
          return;
        }
        refer.accept();
        if (scenario.refer === "takes in silence") return;
        const isFine = scenario.refer === "takes and reports";
        caller.setTimer(4_000, () => {
          refer.finish(isFine ? 200 : 486);
          if (!isFine) return;
          this.wentElsewhere = true;
          this.callerLeg.hangUp();
        });
      },
    });
    const { node, simulation } = this;
    this.media = new SimulatedMedia(plainAudio(node), (ms, action) => node.setTimer(ms, action));
    this.media.keyOf = (legId) => scenario.persons[this.#dialled.get(legId)?.index ?? -1]?.key;
    this.#transfers = this.#createTransfers();
    this.callerLeg = caller.call(node);
    for (const { at, request } of scenario.transfers)
      simulation.at(at, () => this.#try(() => this.#transfers.start("c1", request)));
    for (const at of scenario.cancels) simulation.at(at, () => this.#try(() => this.#transfers.cancel("c1")));
    for (const at of scenario.holds) {
      simulation.at(at, () => this.callerLeg.state === "confirmed" && this.callerLeg.reinvite(HOLD));
      simulation.at(
        at + 5_000,
        () => this.callerLeg.state === "confirmed" && this.callerLeg.reinvite(plainAudio(caller)),
      );
    }
    if (scenario.cut !== undefined) {
      const { whom, at, lasts } = scenario.cut;
      const other = this.#persons[whom] ?? caller;
      simulation.at(at, () => simulation.partition(node, other));
      simulation.at(at + lasts, () => simulation.heal(node, other));
    }
    simulation.at(scenario.callerHangsUpAt, () => this.callerLeg.hangUp());
  }

  /** Undefined: the node's call does not stand, or has not begun. */
  get partner(): Partner | undefined {
    const call = this.#call;
    if (call?.talking !== true) return undefined;
    const leg = this.media.legs.get("c1");
    const other = leg?.bridgedTo;
    if (other !== undefined) return this.#stands(other.id) ? "person" : "nobody";
    if (leg?.conversation === "talking") return "agent";
    return leg?.hearsSound === true ? "ringback" : "nobody";
  }

  /** Persons whose calls stand at the node, and for whom nothing is done: none of a transfer that is over, unless he has the caller. */
  get forgotten(): number {
    const standing = [...this.#dialled.values()].filter(({ leg }) => leg.state === "confirmed").length;
    const isWanted = this.#underWay || this.partner === "person";
    return isWanted ? Math.max(0, standing - 1) : standing;
  }

  get isOver(): boolean {
    return this.running.size === 0;
  }

  /** Whether the node's dialog with the person behind that media stands. */
  #stands(legId: string): boolean {
    return this.#dialled.get(legId)?.leg.state === "confirmed";
  }

  #try(action: () => void): void {
    try {
      action();
    } catch (error) {
      // Refused with a code, as the API would tell: no call any more, a transfer under way, none to be given up.
      if (!(error instanceof Error && "code" in error)) throw error;
    }
  }

  #ring(leg: IncomingCall, { does, after, hangsUpAfter }: PersonPlan, index: number): void {
    const person = this.#persons[index];
    if (person === undefined) return;
    this.personLegs.push(leg);
    if (does === "is dead") {
      leg.ignore();
      return;
    }
    leg.ring();
    person.setTimer(after, () => {
      if (leg.state !== "early") return;
      if (does === "busy") leg.reject(486);
      else if (does === "declines") leg.reject(603);
      else if (does === "wavers") leg.reject(503);
      else if (does === "answers") {
        leg.accept(plainAudio(person));
        if (hangsUpAfter !== undefined) person.setTimer(hangsUpAfter, () => leg.hangUp());
      }
    });
  }

  #incoming(leg: IncomingCall): void {
    const { simulation, store, running, media } = this;
    const clock = this.#clock;
    const recorder = new CallRecorder(
      { id: "c1", organizationId: "o1", direction: "inbound", agentId: "a1", from: "+15550100", to: "desk" },
      { store, clock, onWriteFailed: (error) => this.errors.push(String(error)) },
    );
    const call = new Call({
      ...{
        id: "c1",
        profile: {} as AgentProfile,
        record: false,
        recorder,
        pool: media,
        clock,
        log: this.#log,
      },
      ...{ from: "+15550100", to: "desk", inputs: { direction: "inbound" } },
      files: {
        paths: () => ({ recording: "c1.wav", messagePrefix: "c1-" }),
        finished: async () => null,
        nameOf: (path) => path,
      },
      leg: { direction: "inbound", sipCallId: leg.callId },
      onEnded: () => running.ended("c1"),
      onTransferRequested: () => undefined,
      onReleased: () => running.released("c1"),
    });
    this.#call = call;
    running.add(call, { organizationId: "o1", agentId: "a1" });
    setUpInbound({
      ...{ call, dialog: leg, localAddress: this.node.address, ringSeconds: 0, log: this.#log },
      onRefused: ({ code }) => this.errors.push(`refused at ${simulation.now}: ${code}`),
    });
  }

  get #clock(): Clock {
    const { node, simulation } = this;
    return { now: () => simulation.now, after: (ms, action) => node.setTimer(ms, action) };
  }

  get #log() {
    const note = (fields: object, message: string): void => {
      const { err } = fields as { err?: unknown };
      this.errors.push(`${message}: ${err instanceof Error ? (err.stack ?? err.message) : String(err)}`);
    };
    const info = (_fields: object, message: string): void => {
      if (message === "a call is transferred") this.#underWay = true;
      if (message === "a transfer is over") this.#underWay = false;
    };
    return { info, warn: () => undefined, error: note };
  }

  #createTransfers(): Transfers {
    const { node, simulation, running } = this;
    const agent: Agent = {
      ...{ ...AGENT_DEFAULTS, id: "a1", organizationId: "o1", username: "desk", phoneNumbers: ["+15550000"] },
      ...{ createdAt: "", updatedAt: "", transferConfirmTimeout: 15 },
    };
    const dialer = createDialer({
      plan: async ({ destination }) => {
        const uri = destination.kind === "sip" ? destination.uri : "";
        const person = this.#persons[indexOf(uri)];
        if (person === undefined) return { ways: [], reason: "nobody" };
        const from = `<sip:desk@${node.address}>`;
        const hop = { targets: [person.target()] };
        return {
          ways: [{ name: "host", kind: "host", requestUri: uri, to: `<${uri}>`, from, headers: [], hop }],
        };
      },
      locate: () => Promise.reject(new Error("nothing is located")),
      health: new TargetHealth(simulation.random()),
      invite: (options) => {
        const leg = node.userAgent.invite(options);
        const index = indexOf(options.requestUri);
        // One person is called at a time: it is the media that was opened last.
        const legId = [...this.media.legs.keys()].at(-1);
        if (legId !== undefined) this.#dialled.set(legId, { leg, index });
        return leg;
      },
      openInternal: () => undefined,
      addressTowards: () => node.address,
      now: () => simulation.now,
      after: (ms, action) => node.setTimer(ms, action),
      onError: (error) => this.errors.push(String(error)),
    });
    return new Transfers({
      ...{ running, dialer, clock: this.#clock, log: this.#log, domain: DOMAIN },
      agents: { get: () => agent },
      destinations: { read: (_organization, uri) => ({ kind: "sip", uri }) },
      registrations: { line: () => undefined },
      mediaAddressFor: () => node.address,
    });
  }
}

/** The person that a URI names. */
function indexOf(uri: string): number {
  return Number(/^sip:(\d)@/.exec(uri)?.[1] ?? -1);
}
