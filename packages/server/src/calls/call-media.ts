// The media of one call: one leg in a worker, opened once and closed once, whatever happens in between.
import type { CloseReason, LegClosed, LegDescription } from "../worker/protocol.ts";
import type { LegListener } from "../worker/worker-handle.ts";
import type { MediaPool, OpenLegOptions, RemoteLeg, StartLegOptions } from "../worker/worker-pool.ts";

export class CallMedia {
  readonly #opening: Promise<RemoteLeg>;
  #starting: Promise<void> | undefined;
  #closing: Promise<LegClosed | undefined> | undefined;
  #onHold = false;
  #codec: string | null = null;
  #workerPid: number | undefined;

  /** Begins to open at once; `opened()` tells how that went. */
  constructor(pool: MediaPool, options: OpenLegOptions, listener: LegListener) {
    this.#opening = pool.openLeg(options, listener);
    this.#opening.catch(() => undefined);
  }

  get onHold(): boolean {
    return this.#onHold;
  }

  get codec(): string | null {
    return this.#codec;
  }

  get workerPid(): number | undefined {
    return this.#workerPid;
  }

  /** @throws WorkerError: why no leg could be had */
  async opened(): Promise<LegDescription> {
    const leg = await this.#opening;
    this.#workerPid = leg.workerPid;
    return this.#note(leg.description);
  }

  async acceptAnswer(sdp: string): Promise<LegDescription> {
    return this.#note(await (await this.#opening).acceptAnswer(sdp));
  }

  async renegotiate(offer: string | undefined): Promise<LegDescription> {
    return this.#note(await (await this.#opening).renegotiate(offer));
  }

  /** The first call counts: an ACK may come more than once. */
  start(options: StartLegOptions): Promise<void> {
    this.#starting ??= this.#opening.then((leg) => leg.start(options));
    return this.#starting;
  }

  async say(text: string, interruptible: boolean): Promise<void> {
    await (await this.#opening).say(text, { interruptible });
  }

  async sendDtmf(digits: string): Promise<void> {
    await (await this.#opening).sendDtmf(digits);
  }

  /** Resolves when ports, recorder and conversation are released; undefined when the leg never was or its worker died. */
  close(reason: CloseReason): Promise<LegClosed | undefined> {
    this.#closing ??= this.#opening.then(
      (leg) => leg.close(reason).catch(() => undefined),
      () => undefined,
    );
    return this.#closing;
  }

  #note(description: LegDescription): LegDescription {
    this.#onHold = description.onHold;
    this.#codec = description.codec ?? this.#codec;
    return description;
  }
}
