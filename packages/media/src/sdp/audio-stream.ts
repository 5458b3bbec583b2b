/** What one audio stream of a remote description says, with session-level values inherited. RFC 8866, 3264, 3605, 5761. */
import { isIPv6, SocketAddress } from "node:net";
import { MediaError } from "../errors.ts";
import {
  isSecured,
  type PeerSecurity,
  readPeerSecurity,
  readStreamName,
  type StreamName,
} from "./secured-stream.ts";
import {
  type Attribute,
  addressKind,
  attributeValue,
  type Connection,
  connectionOf,
  type MediaDescription,
  type SessionDescription,
} from "./session-description.ts";

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";

export interface PayloadFormat {
  /** 0 to 127. */
  payloadType: number;
  /** Upper case: "PCMU", "TELEPHONE-EVENT". */
  encoding: string;
  clockRate: number;
  channels: number;
}

export interface AudioStream {
  protocol: string;
  /** In the order of the m= line: the sender's preference. */
  formats: PayloadFormat[];
  /** As its sender sees it. */
  direction: Direction;
  /** c= is 0.0.0.0 or ::: nothing may be sent, RFC 3264 §8.4. */
  blackHole: boolean;
  address: string;
  port: number;
  /** Where RTCP goes when it is not multiplexed: `a=rtcp` (RFC 3605), else the next port; 0 where there is none. */
  rtcpPort: number;
  rtcpAddress: string;
  rtcpMux: boolean;
  /** ms, as written; undefined where it is missing or no number. */
  ptime: number | undefined;
  maxptime: number | undefined;
  /** By DTLS, where ICE says where it goes: address and port mean nothing then. Undefined: plain RTP. */
  peer: PeerSecurity | undefined;
  name: StreamName;
}

/** RFC 3551 §6, the static audio payload types that need no rtpmap. Those not spoken here are named all the same. */
const staticFormats: ReadonlyMap<number, readonly [encoding: string, clockRate: number]> = new Map([
  [0, ["PCMU", 8000]],
  [3, ["GSM", 8000]],
  [4, ["G723", 8000]],
  [8, ["PCMA", 8000]],
  [9, ["G722", 8000]],
  [13, ["CN", 8000]],
  [15, ["G728", 8000]],
  [18, ["G729", 8000]],
]);

const rtpmapPattern = /^(\d{1,3}) +([!-.0-~]{1,64})\/(\d{1,6})(?:\/(\d{1,2}))? *$/;
const rtcpPattern = /^ *(\d{1,5})(?: +IN +(IP4|IP6) +([!-~]{1,255}))? *$/i;

/**
 * Reads an audio stream that could carry plain RTP, or with `secured` RTP by DTLS and SRTP.
 * @throws MediaError `no_audio` (no audio, or port 0), `profile_unsupported`, `address_unsupported`, `sdp_malformed`.
 */
export function readAudioStream(
  session: SessionDescription,
  media: MediaDescription,
  secured = false,
): AudioStream {
  if (media.media.toLowerCase() !== "audio" || media.port === 0) throw new MediaError("no_audio");
  const protocol = media.protocol.toUpperCase();
  // RFC 4585 feedback is optional for the answerer, so AVPF is AVP with nothing more said.
  const peer = secured && isSecured(media) ? readPeerSecurity(session, media) : undefined;
  if (peer === undefined && protocol !== "RTP/AVP" && protocol !== "RTP/AVPF")
    throw new MediaError("profile_unsupported", media.protocol);
  const connection = connectionOf(session, media);
  if (connection === undefined) throw new MediaError("sdp_malformed", "no c= line for the audio stream");
  const kind = addressKind(connection);
  if (kind === "unusable" && peer === undefined)
    throw new MediaError("address_unsupported", connection.address);

  const rtcp = readRtcp(media.attributes);
  const rtcpAddressIsUsable = rtcp.address !== undefined && addressKind(rtcp.address) === "unicast";
  return {
    protocol: media.protocol,
    formats: readFormats(media),
    direction: directionIn(media.attributes) ?? directionIn(session.attributes) ?? "sendrecv",
    blackHole: kind === "unspecified" && peer === undefined,
    address: kind === "unusable" ? "0.0.0.0" : canonical(connection),
    port: media.port,
    rtcpPort: rtcp.port ?? (media.port < 65535 ? media.port + 1 : 0),
    rtcpAddress: canonical(rtcpAddressIsUsable && rtcp.address ? rtcp.address : connection),
    ...{ peer, name: readStreamName(session, media) },
    rtcpMux: attributeValue(media.attributes, "rtcp-mux") !== undefined,
    // RFC 8866 knows ptime for a stream only; phones write it for the session too.
    ptime: milliseconds(media.attributes, "ptime") ?? milliseconds(session.attributes, "ptime"),
    maxptime: milliseconds(media.attributes, "maxptime") ?? milliseconds(session.attributes, "maxptime"),
  };
}

