import type { Flow, SendTarget, TransportName } from "../environment.ts";
import { seededRandom, seedFor } from "./random.ts";
import { Streams } from "./streams.ts";

/** What happens to packets on their way from one endpoint to another. */
export interface NetworkConditions {
  /** Part of the datagrams that never arrive, 0 to 1. A stream's bytes arrive all the same, later. */
  loss: number;
  /** Part of the datagrams that arrive twice, 0 to 1. */
  duplication: number;
  /** ms; where the two differ, datagrams overtake each other. */
  minDelay: number;
  maxDelay: number;
}

export const defaultConditions: NetworkConditions = { loss: 0, duplication: 0, minDelay: 5, maxDelay: 5 };

export interface Packet {
  /** Virtual ms. */
  readonly at: number;
  /** Addresses. */
  readonly from: string;
  readonly to: string;
  /** Port that it is sent to. */
  readonly toPort: number;
  readonly transport: TransportName;
  readonly bytes: Buffer;
  /** Arrivals in virtual ms: none when lost, two when duplicated. A stream may add them later. */
  readonly arrivals: readonly number[];
}

/** A packet as the network works on it. */
export interface PacketOnItsWay extends Packet {
  readonly arrivals: number[];
}

/** Decides on single packets, in place of the conditions: "drop", a delay in ms, or undefined to leave it to them. */
export type Intercept = (packet: Omit<Packet, "arrivals">) => "drop" | number | undefined;

/** What the network knows of whoever is attached to it. */
export interface Attached {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** 1, and one more after each restart. */
  readonly incarnation: number;
  /** What lives there now. */
  readonly resident: unknown;
  receive(bytes: Buffer, flow: Flow): void;
  connectionClosed(flow: Flow, error?: Error): void;
}

/** Hears of every packet. */
export interface NetworkObserver {
  sent?(packet: Packet, from: Attached): void;
  /** Before the endpoint has it. */
  arriving?(packet: Packet, to: Attached): void;
  /** The endpoint has done with it what it did at once. */
  arrived?(packet: Packet, to: Attached): void;
  /** A connection is closed for this side of it, which has not been told yet. */
  closed?(flow: Flow, at: Attached): void;
}

export interface Clock {
  readonly now: number;
  at(time: number, action: () => void): void;
}

interface Way {
  conditions: NetworkConditions | undefined;
  isCut: boolean;
  readonly random: () => number;
}

export type SendError = (error: Error) => void;

/** Links with loss, repetition, delay and cuts between endpoints; datagrams, and streams that open and break. */
export class Network {
  /** Of every link that has none of its own. */
  readonly conditions: NetworkConditions;
  intercept: Intercept | undefined;
  readonly packets: Packet[] = [];
  /** Whether `packets` is kept. */
  log = true;
  readonly clock: Clock;
  readonly #seed: number;
  readonly #attached = new Map<string, Attached>();
  readonly #ways = new Map<string, Way>();
  readonly #streams: Streams;
  readonly #observers: NetworkObserver[] = [];

  constructor(clock: Clock, seed: number, conditions: Partial<NetworkConditions> | undefined) {
    this.clock = clock;
    this.#seed = seed;
    this.conditions = { ...defaultConditions, ...conditions };
    this.#streams = new Streams(this);
  }

  attach(endpoint: Attached): void {
    this.#attached.set(endpoint.address, endpoint);
  }

  endpointAt(address: string): Attached | undefined {
    return this.#attached.get(address);
  }

  observe(observer: NetworkObserver): void {
    this.#observers.push(observer);
  }

  /** Conditions of one direction; undefined: those of all. */
  setConditions(from: Attached, to: Attached, conditions: NetworkConditions | undefined): void {
    this.#way(from.address, to.address).conditions = conditions;
  }

  /** Nothing sent that way arrives any more, until it is healed; what is on its way does. */
  cut(from: Attached, to: Attached): void {
    this.#way(from.address, to.address).isCut = true;
  }

  heal(from: Attached, to: Attached): void {
    const way = this.#way(from.address, to.address);
    if (!way.isCut) return;
    way.isCut = false;
    this.#streams.healed(from.address, to.address);
  }

