import type { CodecName } from "../codec/g711.ts";

/** What a leg's audio was like so far. Packets count from the leg's creation, times are ms. */
export interface LegQuality {
  codec: CodecName | undefined;
  packetsSent: number;
  packetsReceived: number;
  /** Packets that the peer sent and that never came, and their share in percent. */
  lost: number;
  lostPercent: number;
  /** Came too late to be played. */
  late: number;
  duplicates: number;
  /** Interarrival jitter, RFC 3550 §A.8. */
  jitterMs: number;
  /** Present delay of the jitter buffer's target. */
  bufferMs: number;
  roundTripMs: number | undefined;
  /** Audio that had to be made up. */
  concealedMs: number;
  /** What the peer reports of our stream. */
  remoteLost: number;
  remoteJitterMs: number | undefined;
  /** Packets from elsewhere than the peer, and packets that were no audio of this call. */
  strangers: number;
  invalid: number;
  /** Estimated listening quality 1 to 4.5 (G.107 simplified); undefined before anything was received. */
  mos: number | undefined;
}

/**
 * Mean opinion score by the simplified E-model (ITU-T G.107 with G.113 figures for G.711 with concealment).
 * @param lossPercent lost and late, 0..100; @param delayMs mouth to ear
 */
export function estimateMos(lossPercent: number, delayMs: number): number {
  const robustness = 25.1;
  const delayImpairment = 0.024 * delayMs + (delayMs > 177.3 ? 0.11 * (delayMs - 177.3) : 0);
  const lossImpairment = (95 * lossPercent) / (lossPercent + robustness);
  const rating = Math.max(0, Math.min(100, 93.2 - delayImpairment - lossImpairment));
  return Math.max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6);
}
