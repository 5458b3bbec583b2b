// Decides which tasks start now and why the others do not. Pure: time, counts and rows are handed in.
import type { DueReason, DueTask, TaskLimits } from "../store/task-records.ts";
import { localDay, openFrom } from "./business-hours.ts";

/** What of an organization's queue is under way. */
export interface Load {
  /** Tasks taken or running. */
  active: number;
  /** Of the organization's present day. */
  today: { calls: number; tasks: number };
  /** Calls that node and organization may take besides (their limits count inbound ones too). */
  capacity: number;
}

export type Block = "business_hours" | "daily_limit" | "concurrency";

/** Whether an organization's calls may go out at all. `until` (epoch ms) is when to look again; undefined: when a call ends. */
export type Gate =
  | { open: true; free: number }
  | { open: false; waitingFor: Block; until: number | undefined };

/** The time zone in which an organization's days are counted. */
export function dayZone(limits: TaskLimits): string {
  return limits.businessHours?.timezone ?? "UTC";
}

export function gate(limits: TaskLimits, load: Load, now: number): Gate {
  const opens = openFrom(limits.businessHours, now);
  if (opens > now) return { open: false, waitingFor: "business_hours", until: opens };
  const left = Math.min(
    (limits.daily.calls ?? Number.POSITIVE_INFINITY) - load.today.calls,
    (limits.daily.tasks ?? Number.POSITIVE_INFINITY) - load.today.tasks,
  );
  if (left <= 0) {
    const { endsAt } = localDay(dayZone(limits), now);
    return { open: false, waitingFor: "daily_limit", until: openFrom(limits.businessHours, endsAt) };
  }
  const free = Math.min(limits.concurrencyPerRun - load.active, load.capacity, left);
  return free > 0 ? { open: true, free } : { open: false, waitingFor: "concurrency", until: undefined };
}

/** A call to the same target that has no end yet: looked at again when it has one, and at the latest after this. */
export const SAME_TARGET_MS = 5 * 60_000;

export interface PlanInput {
  now: number;
  /** At most so many start. */
  free: number;
  /** In the order in which they came due. */
  due: readonly DueTask[];
  cooldownMs: number;
  /** Targets that are being called. */
  isActive(targetKey: string): boolean;
  /** Calls that an agent may have besides. */
  agentFree(agentId: string): number;
}

export interface Plan {
  start: string[];
  /** Not before `dueAt`: its target was called, or is being called. */
  park: { id: string; dueAt: number }[];
  /** Agents that have all the calls they may have. */
  fullAgents: string[];
}

export function planStarts({ now, free, due, cooldownMs, isActive, agentFree }: PlanInput): Plan {
  const plan: Plan = { start: [], park: [], fullAgents: [] };
  const targets = new Set<string>();
  const perAgent = new Map<string, number>();
  for (const { id, agentId, targetKey, lastCallAt } of due) {
    // Nobody is called twice at once, whatever the cooldown.
    if (targets.has(targetKey) || isActive(targetKey)) {
      plan.park.push({ id, dueAt: now + Math.max(cooldownMs, SAME_TARGET_MS) });
      continue;
    }
    if (lastCallAt !== null && lastCallAt + cooldownMs > now) {
      plan.park.push({ id, dueAt: lastCallAt + cooldownMs });
      continue;
    }
    if (plan.start.length >= free) continue;
    const started = perAgent.get(agentId) ?? 0;
    if (agentFree(agentId) - started <= 0) {
      if (!plan.fullAgents.includes(agentId)) plan.fullAgents.push(agentId);
      continue;
    }
    perAgent.set(agentId, started + 1);
    targets.add(targetKey);
    plan.start.push(id);
  }
  return plan;
}

export type WaitingFor = Block | Exclude<DueReason, "ready">;

/**
 * Why a pending task has not been called yet, and from when on it may be (epoch milliseconds; null: as soon as a call of the
 * organization ends).
 */
export function waiting(
  task: { dueAt: number; dueReason: DueReason },
  organization: Gate,
  limits: TaskLimits,
  now: number,
): { waitingFor: WaitingFor; notBefore: number | null } {
  if (task.dueAt > now) {
    const waitingFor = task.dueReason === "ready" ? "schedule" : task.dueReason;
    return { waitingFor, notBefore: openFrom(limits.businessHours, task.dueAt) };
  }
  if (organization.open) return { waitingFor: "concurrency", notBefore: null };
  return { waitingFor: organization.waitingFor, notBefore: organization.until ?? null };
}
