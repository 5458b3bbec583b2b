// One leg of a call: a SIP dialog, or the attempts to make one, and its media. What becomes of the call when the leg
// ends is its owner's to decide.
import {
  type CallLeg,
  type HangUpOptions,
  type LegEnded,
  parseDtmfInfo,
  type ReinviteReply,
} from "@ringdown/sip";
import type { CloseReason, LegClosed, LegEvent } from "../worker/protocol.ts";
import { WorkerError } from "../worker/worker-error.ts";
import type { MediaPool } from "../worker/worker-pool.ts";
import { CallMedia } from "./call-media.ts";
import type { Clock } from "./clock.ts";
import type { DialFailure } from "./dial-port.ts";
import { sendKeysByInfo, takesKeysByInfo } from "./keys-by-info.ts";
import { type LegRecord, legEnding } from "./leg-record.ts";
import { mediaRefusal } from "./media-refusal.ts";

/** ms; of a key whose INFO does not say how long it was held. */
const DEFAULT_KEY_MS = 160;

/** What can be hung up: a dialog, or a call that is being dialled. */
export interface Signalling {
  readonly state: "early" | "confirmed" | "ended";
  hangUp(options?: HangUpOptions): void;
}

/** A dialog that may take the place of a leg's: the other side has sent it on (REFER), or somebody else takes it (Replaces). */
export interface Succession {
  /** The media is with that dialog's peer. The former dialog is left to its peer to end, for a short while. */
  taken(dialog: CallLeg, record: LegRecord): void;
  /** Nobody takes its place. Where the dialog has ended meanwhile, the leg ends now. Idempotent. */
  givenUp(): void;
}

export interface LegOwner {
  onMediaEvent(event: LegEvent): void;
  /** The process that carried its audio is gone. */
  onWorkerDied(how: string): void;
  /** What the other side answered cannot be used. */
  onMediaFailed(reason: string | undefined): void;
  /** The other side, or the network, ended its dialog. Not told after `hangUp`. */
  onEnded(ended: LegEnded): void;
}

export interface LegOptions {
  record: LegRecord;
  pool: MediaPool;
  clock: Clock;
  owner: LegOwner;
  /** The leg that it may be bridged to. */
  beside?: Leg;
}

/** How keys went out: telephone events (RFC 4733), INFO, or tones in the audio, also after an INFO that was refused. */
export type KeysSent = "rfc4733" | "info" | "tones";

/** ms in which who has sent the leg on may hang up himself (RFC 5589 §6.1). */
const FORMER_MS = 5_000;

export class Leg {
  readonly media: CallMedia;
  /** The ACK to a 200 of ours has come, and what it held is agreed. */
  onAcknowledged: (() => void) | undefined;
  readonly #options: LegOptions;
  #signalling: Signalling | undefined;
  #record: LegRecord;
  #dialog: CallLeg | undefined;
  /** Whose place was taken, while it stands. */
  #former: { dialog: CallLeg; cancelTimer: () => void } | undefined;
  #succession: { cancel(reason: string): void; ended: LegEnded | undefined } | undefined;
  #over = false;
  /** Keys on their way: those that are asked for next come after them. */
  #keys: Promise<unknown> = Promise.resolve();
  /** That has refused a key by INFO. */
  #noKeys: CallLeg | undefined;

  /** @param mediaId no other leg of this node has it */
  constructor(mediaId: string, options: LegOptions) {
    this.#options = options;
    this.#record = options.record;
    const { owner, beside } = options;
    this.media = new CallMedia(
      options.pool,
      mediaId,
      {
        onEvent: (event) => owner.onMediaEvent(event),
        onWorkerDied: (how) => {
          this.record.step("worker_died", { how });
          owner.onWorkerDied(how);
        },
      },
      () => beside?.media.legId,
    );
  }

  /** Of its dialog: another one's where that was taken by another. */
  get record(): LegRecord {
    return this.#record;
  }

  get live(): boolean {
    return !this.#over;
  }

  /** The dialog, once there is one. */
  get dialog(): CallLeg | undefined {
    return this.#dialog;
  }

