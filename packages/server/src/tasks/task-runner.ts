// Calls out what is due: the decisions are `start-plan.ts`, what is written is the store's; here is their order.
import { AppError } from "../errors.ts";
import type { TaskAttempt, TaskLimits, TaskRecord } from "../store/task-records.ts";
import type { TaskChange, TaskRunRepository } from "../store/task-repository.ts";
import { type ActiveTask, ActiveTasks } from "./active-tasks.ts";
import { localDay } from "./business-hours.ts";
import type { CallEndSummary, CallOrder, CallPlacer } from "./call-placer.ts";
import { dayZone, type Gate, gate, planStarts } from "./start-plan.ts";
import { TaskLanes } from "./task-lanes.ts";
import { type AttemptEnd, afterAttempt, taskOutcome } from "./task-outcome.ts";

export interface RunnerClock {
  /** Epoch milliseconds. */
  now(): number;
  /** Runs `action` after `ms`; the returned function cancels it. */
  after(ms: number, action: () => void): () => void;
}

export interface RunnerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface TaskRunnerOptions<Destination> {
  runs: TaskRunRepository;
  limits(organizationId: string): Promise<TaskLimits>;
  calls: CallPlacer<Destination>;
  /** @throws AppError call_not_active */
  hangUp(callId: string): Promise<void>;
  /** The policy of now; that of when the task was queued may have been another. @throws AppError */
  destination(organizationId: string, target: string): Destination;
  hasAgent(agentId: string): boolean;
  /** Calls that node and organization may have besides the present ones. */
  capacity(organizationId: string): number;
  agentFree(agentId: string): number;
  /** Whether the record of a call of an earlier run says that it was answered and came to its own end. */
  wasAnswered(organizationId: string, callId: string): Promise<boolean>;
  createCallId(): string;
  clock: RunnerClock;
  log: RunnerLog;
}

/** Tasks that one organization starts before it is the next one's turn. */
const TURN = 5;
/** Rows that are looked at in a turn: those that wait for their target are moved on, so that they are no hindrance. */
const LOOK = 100;
/** After which a queue is looked at again that waits for inbound calls, too, to end: nobody tells of those. */
const CAPACITY_MS = 15_000;
/** After a fault of the database. */
const FAULT_MS = 5_000;
/** The longest sleep: a clock that was set is noticed then. */
const MAX_SLEEP_MS = 10 * 60_000;
const PRUNE_MS = 3_600_000;
const RECOVERY_PAGE = 100;
const MAX_EXCLUSIONS = 20;

/** What throwing `place` means: nothing was sent, and it is to be tried again soon. */
const NOT_NOW: readonly string[] = ["busy", "node_draining", "database_busy"];

export class TaskRunner<Destination> {
  readonly #options: TaskRunnerOptions<Destination>;
  readonly #active = new ActiveTasks();
  readonly #lanes = new TaskLanes();
  /** Organizations whose turn waits for the node's or their own calls to become fewer. */
  readonly #held = new Set<string>();
  #cancelTimer: () => void = () => {};
  #turning = false;
  #started = false;
  #draining = false;
  #closed = false;
  #prunedAt = Number.NEGATIVE_INFINITY;

  constructor(options: TaskRunnerOptions<Destination>) {
    this.#options = options;
  }

  /** Sets right what an earlier run left, then begins. */
  async start(): Promise<void> {
    const { runs, clock, log } = this.#options;
    const claimed = await runs.recoverClaimed(clock.now());
    let left = 0;
    for (;;) {
      const tasks = await runs.leftRunning(RECOVERY_PAGE);
      if (tasks.length === 0) break;
      for (const task of tasks) await this.#recover(task);
      left += tasks.length;
    }
    if (claimed + left > 0)
      log.warn({ claimed, left }, "tasks that an earlier run left under way were set right");
    for (const { organizationId, dueAt } of await runs.lanes()) this.#lanes.wake(organizationId, dueAt);
    this.#started = true;
    this.#arm();
  }

