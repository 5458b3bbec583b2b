import type { Page, PageRequest } from "./records.ts";
import type {
  DailyCount,
  DueTask,
  TaskAttempt,
  TaskFilters,
  TaskLimits,
  TaskPatch,
  TaskRecord,
  TaskStats,
} from "./task-records.ts";

/** What was answered to a request with an `Idempotency-Key`. */
export interface KeptAnswer {
  /** SHA-256 of what was asked. */
  requestHash: string;
  /** The answer's body, as it was sent. */
  answer: string;
}

/** The queue as the API sees it. */
export interface TaskRepository {
  /**
   * Queues all or none; answers when the disk has them. Where the key was used before, nothing is queued and the answer of then
   * comes back. @throws AppError tasks_full
   */
  add(
    organizationId: string,
    tasks: readonly TaskRecord[],
    once?: KeptAnswer & { key: string },
  ): Promise<KeptAnswer | undefined>;
  /** The answer to an earlier request with this key: of the last 48 hours. */
  keptAnswer(organizationId: string, key: string): Promise<KeptAnswer | undefined>;
  get(organizationId: string, id: string): Promise<TaskRecord | undefined>;
  /** Newest first. @throws AppError cursor_invalid */
  list(organizationId: string, filters: TaskFilters, page: PageRequest): Promise<Page<TaskRecord>>;
  /** Changes a pending task. Undefined: there is none, or it is pending no more. */
  update(organizationId: string, id: string, patch: TaskPatch): Promise<TaskRecord | undefined>;
  /** Pending becomes canceled; what is under way is marked, and stays the runner's. Undefined: there is none, or it is over. */
  cancel(organizationId: string, id: string): Promise<TaskRecord | undefined>;
  /** Of tasks created in [since, until); pending ones all. Times are ISO 8601. */
  stats(organizationId: string, range: { since?: string; until?: string }, now: number): Promise<TaskStats>;
  /** Days with a count between the two dates (`YYYY-MM-DD`, both in), newest first; at most 400. */
  dailyCounts(organizationId: string, from: string, to: string): Promise<DailyCount[]>;
  limits(organizationId: string): Promise<TaskLimits>;
  setLimits(organizationId: string, limits: TaskLimits): Promise<void>;
}

/** A task that is about to be called: what is written before its INVITE may go. */
export interface TaskStart {
  id: string;
  targetKey: string;
  /** Those before and the one that begins. */
  attempts: TaskAttempt[];
}

export type TaskChange = Pick<
  TaskRecord,
  "state" | "attempts" | "outcome" | "reason" | "dueAt" | "dueReason" | "endedAt"
>;

/** The queue as the runner sees it. One runner a database: its lock sees to that. Moments are epoch milliseconds. */
export interface TaskRunRepository {
  /** Organizations with pending tasks, and when the first of each is due. */
  lanes(): Promise<{ organizationId: string; dueAt: number }[]>;
  /** When the next pending task comes due that is not yet: undefined: none. */
  nextDue(organizationId: string, after: number): Promise<number | undefined>;
  /** Due ones in order of time; none of these agents. */
  due(
    organizationId: string,
    now: number,
    limit: number,
    exceptAgents: readonly string[],
  ): Promise<DueTask[]>;
  /** Of a day `YYYY-MM-DD`. */
  countsOf(organizationId: string, date: string): Promise<{ calls: number; tasks: number }>;
  /** Takes pending tasks (`processing`) and moves others on in time, in one transaction. Gives those that were taken. */
  claim(
    ids: readonly string[],
    park: readonly { id: string; dueAt: number }[],
    now: number,
  ): Promise<TaskRecord[]>;
  /** `processing` becomes `running`, counted in the day, and on the disk before this resolves. */
  start(organizationId: string, date: string, starts: readonly TaskStart[], now: number): Promise<void>;
  /** Takes a start back whose call was never given out. */
  unstart(task: TaskRecord, date: string, startedAt: number, dueAt: number): Promise<void>;
  /**
   * What became of a task that was taken.
   * @param called the target was called, until `now`: tasks that wait for that may go after the cooldown
   */
  settle(
    task: Pick<TaskRecord, "id" | "organizationId" | "targetKey">,
    change: TaskChange,
    now: number,
    called: { cooldownMs: number } | undefined,
  ): Promise<void>;
  /** At start: `processing` becomes pending again (or canceled, where that was asked for). Gives how many. */
  recoverClaimed(now: number): Promise<number>;
  /** At start: what an earlier run left `running`, a page at a time, each until it is settled. */
  leftRunning(limit: number): Promise<TaskRecord[]>;
  /** Forgets answers of more than 48 hours ago and targets that no cooldown can concern any more. */
  prune(now: number): Promise<void>;
}
