import type { CredentialsFor } from "../auth/digest-client.ts";
import type { SendTarget } from "../environment.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";

export interface RegistrationConfig {
  /** Address-of-record: `sip:1001@example.org`. */
  readonly aor: string;
  /** Request-URI; the AOR without its user where left out (RFC 3261 §10.2). */
  readonly registrar?: string;
  /** SIP URI of the next hop, where that is not the registrar's domain. */
  readonly proxy?: string;
  /** User part of our Contact: a token that cannot be guessed, by which calls for this registration are known. */
  readonly contactUser: string;
  readonly credentials: CredentialsFor;
  /** Seconds asked for, 1 to 604,800; 600 by default. */
  readonly expires?: number;
  /**
   * What keeps the way open through a NAT; `crlf` by default. An OPTIONS that is not answered counts as a lost flow; with
   * `auto` only where one was answered before, and CRLF is sent where none ever was.
   */
  readonly keepAlive?: "crlf" | "options" | "auto" | "none";
  /** RFC 5626, used on streams: `urn:uuid:…` of this instance, and 1 or more. */
  readonly outbound?: { readonly instanceId: string; readonly regId: number };
  /** ms between attempts while the password is refused; 600,000 by default. Up to a quarter is added. */
  readonly slowRetry?: number;
  /** ms over which first attempts are spread, so that many registrations do not start as one; 0 by default. */
  readonly startSpread?: number;
}

/** What may change while it runs. Another AOR, registrar or Contact is another registration. */
export type RegistrationChanges = Partial<
  Pick<RegistrationConfig, "credentials" | "expires" | "keepAlive" | "proxy">
>;

export type RegistrationInput =
  | { readonly type: "start" }
  /** Takes the binding back (Expires: 0). `within`: ms until it is given up; 5,000 by default. */
  | { readonly type: "stop"; readonly within?: number }
  | { readonly type: "configure"; readonly changes: RegistrationChanges }
  /** The answer to "resolve": where to send, in the order to be tried; none where nothing was found. */
  | { readonly type: "targets"; readonly targets: readonly SendTarget[] }
  | { readonly type: "response"; readonly id: number; readonly response: SipResponse }
  /** No final response to the request, or it could not be sent. */
  | {
      readonly type: "failure";
      readonly id: number;
      readonly cause: "timeout" | "transport-error";
      /** What the transport said. */
      readonly reason?: string;
    }
  | { readonly type: "timer" }
  /** The connection to `state.target` is lost. */
  | { readonly type: "flow-failed" }
  /** Any response to the OPTIONS of a "keep-alive". */
  | { readonly type: "keep-alive-answered"; readonly response: SipResponse }
  /** No response to it. */
  | { readonly type: "keep-alive-unanswered"; readonly target: SendTarget };

export type RegistrationOutput =
  /** Find where requests for this URI go (RFC 3263), and tell by "targets". */
  | { readonly type: "resolve"; readonly uri: string }
  /** Send it in a client transaction of its own; it has no Via yet. Each gets one "response" or "failure". */
  | {
      readonly type: "send";
      readonly id: number;
      readonly request: SipRequest;
      readonly target: SendTarget;
    }
  /** Bring "timer" then, ms, instead of whenever was asked before; undefined: not at all. */
  | { readonly type: "set-timer"; readonly at: number | undefined }
  | { readonly type: "state"; readonly state: RegistrationState }
  /** `request` undefined: two CRLFs, bare. With OPTIONS: tell by "keep-alive-answered" or "keep-alive-unanswered". */
  | { readonly type: "keep-alive"; readonly target: SendTarget; readonly request: SipRequest | undefined };

export type RegistrationFault =
  | "wrong_password"
  | "forbidden"
  | "no_credentials"
  | "unsupported_challenge"
  | "too_many_challenges"
  | "interval_too_brief"
  | "redirected_nowhere"
  | "refused"
  | "binding_removed"
  /** 5xx, 408 or 480 */
  | "server_failure"
  | "no_answer"
  | "connection_failed"
  | "connection_lost"
  | "no_address";

export interface Address {
  /** IP literal, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

/** All times are ms on the clock of `handle`'s `now`. */
export interface RegistrationState {
  /**
   * `rejected`: somebody has to change something. `unreachable`: the registrar does not answer, or is not able to. While
   * a binding is refreshed the state stays `registered`.
   */
  readonly state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
  /** Why it is not registered. */
  readonly fault: RegistrationFault | undefined;
  /** Status and phrase of the last final response, but for challenges that were answered. */
  readonly lastCode: number | undefined;
  readonly lastReason: string | undefined;
  /** What the transport said of a request that could not be sent, where that is the last that is known. */
  readonly lastError: string | undefined;
  /** End of the binding that the registrar holds, as far as is known. */
  readonly expiresAt: number | undefined;
  /** Next refresh or attempt; undefined while one is under way. */
  readonly nextAttemptAt: number | undefined;
  readonly target: SendTarget | undefined;
  /** Where the registrar sees us, where that is not our own address. */
  readonly publicAddress: Address | undefined;
  /** URI that the registrar holds for us. */
  readonly contact: string | undefined;
  /** Route values for requests by this registration (RFC 3608). */
  readonly serviceRoute: readonly string[];
  /** Proxies that the registrar reaches us through (RFC 3327). */
  readonly path: readonly string[];
}

export interface RegistrationOptions {
  /** [0, 1) */
  random(): number;
  /** That many bytes as hexadecimal digits, unpredictable. */
  randomToken(bytes: number): string;
  /**
   * Our own address towards that target. Port 0: we do not listen by that transport, and are reached by our connection alone,
   * whose port the registrar tells.
   */
  contactFor(target: SendTarget): Address;
}
