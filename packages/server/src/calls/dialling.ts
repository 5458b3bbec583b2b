// How a leg is made by us: media with our offer, the dial, what is heard while it rings, and the answer. Of a call out
// it is the first leg, of a transfer a further one.
import type { Fork, OutgoingCall, SendTarget } from "@ringdown/sip";
import { AppError } from "../errors.ts";
import type { Dial, DialAttempt, Dialer, DialFailure, DialRequest, FailedAttempt } from "./dial-port.ts";
import { EarlyMedia } from "./early-media.ts";
import type { Leg } from "./leg.ts";
import { hostPort } from "./leg-end.ts";

export interface DiallingOptions {
  leg: Leg;
  dialer: Dialer;
  request: Omit<DialRequest, "offer">;
  /** Our address as that target sees it; goes into the SDP. */
  mediaAddressFor(target: SendTarget): string;
  events: DiallingEvents;
}

export interface DiallingEvents {
  /** 101 to 199, each status once. */
  onProgress?(status: number): void;
  /** The called side is heard before it has answered: ringing, an announcement. */
  onEarlyMedia(): void;
  /** 200: from here on it counts. */
  onAnswered(): void;
  /** What the 200 says of the media is agreed: audio may begin. Where it cannot be used, the leg's owner is told instead. */
  onReady(): void;
  /** Once, in place of `onAnswered`. Not told where the leg was hung up. */
  onFailed(failure: DialFailure): void;
}

/** Longest text of the peer's that the record keeps. */
const MAX_SHOWN = 256;

export class Dialling {
  readonly #options: DiallingOptions;
  readonly #early: EarlyMedia;
  #dial: Dial | undefined;
  #lastProgress = "";
  #isOver = false;

  /** Begins at once. */
  constructor(options: DiallingOptions) {
    this.#options = options;
    const { leg, request, dialer } = options;
    this.#early = new EarlyMedia({
      accept: (sdp) => leg.media.acceptAnswer(sdp, true),
      onHeard: () => this.#heard(),
    });
    leg.dialling({
      state: "early",
      hangUp: (how) => {
        this.#isOver = true;
        this.#dial?.cancel(how?.reason);
      },
    });
    this.#dial = dialer.dial(
      { ...request, offer: (target) => this.#offer(target) },
      {
        onAttempt: (attempt) => this.#attempt(attempt),
        onAttemptFailed: (failure) => this.#attemptFailed(failure),
        onProgress: (status, sdp, fork) => this.#progress(status, sdp, fork),
        onAnswered: (dialog, sdp) => this.#answered(dialog, sdp),
        onFailed: (failure) => this.#failed(failure),
      },
    );
  }

  async #offer(target: SendTarget): Promise<string> {
    const { leg, mediaAddressFor } = this.#options;
    try {
      return (await leg.media.open(mediaAddressFor(target), undefined)).sdp;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new AppError("busy", { message: `No media could be had for the call: ${why}`, cause: error });
    }
  }

  #attempt({ way, requestUri, target, leg: dialog }: DialAttempt): void {
    const { record } = this.#options.leg;
    this.#early.clear();
    this.#lastProgress = "";
    const { flow, request } = dialog;
    record.note({
      sipCallId: dialog.callId,
      from: request.headers.get("From")?.slice(0, MAX_SHOWN) ?? "",
      to: request.headers.get("To")?.slice(0, MAX_SHOWN) ?? "",
      transport: flow.transport,
      remoteAddress: hostPort(flow.remoteAddress, flow.remotePort),
    });
    record.step("dialling", { way, target, requestUri });
    // An UPDATE while it rings (RFC 3311) is answered like a re-INVITE.
    this.#options.leg.takeChanges(dialog);
  }

  #attemptFailed({ way, target, status, reason }: FailedAttempt): void {
    if (!this.#isOver) this.#options.leg.record.step("attempt_failed", { way, target, status, reason });
  }

  #progress(status: number, sdp: string | undefined, fork: Fork | undefined): void {
    if (this.#isOver) return;
    const id = fork?.id ?? "";
    const progress = `${status} ${id} ${sdp === undefined ? "" : "sdp"}`;
    // It is repeated while it lasts.
    if (progress !== this.#lastProgress)
      this.#options.leg.record.step("progress", { status, sdp: sdp !== undefined });
    if (progress !== this.#lastProgress) this.#options.events.onProgress?.(status);
    this.#lastProgress = progress;
    if (status === 199) this.#early.gone(id);
    else if (sdp !== undefined) this.#early.take(id, sdp);
  }

  #heard(): void {
    if (this.#isOver) return;
    const { leg, events } = this.#options;
    leg.record.step("early_media", { codec: leg.media.codec });
    leg.record.codec(leg.media.codec);
    events.onEarlyMedia();
  }

  #answered(dialog: OutgoingCall, sdp: string | undefined): void {
    // It crossed our hanging up, which the dial could not know of.
    if (this.#isOver) {
      dialog.hangUp();
      return;
    }
    this.#isOver = true;
    const { leg, events } = this.#options;
    leg.connect(dialog);
    const { flow } = dialog;
    leg.record.note({
      sipCallId: dialog.callId,
      transport: flow.transport,
      remoteAddress: hostPort(flow.remoteAddress, flow.remotePort),
      userAgent: dialog.remoteUserAgent?.slice(0, MAX_SHOWN) ?? null,
    });
    leg.record.step("answered", { status: 200 });
    events.onAnswered();
    void this.#agree(sdp);
  }

  async #agree(sdp: string | undefined): Promise<void> {
    const { leg, events } = this.#options;
    await this.#early.end();
    try {
      if (sdp === undefined) throw new Error("the answer held no SDP");
      await leg.media.acceptAnswer(sdp);
    } catch (error) {
      leg.mediaFailed(error);
      return;
    }
    if (!leg.live) return;
    leg.record.codec(leg.media.codec);
    events.onReady();
  }

  #failed(failure: DialFailure): void {
    void this.#early.end();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.leg.dialFailed(failure);
    this.#options.events.onFailed(failure);
  }
}
