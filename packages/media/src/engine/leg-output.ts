// What one leg sends at each tick: digits before all else, then its source, then what it is bridged to, else silence.

import { DtmfToneGenerator } from "../dtmf/tone-generator.ts";
import { MediaError } from "../errors.ts";
import type { AudioSource } from "./audio.ts";
import type { FrameView, RtpSender } from "./rtp-sender.ts";

const MAX_TONE_REQUESTS = 16;

/**
 * What a bridged leg has for a tick: packets went by themselves since the last one and nothing is to be sent; the frame is
 * to be sent; or nobody says anything.
 */
export type BridgedTick = "relayed" | "frame" | "silence";

/** The other leg of a bridge, as the sending side of this one sees it. */
export interface BridgedSource {
  /** Packets are not passed on until the next tick: something else is heard. */
  blocked: boolean;
  /**
   * Once a tick. @param frame filled where "frame" is returned; @param skip something else is heard: the frame is left as it
   * is; @param recorded where packets were relayed, what they said is read into the frame as far as it is known
   */
  read(frame: Int16Array, skip: boolean, recorded: boolean): BridgedTick;
  /** The frame holds what was relayed. */
  readonly heard: boolean;
}

export class LegOutput {
  source: AudioSource | undefined;
  bridged: BridgedSource | undefined;
  /** The negotiated direction lets us send, and the leg is started. */
  sending = false;
  readonly sender: RtpSender;
  readonly #sampleRate: number;
  readonly #onFault: (error: unknown) => void;
  #digitsSent: (() => void)[] = [];
  // for peers without telephone events: digits as sound
  readonly #tones: DtmfToneGenerator[] = [];

  /** @param onFault told what a source throws: silence goes out instead */
  constructor(sender: RtpSender, sampleRate: number, onFault: (error: unknown) => void) {
    this.sender = sender;
    this.#sampleRate = sampleRate;
    this.#onFault = onFault;
  }

  /** @see MediaLeg.sendDtmf. @throws MediaError `dtmf_invalid` */
  async sendDtmf(digits: string, options: { toneMs?: number; gapMs?: number }): Promise<void> {
    const { dtmf } = this.sender;
    if (dtmf !== undefined) dtmf.queue(digits, options);
    else {
      if (this.#tones.length >= MAX_TONE_REQUESTS) throw new MediaError("dtmf_invalid", "too many digits");
      this.#tones.push(new DtmfToneGenerator(digits, this.#sampleRate, options));
    }
    await new Promise<void>((resolve) => this.#digitsSent.push(resolve));
  }

  /** Lets go of whoever waits for digits that will not be sent any more. */
  releaseDigits(): void {
    for (const resolve of this.#digitsSent.splice(0)) resolve();
  }

  /**
   * One tick. @param frame scratch; @param recorded whether the frame is looked at after it
   * @returns whether `frame` holds what is heard of us; else it is silence
   */
  tick(frame: FrameView, recorded: boolean): boolean {
    const { sender, bridged } = this;
    if (!this.sending) {
      sender.skipTick();
      sender.interruptRelayed();
      return false;
    }
    const digits = sender.sendingDtmf;
    let spoke = !digits && (this.#readTones(frame) || this.#readSource(frame));
    if (bridged === undefined) sender.tick(spoke ? frame : undefined);
    else {
      bridged.blocked = digits || spoke;
      const tick = this.#readBridged(bridged, frame, recorded);
      if (tick === "relayed") {
        sender.skipTick();
        spoke = bridged.heard;
      } else {
        spoke ||= tick === "frame";
        sender.tick(spoke ? frame : undefined);
      }
    }
    if (this.#digitsSent.length > 0 && !sender.sendingDtmf && this.#tones.length === 0) this.releaseDigits();
    return spoke;
  }

  skip(ticks: number): void {
    for (let i = 0; i < ticks; i++) this.sender.skipTick();
  }

  #readSource(frame: FrameView): boolean {
    try {
      return this.source?.read(frame.whole) === true;
    } catch (error) {
      this.#onFault(error);
      return false;
    }
  }

  #readBridged(bridged: BridgedSource, frame: FrameView, recorded: boolean): BridgedTick {
    try {
      return bridged.read(frame.whole, bridged.blocked, recorded);
    } catch (error) {
      this.#onFault(error);
      return "silence";
    }
  }

  #readTones(frame: FrameView): boolean {
    while (this.#tones.length > 0) {
      if (this.#tones[0]?.read(frame.whole) === true) return true;
      this.#tones.shift();
    }
    return false;
  }
}
