/**
 * Offer and answer (RFC 3264, RFC 6337) of one leg with one audio stream: pure state, no sockets, no clock.
 *
 * An offer or answer that is refused by throwing leaves what was agreed before untouched (RFC 3264 §8: "the session
 * continues as before"). Design note: docs/design/sdp.md.
 */
import { isIPv6 } from "node:net";
import type { CodecName } from "../codec/g711.ts";
import { MediaError } from "../errors.ts";
import { type IceCredentials, makeIceCredentials } from "../stun/lite-agent.ts";
import {
  type AudioStream,
  choosePtime,
  type Direction,
  directionOf,
  type PayloadFormat,
  readAudioStream,
  receives,
  sends,
} from "./audio-stream.ts";
import {
  type OwnSecurity,
  type PeerSecurity,
  type SecuredMedia,
  type StreamName,
  securedAttributes,
  sessionAttributes,
} from "./secured-stream.ts";
import {
  type Attribute,
  connectionOf,
  type MediaDescription,
  parseSdp,
  type SessionDescription,
  serialiseSdp,
} from "./session-description.ts";

/** What the two sides agreed, seen from here. */
export interface NegotiatedMedia {
  readonly codec: CodecName;
  /** Payload type to send audio with. */
  readonly payloadType: number;
  /** Payload type to receive audio with: differs from `payloadType` only where the answerer renumbered. */
  readonly receivePayloadType: number;
  /** Payload type to send telephone events with (RFC 4733); undefined where the other side takes none. */
  readonly dtmfPayloadType: number | undefined;
  readonly receiveDtmfPayloadType: number | undefined;
  /** IP literal, IPv6 without brackets. */
  readonly remoteAddress: string;
  /** 0: nothing may be sent, neither RTP nor RTCP (c=0.0.0.0, or the stream is switched off). */
  readonly remotePort: number;
  /** Equal to `remoteAddress` unless `a=rtcp` names another. */
  readonly remoteRtcpAddress: string;
  /** 0: no RTCP. */
  readonly remoteRtcpPort: number;
  readonly rtcpMux: boolean;
  /** ms of audio in each packet we send: 10, 20, 30, 40, 50 or 60. */
  readonly ptime: number;
  /** Ours: "sendonly" means that we send and do not receive. */
  readonly direction: Direction;
  /** The other side does not take our audio: it holds us, in either form. */
  readonly onHold: boolean;
  /** By DTLS and SRTP, to where ICE leads. Undefined: plain RTP. */
  readonly secured: SecuredMedia | undefined;
}

export interface SdpNegotiatorOptions {
  /** IP literal written into c= and o=. */
  address: string;
  /** RTP port; RTCP is the next one. */
  port: number;
  /** Digits of o=; a number that no other session of this address has. */
  sessionId: number | bigint;
  /** What may be used, our preference first. */
  codecs: readonly CodecName[];
  /** true: also offered; undefined: taken where offered; false: never. RFC 5761. */
  rtcpMux?: boolean;
  /** ms asked for where the other side asks for nothing. Default 20. */
  ptime?: number;
  /** Of o=. Default "-". */
  username?: string;
  /** Streams of browsers are taken too, by ICE, DTLS and SRTP. Undefined: plain RTP alone. */
  security?: OwnSecurity;
}

const telephoneEvent = "TELEPHONE-EVENT";
/** Digits, *, # and A-D. RFC 4733 §2.4.1: without fmtp these are meant; with it every device is sure. */
const eventRange = "0-15";

interface OfferedFormat {
  payloadType: number;
  codec: CodecName | undefined; // undefined: telephone-event
}

/** One m= line of the session, in order; all but the audio line stay refused. */
interface Slot {
  media: string;
  protocol: string;
  formats: string[];
}

interface PendingOffer {
  formats: OfferedFormat[];
  direction: Direction;
  rtcpMux: boolean;
  /** Held by us before this offer: what an offer that is refused goes back to. */
  heldBefore: boolean;
}

