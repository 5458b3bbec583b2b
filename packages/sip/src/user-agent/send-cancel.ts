import { createRequest } from "../message/create.ts";
import { cseq } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { Core } from "./core.ts";

/** Nobody wants to know what becomes of it: the INVITE's own answer says enough. */
const ignoreOutcome: ClientUser = { onResponse: () => {}, onClientFailure: () => {} };

/**
 * The CANCEL of an INVITE (RFC 3261 §9.1): all that tells the INVITE, and its Route, to the same place in a transaction of
 * the same branch. Not to be sent before a provisional response has come.
 * @param reason value of a Reason header
 */
export function sendCancel(core: Core, invite: ClientTransaction, reason?: string): void {
  const { headers, uriText } = invite.request;
  const request = createRequest("CANCEL", uriText, {
    from: headers.get("From") ?? "",
    to: headers.get("To") ?? "",
    callId: headers.get("Call-ID") ?? "",
    cseq: cseq({ headers }).seq,
    ...(reason !== undefined && { headers: [["Reason", reason] as const] }),
  });
  for (const route of headers.getAll("Route")) request.headers.append("Route", route);
  core.identify(request);
  core.startClient(request, invite.target, ignoreOutcome, invite.branch);
}
