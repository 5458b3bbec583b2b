import type { CodecName } from "../codec/g711.ts";

/** What a leg has counted since it was made, and how it is now. */
export interface QualityReading {
  received: number;
  lost: number;
  late: number;
  jitterMs: number;
  bufferMs: number;
  /** Of the newest report that allowed one. */
  roundTripMs: number | undefined;
  /** What we had sent when the peer's newest report came, and what that says is lost of it. */
  reportedSent: number;
  remoteLost: number;
  remoteJitterMs: number | undefined;
}

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
  /** Of what we had sent by its newest report; undefined before the first. */
  remoteLostPercent: number | undefined;
  remoteJitterMs: number | undefined;
  /** Packets from elsewhere than the peer, and packets that were no audio of this call. */
  strangers: number;
  invalid: number;
  /** Estimated listening quality 1 to 4.5 (G.107 simplified); undefined before anything was received. */
  mos: number | undefined;
  /** The same as heard by the peer; undefined before its first report. */
  remoteMos: number | undefined;
}

/** Ms of audio that a packet waits to be filled with. */
const PACKET_MS = 20;
/** Nobody tells how long the peer's jitter buffer is: this at least, or twice the jitter that it sees. */
const FAR_BUFFER_MS = 40;

/** Mouth to ear of what is heard here, ms: a packet to fill, half the way there and back, the buffer. */
export function nearDelay(bufferMs: number, roundTripMs: number | undefined): number {
  return PACKET_MS + bufferMs + (roundTripMs ?? 0) / 2;
}

/** Mouth to ear of what the peer hears, ms. */
export function farDelay(remoteJitterMs: number | undefined, roundTripMs: number | undefined): number {
  return nearDelay(Math.max(FAR_BUFFER_MS, 2 * (remoteJitterMs ?? 0)), roundTripMs);
}

/** @param others figures that nothing follows from */
export function legQuality(
  { received, lost, late, reportedSent, ...reading }: QualityReading,
  others: Pick<LegQuality, "codec" | "packetsSent" | "duplicates" | "concealedMs" | "strangers" | "invalid">,
): LegQuality {
  const { bufferMs, roundTripMs, remoteLost, remoteJitterMs } = reading;
  const expected = received + lost;
  const shareOf = (packets: number, all: number) => Math.min(100, (100 * packets) / all);
  const lostPercent = expected === 0 ? 0 : shareOf(lost, expected);
  const remoteLostPercent = reportedSent === 0 ? undefined : shareOf(remoteLost, reportedSent);
  return {
    ...others,
    ...reading,
    packetsReceived: received,
    ...{ lost, lostPercent, late, remoteLostPercent },
    mos:
      expected === 0
        ? undefined
        : estimateMos(shareOf(lost + late, expected), nearDelay(bufferMs, roundTripMs)),
    remoteMos:
      remoteLostPercent === undefined
        ? undefined
        : estimateMos(remoteLostPercent, farDelay(remoteJitterMs, roundTripMs)),
  };
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
