import fastifyMultipart from "@fastify/multipart";
import { type Static, Type } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import { TASK_STATES } from "../../store/task-records.ts";
import type { OutboundCallInput, TaskChangeInput } from "../../tasks/task-input.ts";
import type { Queued } from "../../tasks/task-queue.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { timeOf, withPlus } from "../query-values.ts";
import { answers, IdParams, Next, pageQuery, query, success } from "../schemas.ts";
import { agentFor } from "../target-agent.ts";
import {
  OutboundCallBody,
  TaskChangeBody,
  TaskLimitsBody,
  TaskLimitsSchema,
  TaskSchema,
  TaskStatsSchema,
} from "../task-schemas.ts";

const tags = ["Tasks"];
/** A batch, and a CSV: 10,000 targets with a line of context each. */
const BATCH_LIMIT = 5 * 1024 * 1024;

const KeyHeader = Type.Object({
  "idempotency-key": Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 200,
      description:
        "A request that is sent again with its key (within 48 hours) is answered as then, and queues nothing",
    }),
  ),
});
const QueuedAnswer = success({
  message: Type.String(),
  inserted: Type.Integer({ description: "Tasks that were queued" }),
  tasks: Type.Array(TaskSchema),
});
const When = Type.Optional(Type.String({ maxLength: 40, description: "ISO 8601, of createdAt" }));

type Dependencies = Pick<ApiDependencies, "store" | "tasks">;

