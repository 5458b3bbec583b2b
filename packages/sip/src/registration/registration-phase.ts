import type { DigestExchange } from "../auth/digest-client.ts";
import type { SendTarget } from "../environment.ts";
import type { SipRequest } from "../message/message.ts";
import type { RegistrationState } from "./registration-types.ts";

/** What the registrar holds for us. */
export interface Binding {
  readonly contact: string;
  readonly target: SendTarget;
  readonly expiresAt: number;
  readonly flowTimer: number | undefined;
}

/** A REGISTER that waits for its answer. */
export interface Attempt {
  readonly id: number;
  readonly request: SipRequest;
  readonly exchange: DigestExchange;
  readonly fromTag: string;
  readonly target: SendTarget;
  readonly contact: string;
  readonly expires: number;
  readonly repeats: number;
}

export type Phase =
  | { readonly name: "idle" }
  | { readonly name: "waiting" }
  | { readonly name: "resolving"; readonly giveUpAt: number }
  | { readonly name: "sent"; readonly giveUpAt: number; readonly attempt: Attempt };

export const initialState: RegistrationState = {
  state: "unregistered",
  fault: undefined,
  lastCode: undefined,
  lastReason: undefined,
  lastError: undefined,
  expiresAt: undefined,
  nextAttemptAt: undefined,
  target: undefined,
  publicAddress: undefined,
  contact: undefined,
  serviceRoute: [],
  path: [],
};
