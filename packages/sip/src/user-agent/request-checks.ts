import { maxForwards, type SipRequest, to } from "../message/message.ts";
import { sdpBody } from "./sdp-body.ts";

/** A refusal of a request, before anything is known of calls. */
export interface Refusal {
  readonly status: number;
  readonly reason?: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** Methods that a call's dialog or the core answers; UPDATE is RFC 3311, INFO RFC 6086. */
export const allowedMethods: readonly string[] = [
  "INVITE",
  "ACK",
  "CANCEL",
  "BYE",
  "OPTIONS",
  "INFO",
  "UPDATE",
];
export const allowValue = allowedMethods.join(", ");
export const acceptValue = "application/sdp";

const allowHeader = ["Allow", allowValue] as const;
const schemes = new Set(["sip", "sips", "tel"]);

/**
 * The inspection of RFC 3261 §8.2.1 to §8.2.3 in the RFC's order: method, Request-URI, Max-Forwards, Require,
 * body. Merged requests (§8.2.2.2) are the transaction table's to find. ACK and CANCEL do not come here:
 * they cannot be challenged (§8.2.2.3 exempts them).
 *
 * @param extraMethods methods that someone above takes besides `allowedMethods`
 * @param supported option tags that a Require may name, lower case
 */
export function checkRequest(
  request: SipRequest,
  extraMethods: ReadonlySet<string>,
  supported: ReadonlySet<string>,
): Refusal | undefined {
  const { method } = request;
  if (!allowedMethods.includes(method) && !extraMethods.has(method)) {
    return { status: 405, headers: [allowHeader] };
  }
  if (!schemes.has(request.uri.scheme)) return { status: 416, headers: [] };
  // §8.1.1.6 has the elements on the way refuse at 0; the destination itself may take the request, and an OPTIONS
  // with 0 is meant for it (§11). A new call is refused all the same: we are a B2BUA, where it may go on over a
  // trunk and come back, and this count is all that ends such a loop.
  if (method === "INVITE" && !to(request).params.has("tag") && maxForwards(request) === 0) {
    return { status: 483, headers: [] };
  }
  if (request.headers.has("Require")) {
    const unsupported = request.headers.list("Require").filter((tag) => !supported.has(tag.toLowerCase()));
    if (unsupported.length > 0) {
      return { status: 420, headers: [["Unsupported", unsupported.join(", ")]] };
    }
  }
  return method === "INVITE" || method === "UPDATE" ? checkBody(request) : undefined;
}

function checkBody(request: SipRequest): Refusal | undefined {
  const body = sdpBody(request);
  if (body.kind !== "unsupported") return undefined;
  return body.what === "encoding"
    ? { status: 415, headers: [["Accept-Encoding", "identity"]] }
    : { status: 415, headers: [["Accept", acceptValue]] };
}
