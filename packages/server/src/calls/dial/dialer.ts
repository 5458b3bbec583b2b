// Makes calls out of plans: what it needs of the world, and its limits.
import type { InviteOptions, LocateResult, OutgoingCall, SendTarget, TargetHealth } from "@ringdown/sip";
import type { Dialer, DialRequest } from "../dial-port.ts";
import type { DialPlan } from "./dial-plan.ts";
import type { InternalLine } from "./internal-lines.ts";
import { RunningDial } from "./running-dial.ts";

/** What dialling needs of the world. */
export interface DialerOptions {
  /** @throws AppError as a rejection */
  plan(request: DialRequest): Promise<DialPlan>;
  /** May reject where the URI cannot be located. */
  locate(uri: string): Promise<LocateResult>;
  readonly health: Pick<TargetHealth, "state" | "take" | "failed" | "succeeded">;
  invite(options: InviteOptions): OutgoingCall;
  openInternal(agentId: string): InternalLine | undefined;
  /** The address in our SDP towards that target. */
  addressTowards(target: SendTarget): string;
  /** ms, of the clock that `health` counts by. */
  now(): number;
  after(ms: number, action: () => void): () => void;
  /** Told of what is a fault of ours. */
  onError(error: unknown): void;
  readonly limits?: Partial<DialLimits>;
}

export interface DialLimits {
  /** ms for a target's first response, a 100 included. */
  readonly responseTimeout: number;
  /** INVITEs of one dial. */
  readonly attempts: number;
  /** ms from the beginning of a dial after which no further target is tried. */
  readonly setup: number;
}

export const defaultDialLimits: DialLimits = { responseTimeout: 4_000, attempts: 12, setup: 60_000 };

export function createDialer(options: DialerOptions): Dialer {
  return {
    dial(request, events) {
      const dial = new RunningDial(request, events, options);
      void dial.run();
      return dial;
    },
  };
}
