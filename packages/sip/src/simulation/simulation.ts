import { UserAgent } from "../user-agent/user-agent.ts";
import { type Application, type Endpoint, type EndpointHandlers, UserAgentStation } from "./endpoint.ts";
import { EventQueue } from "./event-queue.ts";
import { ladderOf } from "./ladder.ts";
import {
  type Attached,
  type Intercept,
  Network,
  type NetworkConditions,
  type NetworkObserver,
  type Packet,
} from "./network.ts";
import { seededRandom } from "./random.ts";
import { type AnyStation, type Resident, Station, type StationOptions } from "./station.ts";

export interface SimulationOptions {
  /** The whole run follows from it. */
  readonly seed: number;
  /** Of every link that gets none of its own by `link`. */
  readonly network?: Partial<NetworkConditions>;
  readonly intercept?: Intercept;
  /** False: `packets` and `ladder` stay empty, for runs of many calls. */
  readonly log?: boolean;
  /** Addresses of endpoints that name none; "ipv4" by default. */
  readonly family?: "ipv4" | "ipv6";
}

export interface PlaceOptions {
  /** IP literal; one of 192.0.2.0/24 or 2001:db8::/64 by default. */
  readonly address?: string;
  /** 5060 by default. */
  readonly port?: number;
}

const maxEvents = 1_000_000;

/** Endpoints, a network between them and one clock, all virtual: hours pass in milliseconds, and every run can be had again. */
export class Simulation {
  readonly seed: number;
  /** For what this surface does not show. */
  readonly net: Network;
  /** All that is attached, in the order in which it was. */
  readonly stations: AnyStation[] = [];
  readonly #family: "ipv4" | "ipv6";
  readonly #events = new EventQueue();
  readonly #random: () => number;
  #now = 0;

  constructor(options: SimulationOptions) {
    this.seed = options.seed;
    this.#family = options.family ?? "ipv4";
    this.#random = seededRandom(options.seed);
    this.net = new Network(this, options.seed, options.network);
    this.net.intercept = options.intercept;
    this.net.log = options.log ?? true;
  }

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** Conditions of every link without some of its own; they may be changed at any time. */
  get network(): NetworkConditions {
    return this.net.conditions;
  }

  /** All that was sent, in order. */
  get packets(): readonly Packet[] {
    return this.net.packets;
  }

  get intercept(): Intercept | undefined {
    return this.net.intercept;
  }

  set intercept(intercept: Intercept | undefined) {
    this.net.intercept = intercept;
  }

  /** A generator of its own, which follows from the seed. */
  random(): () => number {
    return seededRandom(Math.floor(this.#random() * 2 ** 32));
  }

  /**
   * An endpoint that answers what it is asked, and refuses calls with 480 unless its handlers say otherwise.
   * @param handlers the same for all its lives, or an application
   */
  endpoint(name: string, handlers: EndpointHandlers | Application = {}, place: PlaceOptions = {}): Endpoint {
    const options = this.#place(name, place);
    const { address: host, port } = options;
    const make: StationOptions<UserAgent>["make"] = (environment, station) => {
      const isApplication = typeof handlers === "function" && station instanceof UserAgentStation;
      return new UserAgent({
        screen: () => "answer",
        onInvite: (call) => call.reject(480),
        ...(isApplication ? handlers(station) : handlers),
        environment,
        contactFor: () => ({ host, port }),
      });
    };
    const endpoint = new UserAgentStation({ ...options, make });
    this.stations.push(endpoint);
    return endpoint;
  }

  /** Puts anything else into the network: a proxy, or a peer of your own. */
  station<R extends Resident>(
    name: string,
    make: StationOptions<R>["make"],
    place: PlaceOptions = {},
  ): Station<R> {
    const station = new Station<R>({ ...this.#place(name, place), make });
    this.stations.push(station);
    return station;
  }

  /** Conditions between two, both ways; what is left out is as everywhere else. */
  link(a: Attached, b: Attached, conditions: Partial<NetworkConditions>): void {
    const whole = { ...this.net.conditions, ...conditions };
    this.net.setConditions(a, b, whole);
    this.net.setConditions(b, a, whole);
  }

  /** Cuts the network between two, both ways or only from the first to the second, until `heal`. */
  partition(from: Attached, to: Attached, options: { readonly oneWay?: boolean } = {}): void {
    this.net.cut(from, to);
    if (options.oneWay !== true) this.net.cut(to, from);
  }

  /** Ends cuts between two; without arguments all. */
  heal(a?: Attached, b?: Attached): void {
    if (a === undefined || b === undefined) {
      this.net.healAll();
      return;
    }
    this.net.heal(a, b);
    this.net.heal(b, a);
  }

  /** Resets the connections (TCP and what is built on it) between two; the first is told at once, the other soon. */
  closeConnections(a: Attached, b: Attached): void {
    this.net.closeConnections(a, b);
  }

  /** Does something at a virtual time, or now if that has passed. */
  at(time: number, action: () => void): void {
    this.#events.push(Math.max(time, this.#now), action);
  }

  observe(observer: NetworkObserver): void {
    this.net.observe(observer);
  }

  /**
   * Lets time pass until then, or until nothing is left to happen.
   * @throws Error after a million events: the endpoints do not come to rest
   */
  run(until: number = Number.POSITIVE_INFINITY): void {
    for (let count = 0; this.#step(until); count++) this.#checkCount(count);
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until);
  }

  /** As `run`, for code under test that waits for promises: each is carried on with before time passes. */
  async runAsync(until: number = Number.POSITIVE_INFINITY): Promise<void> {
    await settled();
    for (let count = 0; this.#step(until); count++) {
      this.#checkCount(count);
      await settled();
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until);
  }

  /** What went over the network, a line a packet: time, who to whom, first line of the message, fate. */
  ladder(): string {
    return ladderOf(this.packets, (address) => this.net.endpointAt(address)?.name ?? address);
  }

  #step(until: number): boolean {
    const next = this.#events.nextAt;
    if (next === undefined || next > until) return false;
    this.#now = next;
    this.#events.pop()?.();
    return true;
  }

  #checkCount(count: number): void {
    if (count >= maxEvents) throw new Error(`Simulation with seed ${this.seed} does not come to rest.`);
  }

  #place(name: string, place: PlaceOptions): Omit<StationOptions<Resident>, "make"> {
    const host = this.stations.length + 1;
    return {
      name,
      address: place.address ?? (this.#family === "ipv4" ? `192.0.2.${host}` : `2001:db8::${host}`),
      port: place.port ?? 5060,
      network: this.net,
      random: this.random(),
    };
  }
}

/** Every promise that can be carried on with has been. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @param options.seed decides every loss, delay, tag and branch of the run */
export function createSimulation(options: SimulationOptions): Simulation {
  return new Simulation(options);
}

/**
 * Runs one scenario under many seeds. A failure names its seed; the same call with that seed alone replays it.
 * @throws Error with the scenario's own error as its cause
 */
export function forEachSeed(seeds: number | readonly number[], scenario: (seed: number) => void): void {
  const list = typeof seeds === "number" ? Array.from({ length: seeds }, (_, index) => index + 1) : seeds;
  for (const seed of list) {
    try {
      scenario(seed);
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error);
      throw new Error(`Seed ${seed} fails: ${what}`, { cause: error });
    }
  }
}
