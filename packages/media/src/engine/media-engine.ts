// All legs of one worker: ports, the one tick, and what is counted over all of them.

import { isIPv6 } from "node:net";
import { MediaError } from "../errors.ts";
import { type BridgeOptions, MediaBridge } from "./bridge.ts";
import { type MediaClock, systemClock } from "./clock.ts";
import { LatenessHistogram } from "./lateness-histogram.ts";
import { type LegOptions, MediaLeg } from "./media-leg.ts";
import { type DatagramHandler, MediaSocket } from "./media-socket.ts";
import { PortPairs, type PortRange } from "./port-range.ts";
import type { MediaCertificate } from "./secure-path.ts";
import { type DuePhase, PHASES, TickSchedule } from "./tick-schedule.ts";

export interface MediaEngineOptions {
  /** Ports for RTP (even) and RTCP (the next), both ends included. */
  portRange: PortRange;
  /** IP literal; default the wildcard of the family of each leg's `localAddress`. */
  bindAddress?: string;
  clock?: MediaClock;
  /** For browsers: their offers are refused without one. */
  certificate?: MediaCertificate;
  /** False: no timer; `tick` is called by hand. Default true. */
  autoTick?: boolean;
}

export interface EngineStats {
  legs: number;
  started: number;
  packetsSent: number;
  packetsReceived: number;
  strangers: number;
  /** Whole ticks that the process came too late for. */
  missedTicks: number;
  /** How late packets left, ms. */
  tickLateness: { count: number; p50: number; p95: number; p99: number; maximum: number };
}

/** The event loop reads hundreds of sockets before it turns to its timers; so often the clock is looked at meanwhile. */
const PACKETS_A_LOOK = 16;

export class MediaEngine {
  readonly #clock: MediaClock;
  readonly #bindAddress: string | undefined;
  readonly #autoTick: boolean;
  readonly #certificate: MediaCertificate | undefined;
  readonly #ports: PortPairs;
  readonly #legs = new Set<MediaLeg>();
  readonly #phases: MediaLeg[][] = Array.from({ length: PHASES }, () => []);
  readonly #schedule = new TickSchedule();
  readonly #lateness = new LatenessHistogram();
  readonly #onTimer = () => this.#run();
  #timer: NodeJS.Timeout | undefined;
  #caughtUp = true;
  #untilLook = PACKETS_A_LOOK;
  #closed = false;
  #created = 0;
  #gone = { packetsSent: 0, packetsReceived: 0, strangers: 0 };

  /** @throws RangeError when the range holds no pair of ports */
  constructor(options: MediaEngineOptions) {
    this.#ports = new PortPairs(options.portRange);
    this.#bindAddress = options.bindAddress;
    this.#clock = options.clock ?? systemClock;
    this.#autoTick = options.autoTick ?? true;
    this.#certificate = options.certificate;
  }

