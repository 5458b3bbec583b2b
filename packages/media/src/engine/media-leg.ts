// One call leg's media: SDP state, two sockets, and the path of a frame through them each tick. It owns no timer:
// the engine calls `tick`. A bridged leg's packets are passed on between the ticks (bridge.ts).

import { randomBytes, X509Certificate } from "node:crypto";
import type { RemoteInfo } from "node:dgram";
import { type CodecName, codecs } from "../codec/g711.ts";
import type { DtlsFailure } from "../dtls/server.ts";
import { DtmfToneDetector } from "../dtmf/tone-detector.ts";
import { MediaError } from "../errors.ts";
import { WavRecorder } from "../record/recorder.ts";
import { looksLikeRtcp } from "../rtp/packet.ts";
import { LegSession } from "../sdp/leg-session.ts";
import type { NegotiatedMedia } from "../sdp/negotiator.ts";
import type { AudioSink, AudioSource, FrameInfo } from "./audio.ts";
import type { BridgeDirection, BridgeEnd, MediaBridge } from "./bridge.ts";
import type { MediaClock } from "./clock.ts";
import { LegOutput } from "./leg-output.ts";
import { LegRtcp } from "./leg-rtcp.ts";
import type { MediaSocket } from "./media-socket.ts";
import { type LegQuality, legQuality, type QualityReading } from "./quality.ts";
import { QualityLog, type QualitySample } from "./quality-log.ts";
import { RtpReceiver } from "./rtp-receiver.ts";
import { FrameView, RtpSender } from "./rtp-sender.ts";
import { type MediaCertificate, SecurePath } from "./secure-path.ts";
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
  /** Further addresses of ours that a browser may try, IP literals: what is bound hears them all. */
  moreAddresses?: readonly string[];
  /** Ms without any packet, while audio is expected, after which `onMediaTimeout` is called; 0 = never; default 60 s. */
  mediaTimeoutMs?: number;
}

export type LegSocket = Pick<MediaSocket, "send" | "sendTo" | "setTarget" | "close">;

/** What the engine hands to a leg. */
export interface LegEnvironment {
  clock: MediaClock;
  rtp: LegSocket;
  rtcp: LegSocket;
  certificate?: MediaCertificate | undefined;
  onStart(leg: MediaLeg): void;
  onClose(leg: MediaLeg): void;
}

const SAMPLE_RATE = 8000;
const FRAME_SAMPLES = (SAMPLE_RATE * TICK_MS) / 1000;
/** More missed ticks than this are not caught up with: the jitter buffer holds no more. */
const MAX_CATCH_UP = 25;

// a tick is synchronous: one pair of frames serves all legs
const received = new FrameView(FRAME_SAMPLES);
const sent = new FrameView(FRAME_SAMPLES);
const silence = new Int16Array(FRAME_SAMPLES);
const info: FrameInfo = { concealed: false, silenceInserted: false };

export class MediaLeg implements BridgeEnd {
  readonly id: string;
  readonly sampleRate = SAMPLE_RATE;
  /** Of RTP; RTCP's is the next one. */
  readonly port: number;
  /** For the bridge: what is sent. */
  readonly output: LegOutput;
  /** A key of the peer, once, when it is let go. */
  onDtmf: ((digit: string, durationMs: number) => void) | undefined;
  /** The peer's stream was found. Once. */
  onFirstPacket: (() => void) | undefined;
  /** Nothing came for the leg's media time-out though audio is expected; again only after packets came again. */
  onMediaTimeout: ((silentMs: number) => void) | undefined;
  /** A browser and we have made keys: audio goes both ways from now on; or, with why, we could not, and none ever will. */
  onSecured: ((failure?: DtlsFailure) => void) | undefined;
  /** A source, sink or handler threw; the leg and all others go on. */
  onError: ((error: unknown) => void) | undefined;

  /** Given each tick's frames: what the peer says, and what it hears. They are written over after it returns. */
  monitor: ((received: Int16Array, sent: Int16Array) => void) | undefined;

  readonly #environment: LegEnvironment;
  readonly #session: LegSession;
  readonly #mediaTimeoutMs: number;
  readonly #sender: RtpSender;
  readonly #receiver: RtpReceiver;
  readonly #rtcp: LegRtcp;
  #sinks: readonly AudioSink[] = [];
  /** Undefined: plain RTP. */
  #secure: SecurePath | undefined;
  #maySend = false;
  #started = false;
  #closed: Promise<void> | undefined;
  #heardFirst = false;
  #expectedSince = 0;
  #timedOut = false;
  #recorder: WavRecorder | undefined;
  #recordingEnd: Promise<unknown> | undefined;
  #toneDetector: DtmfToneDetector | undefined;
  #qualityLog: QualityLog | undefined;
  #bridge: MediaBridge | undefined;
  /** What the peer says, on its way through the bridge. */
  #said: BridgeDirection | undefined;

