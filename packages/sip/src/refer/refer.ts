import type { CredentialsFor } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import type { ReferredBy, ReferTo } from "../header/refer-to.ts";
import type { Replaces } from "../header/replaces.ts";
import type { UriHeaders } from "../header/uri-headers.ts";
import type { SipRequest } from "../message/message.ts";
import type { CallLeg } from "../user-agent/call.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

export interface ReferOptions {
  /** Value of Referred-By (RFC 3892): on whose behalf. */
  readonly referredBy?: string;
  /** The call that the peer's new call takes the place of, at the target (attended transfer): `CallLeg.asReplaces`. */
  readonly replaces?: Replaces | undefined;
  /** Further header components of the target URI. */
  readonly targetHeaders?: UriHeaders;
  /** Further header lines of the REFER. */
  readonly headers?: HeaderLines;
  /** False asks for no reports (RFC 4488): a peer that complies says "accepted", and nothing more will be known. */
  readonly reports?: boolean;
  /** ms from the peer's acceptance to the final report; 180,000 by default. */
  readonly timeout?: number;
}

/** How a REFER of ours came out; told exactly once. */
export interface ReferOutcome {
  /**
   * - `reported`: the peer told the final status of what it was asked to do, a success or not.
   * - `refused`: the REFER itself was; also 408 for no answer, 503 for a transport error.
   * - `accepted`: taken by a peer that makes no reports (RFC 4488).
   * - `silent`: taken, and not one report came within 64·T1.
   * - `unfinished`: reports came and ended without a final status, or their time is over.
   */
  readonly kind: "reported" | "refused" | "accepted" | "silent" | "unfinished";
  /** With "reported" and "refused". */
  readonly status: number | undefined;
  /** The phrase beside that status; why the subscription ended with "unfinished", where the peer says. */
  readonly reason: string | undefined;
}

/** A REFER that we sent. Handlers set before the next `receive` or `wake` miss nothing. */
export interface OutgoingRefer {
  readonly outcome: ReferOutcome | undefined;
  /** The 2xx to the REFER: reports are to follow, unless the outcome is told with it. */
  onAccepted?: ((status: number) => void) | undefined;
  /** A report that is not the final one: 100 to 199. */
  onProgress?: ((status: number, reason: string) => void) | undefined;
  onOutcome?: ((outcome: ReferOutcome) => void) | undefined;
}

/** Out-of-dialog REFER: options of `UserAgent.refer`. */
export interface LoneReferOptions extends ReferOptions {
  readonly requestUri: string;
  /** Whom the peer shall contact: a URI. */
  readonly referTo: string;
  /** Header values, no tag. */
  readonly to: string;
  readonly from: string;
  /** Where it goes: one of the two. */
  readonly flow?: Flow;
  readonly target?: SendTarget;
  /** Answers to 401 and 407; without it they are refusals. */
  readonly credentials?: CredentialsFor;
}

/**
 * A REFER that we received, past the checks. It is answered once, by `accept` or `reject`, at once or later; one that is
 * left for 20 s is declined. Commands that come too late are ignored.
 */
export interface IncomingRefer extends ReferTo {
  readonly request: SipRequest;
  readonly flow: Flow;
  /**
   * The call that it is about: that of its dialog, or the one that a Target-Dialog names (RFC 4538). undefined: a REFER
   * outside any dialog, from somebody who has shown nothing of himself.
   */
  readonly leg: CallLeg | undefined;
  /** False where it came outside the call's dialog. */
  readonly isInDialog: boolean;
  readonly referredBy: ReferredBy | undefined;
  /** Whether the peer gets reports: false where it asked for none (RFC 4488). */
  readonly reports: boolean;
  /** 202, and the first report, "100 Trying". What was asked for is then the application's to do. */
  accept(): void;
  /** @param status 300 to 699 */
  reject(status: number, headers?: HeaderLines): void;
  /** Reports how far it is: 100 to 199. The newest alone is sent where several wait. */
  progress(status: number, reason?: string): void;
  /** Reports the final status, 200 to 699, and ends the subscription. */
  finish(status: number, reason?: string): void;
  /**
   * The peer gets no more reports: it wants none, cannot be reached, or five minutes are over. That is no reason to give
   * up what was asked for (RFC 3515 §2.4.4). Not told after `finish`.
   */
  onUnsubscribed?: (() => void) | undefined;
}