  /** A leg with its ports bound, not yet sending. @throws MediaError `no_port`, `engine_closed` */
  async createLeg(options: LegOptions): Promise<MediaLeg> {
    if (this.#closed) throw new MediaError("engine_closed");
    let leg: MediaLeg | undefined;
    const { port, rtp, rtcp } = await this.#bindPair(
      options.bindAddress ?? this.#bindAddress ?? (isIPv6(options.localAddress) ? "::" : "0.0.0.0"),
      (bytes, source) => {
        leg?.receiveRtp(bytes, source);
        if (--this.#untilLook === 0) this.#look();
      },
      (bytes, source) => leg?.receiveRtcp(bytes, source),
    );
    this.#created += 1;
    leg = new MediaLeg(`leg-${this.#created}`, port, options, {
      clock: this.#clock,
      certificate: this.#certificate,
      rtp,
      rtcp,
      onStart: (started) => this.#add(started),
      onClose: (closed) => this.#remove(closed),
    });
    this.#legs.add(leg);
    if (this.#closed) {
      await leg.close();
      throw new MediaError("engine_closed");
    }
    return leg;
  }

  /**
   * Joins two legs: each peer hears the other, packet by packet where that can be. What a leg's own source says is heard
   * before the other peer; digits and a recording of either leg go on.
   * @throws MediaError `leg_closed`; `bridge_impossible`: one leg twice, not of this engine, or one that is bridged already
   */
  bridge(first: MediaLeg, second: MediaLeg, options: BridgeOptions = {}): MediaBridge {
    if (first.open && second.open && !(this.#legs.has(first) && this.#legs.has(second))) {
      throw new MediaError("bridge_impossible", "a leg of another engine");
    }
    return new MediaBridge(first, second, options);
  }

  get stats(): EngineStats {
    const sum = { ...this.#gone };
    let started = 0;
    for (const phase of this.#phases) started += phase.length;
    for (const leg of this.#legs) {
      const quality = leg.quality();
      sum.packetsSent += quality.packetsSent;
      sum.packetsReceived += quality.packetsReceived;
      sum.strangers += quality.strangers;
    }
    return {
      legs: this.#legs.size,
      started,
      ...sum,
      missedTicks: this.#schedule.missedTicks,
      tickLateness: {
        count: this.#lateness.count,
        p50: this.#lateness.percentile(0.5),
        p95: this.#lateness.percentile(0.95),
        p99: this.#lateness.percentile(0.99),
        maximum: this.#lateness.maximum,
      },
    };
  }

  /** Begins the lateness figures anew. */
  resetLateness(): void {
    this.#lateness.reset();
  }

  /** One tick of every leg, now. For engines without a timer. */
  tick(): void {
    const ideal = this.#clock.now();
    for (let phase = 0; phase < PHASES; phase++) this.#runPhase({ phase, ideal, skipped: 0 });
  }

  /** Closes all legs. Idempotent; never rejects. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all(Array.from(this.#legs, (leg) => leg.close()));
  }

  #run(): void {
    const behind = this.#schedule.behind(this.#clock.now()) > 0;
    if (behind && this.#caughtUp) {
      // after a stall the sockets hold what came meanwhile: let them be read before the frames are played
      this.#caughtUp = false;
      setImmediate(this.#onTimer);
      return;
    }
    this.#caughtUp = true;
    if (this.#timer === undefined) return;
    // at most one round, then the sockets' turn, however late it is
    for (let i = 0; i < PHASES; i++) {
      const due = this.#schedule.take(this.#clock.now());
      if (due === undefined) break;
      this.#runPhase(due);
    }
    this.#timer = setTimeout(
      this.#onTimer,
      Math.max(0, Math.ceil(this.#schedule.nextAt - this.#clock.now())),
    );
  }

  /** Amid a burst of packets: a phase that is due leaves now, not after them all. A stall is the timer's to deal with. */
  #look(): void {
    this.#untilLook = PACKETS_A_LOOK;
    if (this.#timer === undefined) return;
    const now = this.#clock.now();
    if (this.#schedule.behind(now) > 0) return;
    const due = this.#schedule.take(now);
    if (due !== undefined) this.#runPhase(due);
  }

  #runPhase(due: DuePhase): void {
    const legs = this.#phases[due.phase] ?? [];
    const { ideal, skipped } = due;
    const clock = this.#clock;
    // a leg may be closed from inside: the list is replaced then, not changed
    for (const leg of legs) {
      try {
        leg.tick(ideal, skipped);
      } catch (error) {
        leg.handleError(error);
      }
      this.#lateness.record(clock.now() - ideal);
    }
  }

  #add(leg: MediaLeg): void {
    let emptiest = 0;
    for (let phase = 1; phase < PHASES; phase++) {
      if (this.#count(phase) < this.#count(emptiest)) emptiest = phase;
    }
    this.#phases[emptiest] = [...(this.#phases[emptiest] ?? []), leg];
    if (this.#timer === undefined && this.#autoTick && !this.#closed) {
      this.#schedule.start(this.#clock.now());
      this.#timer = setTimeout(this.#onTimer, 0);
    }
  }

  #remove(leg: MediaLeg): void {
    if (!this.#legs.delete(leg)) return;
    const quality = leg.quality();
    this.#gone.packetsSent += quality.packetsSent;
    this.#gone.packetsReceived += quality.packetsReceived;
    this.#gone.strangers += quality.strangers;
    this.#ports.release(leg.port);
    let left = 0;
    for (let phase = 0; phase < PHASES; phase++) {
      const legs = this.#phases[phase] ?? [];
      if (legs.includes(leg)) this.#phases[phase] = legs.filter((other) => other !== leg);
      left += this.#count(phase);
    }
    if (left === 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
    }
  }

  #count(phase: number): number {
    return this.#phases[phase]?.length ?? 0;
  }

  async #bindPair(
    address: string,
    onRtp: DatagramHandler,
    onRtcp: DatagramHandler,
  ): Promise<{ port: number; rtp: MediaSocket; rtcp: MediaSocket }> {
    for (let tried = 0; tried < this.#ports.size; tried++) {
      const port = this.#ports.take();
      if (port === undefined) break;
      try {
        const rtp = await MediaSocket.bind(address, port, onRtp);
        try {
          return { port, rtp, rtcp: await MediaSocket.bind(address, port + 1, onRtcp) };
        } catch (error) {
          await rtp.close();
          throw error;
        }
      } catch (error) {
        this.#ports.release(port);
        if (!isPortTaken(error))
          throw new MediaError("no_port", `${address}: ${String(error)}`, { cause: error });
      }
    }
    throw new MediaError("no_port");
  }
}

function isPortTaken(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  return code === "EADDRINUSE" || code === "EACCES";
}