  healAll(): void {
    const healed = [...this.#ways].filter(([, way]) => way.isCut);
    for (const [, way] of healed) way.isCut = false;
    for (const [key] of healed) {
      const [from = "", to = ""] = key.split(" ");
      this.#streams.healed(from, to);
    }
  }

  isCut(from: string, to: string): boolean {
    return this.#ways.get(`${from} ${to}`)?.isCut ?? false;
  }

  /** Resets the connections between the two: what is on its way is lost, and both are told, the first at once. */
  closeConnections(a: Attached, b: Attached): void {
    this.#streams.closeBetween(a, b);
  }

  /** All that an endpoint had open is gone with it; the others hear of it if the network lets them. */
  crashed(endpoint: Attached): void {
    this.#streams.crashed(endpoint);
  }

  /** @param onError called later, and at most once */
  send(from: Attached, target: Flow | SendTarget, bytes: Buffer, onError?: SendError): void {
    if (target.transport === "udp") this.#sendDatagram(from, target, bytes);
    else this.#streams.send(from, target, bytes, onError);
  }

  packet(
    from: Attached,
    to: { address: string; port: number; transport: TransportName },
    bytes: Buffer,
  ): PacketOnItsWay {
    const { address, port: toPort, transport } = to;
    return { at: this.clock.now, from: from.address, to: address, toPort, transport, bytes, arrivals: [] };
  }

  /** Counts a packet as sent. */
  noteSent(packet: Packet, from: Attached): void {
    if (this.log) this.packets.push(packet);
    for (const observer of this.#observers) observer.sent?.(packet, from);
  }

  deliver(packet: Packet, to: Attached, flow: Flow): void {
    // A keep-alive is the transport's own matter.
    if (isKeepAlive(packet.bytes)) return;
    for (const observer of this.#observers) observer.arriving?.(packet, to);
    // Each arrival has bytes of its own, as from a real socket.
    to.receive(Buffer.from(packet.bytes), flow);
    for (const observer of this.#observers) observer.arrived?.(packet, to);
  }

  /** One side of a connection is no more; its owner has not been told yet. */
  noteClosed(flow: Flow, at: Attached): void {
    for (const observer of this.#observers) observer.closed?.(flow, at);
  }

  /** ms from one to the other, drawn. */
  delay(from: string, to: string): number {
    const { conditions, random } = this.#way(from, to);
    const { minDelay, maxDelay } = conditions ?? this.conditions;
    return minDelay + random() * (maxDelay - minDelay);
  }

  /** Whether the next segment of a stream gets lost and has to be sent again. */
  losesSegment(from: string, to: string): boolean {
    const { conditions, random } = this.#way(from, to);
    return random() < (conditions ?? this.conditions).loss;
  }

  #sendDatagram(from: Attached, target: Flow | SendTarget, bytes: Buffer): void {
    const to = remoteOf(target);
    const packet = this.packet(from, to, bytes);
    this.#scheduleDatagram(packet);
    this.noteSent(packet, from);
    const receiver = this.#attached.get(to.address);
    if (receiver === undefined || receiver.port !== to.port) return;
    const flow: Flow = {
      transport: "udp",
      localAddress: receiver.address,
      localPort: receiver.port,
      remoteAddress: from.address,
      remotePort: from.port,
    };
    for (const at of packet.arrivals) this.clock.at(at, () => this.deliver(packet, receiver, flow));
  }

  #scheduleDatagram(packet: PacketOnItsWay): void {
    const way = this.#way(packet.from, packet.to);
    const { loss, duplication, minDelay, maxDelay } = way.conditions ?? this.conditions;
    const { random } = way;
    // Always the same number of draws, so that a decision by `intercept` leaves the rest of the run as it was.
    const isLost = random() < loss;
    const isTwice = random() < duplication;
    const first = packet.at + minDelay + random() * (maxDelay - minDelay);
    const second = packet.at + minDelay + random() * (maxDelay - minDelay);
    const decision = this.intercept?.(packet);
    if (decision === "drop" || way.isCut) return;
    if (decision !== undefined) packet.arrivals.push(packet.at + decision);
    else if (!isLost) {
      packet.arrivals.push(first);
      if (isTwice) packet.arrivals.push(second);
    }
  }

  #way(from: string, to: string): Way {
    const key = `${from} ${to}`;
    let way = this.#ways.get(key);
    if (way === undefined) {
      // Each direction draws for itself: what happens on one link does not change another's luck.
      way = { conditions: undefined, isCut: false, random: seededRandom(seedFor(this.#seed, key)) };
      this.#ways.set(key, way);
    }
    return way;
  }
}

export function remoteOf(target: Flow | SendTarget): {
  address: string;
  port: number;
  transport: TransportName;
} {
  const { transport } = target;
  return "remoteAddress" in target
    ? { address: target.remoteAddress, port: target.remotePort, transport }
    : { address: target.address, port: target.port, transport };
}

function isKeepAlive(bytes: Buffer): boolean {
  if (bytes.length > 4) return false;
  for (const byte of bytes) if (byte !== 13 && byte !== 10) return false;
  return true;
}
