// What an offer of a browser's adds to an audio stream (RFC 8829, RFC 8839, RFC 8122), and what our answer says to it.
import { MediaError } from "../errors.ts";
import type { IceCredentials } from "../stun/lite-agent.ts";
import {
  type Attribute,
  attributeValue,
  type MediaDescription,
  type SessionDescription,
} from "./session-description.ts";

/** What the peer says of itself. */
export interface PeerSecurity {
  readonly iceFragment: string;
  /** SHA-256 of the certificate that it will show, 32 bytes. */
  readonly fingerprint: Buffer;
}

/** What a secured stream needs to stand: our part of ICE, and what the peer said of itself. */
export interface SecuredMedia {
  readonly local: IceCredentials;
  readonly peer: PeerSecurity;
}

/** What we say of ourselves, the same in every session. */
export interface OwnSecurity {
  /** SHA-256 of our certificate, as `a=fingerprint` has it: pairs of hex digits with colons. */
  readonly fingerprint: string;
  /** Addresses of ours beside the one of the session that the peer may try, IP literals. */
  readonly moreAddresses: readonly string[];
}

const PROFILES = new Set(["UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP"]);
/** RFC 8839 §5.4 allows 4 to 256. */
const FRAGMENT = /^[A-Za-z0-9+/]{4,256}$/;
const SHA_256 = /^sha-256 +((?:[0-9a-f]{2}:){31}[0-9a-f]{2}) *$/i;
/** RFC 5888 §4: a token. */
const MID = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]{1,32}$/;
/** RFC 8445 §5.1.2.1: type preference 126 (host), component 1; the first address is the best. */
const PRIORITY = (126 << 24) + (65_535 << 8) + 255;

export function isSecured({ protocol }: MediaDescription): boolean {
  return PROFILES.has(protocol.toUpperCase());
}

/**
 * We wait to be called, so `a=setup` has to leave us that (RFC 5763 §5).
 * @throws MediaError profile_unsupported, with what is missing
 */
export function readPeerSecurity(session: SessionDescription, media: MediaDescription): PeerSecurity {
  const value = (name: string) =>
    attributeValue(media.attributes, name) ?? attributeValue(session.attributes, name);
  if (attributeValue(media.attributes, "rtcp-mux") === undefined)
    throw new MediaError("profile_unsupported", "no rtcp-mux");
  const iceFragment = value("ice-ufrag")?.trim() ?? "";
  if (!FRAGMENT.test(iceFragment)) throw new MediaError("profile_unsupported", "no ice-ufrag");
  const setup = value("setup")?.trim().toLowerCase();
  if (setup !== "actpass" && setup !== "active")
    throw new MediaError("profile_unsupported", `setup:${setup ?? ""} leaves us no part`);
  const own = media.attributes.filter(({ name }) => name === "fingerprint");
  const all = own.length > 0 ? own : session.attributes.filter(({ name }) => name === "fingerprint");
  for (const { value: text } of all) {
    const hex = SHA_256.exec(text?.trim() ?? "")?.[1];
    if (hex !== undefined) return { iceFragment, fingerprint: Buffer.from(hex.replaceAll(":", ""), "hex") };
  }
  throw new MediaError("profile_unsupported", "no fingerprint by SHA-256");
}

/** Names of the stream that our description has to repeat. */
export interface StreamName {
  readonly mid: string | undefined;
  readonly bundled: boolean;
}

export function readStreamName(session: SessionDescription, media: MediaDescription): StreamName {
  const text = attributeValue(media.attributes, "mid")?.trim();
  const mid = text !== undefined && MID.test(text) ? text : undefined;
  const bundled =
    mid !== undefined &&
    session.attributes.some(
      ({ name, value }) => name === "group" && value?.startsWith("BUNDLE ") && value.split(" ").includes(mid),
    );
  return { mid, bundled };
}

/** Of the whole session: we are a lite agent, and which streams share a port. */
export function sessionAttributes({ mid, bundled }: StreamName): Attribute[] {
  return [
    ...(bundled ? [{ name: "group", value: `BUNDLE ${mid}` }] : []),
    { name: "ice-lite", value: undefined },
  ];
}

/** @param role `passive` in an answer, `actpass` in an offer (RFC 8842 §5.2) */
export function securedAttributes(
  { mid }: StreamName,
  own: OwnSecurity,
  { address, port, local, role }: SecuredEnd,
): Attribute[] {
  const addresses = [address, ...own.moreAddresses.filter((other) => other !== address)];
  return [
    ...(mid === undefined ? [] : [{ name: "mid", value: mid }]),
    { name: "ice-ufrag", value: local.fragment },
    { name: "ice-pwd", value: local.password },
    { name: "fingerprint", value: `sha-256 ${own.fingerprint}` },
    { name: "setup", value: role },
    ...addresses.map((each, index) => ({
      name: "candidate",
      value: `${index + 1} 1 udp ${PRIORITY - (index << 8)} ${each} ${port} typ host`,
    })),
    { name: "end-of-candidates", value: undefined },
  ];
}

export interface SecuredEnd {
  readonly address: string;
  readonly port: number;
  readonly local: IceCredentials;
  readonly role: "passive" | "actpass";
}
