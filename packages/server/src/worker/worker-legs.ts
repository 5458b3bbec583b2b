// Carries out the parent's commands on the legs of one worker.
import type { MediaEngine, MediaLeg, PortRange } from "@ringdown/media";
import type { VoiceLog } from "@ringdown/voice";
import type { Command, LegEvent } from "./protocol.ts";
import { WorkerError } from "./worker-error.ts";
import { WorkerLeg } from "./worker-leg.ts";

type Voice = Pick<typeof import("@ringdown/voice"), "startConversation" | "preload" | "warmUp">;

export interface WorkerLegsOptions {
  createEngine(rtpPorts: PortRange): Pick<MediaEngine, "createLeg" | "close" | "stats">;
  loadVoice(): Promise<Voice>;
  emit(legId: string, event: LegEvent): void;
  log: VoiceLog;
}

/** Legs are rejected beyond this, whatever the parent believes: memory is bounded here too. */
const MAX_LEGS = 2_000;

export class WorkerLegs {
  readonly #options: WorkerLegsOptions;
  readonly #legs = new Map<string, WorkerLeg>();
  #engine: Pick<MediaEngine, "createLeg" | "close" | "stats"> | undefined;

  constructor(options: WorkerLegsOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#legs.size;
  }

  /** Milliseconds that packets left late, 99th percentile; null before there were any. */
  get latenessP99Ms(): number | null {
    const lateness = this.#engine?.stats.tickLateness;
    return lateness === undefined || lateness.count === 0 ? null : lateness.p99;
  }

  /** What the command's result is. @throws errors that carry a `code`. */
  async carryOut(command: Command): Promise<unknown> {
    switch (command.type) {
      case "configure":
        this.#engine = this.#options.createEngine(command.settings.rtpPorts);
        return null;
      case "preload":
        await (await this.#options.loadVoice()).preload(command.profiles, this.#options.log);
        return null;
      case "warmUp":
        await (await this.#options.loadVoice()).warmUp(command.profiles, this.#options.log);
        return null;
      case "openLeg":
        return this.#open(command);
      case "acceptAnswer":
        return this.#leg(command.legId).acceptAnswer(command.sdp, command.early);
      case "renegotiate":
        return this.#leg(command.legId).negotiate(command.offer);
      case "startMedia":
        this.#leg(command.legId).startMedia(command.recordingPath, command.answered);
        return null;
      case "startLeg":
        await this.#leg(command.legId).start(command);
        return null;
      case "say":
        await this.#leg(command.legId).say(command.text, command.interruptible);
        return null;
      case "sendDtmf":
        await this.#leg(command.legId).sendDtmf(command.digits);
        return null;
      case "closeLeg": {
        const leg = this.#leg(command.legId);
        this.#legs.delete(command.legId);
        return leg.close(command.reason);
      }
      case "shutdown":
        await this.close();
        return null;
    }
  }

  /** Ends every leg with its recording whole. */
  async close(): Promise<void> {
    const legs = [...this.#legs.values()];
    this.#legs.clear();
    await Promise.allSettled(legs.map((leg) => leg.close("drain")));
    await this.#engine?.close();
  }

  async #open(command: Extract<Command, { type: "openLeg" }>): Promise<unknown> {
    if (this.#engine === undefined) throw new WorkerError("no_worker", "The worker is not configured yet.");
    if (this.#legs.size >= MAX_LEGS) throw new WorkerError("no_port", "The worker holds its most legs.");
    const leg: MediaLeg = await this.#engine.createLeg({ localAddress: command.localAddress });
    const workerLeg = new WorkerLeg({
      leg,
      emit: (event) => this.#options.emit(command.legId, event),
      startConversation: async () => (await this.#options.loadVoice()).startConversation,
      log: this.#options.log,
    });
    try {
      const description = workerLeg.negotiate(command.offer);
      this.#legs.set(command.legId, workerLeg);
      return description;
    } catch (error) {
      await leg.close();
      throw error;
    }
  }

  #leg(legId: string): WorkerLeg {
    const leg = this.#legs.get(legId);
    if (leg === undefined) throw new WorkerError("leg_unknown", "The leg is closed.");
    return leg;
  }
}
