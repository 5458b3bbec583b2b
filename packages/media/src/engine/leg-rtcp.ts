// One leg's RTCP: reports at their times, and whose reports count.

import type { RemoteInfo } from "node:dgram";
import { RtcpSession, rtcpInterval } from "../rtcp/session.ts";
import type { NegotiatedMedia } from "../sdp/negotiator.ts";
import type { MediaClock } from "./clock.ts";
import type { LegSocket } from "./media-leg.ts";
import type { RtpReceiver } from "./rtp-receiver.ts";
import type { RtpSender } from "./rtp-sender.ts";

export interface LegRtcpEnvironment {
  clock: MediaClock;
  rtp: Pick<LegSocket, "send">;
  rtcp: Pick<LegSocket, "send" | "setTarget">;
  sender: RtpSender;
  receiver: RtpReceiver;
}

export class LegRtcp {
  readonly session: RtcpSession;
  readonly #environment: LegRtcpEnvironment;
  #source: { address: string; port: number } | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** Reports from elsewhere than the peer. */
  strangers = 0;
  /** When a report of the peer came last, ms; 0 when none did. */
  lastHeardAt = 0;
  /** Packets that we had sent when the peer's newest report on them came; 0 before the first. */
  reportedSent = 0;
  /** We have sent one. */
  reported = false;

  /** @param cname RFC 7022 §4.2: short-lived and random, it tells nobody who we are */
  constructor(cname: string, sampleRate: number, environment: LegRtcpEnvironment) {
    this.#environment = environment;
    this.session = new RtcpSession(environment.sender.ssrc, cname, sampleRate);
  }

  start(now: number): void {
    this.#dueAt = now + rtcpInterval(Math.random(), true);
  }

  /** The peer's media comes from somewhere else now: its reports will too. */
  forgetSource(): void {
    this.#source = undefined;
  }

  /** @returns whether a report is due now; the next one is planned then */
  isDue(ideal: number): boolean {
    if (ideal < this.#dueAt) return false;
    this.#dueAt = ideal + rtcpInterval(Math.random(), false);
    return true;
  }

  take(
    bytes: Buffer,
    source: Pick<RemoteInfo, "address" | "port">,
    media: NegotiatedMedia | undefined,
  ): void {
    const { receiver, sender, clock } = this.#environment;
    const { latch } = receiver;
    if (
      media === undefined ||
      (source.address !== latch.address && source.address !== media.remoteRtcpAddress)
    ) {
      this.strangers += 1;
      return;
    }
    const now = clock.now();
    const report = this.session.receive(bytes, now, clock.wallClock());
    if (report === undefined) return;
    this.lastHeardAt = now;
    if (report.blocks.some(({ ssrc }) => ssrc === sender.ssrc)) this.reportedSent = sender.packets;
    // behind a NAT the reports go back the way the peer's came
    if (source.address === latch.address && this.#source?.port !== source.port) {
      this.#source = { address: source.address, port: source.port };
    }
  }

  send(media: NegotiatedMedia, bye: boolean): void {
    this.reported = true;
    const { rtp, rtcp, clock, sender, receiver } = this.#environment;
    const now = clock.now();
    const report = this.session.build(
      now,
      clock.wallClock(),
      { packets: sender.packets, octets: sender.octets, timestamp: sender.timestamp, at: now },
      receiver.statistics,
      bye,
    );
    if (media.rtcpMux) {
      rtp.send(report);
      return;
    }
    const { latch } = receiver;
    const target = this.#source;
    if (target !== undefined) rtcp.setTarget(target.address, target.port, false);
    else if (latch.latched && latch.address !== media.remoteAddress) {
      rtcp.setTarget(latch.address, latch.port + 1, false);
    } else rtcp.setTarget(media.remoteRtcpAddress, media.remoteRtcpPort, false);
    rtcp.send(report);
  }
}
