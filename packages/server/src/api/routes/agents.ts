import { Type } from "@fastify/type-provider-typebox";
import { sipUris } from "../../edge/sip-uris.ts";
import { AppError } from "../../errors.ts";
import { AGENT_DEFAULTS } from "../../store/agent-fields.ts";
import type { Agent, AgentSettings } from "../../store/records.ts";
import { checkAgentInput } from "../agent-input.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import {
  AgentCreate,
  type AgentInput,
  AgentPatch,
  AgentSchema,
  answers,
  Done,
  IdParams,
  Next,
  pageQuery,
  query,
  success,
} from "../schemas.ts";

import { agentOf } from "../target-agent.ts";
import { agentHistoryRoutes } from "./agent-history.ts";

const tags = ["Agents"];
const One = success({ agent: AgentSchema });

export function agentRoutes(
  app: Api,
  {
    store,
    status,
    providers,
    functions,
  }: Pick<ApiDependencies, "store" | "status" | "providers" | "functions">,
): void {
  /** An agent by models that nobody could talk with is refused, with what is missing. */
  const checkModels = (
    agent: Omit<AgentSettings, "username" | "phoneNumbers">,
    organizationId: string,
  ): void => {
    if (agent.mode !== "pipeline" && agent.mode !== "realtime") return;
    const models = providers.modelsFor({ ...agent, organizationId });
    if ("reason" in models) throw new AppError("provider_missing", models.reason);
  };

  /** @returns what may be stored of it */
  const checkPatch = (present: Agent, patch: AgentInput): Partial<AgentSettings> => {
    const input = checkAgentInput(patch);
    checkModels({ ...present, ...input }, present.organizationId);
    functions.check(patch.functions ?? [], present.organizationId);
    return input;
  };

  const shown = (agent: Agent) => ({ ...agent, sipUris: sipUris(agent, status()) });

  app.route({
    method: "GET",
    url: "/agents",
    schema: {
      tags,
      summary: "List the agents",
      operationId: "listAgents",
      querystring: query(pageQuery),
      response: answers({ 200: success({ agents: Type.Array(AgentSchema), next: Next }) }),
    },
    handler: async (request) => {
      const { organizationId, agent } = accountFor(request);
      if (agent !== undefined) return { success: true, agents: [shown(agent)], next: null };
      const { limit, after } = request.query;
      const page = await store.agents.list({
        organizationId,
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      });
      return { success: true, agents: page.items.map(shown), next: page.next };
    },
  });

  app.route({
    method: "POST",
    url: "/agents",
    schema: {
      tags,
      summary: "Create an agent; it takes calls at once",
      operationId: "createAgent",
      querystring: query({}),
      body: AgentCreate,
      response: answers({ 201: One }, 409, 413, 415),
    },
    handler: async (request, reply) => {
      const { organizationId, by } = accountFor(request);
      const { username } = request.body;
      checkModels({ ...AGENT_DEFAULTS, ...checkAgentInput(request.body) }, organizationId);
      functions.check(request.body.functions ?? [], organizationId);
      const input = { ...checkAgentInput(request.body), username };
      const agent = await store.agents.create(organizationId, input, by);
      return reply.code(201).send({ success: true, agent: shown(agent) });
    },
  });

  app.route({
    method: "GET",
    url: "/agents/:id",
    schema: {
      tags,
      summary: "Get an agent",
      operationId: "getAgent",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: One }, 404),
    },
    handler: async (request) => ({
      success: true,
      agent: shown(await agentOf(accountFor(request), store, request.params.id)),
    }),
  });

  app.route({
    method: "PATCH",
    url: "/agents/:id",
    schema: {
      tags,
      summary: "Change an agent; fields left out keep their value",
      operationId: "updateAgent",
      params: IdParams,
      querystring: query({}),
      body: AgentPatch,
      response: answers({ 200: One }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      const account = accountFor(request);
      const present = await agentOf(account, store, request.params.id);
      const agent = await store.agents.update(present.id, checkPatch(present, request.body), account.by);
      return { success: true, agent: shown(agent) };
    },
  });

  app.route({
    method: "DELETE",
    url: "/agents/:id",
    schema: {
      tags,
      summary: "Delete an agent; its calls stay",
      operationId: "deleteAgent",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Done }, 404),
    },
    handler: async (request) => {
      const agent = await agentOf(accountFor(request), store, request.params.id);
      await store.agents.delete(agent.id);
      return { success: true, message: `The agent ${agent.username} is deleted.` };
    },
  });

  agentHistoryRoutes(app, { store, checkPatch, shown });
}