  /** A call was given out, so its target is not called again unless the task's own retry policy says so. */
  async #recover(task: TaskRecord): Promise<void> {
    const { runs, clock } = this.#options;
    const answered =
      task.callId !== null && (await this.#options.wasAnswered(task.organizationId, task.callId));
    const end: AttemptEnd = {
      outcome: answered ? "answered" : "transient_failure",
      sipStatus: null,
      reason: answered
        ? "The call was over before Ringdown stopped."
        : "Ringdown stopped while the call was under way.",
      duration: null,
    };
    const { cooldowns } = await this.#options.limits(task.organizationId);
    const now = clock.now();
    await runs.settle(task, afterAttempt(task, end, now), now, { cooldownMs: cooldowns.calls * 1000 });
  }

  /** Something of this organization's queue has changed: a task, a limit. */
  wake(organizationId: string): void {
    this.#lanes.wake(organizationId, this.#options.clock.now());
    this.#arm();
  }

  /** Ends what is under way of a task that the store has marked. */
  async cancel(id: string): Promise<void> {
    const active = this.#active.get(id);
    if (active === undefined) return;
    active.canceled = true;
    if (active.callId === undefined) return;
    try {
      await this.#options.hangUp(active.callId);
    } catch (error) {
      // It has just ended by itself.
      if (!(error instanceof AppError && error.code === "call_not_active")) throw error;
    }
  }

  /** How it stands with an organization's queue now. */
  async gate(organizationId: string, limits: TaskLimits): Promise<Gate> {
    const { runs, clock, capacity } = this.#options;
    const now = clock.now();
    const { date } = localDay(dayZone(limits), now);
    const today = await runs.countsOf(organizationId, date);
    const active = this.#active.of(organizationId);
    return gate(limits, { active, today, capacity: capacity(organizationId) }, now);
  }

  /** Starts no more; what runs may end. */
  drain(): void {
    this.#draining = true;
    this.#cancelTimer();
  }

