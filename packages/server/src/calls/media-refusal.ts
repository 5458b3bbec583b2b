import { WorkerError } from "../worker/worker-error.ts";

/** Why an INVITE or re-INVITE gets no media, in SIP's words. */
export interface MediaRefusal {
  /** Stable, as rejected calls show it. */
  code: "no_codec" | "sdp_malformed" | "busy_node" | "call_failed";
  status: 400 | 488 | 500 | 503;
  hint: string;
  /** Seconds. */
  retryAfter?: number;
}

/** Codes of the media layer that say that the peer's SDP and we have nothing in common (488, RFC 3261 §21.4.26). */
const incompatible = new Set([
  "no_codec",
  "no_audio",
  "profile_unsupported",
  "address_unsupported",
  "answer_mismatch",
]);
const malformed = new Set(["sdp_malformed", "sdp_too_large"]);
const full = new Set(["no_port", "no_worker", "worker_gone", "engine_closed", "leg_closed"]);

export function mediaRefusal(error: unknown): MediaRefusal {
  const code = error instanceof WorkerError ? error.code : "";
  if (incompatible.has(code)) {
    return {
      code: "no_codec",
      status: 488,
      hint: "The caller's side offers no audio that Ringdown speaks: allow PCMU or PCMA (G.711) over RTP/AVP there.",
    };
  }
  if (malformed.has(code)) {
    return {
      code: "sdp_malformed",
      status: 400,
      hint: `The SDP of the INVITE is malformed: ${message(error)}`,
    };
  }
  if (full.has(code)) {
    return {
      code: "busy_node",
      status: 503,
      hint: `No media could be had for the call: ${message(error)}`,
      retryAfter: 5,
    };
  }
  return {
    code: "call_failed",
    status: 500,
    hint: "The call failed inside Ringdown; the log has the details.",
  };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
