// The queue of outbound calls as the API uses it: what is asked for is read, written, and told to the runner.
import { createHash } from "node:crypto";
import type { Destination } from "../calls/dial/destination.ts";
import { AppError } from "../errors.ts";
import type { PageRequest } from "../store/records.ts";
import type { TaskFilters, TaskLimits, TaskRecord, TaskStats } from "../store/task-records.ts";
import type { TaskRepository } from "../store/task-repository.ts";
import { localDay } from "./business-hours.ts";
import { dayZone, type WaitingFor, waiting } from "./start-plan.ts";
import { targetKey } from "./target-key.ts";
import { type CsvRow, readTaskCsv } from "./task-csv.ts";
import {
  type OutboundCallInput,
  readOutboundCall,
  readTask,
  readTaskChange,
  type TaskChangeInput,
  type TaskContext,
} from "./task-input.ts";
import { changedLimits, type TaskLimitsInput } from "./task-limits.ts";
import type { TaskRunner } from "./task-runner.ts";

export interface TaskQueueOptions {
  tasks: TaskRepository;
  runner: Pick<TaskRunner<Destination>, "wake" | "cancel" | "gate">;
  /** @throws AppError destination_invalid, destination_not_allowed */
  destination(organizationId: string, target: string): Destination;
  /** Epoch milliseconds. */
  now(): number;
}

/** A task as the API shows it. */
export interface TaskView extends Omit<TaskRecord, "organizationId" | "targetKey" | "dueAt" | "dueReason"> {
  type: "call";
  /** Why a pending task has not been called yet; null: it is under way, or over. */
  waitingFor: WaitingFor | null;
  /** ISO 8601: not before; null: as soon as another call of the queue ends, or it is pending no more. */
  notBefore: string | null;
}

export interface Whose {
  organizationId: string;
  agentId: string;
}

/** What is answered to a request that queues. */
export interface Queued {
  inserted: number;
  tasks: TaskView[];
}

/** A key and the request that it stands for. */
export interface Once {
  key: string;
  request: unknown;
}

export class TaskQueue {
  readonly #options: TaskQueueOptions;

  constructor(options: TaskQueueOptions) {
    this.#options = options;
  }

  /**
   * Queues all or none. Asked again with the same key, the answer of then comes back and nothing is queued.
   * @throws AppError of `readOutboundCall`; tasks_full, idempotency_conflict
   */
  async add(
    whose: Whose,
    input: OutboundCallInput,
    key?: string,
  ): Promise<{ queued: Queued; replayed: boolean }> {
    return this.#once(whose, key === undefined ? undefined : { key, request: input }, () =>
      readOutboundCall(input, this.#context(whose)),
    );
  }

