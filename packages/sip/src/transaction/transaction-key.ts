import { SipParseError } from "../errors.ts";
import {
  callId,
  cseq,
  from,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  topVia,
} from "../message/message.ts";
import type { Via } from "../message/via.ts";

const magicCookie = "z9hG4bK";

/**
 * What a request has in common with the server transaction it belongs to, RFC 3261 §17.2.3: branch, sent-by and
 * method, where an ACK counts as its INVITE. Requests of RFC 2543 elements have no branch of ours to trust; there
 * the Request-URI, From tag, Call-ID, CSeq number and the top Via stand in. (The To tag is left out: it is the one
 * part that an ACK does not share with its INVITE.)
 *
 * @param method the method to look for: "INVITE" finds the transaction that a CANCEL is about (§9.2)
 */
export function serverTransactionKey(request: SipRequest, method: string = request.method): string {
  const via = topVia(request);
  const branch = via.params.get("branch");
  const counted = method === "ACK" ? "INVITE" : method;
  if (isOurTimes(branch)) return keyOf(via, branch, counted);
  const { seq } = cseq(request);
  const fromTag = from(request).params.get("tag") ?? "";
  const sentBy = `${via.transport} ${via.host}:${via.port ?? ""} ${branch ?? ""}`;
  return `2543 ${callId(request)} ${seq} ${fromTag} ${sentBy} ${request.uriText} ${counted}`;
}

/** True for a branch of RFC 3261, which is unique; one of RFC 2543 says nothing. */
function isOurTimes(branch: string | undefined): branch is string {
  return branch !== undefined && branch.length > magicCookie.length && branch.startsWith(magicCookie);
}

/** From an element of before RFC 3261, by its branch (§17.2.3). */
export function isRfc2543(request: SipRequest): boolean {
  return !isOurTimes(topVia(request).params.get("branch"));
}

function keyOf(via: Via, branch: string, method: string): string {
  return `${branch} ${via.host}:${via.port ?? ""} ${method}`;
}

/**
 * What two copies of one request share when they came by different ways (RFC 3261 §8.2.2.2); only requests
 * without a To tag are compared by it.
 */
export function mergeKey(request: SipRequest): string {
  const { seq, method } = cseq(request);
  return `${callId(request)} ${seq} ${method} ${from(request).params.get("tag") ?? ""}`;
}

/** RFC 3261 §17.1.3: the branch is ours and unguessable, the method tells a CANCEL from its INVITE. */
export function clientTransactionKey(response: SipResponse): string | undefined {
  const branch = topVia(response).params.get("branch");
  return branch === undefined ? undefined : `${branch} ${cseq(response).method}`;
}

/**
 * For the trace: the transaction that a message received, or answered without one, belongs to. An ACK to a 2xx has a
 * branch and so a key of its own. undefined where the message does not say.
 */
export function traceKey(message: SipMessage, direction: "in" | "out"): string | undefined {
  try {
    if (message.kind === "request") return serverTransactionKey(message);
    if (direction === "in") return clientTransactionKey(message);
    const via = topVia(message);
    const branch = via.params.get("branch");
    return isOurTimes(branch) ? keyOf(via, branch, cseq(message).method) : undefined;
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}
