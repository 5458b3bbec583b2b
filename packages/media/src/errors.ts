/**
 * Everything that the media package refuses, in one catalogue. A code is stable: it stands in logs, call records
 * and API answers, so it is never renamed. `status` is the SIP status that a caller of the package may answer with.
 */
const catalogue = {
  sdp_malformed: [400, "The session description cannot be read."],
  sdp_too_large: [413, "The session description is larger than is accepted."],
  no_audio: [488, "The session description offers no audio stream that is switched on."],
  profile_unsupported: [
    488,
    "The audio stream is offered with a transport that is not spoken here (only plain RTP is).",
  ],
  address_unsupported: [488, "The media address is not one that audio can be sent to from here."],
  no_codec: [488, "The two sides have no codec in common."],
  offer_pending: [491, "An offer of our own is still waiting for its answer."],
  no_offer: [500, "There is no offer of our own that this answer could belong to."],
  answer_mismatch: [488, "The answer does not fit the offer that was sent."],
  no_port: [503, "No media port is free."],
  engine_closed: [503, "The media engine is closed."],
  leg_closed: [500, "The media of this leg is closed."],
  bridge_impossible: [500, "These two legs cannot be joined."],
  dtmf_invalid: [400, "Only the digits 0-9, *, #, A-D and the pause ',' can be sent as DTMF."],
  recording_failed: [500, "The recording cannot be written."],
  recording_overrun: [500, "The disk does not keep up with the recording; a part of it is silence."],
  wav_malformed: [500, "The file is no 16-bit PCM WAV file."],
} as const satisfies Record<string, readonly [status: number, sentence: string]>;

export type MediaErrorCode = keyof typeof catalogue;

/** A refusal of the media package: a stable code, the SIP status that fits it, and a sentence for a person. */
export class MediaError extends Error {
  override readonly name = "MediaError";
  readonly code: MediaErrorCode;
  /** SIP status (RFC 3261 §21) that an INVITE refused for this reason may be answered with. */
  readonly status: number;
  /** What exactly was wrong (a line number, a file name), or undefined. */
  readonly detail: string | undefined;

  constructor(code: MediaErrorCode, detail?: string, options?: ErrorOptions) {
    const [status, sentence] = catalogue[code];
    super(detail === undefined ? sentence : `${sentence} (${detail})`, options);
    this.code = code;
    this.status = status;
    this.detail = detail;
  }
}