  /**
   * Queues the lines of a CSV that can be read, and says what is wrong with the others: none is queued while one is.
   * @throws AppError csv_invalid, tasks_full, idempotency_conflict
   */
  async addCsv(
    whose: Whose,
    text: string,
    { dryRun, key }: { dryRun: boolean; key?: string },
  ): Promise<{ queued: Queued; replayed: boolean; errors: { line: number; message: string }[] }> {
    const context = this.#context(whose);
    const tasks: TaskRecord[] = [];
    const errors: { line: number; message: string }[] = [];
    for (const row of readTaskCsv(text)) {
      const read = this.#readRow(row, context);
      if (typeof read === "string") errors.push({ line: row.line, message: read });
      else tasks.push(read);
    }
    if (errors.length > 0 || dryRun) {
      const views = await this.#views(whose.organizationId, tasks);
      return { queued: { inserted: 0, tasks: views }, replayed: false, errors };
    }
    const once = key === undefined ? undefined : { key, request: text };
    return { ...(await this.#once(whose, once, () => tasks)), errors };
  }

  #readRow({ input, error }: CsvRow, context: TaskContext): TaskRecord | string {
    if (input === undefined) return error ?? "It cannot be read.";
    try {
      return readTask(input, context);
    } catch (failure) {
      if (failure instanceof AppError) return failure.message;
      throw failure;
    }
  }

  async #once(
    whose: Whose,
    once: Once | undefined,
    read: () => TaskRecord[],
  ): Promise<{ queued: Queued; replayed: boolean }> {
    const { tasks: store, runner } = this.#options;
    const { organizationId } = whose;
    const requestHash = once && hashOf([whose.agentId, once.request]);
    const kept = once && (await store.keptAnswer(organizationId, once.key));
    if (kept !== undefined) return { queued: answerOf(kept, requestHash), replayed: true };
    const records = read();
    const queued = { inserted: records.length, tasks: await this.#views(organizationId, records) };
    const before = await store.add(
      organizationId,
      records,
      once && requestHash ? { key: once.key, requestHash, answer: JSON.stringify(queued) } : undefined,
    );
    // Another request with the key was faster.
    if (before !== undefined) return { queued: answerOf(before, requestHash), replayed: true };
    runner.wake(organizationId);
    return { queued, replayed: false };
  }

  /** @throws AppError task_not_found */
  async get(organizationId: string, id: string): Promise<TaskView> {
    return this.#view(await this.#record(organizationId, id));
  }

  /** Newest first. @throws AppError cursor_invalid */
  async list(
    organizationId: string,
    { target, ...filters }: Omit<TaskFilters, "targetKey"> & { target?: string },
    page: PageRequest,
  ): Promise<{ tasks: TaskView[]; next: string | null }> {
    const key = target === undefined ? undefined : this.#keyOf(organizationId, target);
    const { items, next } = await this.#options.tasks.list(
      organizationId,
      { ...filters, ...(key !== undefined && { targetKey: key }) },
      page,
    );
    return { tasks: await this.#views(organizationId, items), next };
  }

  /** What is looked for may be a target that is allowed no more. */
  #keyOf(organizationId: string, target: string): string {
    try {
      return targetKey(this.#options.destination(organizationId, target));
    } catch (error) {
      if (error instanceof AppError) return target;
      throw error;
    }
  }

  /** @throws AppError task_not_found, task_not_pending, and as `readTaskChange` */
  async update(organizationId: string, id: string, input: TaskChangeInput): Promise<TaskView> {
    const { tasks, runner } = this.#options;
    await this.#record(organizationId, id);
    const patch = readTaskChange(input, this.#context({ organizationId, agentId: "" }));
    const task = await tasks.update(organizationId, id, patch);
    if (task === undefined) throw new AppError("task_not_pending");
    runner.wake(organizationId);
    return this.#view(task);
  }

  /** A running call is ended. @throws AppError task_not_found, task_over */
  async cancel(organizationId: string, id: string): Promise<TaskView> {
    const { tasks, runner } = this.#options;
    await this.#record(organizationId, id);
    const task = await tasks.cancel(organizationId, id);
    if (task === undefined) throw new AppError("task_over");
    await runner.cancel(id);
    runner.wake(organizationId);
    return this.#view(task);
  }

  stats(organizationId: string, range: { since?: string; until?: string }): Promise<TaskStats> {
    return this.#options.tasks.stats(organizationId, range, this.#options.now());
  }

  /** Of the last `days` days, in the organization's time zone; days without any are left out. */
  async dailyCounts(organizationId: string, days: number) {
    const { tasks, now } = this.#options;
    const zone = dayZone(await tasks.limits(organizationId));
    const from = localDay(zone, now() - (days - 1) * 86_400_000).date;
    const to = localDay(zone, now()).date;
    return { timezone: zone, counts: await tasks.dailyCounts(organizationId, from, to) };
  }

  limits(organizationId: string): Promise<TaskLimits> {
    return this.#options.tasks.limits(organizationId);
  }

  /** What is left out stays. @throws AppError validation_failed */
  async setLimits(organizationId: string, input: TaskLimitsInput): Promise<TaskLimits> {
    const { tasks, runner } = this.#options;
    const limits = changedLimits(await tasks.limits(organizationId), input);
    await tasks.setLimits(organizationId, limits);
    runner.wake(organizationId);
    return limits;
  }

  #context({ organizationId, agentId }: Whose): TaskContext {
    const { destination, now } = this.#options;
    return {
      ...{ organizationId, agentId, now: now() },
      destination: (target) => destination(organizationId, target),
    };
  }

  async #record(organizationId: string, id: string): Promise<TaskRecord> {
    const task = await this.#options.tasks.get(organizationId, id);
    if (task === undefined) throw new AppError("task_not_found");
    return task;
  }

  async #view(task: TaskRecord): Promise<TaskView> {
    const [view] = await this.#views(task.organizationId, [task]);
    if (view === undefined) throw new AppError("task_not_found");
    return view;
  }

  async #views(organizationId: string, tasks: readonly TaskRecord[]): Promise<TaskView[]> {
    const { tasks: store, runner, now } = this.#options;
    const limits = await store.limits(organizationId);
    const gate = await runner.gate(organizationId, limits);
    return tasks.map((task) => {
      const { organizationId: _, targetKey: __, dueAt, dueReason, ...shown } = task;
      if (task.state !== "pending") return { type: "call", ...shown, waitingFor: null, notBefore: null };
      const { waitingFor, notBefore } = waiting({ dueAt, dueReason }, gate, limits, now());
      const at = notBefore === null ? null : new Date(notBefore).toISOString();
      return { type: "call", ...shown, waitingFor, notBefore: at };
    });
  }
}

function answerOf(kept: { requestHash: string; answer: string }, requestHash: string | undefined): Queued {
  if (kept.requestHash !== requestHash) throw new AppError("idempotency_conflict");
  return JSON.parse(kept.answer) as Queued;
}

/** Of the request as it was read: the order of an object's names means nothing. */
function hashOf(request: unknown): string {
  const sorted = (_name: string, value: unknown): unknown =>
    value !== null && typeof value === "object" && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return createHash("sha256").update(JSON.stringify(request, sorted)).digest("base64url");
}
