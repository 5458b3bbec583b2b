import type { Flow, SendTarget } from "../environment.ts";
import type { SipMessage, SipRequest } from "../message/message.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { traceKey } from "../transaction/transaction-key.ts";
import type { LargeRequests } from "./large-requests.ts";

/** What sends it. */
export interface LoneSender {
  readonly large: LargeRequests;
  /** Whether somebody wants to know which transaction a message belongs to. */
  readonly isTraced: boolean;
  randomToken(bytes: number): string;
  sentBy(target: Flow | SendTarget): string;
  transmit(
    target: Flow | SendTarget,
    bytes: Buffer,
    message: SipMessage | undefined,
    transaction: string | undefined,
    onError?: (error: Error) => void,
  ): void;
}

/**
 * A request that belongs to no transaction, an ACK to a 2xx (RFC 3261 §13.2.2.4): sent at once, and again for each
 * repeated 2xx. One too large for UDP goes by TCP (§18.1.1), and by UDP after all where no connection can be had.
 */
export class LoneRequest {
  readonly #sender: LoneSender;
  #target: Flow | SendTarget;
  #bytes: Buffer;
  /** While it goes another way. */
  #onError: ((error: Error) => void) | undefined;

  /** @param request without a Via */
  constructor(sender: LoneSender, request: SipRequest, target: Flow | SendTarget) {
    this.#sender = sender;
    this.#target = target;
    const branch = `z9hG4bK${sender.randomToken(12)}`;
    const via = (to: Flow | SendTarget) =>
      `SIP/2.0/${to.transport.toUpperCase()} ${sender.sentBy(to)};branch=${branch};rport`;
    request.headers.prepend("Via", via(target));
    let bytes = serialiseMessage(request);
    const detour = sender.large.detour(target);
    if (detour === undefined || bytes.length <= sender.large.limit) {
      this.#bytes = own(bytes);
      this.#send(request);
      return;
    }
    request.headers.replaceFirst("Via", via(detour));
    bytes = serialiseMessage(request);
    this.#target = detour;
    this.#bytes = own(bytes);
    this.#onError = () => {
      // What fails after the first is old news.
      if (this.#target !== detour) return;
      sender.large.refused(detour);
      request.headers.replaceFirst("Via", via(target));
      this.#target = target;
      this.#bytes = own(serialiseMessage(request));
      this.#onError = undefined;
      this.#send(request);
    };
    this.#send(request);
  }

  repeat(): void {
    this.#send(undefined);
  }

  #send(message: SipMessage | undefined): void {
    const transaction = message !== undefined && this.#sender.isTraced ? traceKey(message, "out") : undefined;
    this.#sender.transmit(this.#target, this.#bytes, message, transaction, this.#onError);
  }
}

/** Kept for as long as the dialog: a view would keep the whole slab that it was written into. */
function own(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}
