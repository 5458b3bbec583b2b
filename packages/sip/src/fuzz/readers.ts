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
  to,
  topVia,
  vias,
} from "../message/message.ts";
import { sdpBody } from "../user-agent/sdp-body.ts";

export type Reader = (message: SipMessage) => unknown;

/** Readers of what the parser has checked: they do not throw any more. */
export const checkedReaders: readonly Reader[] = [topVia, from, to, callId, cseq, maxForwards, contentLength];
/** Readers of what only informs: they leave out what they cannot read. */
export const informingReaders: readonly Reader[] = [
  ...[alertInfo, callInfo, diversions, event, subscriptionState, historyInfo, assertedIdentities],
  ...[preferredIdentities, remotePartyIds, privacy, reasons, referredBy, targetDialog, path, serviceRoute],
  ...[sdpBody, ({ body }: SipMessage) => parseSipfrag(body)],
  ({ headers, body }: SipMessage) => parseDtmfInfo(headers.get("Content-Type") ?? "", body),
];
/** Readers that say what is wrong. */
export const throwingReaders: readonly Reader[] = [
  ...[vias, contacts, routes, recordRoutes, referTo, replaces, rack, rseq, sessionExpires, minSe],
];