  readonly #onDigit = (digit: string, durationMs: number): void => {
    this.#guard(() => this.onDtmf?.(digit, durationMs));
  };

  constructor(id: string, port: number, options: LegOptions, environment: LegEnvironment) {
    this.id = id;
    this.port = port;
    this.#environment = environment;
    this.#mediaTimeoutMs = options.mediaTimeoutMs ?? 60_000;
    const random = randomBytes(19);
    this.#session = new LegSession(options.localAddress, {
      port,
      codecs: options.codecs ?? ["PCMU", "PCMA"],
      ...(options.rtcpMux === undefined ? {} : { rtcpMux: options.rtcpMux }),
      ...(environment.certificate !== undefined && {
        security: {
          fingerprint: fingerprintOf(environment.certificate),
          moreAddresses: options.moreAddresses ?? [],
        },
      }),
    });
    this.#sender = new RtpSender(
      {
        ssrc: random.readUInt32BE(0),
        timestamp: random.readUInt32BE(4),
        // below half, so that a peer's SRTP-minded receiver sees no early wrap
        sequence: random.readUInt16BE(8) >>> 1,
      },
      FRAME_SAMPLES,
      (packet) => this.#secure?.sendRtp(packet) ?? environment.rtp.send(packet),
    );
    this.output = new LegOutput(this.#sender, SAMPLE_RATE, (error) => this.handleError(error));
    this.#receiver = new RtpReceiver(SAMPLE_RATE, FRAME_SAMPLES, (digit, durationMs) => {
      this.#said?.keyUp(durationMs);
      this.#onDigit(digit, durationMs);
    });
    this.#receiver.dtmf.onStart = (digit) => this.#said?.keyDown(digit);
    this.#receiver.onLatched = () => this.#onLatched();
    this.#rtcp = new LegRtcp(random.toString("base64url", 10, 19), SAMPLE_RATE, {
      clock: environment.clock,
      rtp: { send: (packet) => this.#secure?.sendRtcp(packet) ?? environment.rtp.send(packet) },
      rtcp: environment.rtcp,
      sender: this.#sender,
      receiver: this.#receiver,
    });
  }

  /** Where outgoing audio comes from; undefined = silence. Not read while we are on hold or while digits are sent. */
  get source(): AudioSource | undefined {
    return this.output.source;
  }
  set source(source: AudioSource | undefined) {
    this.output.source = source;
  }

  /** What is agreed; undefined before the first answer. */
  get media(): NegotiatedMedia | undefined {
    return this.#session.current.media;
  }

  /** @see SdpNegotiator.offer */
  offer(): string {
    this.#checkOpen();
    return this.#session.current.offer();
  }

  /** Takes the peer's offer, gives our answer. @throws MediaError, see SdpNegotiator.acceptOffer */
  acceptOffer(sdp: string): string {
    this.#checkOpen();
    const { answer, media } = this.#session.current.acceptOffer(sdp);
    this.#apply(media);
    return answer;
  }

  /** Takes the answer to our offer. @param early, @throws MediaError: see SdpNegotiator.acceptAnswer */
  acceptAnswer(sdp: string, early = false): void {
    this.#checkOpen();
    this.#apply(this.#session.current.acceptAnswer(sdp, early));
  }

  /** @see LegSession.offerSuccessor */
  offerSuccessor(localAddress: string): string {
    this.#checkOpen();
    return this.#session.offerSuccessor(localAddress);
  }

  /** From here on the leg is with that peer. @throws MediaError, see LegSession.acceptSuccessor */
  acceptSuccessor(sdp: string): void {
    this.#checkOpen();
    this.#succeed(this.#session.acceptSuccessor(sdp));
  }

  /** From here on the leg is with that peer. @throws MediaError, see LegSession.acceptSuccessorOffer */
  acceptSuccessorOffer(localAddress: string, sdp: string): string {
    this.#checkOpen();
    const { answer, media } = this.#session.acceptSuccessorOffer(localAddress, sdp);
    this.#succeed(media);
    return answer;
  }

  /** Our offer was refused: what was agreed before stands. */
  offerRejected(): void {
    this.#session.current.offerRejected();
  }

  /** Offer that holds the peer (true) or resumes; in force when its answer is taken. */
  hold(on: boolean): string {
    this.#checkOpen();
    return this.#session.current.hold(on);
  }

  /** Begins sending and playing, at this leg's next tick. Again: from now on audio is expected, whatever was before. */
  start(): void {
    this.#checkOpen();
    const now = this.#environment.clock.now();
    this.#expectedSince = now;
    this.#timedOut = false;
    if (this.#started) return;
    this.#started = true;
    this.#rtcp.start(now);
    this.#qualityLog = new QualityLog(now);
    this.#receiver.listening = this.receiving;
    this.#beginOutput();
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
    await this.output.sendDtmf(digits, options);
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
    const { counters } = this.#receiver.jitter ?? {};
    return legQuality(this.#reading(), {
      codec: this.media?.codec,
      packetsSent: this.#sender.packets,
      duplicates: counters?.duplicate ?? 0,
      concealedMs: ((counters?.concealedSamples ?? 0) * 1000) / SAMPLE_RATE,
      strangers: this.#receiver.strangers + this.#rtcp.strangers + (this.#secure?.refused ?? 0),
      invalid: this.#receiver.invalid,
    });
  }

  /** How the audio was since `start`, oldest first: one sample each 5 s, fewer in long calls, 240 at most. */
  qualitySamples(): QualitySample[] {
    const { clock } = this.#environment;
    return this.#qualityLog?.samples(clock.now(), clock.wallClock(), this.#reading()) ?? [];
  }

  #reading(): QualityReading {
    const { jitter, statistics, packetsReceived, lost } = this.#receiver;
    const { roundTripMs, remoteLost, remoteJitterMs } = this.#rtcp.session;
    return {
      ...{ received: packetsReceived, lost, late: jitter?.counters.late ?? 0 },
      ...{ jitterMs: statistics?.jitterMs ?? 0, bufferMs: jitter?.targetDelay ?? 0, roundTripMs },
      ...{ reportedSent: this.#rtcp.reportedSent, remoteLost, remoteJitterMs },
    };
  }

  /** Says BYE by RTCP, ends the recording, frees the ports. Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const environment = this.#environment;
    this.#guard(() => this.#bridge?.close());
    // RFC 3550 §6.3.7: who never sent a packet says no goodbye
    if (this.#started && (this.#rtcp.reported || this.#sender.packets > 0))
      this.#guard(() => this.#sendRtcp(true));
    this.#guard(() => this.#secure?.close());
    this.#started = false;
    this.output.sending = false;
    this.output.releaseDigits();
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
    this.#receiver.decoding = this.#wantsFrames();
    if (skipped > 0) this.#catchUp(ideal, skipped);
    this.#receive(ideal);
    const spoke = this.output.tick(sent, this.#isWatched);
    const said = spoke ? sent.whole : silence;
    this.#recorder?.write(received.whole, said);
    if (this.monitor !== undefined) this.#guard(() => this.monitor?.(received.whole, said));
    this.#receiver.dtmf.expire(ideal);
    if (this.#rtcp.isDue(ideal)) this.#sendRtcp(false);
    if (this.#qualityLog?.isDue(ideal) === true) {
      this.#qualityLog.add(ideal, this.#environment.clock.wallClock(), this.#reading());
    }
    this.#watch(ideal);
  }

  /** For the bridge. */
  get open(): boolean {
    return this.#closed === undefined;
  }

  /** For the bridge: the peer's audio is expected, by what is negotiated. */
  get receiving(): boolean {
    const direction = this.media?.direction;
    return direction === "sendrecv" || direction === "recvonly";
  }

  /** The peer takes no audio of ours. */
  get onHold(): boolean {
    return this.media?.onHold === true;
  }

  /** What joins this leg to another one. @see MediaEngine.bridge */
  get bridge(): MediaBridge | undefined {
    return this.#bridge;
  }

  /** For the bridge. */
  attach(bridge: MediaBridge | undefined, heard?: BridgeDirection, said?: BridgeDirection): void {
    this.#bridge = bridge;
    this.#said = said;
    this.#receiver.taker = said;
    this.output.bridged = heard;
    this.#sender.forgetRelayed();
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
    if (this.#secure !== undefined) this.#receiveSecured(this.#secure, bytes, source);
    else if (this.media?.rtcpMux === true && looksLikeRtcp(bytes)) this.#takeRtcp(bytes, source);
    else this.#receiver.receive(bytes, source.address, source.port, this.#environment.clock.now());
  }

  /** What the path lets through is the peer's, wherever it comes from: it counts as of where its SDP says. */
  #receiveSecured(path: SecurePath, bytes: Buffer, source: RemoteInfo): void {
    const { media } = this;
    const plain = path.receive(bytes, source.address, source.port);
    if (plain === undefined || media === undefined) return;
    const { remoteAddress: address, remotePort: port } = media;
    if (looksLikeRtcp(plain)) this.#rtcp.take(plain, { address, port }, media);
    else this.#receiver.receive(plain, address, port, this.#environment.clock.now());
  }

  /** A datagram on the RTCP port; only the engine calls it. */
  receiveRtcp(bytes: Buffer, source: RemoteInfo): void {
    if (this.#closed === undefined && this.#secure === undefined) this.#takeRtcp(bytes, source);
  }

  #receive(ideal: number): void {
    // bridged, and nobody looks at frames
    if (!this.#receiver.decoding) return;
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
    this.#said?.frame(frame, info);
    for (const sink of this.#sinks) {
      try {
        sink.write(frame, info);
      } catch (error) {
        this.handleError(error);
      }
    }
  }

  /** Packets of a bridged leg become frames only where somebody wants them: it is most of what a packet costs here. */
  #wantsFrames(): boolean {
    return (
      this.#said === undefined ||
      this.#said.wantsFrames ||
      this.#sinks.length > 0 ||
      this.#isWatched ||
      (this.#toneDetector !== undefined && this.onDtmf !== undefined)
    );
  }

  /** Both directions are wanted as frames. */
  get #isWatched(): boolean {
    return this.#recorder !== undefined || this.monitor !== undefined;
  }

  #catchUp(ideal: number, skipped: number): void {
    for (let i = Math.min(skipped, MAX_CATCH_UP); i > 0; i--) {
      this.#receive(ideal - i * TICK_MS);
      this.#recorder?.write(received.whole, silence);
    }
    this.output.skip(skipped);
    for (let i = MAX_CATCH_UP; i < skipped; i++) this.#recorder?.write(silence, silence);
  }

  #watch(ideal: number): void {
    if (this.#mediaTimeoutMs === 0 || !this.#receiver.listening) return;
    const last = Math.max(this.#receiver.lastReceivedAt, this.#rtcp.lastHeardAt, this.#expectedSince);
    const silentMs = ideal - last;
    if (silentMs < this.#mediaTimeoutMs) {
      this.#timedOut = false;
    } else if (!this.#timedOut) {
      this.#timedOut = true;
      this.#guard(() => this.onMediaTimeout?.(silentMs));
    }
  }

  #succeed(media: NegotiatedMedia): void {
    this.#expectedSince = this.#environment.clock.now();
    this.#timedOut = false;
    // Whom it was with may go on sending for a while.
    if (media.remotePort !== 0) this.#receiver.latch.succeed(media.remoteAddress, media.remotePort);
    this.#rtcp.forgetSource();
    this.#apply(media);
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
      this.#rtcp.forgetSource();
    }
    this.#maySend =
      media.remotePort !== 0 && (media.direction === "sendrecv" || media.direction === "sendonly");
    this.#secureBy(media);
    this.#beginOutput();
    if (this.#started && this.receiving && !this.#receiver.listening) {
      // what was said during the hold is not to be heard after it
      this.#receiver.jitter?.reset();
      this.#expectedSince = this.#environment.clock.now();
    }
    this.#receiver.listening = this.#started && this.receiving;
    this.#aim();
  }

  /** With a browser not before keys stand: else what is said first would be lost on the way. */
  #beginOutput(): void {
    this.output.sending = this.#started && this.#maySend && this.#secure?.open !== false;
  }

  #secureBy({ secured }: NegotiatedMedia): void {
    const { certificate, clock, rtp } = this.#environment;
    if (secured !== undefined && this.#secure?.renew(secured) === true) return;
    this.#secure?.close();
    this.#secure = undefined;
    if (secured === undefined || certificate === undefined) return;
    // Whatever it was before: many sources may be heard now.
    rtp.setTarget("", 0, false);
    this.#secure = new SecurePath({
      ...{ certificate, secured },
      now: () => clock.now(),
      send: (packet, address, port) => rtp.sendTo(packet, address, port),
      onOpen: () => {
        this.#expectedSince = clock.now();
        this.#beginOutput();
        this.#guard(() => this.onSecured?.());
      },
      onFailed: (failure) => this.#guard(() => this.onSecured?.(failure)),
    });
  }

  #onLatched(): void {
    this.#rtcp.forgetSource();
    this.#aim();
    if (this.#heardFirst) return;
    this.#heardFirst = true;
    this.#guard(() => this.onFirstPacket?.());
  }

  #aim(): void {
    if (this.#secure !== undefined) return;
    const { latch } = this.#receiver;
    this.#environment.rtp.setTarget(latch.address, latch.port, latch.final);
  }

  #takeRtcp(bytes: Buffer, source: RemoteInfo): void {
    this.#rtcp.take(bytes, source, this.media);
  }

  #sendRtcp(bye: boolean): void {
    const { media } = this;
    if (media === undefined) return;
    // a source that is not the announced one becomes final after a while, without another event than its packets
    this.#aim();
    this.#rtcp.send(media, bye);
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

function fingerprintOf({ certificate }: MediaCertificate): string {
  return new X509Certificate(certificate).fingerprint256;
}
