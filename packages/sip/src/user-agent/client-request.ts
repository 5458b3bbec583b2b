import type { CredentialsFor } from "../auth/digest-client.ts";
import type { Flow, SendTarget } from "../environment.ts";
import type { SipResponse } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import { statusOf } from "./core.ts";

export interface RequestOptions {
  readonly method: string;
  readonly requestUri: string;
  /** Header values, no tag. */
  readonly to: string;
  readonly from: string;
  /** Where it goes: one of the two. */
  readonly flow?: Flow;
  readonly target?: SendTarget;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  readonly body?: string;
  readonly contentType?: string;
  readonly callId?: string;
  readonly cseq?: number;
  readonly maxForwards?: number;
  /** Answers to 401 and 407; without it they are the result. */
  readonly credentials?: CredentialsFor;
}

export interface ClientResult {
  /** Of the final response; 408 stands for none in 64·T1, 503 for a transport error (RFC 3261 §8.1.3.1). */
  readonly status: number;
  readonly response: SipResponse | undefined;
  /** What the transport said, where that is why there is no response. */
  readonly error?: Error;
}

/** A request outside any dialog. */
export class ClientRequest implements ClientUser {
  /** Never rejects. */
  readonly result: Promise<ClientResult>;
  onProgress: ((response: SipResponse) => void) | undefined;
  /** The same as `result`, told at once, inside `receive` or `wake`. */
  onResult: ((result: ClientResult) => void) | undefined;
  #resolve: (result: ClientResult) => void = () => {};

  constructor(start: (user: ClientUser) => ClientTransaction) {
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    start(this);
  }

  onResponse(response: SipResponse): void {
    if (response.status < 200) this.onProgress?.(response);
    else this.#finish({ status: response.status, response });
  }

  onClientFailure(cause: FailureCause, error?: Error): void {
    this.#finish({ status: statusOf(cause), response: undefined, ...(error !== undefined && { error }) });
  }

  #finish(result: ClientResult): void {
    this.#resolve(result);
    this.onResult?.(result);
  }
}
