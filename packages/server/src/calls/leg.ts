// One leg of a call: a SIP dialog, or the attempts to make one, and its media. What becomes of the call when the leg
// ends is its owner's to decide.
import type { CallLeg, HangUpOptions, LegEnded, ReinviteReply } from "@ringdown/sip";
import type { CloseReason, LegClosed, LegEvent } from "../worker/protocol.ts";
import { WorkerError } from "../worker/worker-error.ts";
import type { MediaPool } from "../worker/worker-pool.ts";
import { CallMedia } from "./call-media.ts";
import type { Clock } from "./clock.ts";
import type { LegRecord } from "./leg-record.ts";
import { mediaRefusal } from "./media-refusal.ts";

/** What can be hung up: a dialog, or a call that is being dialled. */
export interface Signalling {
  readonly state: "early" | "confirmed" | "ended";
  hangUp(options?: HangUpOptions): void;
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

export class Leg {
  readonly record: LegRecord;
  readonly media: CallMedia;
  /** The ACK to a 200 of ours has come, and what it held is agreed. */
  onAcknowledged: (() => void) | undefined;
  readonly #options: LegOptions;
  #signalling: Signalling | undefined;
  #dialog: CallLeg | undefined;
  #over = false;

  /** @param mediaId no other leg of this node has it */
  constructor(mediaId: string, options: LegOptions) {
    this.#options = options;
    this.record = options.record;
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
    dialog.onEnded = (ended) => this.#signallingEnded(ended);
    dialog.onAcknowledged = (answer) => void this.#acknowledged(answer);
    this.takeChanges(dialog);
  }

  /** What the other side wants changed is answered: also before there is an answer to our INVITE. */
  takeChanges(dialog: CallLeg): void {
    dialog.onReinvite = (offer, reply) => void this.#renegotiate(offer, reply);
  }

  /** What the other side answered cannot be used. */
  mediaFailed(error: unknown): void {
    if (!this.#over) this.#options.owner.onMediaFailed(error instanceof Error ? error.message : undefined);
  }

  /** BYE, CANCEL or a refusal, whatever has its place; nothing where the dialog is over. Idempotent. */
  hangUp(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    const signalling = this.#signalling;
    if (signalling === undefined || signalling.state === "ended") return;
    if (signalling.state === "confirmed") this.record.step("bye_sent");
    else if (this.record.direction === "inbound") this.record.step("reject_sent", { status: 480 });
    else this.record.step("cancel_sent");
    signalling.hangUp({ reason });
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

  #signallingEnded(ended: LegEnded): void {
    if (this.#over) return;
    this.#over = true;
    const reason = ended.reason === undefined ? {} : { reason: ended.reason };
    if (ended.cause === "bye") this.record.step("bye_received", reason);
    if (ended.cause === "cancelled") this.record.step("cancel_received", reason);
    this.record.ended(this.#options.clock.now());
    this.#options.owner.onEnded(ended);
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