  /** After the calls have ended: waits until each task's end is written, `limitMs` at most. */
  async close(limitMs: number): Promise<void> {
    this.drain();
    await new Promise<void>((resolve) => {
      const cancel = this.#options.clock.after(limitMs, resolve);
      void this.#active.idle().then(() => {
        cancel();
        resolve();
      });
    });
    this.#closed = true;
  }

  #arm(): void {
    if (!this.#started || this.#draining || this.#turning) return;
    this.#cancelTimer();
    const { next } = this.#lanes;
    if (next === Number.POSITIVE_INFINITY) return;
    const ms = Math.min(MAX_SLEEP_MS, Math.max(0, next - this.#options.clock.now()));
    this.#cancelTimer = this.#options.clock.after(ms, () => void this.#turn());
  }

  async #turn(): Promise<void> {
    if (this.#turning) return;
    this.#turning = true;
    const { clock, log } = this.#options;
    for (;;) {
      const organizationId = this.#draining ? undefined : this.#lanes.take(clock.now());
      if (organizationId === undefined) break;
      let lookAt = clock.now() + FAULT_MS;
      try {
        lookAt = await this.#look(organizationId);
      } catch (error) {
        log.error({ err: error, organizationId }, "a queue of calls could not be looked at");
      }
      this.#lanes.done(organizationId, lookAt);
    }
    await this.#prune();
    this.#turning = false;
    this.#arm();
  }

  async #prune(): Promise<void> {
    const { runs, clock, log } = this.#options;
    const now = clock.now();
    if (this.#draining || now - this.#prunedAt < PRUNE_MS) return;
    this.#prunedAt = now;
    await runs
      .prune(now)
      .catch((error: unknown) => log.error({ err: error }, "old keys could not be forgotten"));
  }

  /** One organization's turn. @returns when it wants the next one */
  async #look(organizationId: string): Promise<number> {
    const { runs, clock, capacity, agentFree } = this.#options;
    this.#held.delete(organizationId);
    const limits = await this.#options.limits(organizationId);
    const state = await this.gate(organizationId, limits);
    const now = clock.now();
    if (!state.open) {
      if (state.until !== undefined) return state.until;
      return capacity(organizationId) > 0 ? Number.POSITIVE_INFINITY : this.#hold(organizationId);
    }
    const full: string[] = [];
    for (let round = 0; round < MAX_EXCLUSIONS; round++) {
      const due = await runs.due(organizationId, now, LOOK, full);
      const plan = planStarts({
        now,
        free: Math.min(state.free, TURN),
        due,
        cooldownMs: limits.cooldowns.calls * 1000,
        isActive: (targetKey) => this.#active.isCalled(organizationId, targetKey),
        agentFree,
      });
      if (plan.start.length + plan.park.length > 0) {
        for (const task of due)
          if (plan.start.includes(task.id)) this.#active.add({ ...task, organizationId });
        await this.#launch(organizationId, limits, plan);
        return now;
      }
      if (plan.fullAgents.length === 0) break;
      // Somebody else's tasks may stand behind theirs.
      full.push(...plan.fullAgents);
    }
    const next = (await runs.nextDue(organizationId, now)) ?? Number.POSITIVE_INFINITY;
    return full.length === 0 ? next : Math.min(next, this.#hold(organizationId));
  }

  /** Looked at again when a call ends, and soon. */
  #hold(organizationId: string): number {
    this.#held.add(organizationId);
    return this.#options.clock.now() + CAPACITY_MS;
  }

  async #launch(
    organizationId: string,
    limits: TaskLimits,
    plan: { start: readonly string[]; park: readonly { id: string; dueAt: number }[] },
  ): Promise<void> {
    const { runs, clock } = this.#options;
    let claimed: TaskRecord[] = [];
    try {
      claimed = await runs.claim(plan.start, plan.park, clock.now());
    } finally {
      const taken = new Set(claimed.map(({ id }) => id));
      for (const id of plan.start) {
        const active = this.#active.get(id);
        // Changed or canceled in the same moment.
        if (active !== undefined && !taken.has(id)) this.#active.remove(active);
      }
    }
    const ready: { active: ActiveTask; task: TaskRecord; order: CallOrder<Destination> }[] = [];
    for (const task of claimed) {
      const active = this.#active.get(task.id);
      if (active === undefined) continue;
      // Marked in the store at an earlier moment, when it could not be ended yet.
      if (task.cancelRequested) active.canceled = true;
      if (active.canceled) {
        void this.#write(active, { ...task, state: "pending" }, false);
        continue;
      }
      try {
        ready.push({ active, task, order: this.#order(task) });
      } catch (error) {
        this.#refused(active, task, error);
      }
    }
    if (ready.length === 0) return;
    const now = clock.now();
    const { date } = localDay(dayZone(limits), now);
    const starts = ready.map(({ task, order }) => ({
      id: task.id,
      targetKey: task.targetKey,
      attempts: [...task.attempts, newAttempt(order.callId, now)],
    }));
    try {
      await runs.start(organizationId, date, starts, now);
    } catch (error) {
      // Nothing was given out: they go back, as soon as the database takes that.
      for (const { active, task } of ready) {
        void this.#write(active, { ...task, state: "pending", dueAt: now + CAPACITY_MS }, false);
      }
      throw error;
    }
    for (const [index, { active, task, order }] of ready.entries()) {
      const started = { ...task, attempts: starts[index]?.attempts ?? task.attempts };
      this.#place(active, task, started, order, { date, now });
    }
  }

  /** @throws AppError why it cannot be called: the agent is gone, or the policy has changed */
  #order(task: TaskRecord): CallOrder<Destination> {
    const { organizationId, agentId, context, taskContext, greeting, waitToGreet, meta } = task;
    if (!this.#options.hasAgent(agentId)) {
      throw new AppError("agent_not_found", "The agent whose call it was is not there any more.");
    }
    return {
      ...{ organizationId, agentId, taskId: task.id, targetText: task.target, waitToGreet },
      target: this.#options.destination(organizationId, task.target),
      callId: this.#options.createCallId(),
      ...(context !== null && { context }),
      ...(taskContext !== null && { taskContext }),
      ...(greeting !== null && { greeting }),
      ...(meta !== null && { meta }),
    };
  }

  /** It cannot be called at all: no attempt was made. */
  #refused(active: ActiveTask, task: TaskRecord, error: unknown): void {
    const reason =
      error instanceof AppError ? error.message : "The call could not be made; the log has the details.";
    if (!(error instanceof AppError))
      this.#options.log.error({ err: error, taskId: task.id }, "a task failed");
    void this.#write(
      active,
      {
        ...task,
        state: "errored",
        outcome: "delivery_failed",
        reason,
        endedAt: iso(this.#options.clock.now()),
      },
      false,
    );
  }

  #place(
    active: ActiveTask,
    before: TaskRecord,
    started: TaskRecord,
    order: CallOrder<Destination>,
    at: { date: string; now: number },
  ): void {
    const { calls, log } = this.#options;
    if (active.canceled) {
      this.#ended(active, started, canceledBefore);
      return;
    }
    try {
      const { done } = calls.place(order);
      active.callId = order.callId;
      log.info({ taskId: active.id, callId: order.callId }, "a task is called");
      done.then(
        (summary) => this.#ended(active, started, summary),
        (error: unknown) => {
          log.error({ err: error, taskId: active.id, callId: order.callId }, "an outbound call failed");
          this.#ended(active, started, failed);
        },
      );
    } catch (error) {
      if (error instanceof AppError && NOT_NOW.includes(error.code)) {
        void this.#putBack(active, before, at);
        return;
      }
      const reason = error instanceof AppError ? error.message : failed.reason;
      if (!(error instanceof AppError))
        log.error({ err: error, taskId: active.id }, "a call could not be made");
      this.#ended(active, started, { ...failed, outcome: "no_route", reason });
    }
  }

  async #putBack(
    active: ActiveTask,
    before: TaskRecord,
    { date, now }: { date: string; now: number },
  ): Promise<void> {
    const { runs, clock } = this.#options;
    await this.#untilWritten(() => runs.unstart(before, date, now, clock.now() + CAPACITY_MS));
    this.#over(active);
  }

  #ended(
    active: ActiveTask,
    task: TaskRecord,
    { outcome, sipStatus, reason, durationSeconds }: CallEndSummary,
  ): void {
    const end = {
      outcome: taskOutcome(outcome, this.#draining),
      sipStatus,
      reason,
      duration: durationSeconds,
    };
    const now = this.#options.clock.now();
    const change = afterAttempt({ ...task, cancelRequested: active.canceled }, end, now);
    void this.#write(active, change, true);
  }

  async #write(active: ActiveTask, change: TaskChange, called: boolean): Promise<void> {
    const { runs, clock } = this.#options;
    const { organizationId } = active;
    // A cancel that came before anything was given out.
    const canceled = active.canceled && change.state === "pending";
    const final: TaskChange = canceled
      ? { ...change, state: "canceled", outcome: "canceled", endedAt: iso(clock.now()) }
      : change;
    await this.#untilWritten(async () => {
      const { cooldowns } = await this.#options.limits(organizationId);
      const after = called ? { cooldownMs: cooldowns.calls * 1000 } : undefined;
      await runs.settle(active, final, clock.now(), after);
    });
    this.#over(active);
  }

  /** A fault of the database passes, or the process ends, and the next start sets it right. */
  async #untilWritten(write: () => Promise<void>): Promise<void> {
    const { clock, log } = this.#options;
    while (!this.#closed) {
      try {
        await write();
        return;
      } catch (error) {
        log.error({ err: error }, "what became of a task could not be written yet");
        await new Promise<void>((resolve) => void clock.after(FAULT_MS, resolve));
      }
    }
  }

  #over(active: ActiveTask): void {
    this.#active.remove(active);
    const now = this.#options.clock.now();
    this.#lanes.wake(active.organizationId, now);
    for (const organizationId of this.#held) this.#lanes.wake(organizationId, now);
    this.#held.clear();
    this.#arm();
  }
}

const canceledBefore: CallEndSummary = {
  outcome: "cancelled",
  sipStatus: 0,
  reason: "It was canceled before it was called.",
  durationSeconds: 0,
};
const failed: CallEndSummary = {
  outcome: "failed",
  sipStatus: 0,
  reason: "The call failed inside Ringdown; the log has the details.",
  durationSeconds: 0,
};

function newAttempt(callId: string, now: number): TaskAttempt {
  return {
    ...{ callId, startedAt: iso(now), endedAt: null, outcome: null },
    ...{ sipStatus: null, reason: null, duration: null },
  };
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
