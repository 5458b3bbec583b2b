// Two legs of one engine joined: what one peer says is heard by the other. Packets are passed on as they come where the
// other peer takes them as they are, or in the other law of G.711; where packets are of another length, frames are taken from
// the jitter buffer and sent at the tick. Each leg keeps its own stream, latch, RTCP session and figures.

import type { AudioCodec } from "../codec/g711.ts";
import { convertLaw } from "../codec/law.ts";
import { KeyTone } from "../dtmf/key-tone.ts";
import { eventDigits, telephoneEventLength } from "../dtmf/telephone-event.ts";
import { MediaError } from "../errors.ts";
import type { RtpView } from "../rtp/packet.ts";
import { type AudioSource, type FrameInfo, FrameQueue } from "./audio.ts";
import type { BridgedSource, BridgedTick, LegOutput } from "./leg-output.ts";
import type { PacketTaker } from "./packet-taker.ts";

/**
 * Ticks without a packet after which silence is sent in its place, where the peer has not said that he pauses: a queue in
 * the network is mostly shorter, and what is filled once is not heard any more when it comes after all.
 */
const STALL_TICKS = 5;
/** Packets in a row of another length than before that change the way. */
const LENGTH_RUN = 3;
/** Ticks after an event's packet in which no audio goes out: RFC 4733 §2.5.1.2 sends one every 50 ms at most. */
const EVENT_TICKS = 3;

/** What a bridge needs of a leg. */
export interface BridgeEnd {
  readonly sampleRate: number;
  readonly output: LegOutput;
  /** The peer's audio is expected. */
  readonly receiving: boolean;
  /** The peer takes no audio of ours: he holds us. */
  readonly onHold: boolean;
  readonly open: boolean;
  readonly bridge: MediaBridge | undefined;
  /** @param heard what this leg's peer hears; @param said takes what he says; both undefined: alone again */
  attach(bridge: MediaBridge | undefined, heard?: BridgeDirection, said?: BridgeDirection): void;
}

export interface BridgeOptions {
  /** What a peer hears while the other one holds and sends nothing: called at the beginning of each hold. Default silence. */
  holdAudio?: () => AudioSource | undefined;
}

/** One way through a bridge: from what one leg receives to what the other one sends. Only legs and the bridge use it. */
export class BridgeDirection implements PacketTaker, BridgedSource {
  readonly #from: BridgeEnd;
  readonly #to: LegOutput;
  readonly #holdAudio: (() => AudioSource | undefined) | undefined;
  readonly #queue: FrameQueue;
  readonly #keys: KeyTone;
  /** Undefined before the first packet. */
  #way: "packets" | "frames" | undefined;
  #otherLength = 0;
  #ticksSince = STALL_TICKS;
  #eventTicks = 0;
  #paused = false;
  /** The peer was on hold: his clock may have stood still meanwhile. */
  #wasHeld = false;
  /** Until the first tick says otherwise: a recording goes on without a gap. */
  #recorded = true;
  #hold: AudioSource | undefined;
  blocked = false;
  heard = false;

  constructor(from: BridgeEnd, to: BridgeEnd, options: BridgeOptions) {
    this.#from = from;
    this.#to = to.output;
    this.#holdAudio = options.holdAudio;
    this.#queue = new FrameQueue((to.sampleRate * 20) / 1000);
    this.#keys = new KeyTone(to.sampleRate);
  }

  /** Frames of the receiving leg are needed: its jitter buffer has to run. */
  get wantsFrames(): boolean {
    return this.#way === "frames" || this.#recorded;
  }

