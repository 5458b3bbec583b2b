import type { Environment, Flow, SendTarget, TransportName } from "../environment.ts";
import type { UserAgentOptions } from "../user-agent/options.ts";
import { UserAgent } from "../user-agent/user-agent.ts";
import { EventQueue } from "./event-queue.ts";
import { seededRandom } from "./random.ts";

/** What happens to datagrams on their way. Streams are only delayed: they arrive whole and in order. */
export interface NetworkConditions {
  /** Part of the datagrams that never arrive, 0 to 1. */
  loss: number;
  /** Part of the datagrams that arrive twice, 0 to 1. */
  duplication: number;
  /** ms; where the two differ, datagrams overtake each other. */
  minDelay: number;
  maxDelay: number;
}

export interface Packet {
  /** Virtual ms. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly transport: TransportName;
  readonly bytes: Buffer;
  /** Arrivals in virtual ms: none when lost, two when duplicated. */
  readonly arrivals: readonly number[];
}

export interface SimulationOptions {
  /** The whole run follows from it. */
  readonly seed: number;
  readonly network?: Partial<NetworkConditions>;
  /** Decides on single packets, in place of the conditions: "drop", a delay in ms, or undefined to leave it to them. */
  readonly intercept?: (packet: Omit<Packet, "arrivals">) => "drop" | number | undefined;
}

export type EndpointHandlers = Partial<Omit<UserAgentOptions, "environment" | "contactFor">>;

export interface Endpoint {
  readonly name: string;
  readonly userAgent: UserAgent;
  readonly address: string;
  readonly port: number;
  /** Where others send to. */
  target(transport?: "udp" | "tcp"): SendTarget;
  /** Bytes from this endpoint to another, as if its user agent had sent them. */
  sendRaw(to: Endpoint, bytes: Buffer): void;
}

const defaultConditions: NetworkConditions = { loss: 0, duplication: 0, minDelay: 5, maxDelay: 5 };
const maxEvents = 1_000_000;

/** Endpoints, a network between them and one clock, all virtual: hours pass in milliseconds, and every run can be had again. */
export class Simulation {
  readonly seed: number;
  readonly network: NetworkConditions;
  /** All that was sent, in order. */
  readonly packets: Packet[] = [];
  intercept: SimulationOptions["intercept"];
  #now = 0;
  readonly #events = new EventQueue();
  readonly #random: () => number;
  readonly #endpoints = new Map<
    string,
    { endpoint: Endpoint; receive: (bytes: Buffer, flow: Flow) => void }
  >();
  readonly #connections = new Map<string, { id: number; lastArrival: number }>();

  constructor(options: SimulationOptions) {
    this.seed = options.seed;
    this.network = { ...defaultConditions, ...options.network };
    this.intercept = options.intercept;
    this.#random = seededRandom(options.seed);
  }

  /** Virtual ms since the beginning. */
  get now(): number {
    return this.#now;
  }

  /** A generator of its own, which follows from the seed. */
  random(): () => number {
    return seededRandom(Math.floor(this.#random() * 2 ** 32));
  }

  /** An endpoint that answers what it is asked, and refuses calls with 480 unless `handlers` say otherwise. */
  endpoint(name: string, handlers: EndpointHandlers = {}): Endpoint {
    const address = `192.0.2.${this.#endpoints.size + 1}`;
    const port = 5060;
    const random = this.random();
    let wanted = 0;
    let agent: UserAgent | undefined;
    const environment: Environment = {
      now: () => this.#now,
      random,
      randomToken: (bytes) => {
        let token = "";
        while (token.length < 2 * bytes)
          token += Math.floor(random() * 256)
            .toString(16)
            .padStart(2, "0");
        return token;
      },
      send: (target, bytes) => this.#send(address, target, bytes),
      setAlarm: (at) => {
        const alarm = ++wanted;
        if (at === undefined) return;
        this.#events.push(Math.max(at, this.#now), () => {
          if (alarm === wanted) agent?.wake();
        });
      },
    };
    const userAgent = new UserAgent({
      screen: () => "answer",
      onInvite: (call) => call.reject(480),
      ...handlers,
      environment,
      contactFor: () => ({ host: address, port }),
    });
    agent = userAgent;
    const endpoint: Endpoint = {
      name,
      userAgent,
      address,
      port,
      target: (transport = "udp") => ({ transport, address, port }),
      sendRaw: (to, bytes) => this.#send(address, to.target(), bytes),
    };
    this.#endpoints.set(address, { endpoint, receive: (bytes, flow) => userAgent.receive(bytes, flow) });
    return endpoint;
  }