export class SdpNegotiator {
  readonly #options: Required<Omit<SdpNegotiatorOptions, "rtcpMux" | "security">> & {
    rtcpMux: boolean | undefined;
    security: OwnSecurity | undefined;
  };
  #slots: Slot[] = [{ media: "audio", protocol: "RTP/AVP", formats: [] }];
  #audioIndex = 0;
  #media: NegotiatedMedia | undefined;
  #held = false;
  #pending: PendingOffer | undefined;
  /** The last offer of ours that was answered: a 200 may repeat the answer of a 183. */
  #answered: PendingOffer | undefined;
  /** Dynamic payload types seen in this session: their meaning may not change, RFC 3264 §8.3.2. */
  readonly #numbers = new Map<number, string>();
  /** Our part of ICE, and that of the peer's it was made for: the peer's new one is a restart, and wants another of ours. */
  #ice: { readonly local: IceCredentials; readonly remoteFragment: string } | undefined;
  #name: StreamName = { mid: undefined, bundled: false };
  #timing = "0 0";
  #version = 0n;
  #lastContent: string | undefined;

  constructor(options: SdpNegotiatorOptions) {
    this.#options = {
      address: options.address,
      port: options.port,
      sessionId: options.sessionId,
      codecs: options.codecs,
      rtcpMux: options.rtcpMux,
      ptime: options.ptime ?? 20,
      username: options.username ?? "-",
      security: options.security,
    };
  }

  /** What is agreed now; undefined before the first answer. */
  get media(): NegotiatedMedia | undefined {
    return this.#media;
  }

  /** Whether we hold the other side, by {@link hold}. */
  get held(): boolean {
    return this.#held;
  }

  /** Whether an offer of ours waits for its answer. */
  get offerPending(): boolean {
    return this.#pending !== undefined;
  }

  /**
   * An offer: the first one, one for a re-INVITE, or for the 200 of an INVITE without one. An offer that is asked
   * for again before its answer is the same text.
   */
  offer(): string {
    const formats = this.#offeredFormats();
    const direction: Direction = this.#held ? "sendonly" : "sendrecv";
    const rtcpMux =
      this.#options.rtcpMux === true || (this.#options.rtcpMux !== false && this.#media?.rtcpMux === true);
    const heldBefore = this.#pending?.heldBefore ?? this.#held;
    this.#pending = { formats, direction, rtcpMux, heldBefore };
    const { media } = this;
    const audio = this.#audioSection(this.#slot().protocol, formats, {
      ...{ direction, rtcpMux, ptime: media?.ptime, secured: media?.secured, role: "actpass" },
    });
    return this.#write(audio);
  }

  /** Holds (true) or resumes (false): gives the offer for the re-INVITE. RFC 3264 §8.4. */
  hold(on: boolean): string {
    const heldBefore = this.#pending?.heldBefore ?? this.#held;
    this.#held = on;
    const text = this.offer();
    if (this.#pending !== undefined) this.#pending.heldBefore = heldBefore;
    return text;
  }

  /** Our offer was refused or never answered: all is as before it. Does nothing where no offer waits. */
  offerRejected(): void {
    if (this.#pending === undefined) return;
    this.#held = this.#pending.heldBefore;
    this.#pending = undefined;
  }

  /**
   * Answers an offer; the same offer again gives the same answer.
   * @throws MediaError `sdp_malformed`, `sdp_too_large`, `no_audio`, `profile_unsupported`, `address_unsupported`,
   *   `no_codec`, `offer_pending`; nothing has changed then.
   */
  acceptOffer(sdp: string): { answer: string; media: NegotiatedMedia } {
    if (this.#pending !== undefined) throw new MediaError("offer_pending");
    const session = parseSdp(sdp);
    const chosen = this.#chooseStream(session);
    const media =
      chosen.stream === undefined
        ? switchedOff(chosen.previous)
        : this.#agree(chosen.stream, {
            formats: chosen.formats,
            direction: this.#held ? "sendonly" : "sendrecv",
            rtcpMux: takesMux(chosen.stream, this.#options.rtcpMux),
          });

    this.#rememberNumbers(session);
    this.#slots = session.media.map(({ media: kind, protocol, formats }) => ({
      media: kind,
      protocol,
      formats: formats.slice(0, 1),
    }));
    this.#audioIndex = chosen.index;
    this.#media = media;
    if (chosen.stream !== undefined) this.#name = chosen.stream.name;
    this.#answered = undefined;
    // RFC 3264 §6: the answer's t= line is the offer's.
    const timing = session.timings[0];
    this.#timing = timing !== undefined && /^\d{1,20} \d{1,20}$/.test(timing) ? timing : "0 0";
    const audio =
      chosen.stream === undefined
        ? refused(this.#slot())
        : this.#audioSection(chosen.stream.protocol, chosen.formats, { ...media, role: "passive" });
    return { answer: this.#write(audio), media };
  }

  /**
   * Takes the answer to our offer. The answer of a 183 may come again in the 200.
   * @param early one of several phones that ring, and another may answer yet: one that cannot be used does not spend the offer
   * @throws MediaError `no_offer`, `answer_mismatch`, `no_audio` (the stream is refused), `no_codec`, and those of
   *   the parser; what was agreed before the offer stands then, and the offer is spent.
   */
  acceptAnswer(sdp: string, early = false): NegotiatedMedia {
    const offered = this.#pending ?? this.#answered;
    if (offered === undefined) throw new MediaError("no_offer");
    try {
      const session = parseSdp(sdp);
      const section = session.media[this.#audioIndex];
      if (section === undefined) throw new MediaError("answer_mismatch", "fewer streams than offered");
      const stream = this.#read(session, section);
      if ((stream.peer === undefined) !== (this.#media?.secured === undefined))
        throw new MediaError("answer_mismatch", "another profile than offered");
      const formats: OfferedFormat[] = [];
      const codec = stream.formats.find((format) => this.#codecOf(format, offered.formats) !== undefined);
      if (codec === undefined) throw new MediaError("no_codec");
      formats.push({ payloadType: codec.payloadType, codec: codec.encoding as CodecName });
      const events = offered.formats.some((format) => format.codec === undefined)
        ? stream.formats.find(isTelephoneEvent)
        : undefined;
      if (events !== undefined) formats.push({ payloadType: events.payloadType, codec: undefined });
      this.#media = this.#agree(stream, {
        formats,
        direction: offered.direction,
        rtcpMux: offered.rtcpMux && stream.rtcpMux,
        receive: offered.formats,
      });
      this.#rememberNumbers(session);
      this.#answered = offered;
      this.#pending = undefined;
      return this.#media;
    } catch (error) {
      if (!early) this.offerRejected();
      throw error;
    }
  }

  /** The first audio stream that can be answered, the one already in use before all others. */
  #chooseStream(
    session: SessionDescription,
  ):
    | { index: number; stream: AudioStream; formats: OfferedFormat[] }
    | { index: number; stream: undefined; previous: NegotiatedMedia } {
    const order = Array.from(session.media.keys());
    if (this.#media !== undefined && this.#audioIndex < order.length) {
      order.sort((a, b) => Number(b === this.#audioIndex) - Number(a === this.#audioIndex));
    }
    let refusal: MediaError | undefined;
    for (const index of order) {
      const section = session.media[index];
      if (section === undefined) continue;
      try {
        const stream = this.#read(session, section);
        const formats = this.#commonFormats(stream);
        if (formats === undefined) throw new MediaError("no_codec");
        return { index, stream, formats };
      } catch (error) {
        if (!(error instanceof MediaError)) throw error;
        // The most telling refusal is kept: "no audio" says nothing where a stream was encrypted.
        if (refusal === undefined || refusal.code === "no_audio") refusal = error;
      }
    }
    // RFC 3264 §8.2: an existing stream is switched off by port 0, and the answer says port 0 too.
    const section = session.media[this.#audioIndex];
    if (this.#media !== undefined && section?.media.toLowerCase() === "audio" && section.port === 0) {
      return { index: this.#audioIndex, stream: undefined, previous: this.#media };
    }
    throw refusal ?? new MediaError("no_audio");
  }

  #read(session: SessionDescription, section: MediaDescription): AudioStream {
    const stream = readAudioStream(session, section, this.#options.security !== undefined);
    // Of ICE: candidates are of either family.
    if (stream.peer === undefined) this.#checkAddressFamily(session, section, stream);
    return stream;
  }

  #checkAddressFamily(session: SessionDescription, section: MediaDescription, stream: AudioStream): void {
    const ours = isIPv6(this.#options.address) ? "IP6" : "IP4";
    const theirs = connectionOf(session, section)?.addressType;
    if (theirs !== ours && !stream.blackHole)
      throw new MediaError("address_unsupported", `${theirs} from ${ours}`);
  }

  /** One codec, the offerer's first that we allow, and telephone-event where offered, with the offerer's numbers. */
  #commonFormats(stream: AudioStream): OfferedFormat[] | undefined {
    const allowed = this.#options.codecs.map((codec) => ({ payloadType: 0, codec }));
    const audio = stream.formats.find((format) => this.#codecOf(format, allowed) !== undefined);
    if (audio === undefined) return undefined;
    const formats: OfferedFormat[] = [{ payloadType: audio.payloadType, codec: audio.encoding as CodecName }];
    const events = stream.formats.find(isTelephoneEvent);
    if (events !== undefined) formats.push({ payloadType: events.payloadType, codec: undefined });
    return formats;
  }

  #codecOf(format: PayloadFormat, among: readonly OfferedFormat[]): CodecName | undefined {
    if (format.clockRate !== 8000 || format.channels !== 1) return undefined;
    return among.find(({ codec }) => codec === format.encoding)?.codec;
  }

  #agree(
    stream: AudioStream,
    local: { formats: OfferedFormat[]; direction: Direction; rtcpMux: boolean; receive?: OfferedFormat[] },
  ): NegotiatedMedia {
    const audio = local.formats.find((format) => format.codec !== undefined);
    const events = local.formats.find((format) => format.codec === undefined);
    if (audio?.codec === undefined) throw new MediaError("no_codec");
    const receive = local.receive ?? local.formats;
    const remoteTakes = receives(stream.direction) && !stream.blackHole;
    const rtcpMux = local.rtcpMux;
    return {
      codec: audio.codec,
      payloadType: audio.payloadType,
      receivePayloadType:
        receive.find(({ codec }) => codec === audio.codec)?.payloadType ?? audio.payloadType,
      dtmfPayloadType: events?.payloadType,
      receiveDtmfPayloadType:
        events && (receive.find(({ codec }) => codec === undefined)?.payloadType ?? events.payloadType),
      remoteAddress: stream.address,
      remotePort: stream.blackHole ? 0 : stream.port,
      remoteRtcpAddress: rtcpMux ? stream.address : stream.rtcpAddress,
      remoteRtcpPort: stream.blackHole ? 0 : rtcpMux ? stream.port : stream.rtcpPort,
      rtcpMux,
      ptime: choosePtime(stream, this.#options.ptime),
      direction: directionOf(
        sends(local.direction) && remoteTakes,
        receives(local.direction) && sends(stream.direction),
      ),
      onHold: !remoteTakes,
      secured: stream.peer && this.#secured(stream.peer),
    };
  }

  #secured(peer: PeerSecurity): SecuredMedia {
    const remoteFragment = peer.iceFragment;
    if (this.#ice?.remoteFragment !== remoteFragment)
      this.#ice = { local: makeIceCredentials(), remoteFragment };
    return { local: this.#ice.local, peer };
  }

  /** The codec in use first, then the others we allow; numbers as this session has used them. */
  #offeredFormats(): OfferedFormat[] {
    const current = this.#media?.codec;
    const order = this.#options.codecs.filter((codec) => codec !== current);
    if (current !== undefined) order.unshift(current);
    const formats: OfferedFormat[] = order.map((codec) => ({
      payloadType: this.#numberOf(codec) ?? (codec === "PCMU" ? 0 : 8),
      codec,
    }));
    formats.push({ payloadType: this.#numberOf(telephoneEvent) ?? this.#freeNumber(), codec: undefined });
    return formats;
  }

  #numberOf(encoding: string): number | undefined {
    const media = this.#media;
    if (media !== undefined && encoding === media.codec) return media.receivePayloadType;
    if (media !== undefined && encoding === telephoneEvent && media.receiveDtmfPayloadType !== undefined) {
      return media.receiveDtmfPayloadType;
    }
    for (const [number, name] of this.#numbers) if (name === encoding) return number;
    return undefined;
  }

  /** 101, which every device knows, unless this session used it for something else. */
  #freeNumber(): number {
    for (let number = 101; number <= 127; number++) if (!this.#numbers.has(number)) return number;
    return 96;
  }

  #rememberNumbers(session: SessionDescription): void {
    for (const section of session.media) {
      if (section.media.toLowerCase() !== "audio") continue;
      for (const { name, value } of section.attributes) {
        const match =
          name === "rtpmap" ? /^(\d{1,3}) +([^/ ]{1,64})\/8000(?:\/1)? *$/.exec(value ?? "") : null;
        const other = name === "rtpmap" ? /^(\d{1,3}) /.exec(value ?? "") : null;
        const number = Number((match ?? other)?.[1] ?? Number.NaN);
        if (!(number >= 96 && number <= 127) || this.#numbers.has(number)) continue;
        this.#numbers.set(number, match?.[2]?.toUpperCase() ?? "");
      }
    }
  }

  #slot(): Slot {
    return this.#slots[this.#audioIndex] ?? { media: "audio", protocol: "RTP/AVP", formats: [] };
  }

  #audioSection(
    protocol: string,
    formats: readonly OfferedFormat[],
    stream: Pick<NegotiatedMedia, "direction" | "rtcpMux" | "secured"> & {
      ptime: number | undefined;
      role: "passive" | "actpass";
    },
  ): MediaDescription {
    const { direction, rtcpMux, secured, ptime, role } = stream;
    const { address, port, security } = this.#options;
    const attributes: Attribute[] = [];
    for (const { payloadType, codec } of formats) {
      attributes.push({ name: "rtpmap", value: `${payloadType} ${codec ?? "telephone-event"}/8000` });
      if (codec === undefined) attributes.push({ name: "fmtp", value: `${payloadType} ${eventRange}` });
    }
    attributes.push({ name: "ptime", value: String(ptime ?? this.#options.ptime) });
    if (rtcpMux) attributes.push({ name: "rtcp-mux", value: undefined });
    attributes.push({ name: direction, value: undefined });
    if (secured !== undefined && security !== undefined)
      attributes.push(
        ...securedAttributes(this.#name, security, { address, port, role, local: secured.local }),
      );
    return {
      media: "audio",
      port,
      portCount: 1,
      protocol,
      formats: formats.map(({ payloadType }) => String(payloadType)),
      connection: undefined,
      attributes,
      otherLines: [],
    };
  }

  /** The whole description; o='s version grows by one where anything but itself changed (RFC 3264 §8). */
  #write(audio: MediaDescription): string {
    const addressType = isIPv6(this.#options.address) ? "IP6" : "IP4";
    const session: SessionDescription = {
      origin: undefined,
      sessionName: "-",
      connection: { addressType, address: this.#options.address },
      timings: [this.#timing],
      attributes: this.#media?.secured === undefined ? [] : sessionAttributes(this.#name),
      otherLines: [],
      media: this.#slots.map((slot, index) => (index === this.#audioIndex ? audio : refused(slot))),
    };
    const content = serialiseSdp(session);
    if (content !== this.#lastContent) this.#version += 1n;
    this.#lastContent = content;
    session.origin = {
      username: this.#options.username,
      sessionId: String(this.#options.sessionId),
      sessionVersion: String(this.#version),
      addressType,
      address: this.#options.address,
    };
    return serialiseSdp(session);
  }
}

/** RFC 5761; with ICE and DTLS there is one port alone. */
function takesMux({ rtcpMux, peer }: AudioStream, wanted: boolean | undefined): boolean {
  return rtcpMux && (wanted !== false || peer !== undefined);
}

/** RFC 3264 §6: a refused stream keeps its place with port 0; its formats mean nothing, but one must stand there. */
function refused(slot: Slot): MediaDescription {
  return {
    media: slot.media,
    port: 0,
    portCount: 1,
    protocol: slot.protocol,
    formats: slot.formats.length === 0 ? ["0"] : slot.formats.slice(0, 1),
    connection: undefined,
    attributes: [],
    otherLines: [],
  };
}

function switchedOff(previous: NegotiatedMedia): NegotiatedMedia {
  return { ...previous, remotePort: 0, remoteRtcpPort: 0, direction: "inactive", onHold: true };
}

function isTelephoneEvent(format: PayloadFormat): boolean {
  return format.encoding === telephoneEvent && format.clockRate === 8000;
}
