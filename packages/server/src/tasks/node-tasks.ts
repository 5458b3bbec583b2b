// The queue of a node: runner and API side on its calls, limits and destinations.
import { randomUUID } from "node:crypto";
import type { Destination } from "../calls/dial/destination.ts";
import type { Destinations } from "../calls/dial/destinations.ts";
import type { OutboundCalls } from "../calls/outbound-calls.ts";
import type { RunningCalls } from "../calls/running-calls.ts";
import type { LimitsConfig } from "../config/config.ts";
import type { Store } from "../store/store.ts";
import { TaskQueue } from "./task-queue.ts";
import { type RunnerClock, type RunnerLog, TaskRunner } from "./task-runner.ts";

export interface NodeTasksOptions {
  store: Pick<Store, "tasks" | "taskRuns" | "agents" | "calls">;
  outbound: Pick<OutboundCalls, "place">;
  running: Pick<RunningCalls, "size" | "ofOrganization" | "ofAgent" | "hangUp">;
  destinations: Pick<Destinations, "read">;
  limits: Pick<LimitsConfig, "maxCalls" | "maxCallsPerOrganization">;
  clock: RunnerClock;
  log: RunnerLog;
}

export function createNodeTasks({
  store,
  outbound,
  running,
  destinations,
  limits,
  clock,
  log,
}: NodeTasksOptions): { runner: TaskRunner<Destination>; queue: TaskQueue } {
  const agents = store.agents.directory();
  const destination = (organizationId: string, target: string) => destinations.read(organizationId, target);
  const runner = new TaskRunner<Destination>({
    runs: store.taskRuns,
    limits: (organizationId) => store.tasks.limits(organizationId),
    calls: outbound,
    hangUp: (callId) => running.hangUp(callId),
    destination,
    hasAgent: (agentId) => agents.get(agentId) !== undefined,
    capacity: (organizationId) =>
      Math.min(
        limits.maxCalls - running.size,
        limits.maxCallsPerOrganization - running.ofOrganization(organizationId),
      ),
    agentFree: (agentId) => {
      const most = agents.get(agentId)?.maxConcurrentCalls ?? null;
      return most === null ? Number.POSITIVE_INFINITY : most - running.ofAgent(agentId);
    },
    wasAnswered: async (organizationId, callId) => {
      const call = await store.calls.get(organizationId, callId);
      return call !== undefined && call.answeredAt !== null && call.endCode !== "node_restarted";
    },
    createCallId: () => randomUUID(),
    clock,
    log,
  });
  const queue = new TaskQueue({ tasks: store.tasks, runner, destination, now: () => clock.now() });
  return { runner, queue };
}