export function taskRoutes(app: Api, { store, tasks }: Dependencies): void {
  const answer = (reply: FastifyReply, queued: Queued, replayed: boolean) => {
    reply.code(replayed ? 200 : 201);
    if (replayed) reply.header("Idempotency-Replayed", "true");
    const count = queued.inserted === 1 ? "1 call is queued." : `${queued.inserted} calls are queued.`;
    return { success: true as const, message: replayed ? `${count} They were before.` : count, ...queued };
  };

  const queueOne = async (
    request: FastifyRequest,
    reply: FastifyReply,
    { accountId, ...input }: Static<typeof OutboundCallBody>,
  ) => {
    const agent = await agentFor(request, store, accountId);
    const key = request.headers["idempotency-key"];
    const { queued, replayed } = await tasks.add(
      { organizationId: agent.organizationId, agentId: agent.id },
      input as OutboundCallInput,
      typeof key === "string" ? key : undefined,
    );
    return answer(reply, queued, replayed);
  };

  for (const [url, operationId, summary] of [
    ["/agent/outboundCall", "queueOutboundCall", "Queue a call, or a batch of them"],
    ["/tasks", "createTask", "The same as POST /agent/outboundCall"],
  ] as const) {
    app.route({
      method: "POST",
      url,
      bodyLimit: BATCH_LIMIT,
      schema: {
        ...{ tags, summary, operationId },
        querystring: query({}),
        headers: KeyHeader,
        body: OutboundCallBody,
        response: answers({ 200: QueuedAnswer, 201: QueuedAnswer }, 409, 413, 415),
      },
      handler: (request, reply) => queueOne(request, reply, request.body),
    });
  }

  app.route({
    method: "GET",
    url: "/tasks",
    schema: {
      tags,
      summary: "List tasks, newest first",
      operationId: "listTasks",
      querystring: query({
        state: Type.Optional(Type.Enum([...TASK_STATES])),
        agentId: Type.Optional(Type.String({ maxLength: 64 })),
        target: Type.Optional(Type.String({ maxLength: 256 })),
        externalTaskId: Type.Optional(Type.String({ maxLength: 256 })),
        since: When,
        until: When,
        ...pageQuery,
      }),
      response: answers({ 200: success({ tasks: Type.Array(TaskSchema), next: Next }) }),
    },
    handler: async (request) => {
      const { organizationId, agent } = accountFor(request);
      const { state, target, externalTaskId, since, until, limit, after } = request.query;
      const agentId = request.query.agentId ?? agent?.id;
      if (agent !== undefined && agentId !== agent.id) return { success: true, tasks: [], next: null };
      const party = withPlus(target);
      const from = timeOf("since", since);
      const to = timeOf("until", until);
      const page = await tasks.list(
        organizationId,
        {
          ...(state !== undefined && { state }),
          ...(agentId !== undefined && { agentId }),
          ...(party !== undefined && { target: party }),
          ...(externalTaskId !== undefined && { externalTaskId }),
          ...(from !== undefined && { since: from }),
          ...(to !== undefined && { until: to }),
        },
        { ...(limit !== undefined && { limit }), ...(after !== undefined && { after }) },
      );
      return { success: true, ...page };
    },
  });

  const mine = async (request: FastifyRequest, id: string) => {
    const { organizationId, agent } = accountFor(request);
    const task = await tasks.get(organizationId, id);
    if (agent !== undefined && agent.id !== task.agentId) throw new AppError("task_not_found");
    return { organizationId, task };
  };
  const One = success({ message: Type.String(), task: TaskSchema });

  app.route({
    method: "GET",
    url: "/tasks/:id",
    schema: {
      ...{ tags, summary: "Get a task", operationId: "getTask", params: IdParams },
      querystring: query({}),
      response: answers({ 200: success({ task: TaskSchema }) }, 404),
    },
    handler: async (request) => ({ success: true, task: (await mine(request, request.params.id)).task }),
  });

  app.route({
    method: "POST",
    url: "/tasks/:id",
    schema: {
      ...{ tags, summary: "Change a pending task; null takes a setting away", operationId: "updateTask" },
      params: IdParams,
      querystring: query({}),
      body: TaskChangeBody,
      response: answers({ 200: One }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      const { id } = request.params;
      const { organizationId } = await mine(request, id);
      const task = await tasks.update(organizationId, id, request.body as TaskChangeInput);
      return { success: true, message: "The task is changed.", task };
    },
  });

  app.route({
    method: "DELETE",
    url: "/tasks/:id",
    schema: {
      ...{
        tags,
        summary: "Cancel a task; its running call is ended",
        operationId: "cancelTask",
        params: IdParams,
      },
      querystring: query({}),
      response: answers({ 200: One }, 404, 409),
    },
    handler: async (request) => {
      const { id } = request.params;
      const { organizationId } = await mine(request, id);
      const task = await tasks.cancel(organizationId, id);
      const message = task.state === "canceled" ? "The task is canceled." : "Its call is being ended.";
      return { success: true, message, task };
    },
  });

  app.route({
    method: "GET",
    url: "/tasks/stats",
    schema: {
      ...{ tags, summary: "Count tasks by state and outcome", operationId: "taskStats" },
      querystring: query({ since: When, until: When }),
      response: answers({ 200: success({ stats: TaskStatsSchema }) }),
    },
    handler: async (request) => {
      const since = timeOf("since", request.query.since);
      const until = timeOf("until", request.query.until);
      const range = { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
      return { success: true, stats: await tasks.stats(accountFor(request).organizationId, range) };
    },
  });

  app.route({
    method: "GET",
    url: "/tasks/dailyCounts",
    schema: {
      ...{ tags, summary: "Calls and tasks of each day, newest first", operationId: "taskDailyCounts" },
      querystring: query({
        days: Type.Optional(Type.Integer({ minimum: 1, maximum: 400, description: "30 if left out" })),
      }),
      response: answers({
        200: success({
          timezone: Type.String(),
          counts: Type.Array(
            Type.Object({
              date: Type.String(),
              calls: Type.Integer(),
              texts: Type.Integer(),
              tasks: Type.Integer(),
            }),
          ),
        }),
      }),
    },
    handler: async (request) => ({
      success: true,
      ...(await tasks.dailyCounts(accountFor(request).organizationId, request.query.days ?? 30)),
    }),
  });

  const LimitsAnswer = success({ message: Type.String(), limits: TaskLimitsSchema });
  app.route({
    method: "GET",
    url: "/tasks/limits",
    schema: {
      ...{ tags, summary: "Show what the queue keeps to", operationId: "getTaskLimits" },
      querystring: query({}),
      response: answers({ 200: LimitsAnswer }),
    },
    handler: async (request) => {
      const limits = await tasks.limits(accountFor(request).organizationId);
      return { success: true, message: "These limits hold.", limits };
    },
  });
  app.route({
    method: "POST",
    url: "/tasks/limits",
    schema: {
      ...{
        tags,
        summary: "Change what the queue keeps to; what is left out stays",
        operationId: "setTaskLimits",
      },
      querystring: query({}),
      body: TaskLimitsBody,
      response: answers({ 200: LimitsAnswer }, 413, 415),
    },
    handler: async (request) => {
      const limits = await tasks.setLimits(accountFor(request).organizationId, request.body);
      return { success: true, message: "The limits hold from now on.", limits };
    },
  });

  void app.register(async (scope: Api) => {
    await scope.register(fastifyMultipart, {
      limits: { files: 1, fields: 4, fileSize: BATCH_LIMIT, parts: 5, fieldSize: 1_000, headerPairs: 50 },
    });
    csvRoute(scope, { store, tasks }, answer);
  });
}

function csvRoute(
  app: Api,
  { store, tasks }: Dependencies,
  answer: (reply: FastifyReply, queued: Queued, replayed: boolean) => object,
): void {
  app.route({
    method: "POST",
    url: "/tasks/csv",
    bodyLimit: BATCH_LIMIT + 64 * 1024,
    schema: {
      tags,
      summary:
        "Queue the lines of a CSV with a header (target, context, taskContext, greeting, waitToGreet, scheduledFor, externalTaskId; others are meta): all, or none and what is wrong",
      operationId: "queueCsv",
      consumes: ["multipart/form-data"],
      querystring: query({
        dryRun: Type.Optional(
          Type.Enum(["true", "false"], { description: "true: only say what would be queued" }),
        ),
      }),
      headers: KeyHeader,
      response: answers({ 200: QueuedAnswer, 201: QueuedAnswer }, 409, 413, 415),
    },
    handler: async (request, reply) => {
      const agent = await agentFor(request, store);
      const { text, dryRun } = await readUpload(request);
      const key = request.headers["idempotency-key"];
      const isDry = dryRun || request.query.dryRun === "true";
      const { queued, replayed, errors } = await tasks.addCsv(
        { organizationId: agent.organizationId, agentId: agent.id },
        text,
        { dryRun: isDry, ...(typeof key === "string" && { key }) },
      );
      if (errors.length > 0 && !isDry) throw new AppError("csv_invalid", sentence(errors));
      if (!isDry) return answer(reply, queued, replayed);
      const message =
        errors.length === 0 ? `${queued.tasks.length} calls would be queued.` : sentence(errors);
      return { success: true, message, ...queued, errors };
    },
  });
}

async function readUpload(request: FastifyRequest): Promise<{ text: string; dryRun: boolean }> {
  if (!request.isMultipart()) {
    throw new AppError(
      "unsupported_media_type",
      "A CSV is sent as multipart/form-data: curl -F file=@people.csv.",
    );
  }
  let text: string | undefined;
  let dryRun = false;
  for await (const part of request.parts()) {
    if (part.type === "file") text = (await part.toBuffer()).toString("utf8");
    else if (part.fieldname === "dryRun") dryRun = part.value === "true";
  }
  if (text === undefined)
    throw new AppError("csv_invalid", "The request has no file: curl -F file=@people.csv.");
  return { text, dryRun };
}

/** The first few, and how many more. */
function sentence(errors: readonly { line: number; message: string }[]): string {
  const shown = errors.slice(0, 5).map(({ line, message }) => `line ${line}: ${message}`);
  const more = errors.length > shown.length ? ` And ${errors.length - shown.length} more.` : "";
  return `Nothing is queued. ${shown.join(" ")}${more}`;
}
