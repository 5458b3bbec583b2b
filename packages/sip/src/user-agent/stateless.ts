import type { PartialRequest } from "../errors.ts";
import { createResponse } from "../message/create.ts";
import { type SipRequest, type SipResponse, topVia } from "../message/message.ts";

/**
 * Responses without a transaction, RFC 3261 §8.2.7: a repeated request must get the same To tag again, so the tag is made
 * from the request alone. It is keyed, so that nobody else can tell which tag we would give.
 */
export class StatelessResponder {
  readonly #key: number;

  /** @param key any 32 bits that others cannot guess */
  constructor(key: number) {
    this.#key = key >>> 0;
  }

  respond(
    request: SipRequest | PartialRequest,
    status: number,
    reason?: string,
    headers?: readonly (readonly [name: string, value: string])[],
  ): SipResponse {
    return createResponse(request, status, reason, {
      toTag: this.#tag(request),
      ...(headers && { headers }),
    });
  }

  #tag(request: SipRequest | PartialRequest): string {
    const branch = topVia(request).params.get("branch") ?? "";
    const id = request.headers.get("Call-ID") ?? "";
    const from = request.headers.get("From") ?? "";
    const low = hash(branch, hash(id, hash(from, this.#key)));
    return (
      low.toString(16).padStart(8, "0") +
      hash(id, low ^ this.#key)
        .toString(16)
        .padStart(8, "0")
    );
  }
}

/** FNV-1a over UTF-16 units, with a last mixing step so that the key reaches every bit. */
function hash(text: string, seed: number): number {
  let value = seed ^ 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  return (value ^ (value >>> 15)) >>> 0;
}
