// What the queue asks of call control.
import type { CallOutcomeSummary } from "../calls/call-outcome.ts";
import type { JsonValue } from "../store/records.ts";

/** A call to be made. `destination` has passed the organization's policy. */
export interface CallOrder<Destination> {
  organizationId: string;
  agentId: string;
  target: Destination;
  /** As typed. */
  targetText: string;
  context?: string;
  taskContext?: string;
  greeting?: string;
  waitToGreet?: boolean;
  taskId: string;
  meta?: JsonValue;
  /** Chosen by the queue, and written down before the INVITE. */
  callId: string;
}

export type CallEndSummary = Omit<CallOutcomeSummary, "callId">;

export interface CallPlacer<Destination> {
  /**
   * Gives a call out. What it throws, it throws before anything was sent.
   * @throws AppError destination_not_allowed, busy, node_draining …
   */
  place(order: CallOrder<Destination>): { done: Promise<CallEndSummary> };
}
