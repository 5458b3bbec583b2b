import { type CredentialsFor, DigestClient, type DigestExchange } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import type { SipRequest, SipResponse } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import type { Core } from "./core.ts";

export interface RepeatOptions {
  /** CSeq number for the request when it is sent again. */
  nextSeq(): number;
  /** False once nobody wants it any more. */
  mayRepeat?(): boolean;
  /** It was sent again, as this. */
  onRepeat?(request: SipRequest, transaction: ClientTransaction): void;
}

/** Keeps the nonces of one call or request. */
export function createDigest(core: Core, credentials: CredentialsFor): DigestClient {
  return new DigestClient({ credentials, randomToken: (bytes) => core.randomToken(bytes) });
}

/**
 * Sends a request in a client transaction; where it is challenged, again with credentials (RFC 3261 §8.1.3.5, §22.2):
 * same Call-ID, From and To, the next CSeq number, a transaction of its own. The number of rounds is bounded by the
 * exchange. `user` gets what is left: the response that is no challenge, or one that cannot be answered.
 */
export function startAuthorized(
  core: Core,
  digest: DigestClient | undefined,
  request: SipRequest,
  target: Flow | SendTarget,
  user: ClientUser,
  options: RepeatOptions,
): ClientTransaction {
  if (digest === undefined) return core.startClient(request, target, user);
  const exchange = digest.exchange();
  exchange.authorize(request);
  return core.startClient(
    request,
    target,
    new AuthorizedRequest({ core, exchange, request, target, user, options }),
  );
}

interface Parts {
  readonly core: Core;
  readonly exchange: DigestExchange;
  readonly request: SipRequest;
  readonly target: Flow | SendTarget;
  readonly user: ClientUser;
  readonly options: RepeatOptions;
}

class AuthorizedRequest implements ClientUser {
  readonly #parts: Parts;
  /** What becomes of it now is told by the request that was sent in its place. */
  #isRepeated = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  onResponse(response: SipResponse, flow: Flow): void {
    const { exchange, user } = this.#parts;
    const { status } = response;
    if (status === 401 || status === 407) {
      if (this.#repeat(response)) return;
    } else if (status >= 200) exchange.answered(response);
    user.onResponse(response, flow);
  }

  onClientFailure(cause: FailureCause, error?: Error): void {
    // An INVITE's transaction lives on after its challenge: the ACK to that may yet fail to be sent.
    if (!this.#isRepeated) this.#parts.user.onClientFailure(cause, error);
  }

  #repeat(response: SipResponse): boolean {
    const { core, exchange, target, options } = this.#parts;
    if (options.mayRepeat?.() === false || !exchange.challenged(response).retry) return false;
    const request = repeated(this.#parts.request, options.nextSeq());
    exchange.authorize(request);
    this.#isRepeated = true;
    const again = new AuthorizedRequest({ ...this.#parts, request });
    const transaction = core.startClient(request, target, again);
    options.onRepeat?.(request, transaction);
    return true;
  }
}

/** A request to be sent again, as a new one (RFC 3261 §8.1.3.5). */
export function repeated(request: SipRequest, seq: number): SipRequest {
  const headers = request.headers.clone();
  headers.delete("Via");
  headers.set("CSeq", `${seq} ${request.method}`);
  return { ...request, headers };
}

/** The credentials on an INVITE, for its ACK: RFC 3261 §13.2.2.4 wants the same there. */
export function credentialLines(request: SipRequest): [name: string, value: string][] {
  const lines: [string, string][] = [];
  for (const name of ["Authorization", "Proxy-Authorization"]) {
    for (const value of request.headers.getAll(name)) lines.push([name, value]);
  }
  return lines;
}
