// The way of a browser's audio through one port: ICE finds the peer, DTLS makes keys with it, SRTP carries the packets. Told apart
// by their first byte (RFC 7983). Nothing is taken but from a source that has proved itself, nothing sent anywhere else.
import type { KeyObject } from "node:crypto";
import { looksLikeDtls } from "../dtls/record.ts";
import { type DtlsFailure, DtlsServer, type SrtpMaster } from "../dtls/server.ts";
import { looksLikeRtcp } from "../rtp/packet.ts";
import type { SecuredMedia } from "../sdp/secured-stream.ts";
import { SrtpStream } from "../srtp/srtp-stream.ts";
import { LiteAgent } from "../stun/lite-agent.ts";
import { looksLikeStun } from "../stun/stun-message.ts";

export interface MediaCertificate {
  /** DER, on a P-256 key. */
  readonly certificate: Buffer;
  readonly privateKey: KeyObject;
}

export interface SecurePathOptions {
  readonly certificate: MediaCertificate;
  readonly secured: SecuredMedia;
  /** Monotonic ms. */
  now(): number;
  send(packet: Uint8Array, address: string, port: number): void;
  /** Packets come and go from now on. Once. */
  onOpen(): void;
  /** No packet ever will. Once. */
  onFailed(failure: DtlsFailure): void;
}

/** RFC 7675 §5.1: so long after its last check a peer is not sent to any more. */
const CONSENT_MS = 30_000;

export class SecurePath {
  readonly #options: SecurePathOptions;
  readonly #dtls: DtlsServer;
  #secured: SecuredMedia;
  #agent: LiteAgent;
  #incoming: SrtpStream | undefined;
  #outgoing: SrtpStream | undefined;
  #told = false;

  constructor(options: SecurePathOptions) {
    const { certificate, secured } = options;
    this.#options = options;
    this.#secured = secured;
    this.#agent = agentOf(secured);
    this.#dtls = new DtlsServer({ ...certificate, clientFingerprint: secured.peer.fingerprint });
  }

  /** Keys stand. */
  get open(): boolean {
    return this.#outgoing !== undefined;
  }

  /** Packets of others, or false ones. */
  get refused(): number {
    return this.#agent.refused + (this.#incoming?.refused ?? 0);
  }

  /**
   * What was negotiated anew: another part of ICE is a restart (RFC 8839 §4.4.1.1.1).
   * @returns false where the peer has another certificate: that wants another path
   */
  renew(secured: SecuredMedia): boolean {
    if (!secured.peer.fingerprint.equals(this.#secured.peer.fingerprint)) return false;
    if (secured.local.fragment !== this.#secured.local.fragment) this.#agent = agentOf(secured);
    this.#secured = secured;
    return true;
  }

  /** Takes a datagram. @returns RTP or RTCP in the clear, where it was one of the peer's */
  receive(bytes: Buffer, address: string, port: number): Buffer | undefined {
    if (looksLikeStun(bytes)) {
      const answer = this.#agent.receive(bytes, address, port, this.#options.now());
      if (answer !== undefined) this.#options.send(answer, address, port);
      return undefined;
    }
    if (!this.#agent.isProved({ address, port })) return undefined;
    if (looksLikeDtls(bytes)) {
      for (const datagram of this.#dtls.receive(bytes)) this.#options.send(datagram, address, port);
      this.#advance();
      return undefined;
    }
    return looksLikeRtcp(bytes) ? this.#incoming?.openRtcp(bytes) : this.#incoming?.openRtp(bytes);
  }

  /** @returns false where it was dropped: before keys stand, or without the peer's consent */
  sendRtp(packet: Uint8Array): boolean {
    return this.#send(packet, "protectRtp");
  }

  sendRtcp(packet: Uint8Array): boolean {
    return this.#send(packet, "protectRtcp");
  }

  /** Tells the peer that it is over. */
  close(): void {
    const to = this.#agent.selected;
    for (const datagram of this.#dtls.close())
      if (to !== undefined) this.#options.send(datagram, to.address, to.port);
    this.#incoming = undefined;
    this.#outgoing = undefined;
  }

  #send(packet: Uint8Array, protect: "protectRtp" | "protectRtcp"): boolean {
    const { selected, lastCheckAt } = this.#agent;
    if (this.#outgoing === undefined || selected === undefined) return false;
    if (this.#options.now() - lastCheckAt > CONSENT_MS) return false;
    this.#options.send(this.#outgoing[protect](packet), selected.address, selected.port);
    return true;
  }

  #advance(): void {
    const { state, failure, srtp } = this.#dtls;
    if (state === "failed" && !this.#told) {
      this.#told = true;
      this.#options.onFailed(failure ?? "malformed");
    }
    if (srtp === undefined || this.#told) return;
    this.#told = true;
    this.#incoming = streamOf(srtp.client);
    this.#outgoing = streamOf(srtp.server);
    this.#options.onOpen();
  }
}

function agentOf({ local, peer }: SecuredMedia): LiteAgent {
  return new LiteAgent(local, peer.iceFragment);
}

function streamOf({ key, salt }: SrtpMaster): SrtpStream {
  return new SrtpStream(key, salt);
}