  audio(view: RtpView, bytes: Uint8Array, codec: AudioCodec): void {
    this.#paused = false;
    const { sender } = this.#to;
    const { codec: wanted } = sender;
    this.#chooseWay(view.payloadLength === sender.packetSamples ? "packets" : "frames");
    if (this.#way !== "packets" || this.blocked || !this.#to.sending || wanted === undefined) {
      sender.interruptRelayed();
      return;
    }
    if (this.#wasHeld) sender.forgetRelayed();
    this.#wasHeld = false;
    if (codec !== wanted) convertLaw(bytes, view.payloadOffset, view.payloadLength, codec, wanted);
    if (sender.relay(view, bytes, false)) this.#ticksSince = 0;
  }

  event(view: RtpView, bytes: Uint8Array): void {
    const { sender, sending } = this.#to;
    const event = bytes[view.payloadOffset] ?? eventDigits.length;
    const isKey = view.payloadLength >= telephoneEventLength && event < eventDigits.length;
    if (!isKey || !sending || !sender.takesEvents || sender.sendingDtmf) {
      sender.interruptRelayed();
      return;
    }
    if (!sender.relay(view, bytes, true)) return;
    this.#ticksSince = 0;
    this.#eventTicks = EVENT_TICKS;
  }

  pause(): void {
    this.#paused = true;
    this.#to.sender.interruptRelayed();
  }

  /** The peer's key went down. */
  keyDown(digit: string): void {
    if (!this.#to.sender.takesEvents) this.#keys.press(digit);
  }

  keyUp(durationMs: number): void {
    this.#keys.release(durationMs);
  }

  /** A frame of the receiving leg's tick. */
  frame(frame: Int16Array, info: FrameInfo): void {
    if (!this.wantsFrames) return;
    // while he holds, hold audio is to be heard where he sends nothing
    if (info.silenceInserted && this.#from.onHold) return;
    this.#queue.write(frame);
  }

  read(frame: Int16Array, skip: boolean, recorded: boolean): BridgedTick {
    this.#recorded = recorded;
    this.heard = false;
    this.#ticksSince += 1;
    if (this.#eventTicks > 0) this.#eventTicks -= 1;
    if (!this.#from.receiving) this.#wasHeld = true;
    if (skip) {
      this.#queue.drop();
      return "silence";
    }
    if (this.#keys.read(frame)) {
      this.blocked = true;
      this.#queue.drop();
      return "frame";
    }
    if (this.#eventTicks > 0) {
      this.#queue.drop();
      return "relayed";
    }
    if (this.#way === "frames") {
      if (this.#queue.read(frame)) return "frame";
    } else if (this.#ticksSince <= STALL_TICKS && !this.#paused && this.#from.receiving) {
      this.heard = recorded && this.#queue.read(frame);
      return "relayed";
    } else this.#queue.drop();
    return this.#readHoldAudio(frame) ? "frame" : "silence";
  }

  #readHoldAudio(frame: Int16Array): boolean {
    if (!this.#from.onHold) {
      this.#hold = undefined;
      return false;
    }
    this.#hold ??= this.#holdAudio?.();
    return this.#hold?.read(frame) === true;
  }

  #chooseWay(fitting: "packets" | "frames"): void {
    if (this.#way === undefined) this.#way = fitting;
    if (this.#way === fitting) {
      this.#otherLength = 0;
      return;
    }
    this.#otherLength += 1;
    if (this.#otherLength < LENGTH_RUN) return;
    this.#way = fitting;
    this.#otherLength = 0;
    this.#queue.clear();
  }
}

/** Two legs joined until one closes or the bridge is dissolved; each falls back to its own source with the next tick. */
export class MediaBridge {
  readonly #ends: readonly [BridgeEnd, BridgeEnd];
  #closed = false;
  /** It was dissolved, by a leg's end or by {@link close}. Once. */
  onClosed: (() => void) | undefined;

  /** @throws MediaError `leg_closed`; `bridge_impossible`: one leg twice, or one that is bridged already */
  constructor(first: BridgeEnd, second: BridgeEnd, options: BridgeOptions = {}) {
    if (!first.open || !second.open) throw new MediaError("leg_closed");
    if (first === second) throw new MediaError("bridge_impossible", "a leg with itself");
    if (first.bridge !== undefined || second.bridge !== undefined) {
      throw new MediaError("bridge_impossible", "a leg is bridged already");
    }
    this.#ends = [first, second];
    const forth = new BridgeDirection(first, second, options);
    const back = new BridgeDirection(second, first, options);
    first.attach(this, back, forth);
    second.attach(this, forth, back);
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Idempotent, and from anywhere, a tick's handlers included. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const end of this.#ends) end.attach(undefined);
    this.onClosed?.();
  }
}
