import { isIP } from "node:net";
import { alertInfo, callInfo } from "../header/call-info.ts";
import { diversions } from "../header/diversion.ts";
import { event, subscriptionState } from "../header/event.ts";
import { historyInfo } from "../header/history-info.ts";
import { assertedIdentities, preferredIdentities, remotePartyIds } from "../header/identity.ts";
import { privacy } from "../header/privacy.ts";
import { rack, rseq } from "../header/rack.ts";
import { reasons } from "../header/reason.ts";
import { referredBy, referTo } from "../header/refer-to.ts";
import { replaces, targetDialog } from "../header/replaces.ts";
import { path, serviceRoute } from "../header/service-route.ts";
import { minSe, sessionExpires } from "../header/session-expires.ts";
import { parseSipfrag } from "../header/sipfrag.ts";
import { parseDtmfInfo } from "../info/dtmf-info.ts";
import {
  callId,
  contacts,
  contentLength,
  cseq,
  from,
  maxForwards,
  recordRoutes,
  routes,
  type SipMessage,
  type SipResponse,
  to,
  topVia,
  vias,
} from "../message/message.ts";
import { parseUri } from "../message/uri.ts";
import {
  flowTimer,
  grantedExpiry,
  minExpires,
  observedAddress,
  redirectUri,
  retryAfter,
  routeValues,
} from "../registration/register-answer.ts";
import { sdpBody } from "../user-agent/sdp-body.ts";
import { hold } from "./target.ts";

export type Reader = (message: SipMessage) => unknown;

/** Readers of what the parser has checked: they do not throw any more. */
export const checkedReaders: readonly Reader[] = [topVia, from, to, callId, cseq, maxForwards, contentLength];
/** Readers of what only informs: they leave out what they cannot read. */
export const informingReaders: readonly Reader[] = [
  ...[alertInfo, callInfo, diversions, event, subscriptionState, historyInfo, assertedIdentities],
  ...[preferredIdentities, remotePartyIds, privacy, reasons, referredBy, targetDialog, path, serviceRoute],
  ...[sdpBody, ({ body }: SipMessage) => parseSipfrag(body)],
  ({ headers, body }: SipMessage) => parseDtmfInfo(headers.get("Content-Type") ?? "", body),
  (message) => (message.kind === "response" ? readRegisterAnswer(message) : undefined),
];
/** Readers that say what is wrong. */
export const throwingReaders: readonly Reader[] = [
  ...[vias, contacts, routes, recordRoutes, referTo, replaces, rack, rseq, sessionExpires, minSe],
];

/** What a registration makes of a response: times that are bounded, and addresses that are some. */
function readRegisterAnswer(response: SipResponse): void {
  const granted = grantedExpiry(response, "desk", "sip:desk@192.0.2.1", 3_600);
  hold(granted >= 0 && granted <= 3_600, "a registrar grants no more than was asked for");
  for (const seconds of [retryAfter(response), minExpires(response), flowTimer(response)]) {
    hold(
      seconds === undefined || (Number.isSafeInteger(seconds) && seconds >= 0),
      "a time is a number of seconds",
    );
  }
  hold(routeValues(response, "Service-Route").length <= 16, "a service route has a bounded length");
  const seen = observedAddress(response);
  hold(
    seen === undefined || (isIP(seen.host) !== 0 && seen.port > 0),
    "an address that a registrar saw is one",
  );
  const redirect = redirectUri(response, false);
  if (redirect !== undefined) parseUri(redirect);
}
