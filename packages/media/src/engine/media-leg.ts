// One call leg's media: SDP state, two sockets, and the path of a frame through them each tick. It owns no timer:
// the engine calls `tick`.

import { randomBytes } from "node:crypto";
import type { RemoteInfo } from "node:dgram";
import { type CodecName, codecs } from "../codec/g711.ts";
import { DtmfToneDetector } from "../dtmf/tone-detector.ts";
import { DtmfToneGenerator } from "../dtmf/tone-generator.ts";
import { MediaError } from "../errors.ts";
import { WavRecorder } from "../record/recorder.ts";
import { RtcpSession, rtcpInterval } from "../rtcp/session.ts";
import { looksLikeRtcp } from "../rtp/packet.ts";
import { type NegotiatedMedia, SdpNegotiator } from "../sdp/negotiator.ts";
import type { AudioSink, AudioSource, FrameInfo } from "./audio.ts";
import type { MediaClock } from "./clock.ts";
import type { MediaSocket } from "./media-socket.ts";
import { estimateMos, type LegQuality } from "./quality.ts";
import { RtpReceiver } from "./rtp-receiver.ts";
import { FrameView, RtpSender } from "./rtp-sender.ts";
import { TICK_MS } from "./tick-schedule.ts";

export interface LegOptions {
  /** Address put into the SDP, an IP literal. */
  localAddress: string;
  /** What to bind to, an IP literal; default the engine's. */
  bindAddress?: string;
  /** Default PCMU, PCMA. */
  codecs?: readonly CodecName[];
  /** See SdpNegotiatorOptions. */
  rtcpMux?: boolean;
  /** Ms without any packet, while audio is expected, after which `onMediaTimeout` is called; 0 = never; default 60 s. */
  mediaTimeoutMs?: number;
}

/** What the engine hands to a leg. */
export interface LegEnvironment {
  clock: MediaClock;
  rtp: MediaSocket;
  rtcp: MediaSocket;
  onStart(leg: MediaLeg): void;
  onClose(leg: MediaLeg): void;
}

const SAMPLE_RATE = 8000;
const FRAME_SAMPLES = (SAMPLE_RATE * TICK_MS) / 1000;
/** More missed ticks than this are not caught up with: the jitter buffer holds no more. */
const MAX_CATCH_UP = 25;
const MAX_TONE_REQUESTS = 16;

// a tick is synchronous: one pair of frames serves all legs
const received = new FrameView(FRAME_SAMPLES);
const sent = new FrameView(FRAME_SAMPLES);
const silence = new Int16Array(FRAME_SAMPLES);
const info: FrameInfo = { concealed: false, silenceInserted: false };

export class MediaLeg {
  readonly id: string;
  readonly sampleRate = SAMPLE_RATE;
  /** Of RTP; RTCP's is the next one. */
  readonly port: number;
  /** Where outgoing audio comes from; undefined = silence. Not read while we are on hold or while digits are sent. */
  source: AudioSource | undefined;
  /** A key of the peer, once, when it is let go. */
  onDtmf: ((digit: string, durationMs: number) => void) | undefined;
  /** The peer's stream was found. Once. */
  onFirstPacket: (() => void) | undefined;
  /** Nothing came for the leg's media time-out though audio is expected; again only after packets came again. */
  onMediaTimeout: ((silentMs: number) => void) | undefined;
  /** A source, sink or handler threw; the leg and all others go on. */
  onError: ((error: unknown) => void) | undefined;

  readonly #environment: LegEnvironment;
  readonly #negotiator: SdpNegotiator;
  readonly #mediaTimeoutMs: number;
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  readonly #rtcpSession: RtcpSession;
  #sinks: readonly AudioSink[] = [];
  #sending = false;
  #started = false;
  #closed: Promise<void> | undefined;
  #heardFirst = false;
  #expectedSince = 0;
  #lastHeardAt = 0;
  #timedOut = false;
  #rtcpAt = Number.POSITIVE_INFINITY;
  #rtcpSource: { address: string; port: number } | undefined;
  #recorder: WavRecorder | undefined;
  #recordingEnd: Promise<unknown> | undefined;
  #digitsSent: (() => void)[] = [];
  // for peers without telephone events: digits as sound
  readonly #tones: DtmfToneGenerator[] = [];
  #toneDetector: DtmfToneDetector | undefined;
  #rtcpStrangers = 0;
  #reported = false;

