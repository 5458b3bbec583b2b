import type { AudioCodec } from "../codec/g711.ts";
import type { RtpView } from "../rtp/packet.ts";

/**
 * Takes a peer's packets as they come, after they were judged and counted. `view` is reused and `bytes` may be written over;
 * both are valid only during the call.
 */
export interface PacketTaker {
  audio(view: RtpView, bytes: Uint8Array, codec: AudioCodec): void;
  /** A telephone event, RFC 4733. */
  event(view: RtpView, bytes: Uint8Array): void;
  /** The peer says that he is silent (comfort noise, an empty packet). */
  pause(): void;
}
