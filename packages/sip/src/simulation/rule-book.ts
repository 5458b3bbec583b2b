import { UserAgent } from "../user-agent/user-agent.ts";
import { factsOf } from "./facts.ts";
import type { Attached, Packet } from "./network.ts";
import { AcknowledgementRule } from "./rules/acknowledgement.ts";
import { BranchRule } from "./rules/branches.ts";
import { DialogEndRule } from "./rules/dialog-end.ts";
import { KnownAddressRule } from "./rules/known-addresses.ts";
import { OfferRule } from "./rules/offers.ts";
import { OneAnswerRule } from "./rules/one-answer.ts";
import { RepetitionRule } from "./rules/repetition.ts";
import type { Party, Report, Rule } from "./rules/rule.ts";
import { SequenceRule } from "./rules/sequence.ts";
import type { Simulation } from "./simulation.ts";

/** A rule that was broken. */
export interface Breach {
  readonly rule: string;
  /** Virtual ms. */
  readonly at: number;
  /** Who broke it, by name. */
  readonly who: string;
  readonly text: string;
}

export interface RuleBookOptions {
  /** Also demand that nobody sends to whom it was not introduced, nor heard of in a message. */
  readonly introductions?: boolean;
}

/** Most breaches that are kept: what breaks once often breaks a thousand times. */
const maxBreaches = 100;

/** Watches all that is sent in a simulation, and notes what RFC 3261 and its family do not allow. */
export class RuleBook {
  readonly breaches: Breach[] = [];
  readonly #simulation: Simulation;
  readonly #rules: Rule[] = [];
  readonly #addresses: KnownAddressRule | undefined;
  readonly #parties = new Map<Attached, Party>();
  /** What the one that a message comes to has dropped before. */
  #dropped = 0;

  constructor(simulation: Simulation, options: RuleBookOptions = {}) {
    this.#simulation = simulation;
    const now = () => simulation.now;
    this.#add((report) => new BranchRule(report));
    this.#add((report) => new OneAnswerRule(report));
    this.#add((report) => new AcknowledgementRule(report, now));
    this.#add((report) => new SequenceRule(report));
    this.#add((report) => new DialogEndRule(report));
    this.#add((report) => new OfferRule(report, now));
    this.#add((report) => new RepetitionRule(report));
    if (options.introductions === true) {
      this.#addresses = this.#add((report) => new KnownAddressRule(report, () => simulation.stations));
    }
    simulation.observe({
      sent: (packet, from) => this.#sent(packet, from),
      arriving: (packet, to) => this.#arriving(packet, to),
      arrived: (packet, to) => this.#arrived(packet, to),
      closed: (flow, at) => {
        const party = this.#party(at);
        for (const each of this.#rules) each.closed?.(flow, party);
      },
    });
  }

  /** Lets one know where another is. */
  introduce(to: Attached, whom: Attached): void {
    this.#addresses?.introduce(to, whom);
  }

  /** Notes a breach of a rule of your own. */
  report(rule: string, who: string, text: string): void {
    if (this.breaches.length < maxBreaches) this.breaches.push({ rule, at: this.#simulation.now, who, text });
  }

  /** All is over: what was owed then is owed for ever, and nobody may hold anything any more. */
  finish(): void {
    // Who has restarted and said nothing since is another one all the same.
    for (const at of [...this.#parties.keys()]) this.#party(at);
    for (const rule of this.#rules) rule.finished?.();
    for (const { name, resident } of this.#simulation.stations) {
      if (!holdsState(resident)) continue;
      for (const [what, size] of Object.entries(resident.stateSize())) {
        if (size !== 0) this.report("nothing is left", name, `keeps ${size} ${what}`);
      }
      if (resident instanceof UserAgent && resident.counters.malformed > 0)
        this.report(
          "what is sent can be read",
          name,
          `could not read ${resident.counters.malformed} messages`,
        );
    }
  }

  /** @throws Error with all breaches in its message */
  assertKept(): void {
    if (this.breaches.length > 0) throw new Error(this.breaches.map(breachText).join("\n"));
  }

  #add<R extends Rule>(make: (report: Report) => R): R {
    const rule: R = make((party, text) => this.report(rule.name, party.at.name, text));
    this.#rules.push(rule);
    return rule;
  }

  #sent(packet: Packet, from: Attached): void {
    const facts = factsOf(packet.bytes);
    if (facts === undefined) return;
    const party = this.#party(from);
    for (const rule of this.#rules) rule.sent?.(facts, party, packet);
  }

  #arriving(packet: Packet, to: Attached): void {
    const facts = factsOf(packet.bytes);
    if (facts === undefined) return;
    const party = this.#party(to);
    this.#dropped = droppedBy(to.resident);
    for (const rule of this.#rules) rule.arriving?.(facts, party, packet);
  }

  #arrived(packet: Packet, to: Attached): void {
    const facts = factsOf(packet.bytes);
    if (facts === undefined) return;
    const party = this.#party(to);
    const isDropped = droppedBy(to.resident) > this.#dropped;
    for (const rule of this.#rules) rule.arrived?.(facts, party, isDropped);
  }

  #party(at: Attached): Party {
    const known = this.#parties.get(at);
    const id = `${at.address}#${at.incarnation}`;
    if (known?.id === id) return known;
    if (known !== undefined) for (const rule of this.#rules) rule.restarted?.(known);
    const party: Party = { id, at, isUserAgent: at.resident instanceof UserAgent };
    this.#parties.set(at, party);
    return party;
  }
}

/** @see RuleBook; made before the first message is sent */
export function watchRules(simulation: Simulation, options?: RuleBookOptions): RuleBook {
  return new RuleBook(simulation, options);
}

export function breachText({ rule, at, who, text }: Breach): string {
  return `${rule}: ${who} ${text} (at ${at.toFixed(0)})`;
}

function droppedBy(resident: unknown): number {
  return resident instanceof UserAgent ? resident.counters.dropped : 0;
}

function holdsState(resident: unknown): resident is { stateSize(): object } {
  return typeof resident === "object" && resident !== null && "stateSize" in resident;
}