  /** It is being dialled: hung up, the attempts end. */
  dialling(signalling: Signalling): void {
    if (this.#over) signalling.hangUp();
    else this.#signalling = signalling;
  }

  /** Its dialog, from here on. */
  connect(dialog: CallLeg): void {
    this.#signalling = dialog;
    this.#dialog = dialog;
    dialog.onEnded = (ended) => this.#signallingEnded(dialog, ended);
    dialog.onAcknowledged = (answer) => void this.#acknowledged(answer);
    this.takeChanges(dialog);
  }

  /**
   * Another dialog may take this one's place: until that is settled its end does not end the leg.
   * @param cancel the leg is hung up: nobody is wanted any more
   * @returns undefined where one is on its way already, or the leg is over
   */
  beginSuccession(cancel: (reason: string) => void): Succession | undefined {
    if (this.#over || this.#succession !== undefined || this.#dialog === undefined) return undefined;
    const succession = { cancel, ended: undefined as LegEnded | undefined };
    this.#succession = succession;
    const settle = (): boolean => {
      if (this.#succession !== succession) return false;
      this.#succession = undefined;
      return !this.#over;
    };
    return {
      taken: (dialog, record) => {
        if (!settle()) {
          dialog.hangUp();
          return;
        }
        const { clock } = this.#options;
        this.#leaveFormer("The call has gone on elsewhere.");
        const former = this.#dialog;
        if (former !== undefined && former.state !== "ended") {
          const leave = (): void => this.#leaveFormer("The call has gone on elsewhere.");
          this.#former = { dialog: former, cancelTimer: clock.after(FORMER_MS, leave) };
        }
        this.#record.ended(clock.now(), { by: "us", cause: "moved" });
        this.#record = record;
        record.answered(clock.now());
        record.codec(this.media.codec);
        this.connect(dialog);
      },
      givenUp: () => {
        if (settle() && succession.ended !== undefined) this.#end(succession.ended);
      },
    };
  }

  /** What the other side wants changed is answered: also before there is an answer to our INVITE. */
  takeChanges(dialog: CallLeg): void {
    dialog.onReinvite = (offer, reply) => void this.#renegotiate(offer, reply);
    dialog.onInfo = (type, body) => this.#takeInfo(type, body);
  }

  /**
   * Keys for the other side, one after the other: as telephone events; where it has none, by INFO if it says that it takes that; else, and
   * where it refuses one, as sound. Resolves when they are sent.
   * @param digits `0` to `9`, `*`, `#`, `A` to `D`; `,` waits for a second
   * @throws WorkerError with the worker's code
   */
  sendDtmf(digits: string): Promise<KeysSent> {
    const sent = this.#keys.then(() => this.#sendKeys(digits));
    this.#keys = sent.catch(() => undefined);
    return sent;
  }

  async #sendKeys(digits: string): Promise<KeysSent> {
    const dialog = this.#dialog;
    const { media } = this;
    if (
      media.telephoneEvents ||
      dialog === undefined ||
      dialog === this.#noKeys ||
      !takesKeysByInfo(dialog)
    ) {
      await media.sendDtmf(digits);
      return media.telephoneEvents ? "rfc4733" : "tones";
    }
    const rest = await sendKeysByInfo(dialog, digits, this.#options.clock);
    if (rest === "") return "info";
    this.#noKeys = dialog;
    await media.sendDtmf(rest);
    return "tones";
  }

  /** What the other side answered cannot be used. */
  mediaFailed(error: unknown): void {
    if (!this.#over) this.#options.owner.onMediaFailed(error instanceof Error ? error.message : undefined);
  }

  /** BYE, CANCEL or a refusal, whatever has its place; nothing where the dialog is over. Idempotent. */
  hangUp(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#succession?.cancel(reason);
    this.#leaveFormer(reason);
    const signalling = this.#signalling;
    if (signalling === undefined || signalling.state === "ended") return;
    const { record } = this;
    let cause = "cancelled";
    if (signalling.state === "confirmed") {
      record.step("bye_sent");
      cause = "bye";
    } else if (record.direction === "inbound") {
      record.step("reject_sent", { status: 480 });
      cause = "rejected";
    } else record.step("cancel_sent");
    record.ended(this.#options.clock.now(), { by: "us", cause, reason });
    signalling.hangUp({ reason });
  }

  /** Nobody could be had: it was dialled, and there is no dialog. */
  dialFailed({ outcome, status, reason }: Pick<DialFailure, "outcome" | "status" | "reason">): void {
    const by = outcome === "unreachable" ? "network" : status === 0 ? "us" : "peer";
    this.record.ended(this.#options.clock.now(), {
      by,
      cause: outcome,
      status: by === "peer" ? status : 0,
      reason,
    });
  }

  /** Nothing more is told to the owner: an INVITE that became no call. */
  abandon(): void {
    this.#over = true;
  }

  /** Ports, recorder and conversation are released; undefined when there was no media or its worker died. */
  async close(why: CloseReason, at: number): Promise<LegClosed | undefined> {
    const closed = await this.media.close(why);
    this.record.codec(closed?.codec ?? null);
    this.record.ended(at);
    return closed;
  }

  #leaveFormer(reason: string): void {
    const former = this.#former;
    this.#former = undefined;
    former?.cancelTimer();
    if (former?.dialog.state !== "ended") former?.dialog.hangUp({ reason });
  }

  #signallingEnded(dialog: CallLeg, ended: LegEnded): void {
    if (dialog === this.#former?.dialog) this.#leaveFormer("");
    // Another one has its place.
    if (this.#over || dialog !== this.#dialog) return;
    const reason = ended.reason === undefined ? {} : { reason: ended.reason };
    if (ended.cause === "bye") this.record.step("bye_received", reason);
    if (ended.cause === "cancelled") this.record.step("cancel_received", reason);
    this.record.ended(this.#options.clock.now(), legEnding(ended));
    if (this.#succession === undefined) this.#end(ended);
    else this.#succession.ended = ended;
  }

  #end(ended: LegEnded): void {
    this.#over = true;
    this.#leaveFormer("The call is over.");
    this.#options.owner.onEnded(ended);
  }

  /** Keys, as PBXs send them that are set to "SIP INFO". @returns false where that is none of what was sent */
  #takeInfo(type: string, body: Buffer): boolean {
    const info = parseDtmfInfo(type, body);
    if (info === undefined) return false;
    // A flash of the hook asks for nothing that is here.
    if (info.key !== "flash")
      void this.media.pressKey(info.key, info.duration ?? DEFAULT_KEY_MS).catch(() => undefined);
    return true;
  }

  /** To our first 200, or to that of a re-INVITE without an offer: then it brings the answer to ours. */
  async #acknowledged(answer: string | undefined): Promise<void> {
    if (this.#over) return;
    this.record.step("ack_received", { answer: answer !== undefined });
    try {
      if (answer !== undefined) await this.media.acceptAnswer(answer);
      else if (this.media.codec === null) throw new WorkerError("no_answer", "the ACK held no SDP");
    } catch (error) {
      this.mediaFailed(error);
      return;
    }
    if (this.#over) return;
    this.record.codec(this.media.codec);
    this.onAcknowledged?.();
  }

  /** Hold, resume, a new address (RFC 3264 §8): the worker answers. */
  async #renegotiate(offer: string | undefined, reply: Pick<ReinviteReply, "accept" | "reject">) {
    const wasOnHold = this.media.onHold;
    this.record.step("reinvite_received", { offer: offer !== undefined });
    try {
      const { sdp, onHold } = await this.media.renegotiate(offer);
      if (this.#over) return;
      reply.accept(sdp);
      if (onHold !== wasOnHold) this.record.step(onHold ? "hold" : "resume");
      this.record.codec(this.media.codec);
    } catch (error) {
      if (this.#over) return;
      // RFC 3261 §14.2: the session stays as it was.
      const { status, code } = mediaRefusal(error);
      reply.reject(status);
      this.record.step("reinvite_refused", { status, code });
    }
  }
}
