import type { Headers } from "./message/headers.ts";

/** Stable codes of what can be wrong with bytes that claim to be a SIP message. */
export type SipParseErrorCode =
  | "malformed_start_line"
  | "unsupported_version"
  | "malformed_header_line"
  | "malformed_header"
  | "malformed_parameter"
  | "duplicate_parameter"
  | "malformed_uri"
  | "missing_header"
  | "duplicate_header"
  | "cseq_method_mismatch"
  | "unterminated_header"
  | "content_length_mismatch"
  | "too_many_headers"
  | "header_too_large"
  | "message_too_large";

const parseSentences: Record<SipParseErrorCode, string> = {
  malformed_start_line: "The first line is neither a SIP request line nor a SIP status line",
  unsupported_version: "The SIP version is not 2.0",
  malformed_header_line: "A header line has no valid name followed by a colon, or holds a bare CR or LF",
  malformed_header: "A header's value breaks its grammar",
  malformed_parameter: "A parameter breaks its grammar",
  duplicate_parameter: "A parameter name occurs twice",
  malformed_uri: "A URI breaks its grammar",
  missing_header: "A mandatory header is missing",
  duplicate_header: "A header that may occur once occurs more often",
  cseq_method_mismatch: "The method of CSeq is not the request's method",
  unterminated_header: "The header block does not end with an empty line",
  content_length_mismatch: "The body is shorter than Content-Length says",
  too_many_headers: "There are more header lines than the limit allows",
  header_too_large: "A header line, or the header block, is longer than the limit allows",
  message_too_large: "The message is larger than the limit allows",
};

/** What an answer to a broken request can be made of: `createResponse` takes it in place of the request. */
export interface PartialRequest {
  readonly method: string;
  /** The lines of Via, From, To, Call-ID, CSeq, Timestamp and Record-Route that could be told apart. */
  readonly headers: Headers;
}

/** Bytes or text that do not follow the grammar of RFC 3261 §25, or go over a limit. */
export class SipParseError extends Error {
  readonly code: SipParseErrorCode;
  /** Status of the response that says so: 400, 505 for the version, 513 for the size. */
  readonly status: 400 | 505 | 513;
  /** Long name of the header at fault, where it is one. */
  readonly header: string | undefined;
  /** Offset of the fault in characters: in the value where `header` is given, else in the parsed text. */
  readonly position: number;
  /** Given by `parseMessage` alone, for a request whose topmost Via can be read. */
  partial: PartialRequest | undefined;

  constructor(code: SipParseErrorCode, position: number, header?: string) {
    super(`${parseSentences[code]}${header === undefined ? "" : ` (${header})`}, at position ${position}.`);
    this.name = "SipParseError";
    this.code = code;
    this.status = code === "unsupported_version" ? 505 : code === "message_too_large" ? 513 : 400;
    this.header = header;
    this.position = position;
    this.partial = undefined;
  }
}

/** Stable codes of what can go wrong between this process and the network. */
export type SipTransportErrorCode =
  | "listen_failed"
  | "no_listener"
  | "send_failed"
  | "connect_failed"
  | "connection_closed"
  | "too_many_connections"
  | "write_buffer_full"
  | "framing_error"
  | "message_timeout"
  | "keepalive_failed"
  | "tls_settings"
  | "closed";

/** A listener, connection or send that failed; `message` is a sentence for a person. */
export class SipTransportError extends Error {
  readonly code: SipTransportErrorCode;
  constructor(code: SipTransportErrorCode, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.name = "SipTransportError";
    this.code = code;
  }
}

/** Stable codes of commands to the user agent that cannot be carried out. */
export type SipUserAgentErrorCode = "too_many_calls" | "no_target";

const userAgentSentences: Record<SipUserAgentErrorCode, string> = {
  too_many_calls: "There are as many calls as the limit allows",
  no_target: "The request names neither a flow nor a target to be sent to",
};

export class SipUserAgentError extends Error {
  readonly code: SipUserAgentErrorCode;
  constructor(code: SipUserAgentErrorCode) {
    super(`${userAgentSentences[code]}.`);
    this.name = "SipUserAgentError";
    this.code = code;
  }
}