  readonly #onDigit = (digit: string, durationMs: number): void => {
    this.#guard(() => this.onDtmf?.(digit, durationMs));
  };

  constructor(id: string, port: number, options: LegOptions, environment: LegEnvironment) {
    this.id = id;
    this.port = port;
    this.#environment = environment;
    this.#mediaTimeoutMs = options.mediaTimeoutMs ?? 60_000;
    const random = randomBytes(25);
    this.#negotiator = new SdpNegotiator({
      address: options.localAddress,
      port,
      sessionId: random.readUIntBE(19, 6),
      codecs: options.codecs ?? ["PCMU", "PCMA"],
      ...(options.rtcpMux === undefined ? {} : { rtcpMux: options.rtcpMux }),
    });
    this.#sender = new RtpSender(
      {
        ssrc: random.readUInt32BE(0),
        timestamp: random.readUInt32BE(4),
        // below half, so that a peer's SRTP-minded receiver sees no early wrap
        sequence: random.readUInt16BE(8) >>> 1,
      },
      FRAME_SAMPLES,
      (packet) => environment.rtp.send(packet),
    );
    this.#receiver = new RtpReceiver(SAMPLE_RATE, FRAME_SAMPLES, this.#onDigit);
    this.#receiver.onLatched = () => this.#onLatched();
    // RFC 7022 §4.2: a short-term persistent CNAME, random, tells nobody who we are
    this.#rtcpSession = new RtcpSession(this.#sender.ssrc, random.toString("base64url", 10, 19), SAMPLE_RATE);
  }

  /** What is agreed; undefined before the first answer. */
  get media(): NegotiatedMedia | undefined {
    return this.#negotiator.media;
  }

  /** @see SdpNegotiator.offer */
  offer(): string {
    this.#checkOpen();
    return this.#negotiator.offer();
  }

  /** Takes the peer's offer, gives our answer. @throws MediaError, see SdpNegotiator.acceptOffer */
  acceptOffer(sdp: string): string {
    this.#checkOpen();
    const { answer, media } = this.#negotiator.acceptOffer(sdp);
    this.#apply(media);
    return answer;
  }

  /** Takes the answer to our offer. @throws MediaError, see SdpNegotiator.acceptAnswer */
  acceptAnswer(sdp: string): void {
    this.#checkOpen();
    this.#apply(this.#negotiator.acceptAnswer(sdp));
  }

  /** Our offer was refused: what was agreed before stands. */
  offerRejected(): void {
    this.#negotiator.offerRejected();
  }

  /** Offer that holds the peer (true) or resumes; in force when its answer is taken. */
  hold(on: boolean): string {
    this.#checkOpen();
    return this.#negotiator.hold(on);
  }

  /** Begins sending and playing, at this leg's next tick. */
  start(): void {
    this.#checkOpen();
    if (this.#started) return;
    this.#started = true;
    const now = this.#environment.clock.now();
    this.#expectedSince = now;
    this.#rtcpAt = now + rtcpInterval(Math.random(), true);
    this.#receiver.listening = this.#isReceiving();
    this.#environment.onStart(this);
  }

  /** Gives every received frame to `sink` until the returned function is called. */
  addSink(sink: AudioSink): () => void {
    this.#sinks = [...this.#sinks, sink];
    return () => {
      this.#sinks = this.#sinks.filter((other) => other !== sink);
    };
  }

  /**
   * Sends digits as RFC 4733 events, or as sound where the peer takes none; other outgoing audio is silent meanwhile.
   * Resolves when the last one's pause is over, or the leg is closed.
   * @throws MediaError `dtmf_invalid`, `leg_closed`
   */
  async sendDtmf(digits: string, options: { toneMs?: number; gapMs?: number } = {}): Promise<void> {
    this.#checkOpen();
    const dtmf = this.#sender.dtmf;
    if (dtmf !== undefined) dtmf.queue(digits, options);
    else {
      if (this.#tones.length >= MAX_TONE_REQUESTS) throw new MediaError("dtmf_invalid", "too many digits");
      this.#tones.push(new DtmfToneGenerator(digits, SAMPLE_RATE, options));
    }
    await new Promise<void>((resolve) => this.#digitsSent.push(resolve));
  }

  /**
   * Records to a stereo WAV file: left what is received, right what is sent. An earlier recording is ended.
   * @param onError told once, when the disk fails; the call goes on
   */
  record(path: string, onError?: (error: MediaError) => void): void {
    this.#checkOpen();
    if (this.#recorder !== undefined) this.#recordingEnd = this.stopRecording();
    this.#recorder = new WavRecorder(path, {
      sampleRate: SAMPLE_RATE,
      channels: 2,
      ...(onError === undefined ? {} : { onError }),
    });
  }

  /** Ends the recording; undefined when none was running. Never rejects. */
  async stopRecording(): Promise<{ path: string; seconds: number } | undefined> {
    const recorder = this.#recorder;
    if (recorder === undefined) return undefined;
    this.#recorder = undefined;
    const { seconds } = await recorder.close();
    return { path: recorder.path, seconds };
  }

  quality(): LegQuality {
    const { jitter, statistics } = this.#receiver;
    const late = jitter?.counters.late ?? 0;
    const bufferMs = jitter?.targetDelay ?? 0;
    const expected = this.#receiver.packetsReceived + this.#receiver.lost;
    const lostPercent = expected === 0 ? 0 : (100 * this.#receiver.lost) / expected;
    const latePercent = expected === 0 ? 0 : (100 * late) / expected;
    const roundTripMs = this.#rtcpSession.roundTripMs;
    // one frame to fill, the buffer, half the way there and back
    const delay = TICK_MS + bufferMs + (roundTripMs ?? 0) / 2;
    return {
      codec: this.media?.codec,
      packetsSent: this.#sender.packets,
      packetsReceived: this.#receiver.packetsReceived,
      lost: this.#receiver.lost,
      lostPercent,
      late,
      duplicates: jitter?.counters.duplicate ?? 0,
      jitterMs: statistics?.jitterMs ?? 0,
      bufferMs,
      roundTripMs,
      concealedMs: ((jitter?.counters.concealedSamples ?? 0) * 1000) / SAMPLE_RATE,
      remoteLost: this.#rtcpSession.remoteLost,
      remoteJitterMs: this.#rtcpSession.remoteJitterMs,
      strangers: this.#receiver.strangers + this.#rtcpStrangers,
      invalid: this.#receiver.invalid,
      mos: expected === 0 ? undefined : estimateMos(Math.min(100, lostPercent + latePercent), delay),
    };
  }

  /** Says BYE by RTCP, ends the recording, frees the ports. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const environment = this.#environment;
    // RFC 3550 §6.3.7: who never sent a packet says no goodbye
    if (this.#started && (this.#reported || this.#sender.packets > 0))
      this.#guard(() => this.#sendRtcp(environment.clock.now(), true));
    this.#started = false;
    for (const resolve of this.#digitsSent.splice(0)) resolve();
    await Promise.all([
      environment.rtp.close(),
      environment.rtcp.close(),
      this.stopRecording(),
      this.#recordingEnd,
    ]);
    environment.onClose(this);
  }

  /**
   * One 20 ms tick; only the engine calls it.
   * @param ideal when it was due, ms; @param skipped ticks missed before it: what was received meanwhile is given to
   *   the sinks all the same, what was to be sent is not sent late in a burst
   */
  tick(ideal: number, skipped: number): void {
    if (!this.#started) return;
    if (skipped > 0) this.#catchUp(ideal, skipped);
    this.#receive(ideal);
    const spoke = this.#send();
    this.#recorder?.write(received.whole, spoke ? sent.whole : silence);
    this.#receiver.dtmf.expire(ideal);
    if (ideal >= this.#rtcpAt) {
      this.#rtcpAt = ideal + rtcpInterval(Math.random(), false);
      this.#sendRtcp(this.#environment.clock.now(), false);
    }
    this.#watch(ideal);
  }

  /** Runs what the host gave us: its exceptions stay its own. */
  handleError(error: unknown): void {
    try {
      this.onError?.(error);
    } catch {
      // a handler of errors that throws has nowhere left to tell
    }
  }

  /** A datagram on the RTP port; only the engine calls it. */
  receiveRtp(bytes: Buffer, source: RemoteInfo): void {
    if (this.#closed !== undefined) return;
    if (this.media?.rtcpMux === true && looksLikeRtcp(bytes)) this.#takeRtcp(bytes, source);
    else this.#receiver.receive(bytes, source.address, source.port, this.#environment.clock.now());
  }

  /** A datagram on the RTCP port; only the engine calls it. */
  receiveRtcp(bytes: Buffer, source: RemoteInfo): void {
    if (this.#closed === undefined) this.#takeRtcp(bytes, source);
  }

  #receive(ideal: number): void {
    const frame = received.whole;
    const { jitter } = this.#receiver;
    if (jitter !== undefined && this.#receiver.listening) {
      const kind = jitter.read(frame, ideal);
      info.concealed = kind === "concealed";
      info.silenceInserted = kind === "silence";
      if (this.#toneDetector !== undefined && this.onDtmf !== undefined) this.#toneDetector.write(frame);
    } else {
      frame.fill(0);
      info.concealed = false;
      info.silenceInserted = true;
    }
    for (const sink of this.#sinks) sink.write(frame, info);
  }

  /** @returns whether `sent` holds what went out; else it was silence */
  #send(): boolean {
    const sender = this.#sender;
    if (!this.#sending) {
      sender.skipTick();
      return false;
    }
    const muted = sender.sendingDtmf;
    const spoke = !muted && (this.#readTones() || this.source?.read(sent.whole) === true);
    sender.tick(spoke ? sent : undefined);
    if (this.#digitsSent.length > 0 && !sender.sendingDtmf && this.#tones.length === 0) {
      for (const resolve of this.#digitsSent.splice(0)) resolve();
    }
    return spoke;
  }

  #readTones(): boolean {
    while (this.#tones.length > 0) {
      if (this.#tones[0]?.read(sent.whole) === true) return true;
      this.#tones.shift();
    }
    return false;
  }

  #catchUp(ideal: number, skipped: number): void {
    for (let i = Math.min(skipped, MAX_CATCH_UP); i > 0; i--) {
      this.#receive(ideal - i * TICK_MS);
      this.#recorder?.write(received.whole, silence);
    }
    for (let i = 0; i < skipped; i++) this.#sender.skipTick();
    for (let i = MAX_CATCH_UP; i < skipped; i++) this.#recorder?.write(silence, silence);
  }

  #watch(ideal: number): void {
    if (this.#mediaTimeoutMs === 0 || !this.#receiver.listening) return;
    const last = Math.max(this.#receiver.lastReceivedAt, this.#lastHeardAt, this.#expectedSince);
    const silentMs = ideal - last;
    if (silentMs < this.#mediaTimeoutMs) {
      this.#timedOut = false;
    } else if (!this.#timedOut) {
      this.#timedOut = true;
      this.#guard(() => this.onMediaTimeout?.(silentMs));
    }
  }

  #apply(media: NegotiatedMedia): void {
    const codec = codecs[media.codec];
    this.#sender.configure({
      codec,
      payloadType: media.payloadType,
      dtmfPayloadType: media.dtmfPayloadType,
      ptime: media.ptime,
    });
    this.#receiver.configure({
      codec,
      payloadType: media.receivePayloadType,
      dtmfPayloadType: media.receiveDtmfPayloadType,
    });
    if (media.receiveDtmfPayloadType !== undefined) this.#toneDetector = undefined;
    else this.#toneDetector ??= new DtmfToneDetector({ sampleRate: SAMPLE_RATE, onEnd: this.#onDigit });
    if (media.remotePort !== 0 && this.#receiver.latch.announce(media.remoteAddress, media.remotePort)) {
      this.#rtcpSource = undefined;
    }
    this.#sending =
      media.remotePort !== 0 && (media.direction === "sendrecv" || media.direction === "sendonly");
    if (this.#started && this.#isReceiving() && !this.#receiver.listening) {
      // what was said during the hold is not to be heard after it
      this.#receiver.jitter?.reset();
      this.#expectedSince = this.#environment.clock.now();
    }
    this.#receiver.listening = this.#started && this.#isReceiving();
    this.#aim();
  }

  #isReceiving(): boolean {
    const direction = this.media?.direction;
    return direction === "sendrecv" || direction === "recvonly";
  }

  #onLatched(): void {
    this.#rtcpSource = undefined;
    this.#aim();
    if (this.#heardFirst) return;
    this.#heardFirst = true;
    this.#guard(() => this.onFirstPacket?.());
  }

  #aim(): void {
    const { latch } = this.#receiver;
    this.#environment.rtp.setTarget(latch.address, latch.port, latch.final);
  }

  #takeRtcp(bytes: Buffer, source: RemoteInfo): void {
    const { latch } = this.#receiver;
    const media = this.media;
    if (
      media === undefined ||
      (source.address !== latch.address && source.address !== media.remoteRtcpAddress)
    ) {
      this.#rtcpStrangers += 1;
      return;
    }
    const now = this.#environment.clock.now();
    if (this.#rtcpSession.receive(bytes, now, this.#environment.clock.wallClock()) === undefined) return;
    this.#lastHeardAt = now;
    // behind a NAT the reports go back the way the peer's came
    if (source.address === latch.address && this.#rtcpSource?.port !== source.port) {
      this.#rtcpSource = { address: source.address, port: source.port };
    }
  }

  #sendRtcp(now: number, bye: boolean): void {
    const media = this.media;
    if (media === undefined) return;
    this.#reported = true;
    const { rtp, rtcp, clock } = this.#environment;
    const report = this.#rtcpSession.build(
      now,
      clock.wallClock(),
      {
        packets: this.#sender.packets,
        octets: this.#sender.octets,
        timestamp: this.#sender.timestamp,
        at: now,
      },
      this.#receiver.statistics,
      bye,
    );
    // a source that is not the announced one becomes final after a while, without another event than its packets
    this.#aim();
    if (media.rtcpMux) {
      rtp.send(report);
      return;
    }
    const { latch } = this.#receiver;
    const target = this.#rtcpSource;
    if (target !== undefined) rtcp.setTarget(target.address, target.port, false);
    else if (latch.latched && latch.address !== media.remoteAddress) {
      rtcp.setTarget(latch.address, latch.port + 1, false);
    } else rtcp.setTarget(media.remoteRtcpAddress, media.remoteRtcpPort, false);
    rtcp.send(report);
  }

  #guard(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.handleError(error);
    }
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new MediaError("leg_closed");
  }
}
