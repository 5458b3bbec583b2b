// A runner over a store in memory, with calls, time and limits in the test's hand.
import type { TestContext } from "node:test";
import { AppError } from "../errors.ts";
import { settled, VirtualClock } from "../registrations/registration-test-kit.ts";
import type { Store } from "../store/store.ts";
import { DEFAULT_TASK_LIMITS, type TaskLimits, type TaskRecord } from "../store/task-records.ts";
import { taskRecord } from "../store/task-test-kit.ts";
import { testStore } from "../store/test-store.ts";
import type { CallEndSummary, CallOrder } from "./call-placer.ts";
import { TaskRunner, type TaskRunnerOptions } from "./task-runner.ts";

export interface PlacedCall {
  at: number;
  order: CallOrder<string>;
  end(summary: Partial<CallEndSummary>): Promise<void>;
}

export class RunnerKit {
  readonly store: Store;
  readonly organizationId: string;
  readonly clock = new VirtualClock();
  readonly placed: PlacedCall[] = [];
  readonly hungUp: string[] = [];
  readonly logged: string[] = [];
  capacity = Number.POSITIVE_INFINITY;
  readonly agentFree = new Map<string, number>();
  readonly answered = new Set<string>();
  /** Thrown by the next `place`. */
  refusal: Error | undefined;
  forbidden = new Set<string>();
  runner: TaskRunner<string>;
  readonly #options: TaskRunnerOptions<string>;

  constructor(store: Store, organizationId: string, start: string) {
    this.store = store;
    this.organizationId = organizationId;
    this.clock.now = Date.parse(start);
    const say = (_fields: object, message: string) => void this.logged.push(message);
    this.#options = {
      runs: store.taskRuns,
      limits: (id) => store.tasks.limits(id),
      calls: { place: (order) => this.#place(order) },
      hangUp: async (callId) => {
        this.hungUp.push(callId);
        if (!this.placed.some(({ order }) => order.callId === callId)) throw new AppError("call_not_active");
      },
      destination: (_organization, target) => {
        if (this.forbidden.has(target)) throw new AppError("bad_request", `${target} is not allowed.`);
        return target;
      },
      hasAgent: (id) => id !== "agt_gone",
      capacity: () => this.capacity - this.placed.length,
      agentFree: (id) =>
        (this.agentFree.get(id) ?? Number.POSITIVE_INFINITY) -
        this.placed.filter(({ order }) => order.agentId === id).length,
      wasAnswered: async (_organization, callId) => this.answered.has(callId),
      createCallId: () => `call_${++this.#calls}`,
      clock: { now: () => this.clock.now, after: (ms, action) => this.clock.after(ms, action) },
      log: { info: say, warn: say, error: say },
    };
    this.runner = new TaskRunner(this.#options);
  }

  #calls = 0;

  #place(order: CallOrder<string>): { done: Promise<CallEndSummary> } {
    const { refusal } = this;
    this.refusal = undefined;
    if (refusal !== undefined) throw refusal;
    const { promise, resolve } = Promise.withResolvers<CallEndSummary>();
    const call: PlacedCall = {
      at: this.clock.now,
      order,
      end: async (summary) => {
        this.placed.splice(this.placed.indexOf(call), 1);
        resolve({
          outcome: "answered",
          sipStatus: 200,
          reason: "They talked.",
          durationSeconds: 5,
          ...summary,
        });
        await settled();
      },
    };
    this.placed.push(call);
    return { done: promise };
  }

  /** As after a kill -9: what was in memory is gone. */
  async restart(): Promise<void> {
    this.placed.length = 0;
    this.runner = new TaskRunner(this.#options);
    await this.runner.start();
    await this.clock.pass(0);
  }

  async add(...fields: Partial<TaskRecord>[]): Promise<TaskRecord[]> {
    const tasks = fields.map((one) => taskRecord({ organizationId: this.organizationId, ...one }));
    for (const id of new Set(tasks.map(({ organizationId }) => organizationId))) {
      await this.store.tasks.add(
        id,
        tasks.filter(({ organizationId }) => organizationId === id),
      );
      this.runner.wake(id);
    }
    await this.clock.pass(0);
    return tasks;
  }

  async task(id: string | undefined): Promise<TaskRecord> {
    const task = await this.store.tasks.get(this.organizationId, id ?? "");
    if (task === undefined) throw new Error(`there is no task ${id}`);
    return task;
  }

  async limit(limits: Partial<TaskLimits>, organizationId = this.organizationId): Promise<void> {
    await this.store.tasks.setLimits(organizationId, { ...DEFAULT_TASK_LIMITS, ...limits });
    this.runner.wake(organizationId);
    await this.clock.pass(0);
  }

  get targets(): string[] {
    return this.placed.map(({ order }) => order.targetText);
  }
}

export async function runnerKit(test: TestContext, start = "2026-11-24T12:00:00.000Z"): Promise<RunnerKit> {
  const { store, organizationId } = await testStore(test);
  const kit = new RunnerKit(store, organizationId, start);
  await kit.runner.start();
  return kit;
}