  /** Does something at a virtual time, or now if that has passed. */
  at(time: number, action: () => void): void {
    this.#events.push(Math.max(time, this.#now), action);
  }

  /**
   * Lets time pass until then, or until nothing is left to happen.
   * @throws Error after a million events: the endpoints do not come to rest
   */
  run(until: number = Number.POSITIVE_INFINITY): void {
    for (let count = 0; ; count++) {
      const next = this.#events.nextAt;
      if (next === undefined || next > until) break;
      if (count >= maxEvents) throw new Error(`Simulation with seed ${this.seed} does not come to rest.`);
      this.#now = next;
      this.#events.pop()?.();
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until);
  }

  /** What went over the network, a line a packet: time, who to whom, first line of the message, fate. */
  ladder(): string {
    return this.packets
      .map(({ at, from, to, bytes, arrivals }) => {
        const line = bytes.toString("latin1", 0, Math.max(bytes.indexOf("\r\n"), 0));
        const fate = arrivals.length === 0 ? "lost" : arrivals.map((time) => time.toFixed(0)).join(" and ");
        return `${at.toFixed(0).padStart(8)}  ${this.#name(from)} → ${this.#name(to)}  ${line}  (${fate})`;
      })
      .join("\n");
  }

  #name(address: string): string {
    return this.#endpoints.get(address)?.endpoint.name ?? address;
  }

  #send(from: string, target: Flow | SendTarget, bytes: Buffer): void {
    const to = "remoteAddress" in target ? target.remoteAddress : target.address;
    const { transport } = target;
    const packet = { at: this.#now, from, to, transport, bytes };
    const arrivals = transport === "udp" ? this.#datagramArrivals(packet) : [this.#streamArrival(packet)];
    this.packets.push({ ...packet, arrivals });
    const receiver = this.#endpoints.get(to);
    if (receiver === undefined) return;
    const flow: Flow = {
      transport,
      localAddress: to,
      localPort: 5060,
      remoteAddress: from,
      remotePort: 5060,
      ...(transport !== "udp" && { connectionId: this.#connection(from, to).id }),
    };
    // Each arrival has bytes of its own, as from a real socket.
    for (const at of arrivals) this.at(at, () => receiver.receive(Buffer.from(bytes), flow));
  }

  #datagramArrivals(packet: Omit<Packet, "arrivals">): number[] {
    const { loss, duplication } = this.network;
    // Always the same number of draws, so that a decision by `intercept` leaves the rest of the run as it was.
    const isLost = this.#random() < loss;
    const isTwice = this.#random() < duplication;
    const delays = [this.#delay(), this.#delay()];
    const decision = this.intercept?.(packet);
    if (decision === "drop") return [];
    if (decision !== undefined) return [this.#now + decision];
    if (isLost) return [];
    return delays.slice(0, isTwice ? 2 : 1).map((delay) => this.#now + delay);
  }

  #delay(): number {
    const { minDelay, maxDelay } = this.network;
    return minDelay + this.#random() * (maxDelay - minDelay);
  }

  #streamArrival(packet: Omit<Packet, "arrivals">): number {
    const decision = this.intercept?.(packet);
    const delay = this.#delay();
    const connection = this.#connection(packet.from, packet.to);
    const at = this.#now + (typeof decision === "number" ? decision : delay);
    connection.lastArrival = Math.max(connection.lastArrival, at);
    return connection.lastArrival;
  }

  /** One connection a pair, with one order in each direction. */
  #connection(from: string, to: string): { id: number; lastArrival: number } {
    const way = `${from} ${to}`;
    let connection = this.#connections.get(way);
    if (connection === undefined) {
      const id = this.#connections.get(`${to} ${from}`)?.id ?? this.#connections.size + 1;
      connection = { id, lastArrival: 0 };
      this.#connections.set(way, connection);
    }
    return connection;
  }
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
