/** Why a request was not answered; the sentence may be shown to whoever named the address. */
export type OutgoingErrorCode =
  /** The address is none that a request can go to. */
  | "url_invalid"
  /** It leads to where requests may not go. */
  | "address_refused"
  /** Method or headers cannot be sent. */
  | "request_invalid"
  | "name_unknown"
  | "unreachable"
  | "tls_failed"
  /** Cut off, or no HTTP. */
  | "response_broken"
  /** Of an answer that can be used as a whole alone. */
  | "response_too_large"
  | "timed_out"
  | "aborted";

export class OutgoingError extends Error {
  readonly code: OutgoingErrorCode;

  constructor(code: OutgoingErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "OutgoingError";
    this.code = code;
  }
}
