// Helpers of the bridge's tests: a leg without sockets and the phone at its other end, in virtual time.

import { type CodecName, codecs } from "../codec/g711.ts";
import { writeTelephoneEvent } from "../dtmf/telephone-event.ts";
import { RtpView, writeRtpHeader } from "../rtp/packet.ts";
import type { TestClock } from "./loopback.ts";
import { MediaLeg } from "./media-leg.ts";

export interface HeardPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
  /** Virtual ms. */
  at: number;
}

export interface LineOptions {
  codec?: CodecName;
  /** Default 101; null: the phone takes no telephone events. */
  eventType?: number | null;
  ptime?: number;
}

const SOURCE = { address: "192.0.2.1", family: "IPv4", port: 4000, size: 0 } as const;
let lines = 0;

export class VirtualLine {
  readonly leg: MediaLeg;
  /** What the phone hears. */
  readonly heard: HeardPacket[] = [];
  readonly codec: CodecName;
  readonly eventType: number | null;
  readonly #ptime: number;
  readonly #clock: TestClock;
  // what the phone sends
  ssrc: number;
  sequence = 65_530;
  timestamp = 0xffff_ff00;

  constructor(clock: TestClock, options: LineOptions = {}) {
    lines += 1;
    this.ssrc = lines * 1000;
    this.#clock = clock;
    this.codec = options.codec ?? "PCMU";
    this.eventType = options.eventType === undefined ? 101 : options.eventType;
    this.#ptime = options.ptime ?? 20;
    const silent = {
      send: () => true,
      sendTo: () => undefined,
      setTarget: () => undefined,
      close: async () => undefined,
    };
    this.leg = new MediaLeg(
      `line-${lines}`,
      20_000 + 2 * lines,
      { localAddress: "192.0.2.9" },
      {
        clock,
        rtp: { ...silent, send: (packet) => this.#hear(packet) },
        rtcp: silent,
        onStart: () => undefined,
        onClose: () => undefined,
      },
    );
    this.negotiate();
    this.leg.start();
    // the latch takes two packets in sequence
    for (let i = 0; i < 2; i++) this.say(0);
  }

  /** The phone's offer, again. */
  negotiate(direction = "sendrecv", address: string = SOURCE.address): void {
    const { payloadType } = codecs[this.codec];
    const events = this.eventType === null ? "" : ` ${this.eventType}`;
    const text = ["v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", `c=IN IP4 ${address}`, "t=0 0"];
    text.push(`m=audio ${SOURCE.port} RTP/AVP ${payloadType}${events}`, `a=ptime:${this.#ptime}`);
    if (this.eventType !== null) text.push(`a=rtpmap:${this.eventType} telephone-event/8000`);
    this.leg.acceptOffer([...text, `a=${direction}`, ""].join("\r\n"));
  }

  /** The phone sends its next packet. @param audio a level, or samples of any length */
  say(audio: number | Int16Array, samples = this.#ptime * 8): void {
    const pcm = typeof audio === "number" ? new Int16Array(samples).fill(audio) : audio;
    const codec = codecs[this.codec];
    const bytes = Buffer.alloc(12 + pcm.length);
    writeRtpHeader(bytes, codec.payloadType, false, this.sequence, this.timestamp, this.ssrc);
    codec.encode(pcm, bytes, 12);
    this.pause(pcm.length);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.receive(bytes);
  }

  /** Time passes at the phone without a packet. */
  pause(samples: number): void {
    this.timestamp = (this.timestamp + samples) >>> 0;
  }

  /** A packet is lost on the way. */
  lose(): void {
    this.sequence = (this.sequence + 1) & 0xffff;
    this.pause(this.#ptime * 8);
  }

  /** One packet of a telephone event that began `duration` samples before now; time passes with its first packets. */
  key(event: number, start: number, duration: number, end = false, marker = false): void {
    if (this.eventType === null) throw new Error("this phone has no telephone events");
    const bytes = Buffer.alloc(16);
    writeRtpHeader(bytes, this.eventType, marker, this.sequence, start, this.ssrc);
    writeTelephoneEvent(bytes, 12, event, end, 10, duration);
    this.sequence = (this.sequence + 1) & 0xffff;
    this.receive(bytes);
  }

  receive(bytes: Buffer): void {
    this.leg.receiveRtp(bytes, SOURCE);
  }

  tick(skipped = 0): void {
    this.leg.tick(this.#clock.time, skipped);
  }

  /** Mean level of what the phone heard in a packet. */
  levelOf(packet: HeardPacket | undefined): number {
    const payload = packet?.payload ?? new Uint8Array();
    const pcm = this.samplesOf(payload);
    return Math.round(pcm.reduce((sum, sample) => sum + sample, 0) / Math.max(1, pcm.length));
  }

  samplesOf(payload: Uint8Array): Int16Array {
    const pcm = new Int16Array(payload.length);
    codecs[this.codec].decode(payload, 0, payload.length, pcm);
    return pcm;
  }

  #hear(packet: Uint8Array): boolean {
    const view = new RtpView();
    if (!view.parse(packet)) throw new Error("no RTP went out");
    const { payloadType, marker, sequence, timestamp, ssrc, payloadOffset, payloadLength } = view;
    // a copy: the sender's buffers are used in turn
    const payload = new Uint8Array(packet.subarray(payloadOffset, payloadOffset + payloadLength));
    this.heard.push({ payloadType, marker, sequence, timestamp, ssrc, payload, at: this.#clock.time });
    return true;
  }
}

/** An audio source of one level, for ever. */
export function levelSource(level: number): { read(frame: Int16Array): boolean } {
  return { read: (frame) => frame.fill(level).length > 0 };
}
