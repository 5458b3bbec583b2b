import type { CredentialsFor } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { RegistrationFault, RegistrationOptions } from "../registration/registration-types.ts";

export interface SubscriptionConfig {
  /** Whose state: a SIP URI, the Request-URI and To of SUBSCRIBE. */
  readonly resource: string;
  /** Who subscribes: our address-of-record, for From; the resource where left out (a phone subscribes to its own voicemail). */
  readonly subscriber?: string;
  /** Event package with its parameters, as in the Event header: `message-summary`, `dialog`, `dialog;sla`. */
  readonly event: string;
  /** Content types of the notifications that are understood: of the package by default, where it is one that is known here. */
  readonly accept?: readonly string[];
  /** User part of our Contact. */
  readonly contactUser: string;
  readonly credentials: CredentialsFor;
  /** Seconds asked for; 3,600 by default. 0 fetches the state once (RFC 6665 §4.4.3). */
  readonly expires?: number;
  /** SIP URI of the next hop, where that is not the resource's domain and there is no Service-Route. */
  readonly proxy?: string;
  /** ms between attempts while we are refused; 1,800,000 by default. Up to a quarter is added. */
  readonly slowRetry?: number;
}

/** What may change while it runs. */
export type SubscriptionChanges = Partial<Pick<SubscriptionConfig, "credentials" | "expires" | "proxy">>;

export type SubscriptionInput =
  | { readonly type: "start" }
  /** Ends the subscription (Expires: 0). `within`: ms until it is given up; 5,000 by default. */
  | { readonly type: "stop"; readonly within?: number }
  | { readonly type: "configure"; readonly changes: SubscriptionChanges }
  /** Subscribe again now: our address has changed, or a connection was lost. */
  | { readonly type: "refresh" }
  /** The answer to "resolve". */
  | { readonly type: "targets"; readonly targets: readonly SendTarget[] }
  | { readonly type: "response"; readonly id: number; readonly response: SipResponse }
  | { readonly type: "failure"; readonly id: number; readonly cause: "timeout" | "transport-error" }
  /** A request to the tag of a "listen"; it gets one "answer" with that id. */
  | { readonly type: "request"; readonly id: number; readonly request: SipRequest; readonly flow: Flow }
  | { readonly type: "timer" };

export type SubscriptionOutput =
  /** Bring requests with that Call-ID and To tag as "request", and those of before no more. */
  | { readonly type: "listen"; readonly callId: string; readonly localTag: string }
  | { readonly type: "listen-no-more" }
  /** Find where requests for this URI go (RFC 3263), and tell by "targets". */
  | { readonly type: "resolve"; readonly uri: string }
  /** Send it in a client transaction of its own; it has no Via yet. Each gets one "response" or "failure". */
  | {
      readonly type: "send";
      readonly id: number;
      readonly request: SipRequest;
      readonly target: SendTarget;
    }
  | {
      readonly type: "answer";
      readonly id: number;
      readonly status: number;
      readonly headers: readonly (readonly [name: string, value: string])[];
    }
  /** The state of the resource, as it is now; the request is answered already. */
  | { readonly type: "notification"; readonly notification: Notification }
  | { readonly type: "set-timer"; readonly at: number | undefined }
  | { readonly type: "state"; readonly state: SubscriptionStatus };

export interface Notification {
  /** `active`, `pending`, `terminated`, or an extension; lower case. */
  readonly state: string;
  /** Without parameters, lower case; "" where there is no body. */
  readonly contentType: string;
  readonly body: Buffer;
  readonly request: SipRequest;
}

export type SubscriptionFault =
  | Extract<
      RegistrationFault,
      | "wrong_password"
      | "forbidden"
      | "no_credentials"
      | "unsupported_challenge"
      | "too_many_challenges"
      | "interval_too_brief"
      | "refused"
      | "server_failure"
      | "no_answer"
      | "connection_failed"
      | "no_address"
    >
  /** 489: this server has no such package */
  | "bad_event"
  /** Taken, and no NOTIFY came within 64·T1. */
  | "no_notify"
  /** The notifier has ended it; `endReason` says why. */
  | "ended";

/** All times are ms on the clock of `handle`'s `now`. */
export interface SubscriptionStatus {
  /**
   * `pending`: the notifier has yet to decide. `rejected`: somebody has to change something. `unreachable`: the server does
   * not answer, is not able to, or ended it and may be asked again. While it is refreshed the state stays what it is.
   */
  readonly state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
  readonly fault: SubscriptionFault | undefined;
  /** Status and phrase of the last final response to SUBSCRIBE. */
  readonly lastCode: number | undefined;
  readonly lastReason: string | undefined;
  /** `reason` of the Subscription-State that ended it last: `deactivated`, `noresource` … */
  readonly endReason: string | undefined;
  readonly expiresAt: number | undefined;
  /** Next refresh or attempt; undefined while one is under way, and where none is planned. */
  readonly nextAttemptAt: number | undefined;
  readonly target: SendTarget | undefined;
}

export interface SubscriptionOptions extends RegistrationOptions {
  /** Route values for a SUBSCRIBE that begins a dialog: the Service-Route of a registration (RFC 3608). */
  route?(): readonly string[];
}