/** IPv6 as sockets spell it (RFC 5952), since packets are told by their source's text. */
function canonical({ addressType, address }: Connection): string {
  return addressType === "IP6" && isIPv6(address)
    ? new SocketAddress({ address, family: "ipv6" }).address
    : address;
}

function readFormats(media: MediaDescription): PayloadFormat[] {
  const mapped = new Map<number, PayloadFormat>();
  for (const { name, value } of media.attributes) {
    if (name !== "rtpmap" || value === undefined) continue;
    const match = rtpmapPattern.exec(value);
    if (match === null) continue; // a mapping that cannot be read makes one format unusable, not the call
    const payloadType = Number(match[1]);
    if (payloadType > 127 || mapped.has(payloadType)) continue;
    mapped.set(payloadType, {
      payloadType,
      encoding: (match[2] ?? "").toUpperCase(),
      clockRate: Number(match[3]),
      channels: match[4] === undefined ? 1 : Number(match[4]),
    });
  }
  const formats: PayloadFormat[] = [];
  const seen = new Set<number>();
  for (const token of media.formats) {
    if (!/^\d{1,3}$/.test(token)) continue;
    const payloadType = Number(token);
    if (payloadType > 127 || seen.has(payloadType)) continue;
    seen.add(payloadType);
    const known = staticFormats.get(payloadType);
    const format =
      mapped.get(payloadType) ??
      (known === undefined
        ? undefined
        : { payloadType, encoding: known[0], clockRate: known[1], channels: 1 });
    if (format !== undefined) formats.push(format);
  }
  return formats;
}

function readRtcp(attributes: readonly Attribute[]) {
  const match = rtcpPattern.exec(attributeValue(attributes, "rtcp") ?? "");
  const port = Number(match?.[1] ?? 0);
  if (match === null || port === 0 || port > 65535) return { port: undefined, address: undefined };
  const [, , addressType, address] = match;
  if (addressType === undefined || address === undefined) return { port, address: undefined };
  return {
    port,
    address: { addressType: addressType.toUpperCase() === "IP6" ? "IP6" : "IP4", address } as const,
  };
}

function directionIn(attributes: readonly Attribute[]): Direction | undefined {
  for (const { name, value } of attributes) {
    if (value !== undefined) continue;
    if (name === "sendrecv" || name === "sendonly" || name === "recvonly" || name === "inactive") return name;
  }
  return undefined;
}

function milliseconds(attributes: readonly Attribute[], name: string): number | undefined {
  const text = attributeValue(attributes, name)?.trim() ?? "";
  // RFC 8866 §6.4 allows a fraction (non-zero-int-or-real).
  return /^\d{1,5}(\.\d{1,6})?$/.test(text) && Number(text) > 0 ? Number(text) : undefined;
}

/**
 * The packet length to send: what the other side asks for, in whole 10 ms from 10 to 60, not over its maximum.
 * @param preferred ms, used where it asks for nothing
 */
export function choosePtime(stream: Pick<AudioStream, "ptime" | "maxptime">, preferred: number): number {
  const wanted = Math.min(stream.ptime ?? preferred, stream.maxptime ?? Number.POSITIVE_INFINITY);
  return Math.min(60, Math.max(10, Math.floor(wanted / 10) * 10));
}

export function sends(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "sendonly";
}

export function receives(direction: Direction): boolean {
  return direction === "sendrecv" || direction === "recvonly";
}

export function directionOf(sending: boolean, receiving: boolean): Direction {
  if (sending) return receiving ? "sendrecv" : "sendonly";
  return receiving ? "recvonly" : "inactive";
}
