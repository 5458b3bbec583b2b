import type { Environment, Flow, SendTarget } from "../environment.ts";
import type { Attached, Network } from "./network.ts";
import { randomHex } from "./random.ts";

/** What lives at an address: a user agent, a proxy. */
export interface Resident {
  receive(bytes: Buffer, flow: Flow): void;
  wake(): void;
  connectionClosed(flow: Flow, error?: Error): void;
}

/** A station, whatever lives there. */
export interface AnyStation extends Attached {
  readonly resident: Resident;
  restart(): void;
}

export interface StationOptions<R extends Resident> {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly network: Network;
  /** Of this station alone; it goes on over restarts, so that no name is given twice. */
  readonly random: () => number;
  readonly make: (environment: Environment, station: Station<R>) => R;
}

/** An address in the simulated network, and what lives there; that may crash and begin anew. */
export class Station<R extends Resident> implements AnyStation {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** 1, and one more after each restart. */
  incarnation = 0;
  /** Told of each connection that closes, after what lives here, and until the next restart. */
  onConnectionClosed: ((flow: Flow) => void) | undefined;
  readonly #network: Network;
  readonly #random: () => number;
  readonly #make: (environment: Environment, station: Station<R>) => R;
  #resident: R;
  #environment: Environment;

  constructor(options: StationOptions<R>) {
    this.name = options.name;
    this.address = options.address;
    this.port = options.port;
    this.#network = options.network;
    this.#random = options.random;
    this.#make = options.make;
    this.incarnation++;
    this.#environment = this.#newEnvironment();
    this.#resident = this.#make(this.#environment, this);
    this.#network.attach(this);
  }

  /** Its clock, randomness and way out; another after each restart. */
  get environment(): Environment {
    return this.#environment;
  }

  get resident(): R {
    return this.#resident;
  }

  /** Where others send to. */
  target(transport: SendTarget["transport"] = "udp"): SendTarget {
    return { transport, address: this.address, port: this.port };
  }

  /** Loses all it knew, its connections as well; the same handlers serve what comes after. */
  restart(): void {
    this.#network.crashed(this);
    this.incarnation++;
    this.onConnectionClosed = undefined;
    this.#environment = this.#newEnvironment();
    this.#resident = this.#make(this.#environment, this);
  }

  receive(bytes: Buffer, flow: Flow): void {
    this.#resident.receive(bytes, flow);
  }

  connectionClosed(flow: Flow, error?: Error): void {
    this.#resident.connectionClosed(flow, error);
    this.onConnectionClosed?.(flow);
  }

  /** Bytes from here to another, as if what lives here had sent them. */
  sendRaw(to: Attached | SendTarget, bytes: Buffer): void {
    const target: SendTarget =
      "transport" in to ? to : { transport: "udp", address: to.address, port: to.port };
    this.#network.send(this, target, bytes);
  }

  /**
   * Does something after that many ms, unless the station restarts before.
   * @returns takes it back
   */
  setTimer(after: number, action: () => void): () => void {
    const { incarnation } = this;
    const { clock } = this.#network;
    let isWanted = true;
    clock.at(clock.now + after, () => {
      if (isWanted && incarnation === this.incarnation) action();
    });
    return () => {
      isWanted = false;
    };
  }

  #newEnvironment(): Environment {
    const network = this.#network;
    const { clock } = network;
    const random = this.#random;
    const { incarnation } = this;
    let wanted = 0;
    return {
      now: () => clock.now,
      random,
      randomToken: (bytes) => randomHex(random, bytes),
      send: (target, bytes, onError) => {
        if (incarnation !== this.incarnation) return;
        network.send(this, target, bytes, (error) => {
          if (incarnation === this.incarnation) onError?.(error);
        });
      },
      setAlarm: (at) => {
        const alarm = ++wanted;
        if (at === undefined) return;
        clock.at(at, () => {
          if (alarm === wanted && incarnation === this.incarnation) this.#resident.wake();
        });
      },
    };
  }
}
