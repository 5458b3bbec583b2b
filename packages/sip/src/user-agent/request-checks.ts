import { maxForwards, type SipRequest, to } from "../message/message.ts";
import { acceptValue, type Capabilities } from "./capabilities.ts";
import { mediaType, sdpBody } from "./sdp-body.ts";

/** A refusal of a request, before anything is known of calls. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The methods that SIP has, RFC 3261 and its extensions, taken here or not. */
const knownMethods = new Set(
  "INVITE ACK CANCEL BYE OPTIONS REGISTER INFO MESSAGE NOTIFY PRACK PUBLISH REFER SUBSCRIBE UPDATE".split(
    " ",
  ),
);
const schemes = new Set(["sip", "sips", "tel"]);
/** What application/sdp falls under. */
const sdpTypes = new Set([acceptValue, "application/*", "*/*"]);

/**
 * The inspection of RFC 3261 §8.2.1 to §8.2.3 in the RFC's order: method, Request-URI, Max-Forwards, Require,
 * body. Merged requests (§8.2.2.2) are the transaction table's to find. ACK and CANCEL do not come here:
 * they cannot be challenged (§8.2.2.3 exempts them).
 */
export function checkRequest(request: SipRequest, capabilities: Capabilities): Refusal | undefined {
  const { method } = request;
  if (!capabilities.takes(method)) return refuseMethod(method, capabilities);
  if (!schemes.has(request.uri.scheme)) return { status: 416, headers: [] };
  // §8.1.1.6 has the elements on the way refuse at 0; the destination itself may take the request, and an OPTIONS
  // with 0 is meant for it (§11). A new call is refused all the same: we are a B2BUA, where it may go on over a
  // trunk and come back, and this count is all that ends such a loop.
  if (method === "INVITE" && !to(request).params.has("tag") && maxForwards(request) === 0) {
    return { status: 483, headers: [] };
  }
  if (request.headers.has("Require")) {
    const unsupported = request.headers
      .list("Require")
      .filter((tag) => !capabilities.optionTags.has(tag.toLowerCase()));
    if (unsupported.length > 0) {
      return { status: 420, headers: [["Unsupported", unsupported.join(", ")]] };
    }
  }
  // RFC 3891 §3.
  if (method !== "INVITE" && capabilities.optionTags.has("replaces") && request.headers.has("Replaces")) {
    return { status: 400, reason: "Bad Request: Replaces in a request that is no INVITE", headers: [] };
  }
  // Every 2xx to an INVITE holds SDP (RFC 4475 §3.3.15). A call that stands is not ended for it.
  if (method === "INVITE" && !to(request).params.has("tag") && !acceptsSdp(request)) {
    return { status: 406, headers: [] };
  }
  return method === "INVITE" || method === "UPDATE" || method === "PRACK" ? checkBody(request) : undefined;
}

/** 405 for a method that is not taken (§8.2.1), 501 for one that nobody has heard of (§21.5.2, RFC 4475 §3.1.1.2). */
export function refuseMethod(method: string, { allow }: Capabilities): Refusal {
  return { status: knownMethods.has(method) ? 405 : 501, headers: [["Allow", allow]] };
}

/** §20.1: a list of what the answer may hold. One that names nothing is a fault rather than a wish. */
function acceptsSdp(request: SipRequest): boolean {
  const types = request.headers.list("Accept").map(mediaType);
  return types.length === 0 || types.some((type) => type !== undefined && sdpTypes.has(type));
}

function checkBody(request: SipRequest): Refusal | undefined {
  const body = sdpBody(request);
  if (body.kind !== "unsupported") return undefined;
  return body.what === "encoding"
    ? { status: 415, headers: [["Accept-Encoding", "identity"]] }
    : { status: 415, headers: [["Accept", acceptValue]] };
}
