// The media of one leg of a call: opened once and closed once, whatever happens in between. Opened again only where
// another address of ours has to stand in the SDP.
import type {
  CloseReason,
  LegClosed,
  LegDescription,
  LegEvent,
  LineState,
  WaitingSound,
} from "../worker/protocol.ts";
import { WorkerError } from "../worker/worker-error.ts";
import type { MediaPool, RemoteLeg, StartLegOptions } from "../worker/worker-pool.ts";

export interface MediaListener {
  onEvent(event: LegEvent): void;
  /** The process behind the media is gone; nothing further comes. */
  onWorkerDied(how: string): void;
}

export class CallMedia {
  readonly #pool: MediaPool;
  readonly #id: string;
  readonly #listener: MediaListener;
  readonly #beside: () => string | undefined;
  #legId: string;
  #opening: Promise<RemoteLeg> | undefined;
  #openings = 0;
  #starting: Promise<void> | undefined;
  #closing: Promise<LegClosed | undefined> | undefined;
  #onHold = false;
  #codec: string | null = null;
  #telephoneEvents = false;
  #workerPid: number | undefined;

  /**
   * @param id no other media of this node has it
   * @param beside names the media in whose worker it has to be, to be bridged to it
   */
  constructor(
    pool: MediaPool,
    id: string,
    listener: MediaListener,
    beside: () => string | undefined = () => undefined,
  ) {
    this.#pool = pool;
    this.#id = id;
    this.#legId = id;
    this.#listener = listener;
    this.#beside = beside;
  }

  get onHold(): boolean {
    return this.#onHold;
  }

  /** null: nothing is agreed yet. */
  get codec(): string | null {
    return this.#codec;
  }

  /** The other side takes keys as telephone events (RFC 4733). */
  get telephoneEvents(): boolean {
    return this.#telephoneEvents;
  }

  /** What the worker knows it by. */
  get legId(): string {
    return this.#legId;
  }

  get workerPid(): number | undefined {
    return this.#workerPid;
  }

  /**
   * Ports and our SDP: the answer to `offer`, or an offer. What was opened before is closed.
   * @param localAddress our address as the other side sees it; goes into the SDP
   * @throws WorkerError: why no leg could be had
   */
  async open(localAddress: string, offer: string | undefined): Promise<LegDescription> {
    if (this.#closing !== undefined) throw closed();
    const former = this.#opening;
    const turn = ++this.#openings;
    const isCurrent = (): boolean => turn === this.#openings;
    this.#legId = turn === 1 ? this.#id : `${this.#id}/${turn}`;
    const beside = this.#beside();
    const opening = this.#pool.openLeg(
      { legId: this.#legId, localAddress, offer, ...(beside !== undefined && { beside }) },
      {
        onEvent: (event) => isCurrent() && this.#listener.onEvent(event),
        onWorkerDied: (how) => isCurrent() && this.#listener.onWorkerDied(how),
      },
    );
    this.#opening = opening;
    former?.then((leg) => leg.close("operator")).catch(() => undefined);
    const leg = await opening;
    this.#workerPid = leg.workerPid;
    return this.#note(leg.description);
  }

  /** @param early of one of the phones that ring: another's may follow */
  async acceptAnswer(sdp: string, early = false): Promise<LegDescription> {
    return this.#note(await (await this.#leg()).acceptAnswer(sdp, early));
  }

  async renegotiate(offer: string | undefined): Promise<LegDescription> {
    return this.#note(await (await this.#leg()).renegotiate(offer));
  }

  /**
   * For a dialog that is to take this one's place, in which this media goes on: our offer, and nothing changes before
   * `acceptSuccessor`; or the answer to `offer`, with which it has changed.
   * @param localAddress our address as that side sees it
   */
  async openSuccessor(localAddress: string, offer: string | undefined): Promise<LegDescription> {
    const description = await (await this.#leg()).openSuccessor(localAddress, offer);
    return offer === undefined ? description : this.#note(description);
  }

  async acceptSuccessor(sdp: string): Promise<LegDescription> {
    return this.#note(await (await this.#leg()).acceptSuccessor(sdp));
  }

  /** Audio and recording, where they do not run yet; nobody speaks. */
  async startMedia(recordingPath: string | null, line: LineState | null): Promise<void> {
    await (await this.#leg()).startMedia(recordingPath, line);
  }

  /** The first call counts: an ACK may come more than once. */
  start(options: StartLegOptions): Promise<void> {
    this.#starting ??= this.#leg().then((leg) => leg.start(options));
    return this.#starting;
  }

  async say(text: string, interruptible: boolean): Promise<void> {
    await (await this.#leg()).say(text, { interruptible });
  }

  async sendDtmf(digits: string): Promise<void> {
    await (await this.#leg()).sendDtmf(digits);
  }

  async overhear(on: boolean): Promise<void> {
    await (await this.#leg()).overhear(on);
  }

  async pressKey(digit: string, durationMs: number): Promise<void> {
    await (await this.#leg()).pressKey(digit, durationMs);
  }

  // What a transfer asks for: see RemoteLeg.

  /** @param otherId `legId` of media opened beside this one, or that this one was opened beside */
  async bridge(otherId: string): Promise<void> {
    await (await this.#leg()).bridge(otherId);
  }

  async unbridge(): Promise<void> {
    await (await this.#leg()).unbridge();
  }

  async playTone(sound: WaitingSound | undefined): Promise<void> {
    await (await this.#leg()).playTone(sound);
  }

  async announce(text: string, voice?: string): Promise<boolean> {
    return (await this.#leg()).announce(text, voice);
  }

  async listenKeys(keys: string, timeoutMs: number): Promise<string | undefined> {
    return (await this.#leg()).listenKeys(keys, timeoutMs);
  }

  /** @param listen the agent goes on hearing */
  async suspendConversation(listen = false): Promise<void> {
    await (await this.#leg()).suspendConversation(listen);
  }

  /** What is said there comes as `speech` events from here on. @param phrases empty: any voice counts */
  async listenSpeech(phrases: readonly string[]): Promise<void> {
    await (await this.#leg()).listenSpeech(phrases);
  }

  async resumeConversation(note?: string, next?: string): Promise<void> {
    await (await this.#leg()).resumeConversation(note, next);
  }

  /** Resolves when ports, recorder and conversation are released; undefined when the leg never was or its worker died. */
  close(reason: CloseReason): Promise<LegClosed | undefined> {
    this.#closing ??= this.#leg().then(
      (leg) => leg.close(reason).catch(() => undefined),
      () => undefined,
    );
    return this.#closing;
  }

  #leg(): Promise<RemoteLeg> {
    return this.#opening ?? Promise.reject(closed());
  }

  #note(description: LegDescription): LegDescription {
    this.#onHold = description.onHold;
    this.#telephoneEvents = description.telephoneEvents;
    this.#codec = description.codec ?? this.#codec;
    return description;
  }
}

function closed(): WorkerError {
  return new WorkerError("leg_unknown", "The call has no media.");
}
