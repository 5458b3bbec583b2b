// One leg's RTCP: when to report, what to say, and what the peer's reports tell. Pure: times are handed in.
// RFC 3550 §6; for two members at G.711 rates the 5 s minimum always rules, so only its randomisation is kept.

import { addTimestamp } from "../rtp/sequence.ts";
import type { SourceStatistics } from "../rtp/source-statistics.ts";
import { buildRtcp, parseRtcp, type ReportBlock, type RtcpReport } from "./packet.ts";

/** Seconds between 1900 (NTP) and 1970. */
const NTP_EPOCH_OFFSET = 2_208_988_800;
const MINIMUM_INTERVAL_MS = 5000;
/** §6.3.1: compensates that reconsideration converges below the intended rate. */
const COMPENSATION = Math.E - 1.5;

/** Ms until the next report: 5 s times 0.5 to 1.5 (half of it before the first), RFC 3550 §6.2 and §6.3.1. */
export function rtcpInterval(random: number, initial: boolean): number {
  return ((initial ? MINIMUM_INTERVAL_MS / 2 : MINIMUM_INTERVAL_MS) * (random + 0.5)) / COMPENSATION;
}

/** What we sent, as the SR states it. */
export interface SentTotals {
  packets: number;
  octets: number;
  /** RTP timestamp that belongs to `at`. */
  timestamp: number;
  /** Monotonic ms. */
  at: number;
}

export class RtcpSession {
  readonly #ssrc: number;
  readonly #cname: string;
  readonly #clockRate: number;
  #lastSenderReport = 0;
  #lastSenderReportAt = 0;
  #packetsAtReport = 0;

  /** Round trip of the newest report that allowed one, ms. */
  roundTripMs: number | undefined;
  /** What the peer says of our stream: lost so far, share lost lately (0..1), its jitter in ms. */
  remoteLost = 0;
  remoteFractionLost = 0;
  remoteJitterMs: number | undefined;
  remoteCname: string | undefined;
  received = 0;

  constructor(ssrc: number, cname: string, clockRate: number) {
    this.#ssrc = ssrc;
    this.#cname = cname;
    this.#clockRate = clockRate;
  }

  /**
   * Builds the report that is due now: SR when packets went out since the last one, else RR.
   * @param now monotonic ms; @param wallClock epoch ms, for the NTP time
   */
  build(
    now: number,
    wallClock: number,
    sent: SentTotals,
    source: SourceStatistics | undefined,
    bye: boolean,
  ): Uint8Array {
    const isSender = sent.packets !== this.#packetsAtReport;
    this.#packetsAtReport = sent.packets;
    const blocks: ReportBlock[] = [];
    if (source !== undefined) {
      blocks.push({
        ssrc: source.ssrc,
        ...source.report(),
        lastSenderReport: this.#lastSenderReport,
        delaySinceLastSenderReport:
          this.#lastSenderReport === 0 ? 0 : Math.round((now - this.#lastSenderReportAt) * 65.536) >>> 0,
      });
    }
    const sender = isSender
      ? {
          ...ntpTime(wallClock),
          rtpTimestamp: addTimestamp(sent.timestamp, Math.round(((now - sent.at) * this.#clockRate) / 1000)),
          packets: sent.packets >>> 0,
          octets: sent.octets >>> 0,
        }
      : undefined;
    return buildRtcp({ ssrc: this.#ssrc, sender, blocks, cname: this.#cname, bye });
  }

  /**
   * Takes a datagram from the peer.
   * @returns what it said, or undefined when it was no RTCP
   */
  receive(bytes: Uint8Array, now: number, wallClock: number): RtcpReport | undefined {
    const report = parseRtcp(bytes);
    if (report === undefined) return undefined;
    this.received += 1;
    this.remoteCname = report.cname ?? this.remoteCname;
    if (report.sender !== undefined) {
      this.#lastSenderReport =
        (((report.sender.ntpSeconds & 0xffff) << 16) | (report.sender.ntpFraction >>> 16)) >>> 0;
      this.#lastSenderReportAt = now;
    }
    for (const block of report.blocks) {
      if (block.ssrc !== this.#ssrc) continue;
      this.remoteLost = Math.max(0, block.cumulativeLost);
      this.remoteFractionLost = block.fractionLost / 256;
      this.remoteJitterMs = (block.jitter * 1000) / this.#clockRate;
      this.#measureRoundTrip(block, wallClock);
    }
    return report;
  }

  /** §6.4.1: A − LSR − DLSR, in 1/65536 s. */
  #measureRoundTrip(block: ReportBlock, wallClock: number): void {
    if (block.lastSenderReport === 0) return;
    const { ntpSeconds, ntpFraction } = ntpTime(wallClock);
    const arrival = (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
    const elapsed = (arrival - block.lastSenderReport - block.delaySinceLastSenderReport) | 0;
    // a peer that lies, or a wall clock that was set, gives nonsense: keep the older value
    const ms = elapsed / 65.536;
    if (ms > -1 && ms < 30_000) this.roundTripMs = Math.max(0, ms);
  }
}

function ntpTime(wallClock: number): { ntpSeconds: number; ntpFraction: number } {
  const seconds = wallClock / 1000 + NTP_EPOCH_OFFSET;
  const whole = Math.floor(seconds);
  return { ntpSeconds: whole >>> 0, ntpFraction: Math.floor((seconds - whole) * 0x1_0000_0000) >>> 0 };
}
