import type { SipParseErrorCode } from "../errors.ts";
import type { SipMessage } from "../message/message.ts";

/** One torture message: a data file, and what has to come of it. */
export interface TortureCase {
  /** Below `testdata/torture/`. The name of one after an RFC begins with its section there. */
  readonly file: string;
  /** What the RFC asks for, or, for one of our own, what is right, in a sentence. */
  readonly asks: string;
  /** "read", or the code by which the parser refuses it. */
  readonly parse: "read" | SipParseErrorCode;
  /** How it comes to the user agent; "udp" by default. */
  readonly over?: "udp" | "tcp" | "tls";
  /** What is answered on the wire: one final response, nothing, or a call that rings and can be accepted. */
  readonly answer: number | "none" | "call";
  /** Header lines of that response, by long name. */
  readonly answerHeaders?: Readonly<Record<string, RegExp>>;
  /** What a stream framer cuts out of the same bytes; one message by default, and nothing left over. */
  readonly stream?: "message" | "two messages" | "waits" | "error";
  /** What the message says once it is read; throws where it does not. */
  readonly check?: (message: SipMessage) => void;
  /** The offer that a call brings; a line of it is enough. */
  readonly offer?: RegExp;
}
