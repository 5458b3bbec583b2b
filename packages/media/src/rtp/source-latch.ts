// Symmetric RTP (RFC 4961 practice, RFC 7362): media goes to where the peer's media comes from, because behind a
// NAT the address in the SDP is not the one its packets carry. Which source counts is decided once, here, and
// held: a third party that learns the port must not be able to turn the audio towards itself.

import { nextSequence } from "./sequence.ts";

/** Packets from another source than the announced one are followed, but for this long the announced one may
 *  still take its place; packets, about 1 s. */
const PROVISIONAL_PACKETS = 50;
/** Sources watched at once before the latch; a new one takes the place of the oldest. */
const MAX_CANDIDATES = 4;

interface Candidate {
  address: string;
  port: number;
  ssrc: number;
  nextSequence: number;
}

/**
 * - `accept`: from the latched source
 * - `latched`: this packet made its source the latched one (also when the announced one takes over)
 * - `candidate`: valid but not yet two in sequence
 * - `stranger`: from another source than the latched one
 */
export type LatchVerdict = "accept" | "latched" | "candidate" | "stranger";

/** Decides whose packets are the peer's. Pure; feed it only packets with an expected payload type. */
export class SourceLatch {
  #announcedAddress = "";
  #announcedPort = 0;
  #address: string | undefined;
  #port = 0;
  #packets = 0;
  readonly #candidates: Candidate[] = [];
  /** Of the peer that had this one's place, and may go on sending for a while. */
  #former: { address: string; port: number } | undefined;

  /** Where packets are to be sent now: the latched source, or else the announced address. */
  get address(): string {
    return this.#address ?? this.#announcedAddress;
  }
  get port(): number {
    return this.#address === undefined ? this.#announcedPort : this.#port;
  }
  get latched(): boolean {
    return this.#address !== undefined;
  }
  /** True once no other source can win: the socket may be connected. */
  get final(): boolean {
    return (
      this.#address !== undefined &&
      (this.#isAnnounced(this.#address, this.#port) || this.#packets >= PROVISIONAL_PACKETS)
    );
  }

  /**
   * Takes the address from an SDP. The same address again changes nothing; another one arms the latch anew, and
   * packets go to it until its stream (or a NAT's) is seen.
   */
  announce(address: string, port: number): boolean {
    if (address === this.#announcedAddress && port === this.#announcedPort) return false;
    this.#announcedAddress = address;
    this.#announcedPort = port;
    // a NATed peer that keeps sending from where it did is found again by its next two packets
    this.#address = undefined;
    this.#packets = 0;
    this.#candidates.length = 0;
    return true;
  }

  /** Another peer takes the present one's place: from where that one sent nothing is taken any more, but where it is announced anew. */
  succeed(address: string, port: number): void {
    const former = { address: this.address, port: this.port };
    if (this.announce(address, port)) this.#former = former;
  }

  /** Judges a packet by its source, SSRC and sequence number. */
  judge(address: string, port: number, ssrc: number, sequence: number): LatchVerdict {
    // nothing can be sent there: only a forged packet comes from port 0
    if (port === 0) return "stranger";
    if (port === this.#former?.port && address === this.#former.address && !this.#isAnnounced(address, port))
      return "stranger";
    if (this.#address !== undefined) {
      if (port === this.#port && address === this.#address) {
        this.#packets += 1;
        return "accept";
      }
      if (this.final || !this.#isAnnounced(address, port)) return "stranger";
    }
    const candidate = this.#candidateFor(address, port);
    const sequential = candidate.ssrc === ssrc && candidate.nextSequence === sequence;
    candidate.ssrc = ssrc;
    candidate.nextSequence = nextSequence(sequence);
    if (!sequential) return "candidate";
    this.#address = address;
    this.#port = port;
    this.#packets = 1;
    this.#candidates.length = 0;
    return "latched";
  }

  #isAnnounced(address: string, port: number): boolean {
    return port === this.#announcedPort && address === this.#announcedAddress;
  }

  #candidateFor(address: string, port: number): Candidate {
    for (const candidate of this.#candidates) {
      if (candidate.port === port && candidate.address === address) return candidate;
    }
    // whoever sprays the port with a few packets must not shut out the peer that comes after them
    if (this.#candidates.length >= MAX_CANDIDATES) {
      const [oldest] = this.#candidates;
      this.#candidates.splice(oldest && this.#isAnnounced(oldest.address, oldest.port) ? 1 : 0, 1);
    }
    const candidate: Candidate = { address, port, ssrc: 0, nextSequence: -1 };
    this.#candidates.push(candidate);
    return candidate;
  }
}
