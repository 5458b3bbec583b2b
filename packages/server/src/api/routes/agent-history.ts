// An agent's draft, which is not in force before it is published, and what the agent was at each change.
import { Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import { changedFields, settingsOf } from "../../store/agent-history.ts";
import type { Agent, AgentSettings, AgentVersion } from "../../store/records.ts";
import type { Store } from "../../store/store.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import {
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

export interface AgentHistoryOptions {
  store: Pick<Store, "agents" | "agentHistory">;
  /** @throws AppError what an agent may not be */
  checkPatch(present: Agent, patch: AgentInput): Partial<AgentSettings>;
  shown(agent: Agent): object;
}

const tags = ["Agents"];
const PAGE = 50;
const Settings = Type.Omit(AgentSchema, ["id", "organizationId", "sipUris", "createdAt", "updatedAt"]);
const made = {
  at: Type.String(),
  by: Type.String({ description: "A user's name, an API token, or empty: not known" }),
};
const Draft = Type.Object({
  ...made,
  changed: Type.Array(Type.String(), { description: "Fields that would be others than they are now" }),
  settings: Type.Partial(Settings),
});
const Version = Type.Object({
  number: Type.Integer({ description: "From 1" }),
  ...made,
  changed: Type.Array(Type.String(), { description: "Fields that differ from the version before" }),
});
const WholeVersion = Type.Object({ ...Version.properties, settings: Settings });
const VersionParams = Type.Object({
  ...IdParams.properties,
  number: Type.String({ pattern: "^[1-9][0-9]{0,8}$", "x-must": "a whole number from 1" }),
});
const One = success({ agent: AgentSchema });

export function agentHistoryRoutes(app: Api, { store, checkPatch, shown }: AgentHistoryOptions): void {
  const draftOf = async (agent: Agent) => {
    const draft = await store.agentHistory.draft(agent.id);
    if (draft === undefined) throw new AppError("draft_not_found");
    const present = settingsOf(agent);
    return { ...draft, changed: changedFields(present, { ...present, ...draft.settings }) };
  };
  const listed = ({ settings: _, ...version }: AgentVersion) => version;
  const versionOf = async (agent: Agent, number: string): Promise<AgentVersion> => {
    const version = await store.agentHistory.version(agent.id, Number(number));
    if (version === undefined) throw new AppError("version_not_found");
    return version;
  };

  app.route({
    method: "GET",
    url: "/agents/:id/draft",
    schema: {
      tags,
      summary: "Get what the agent is to be, and is not yet",
      operationId: "getAgentDraft",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: success({ draft: Draft }) }, 404),
    },
    handler: async (request) => ({
      success: true,
      draft: await draftOf(await agentOf(accountFor(request), store, request.params.id)),
    }),
  });

  app.route({
    method: "PUT",
    url: "/agents/:id/draft",
    schema: {
      tags,
      summary: "Keep changes aside: no call has them before they are published",
      description:
        "The whole draft: what an earlier one had is gone. Fields left out stay as the agent has them.",
      operationId: "putAgentDraft",
      params: IdParams,
      querystring: query({}),
      body: AgentPatch,
      response: answers({ 200: success({ draft: Draft }) }, 404, 413, 415),
    },
    handler: async (request) => {
      const account = accountFor(request);
      const agent = await agentOf(account, store, request.params.id);
      const settings = checkPatch(agent, request.body);
      await store.agentHistory.putDraft(agent.id, { at: new Date().toISOString(), by: account.by, settings });
      return { success: true, draft: await draftOf(agent) };
    },
  });

  app.route({
    method: "DELETE",
    url: "/agents/:id/draft",
    schema: {
      tags,
      summary: "Give up the draft; the agent stays as it is",
      operationId: "deleteAgentDraft",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Done }, 404),
    },
    handler: async (request) => {
      const agent = await agentOf(accountFor(request), store, request.params.id);
      if (!(await store.agentHistory.deleteDraft(agent.id))) throw new AppError("draft_not_found");
      return { success: true, message: `The draft of ${agent.username} is given up.` };
    },
  });

  app.route({
    method: "POST",
    url: "/agents/:id/publish",
    schema: {
      tags,
      summary: "Put the draft in force: it counts from the next call",
      operationId: "publishAgent",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: One }, 404, 409),
    },
    handler: async (request) => {
      const account = accountFor(request);
      const present = await agentOf(account, store, request.params.id);
      const { settings } = await draftOf(present);
      // What it refers to may be gone since it was written.
      checkPatch(present, settings as AgentInput);
      const agent = await store.agents.update(present.id, settings, account.by);
      await store.agentHistory.deleteDraft(present.id);
      return { success: true, agent: shown(agent) };
    },
  });

  app.route({
    method: "GET",
    url: "/agents/:id/versions",
    schema: {
      tags,
      summary: "List what the agent was at each change, newest first; the last 100 are kept",
      operationId: "listAgentVersions",
      params: IdParams,
      querystring: query(pageQuery),
      response: answers({ 200: success({ versions: Type.Array(Version), next: Next }) }, 404),
    },
    handler: async (request) => {
      const agent = await agentOf(accountFor(request), store, request.params.id);
      const { limit = PAGE, after } = request.query;
      const before = after === undefined ? undefined : Number(after);
      if (before !== undefined && !Number.isSafeInteger(before))
        throw new AppError("validation_failed", "after is not the `next` of a page.");
      const found = await store.agentHistory.versions(agent.id, limit + 1, before);
      const versions = found.slice(0, limit);
      const next = found.length > limit ? String(versions.at(-1)?.number) : null;
      return { success: true, versions: versions.map(listed), next };
    },
  });

  app.route({
    method: "GET",
    url: "/agents/:id/versions/:number",
    schema: {
      tags,
      summary: "Get all that the agent was",
      operationId: "getAgentVersion",
      params: VersionParams,
      querystring: query({}),
      response: answers({ 200: success({ version: WholeVersion }) }, 404),
    },
    handler: async (request) => ({
      success: true,
      version: await versionOf(
        await agentOf(accountFor(request), store, request.params.id),
        request.params.number,
      ),
    }),
  });

  app.route({
    method: "POST",
    url: "/agents/:id/versions/:number/restore",
    schema: {
      tags,
      summary: "Make the agent again what it was; that is a version of its own",
      description: "Name and numbers stay as they are: they are how the agent is reached.",
      operationId: "restoreAgentVersion",
      params: VersionParams,
      querystring: query({}),
      response: answers({ 200: One }, 404, 409),
    },
    handler: async (request) => {
      const account = accountFor(request);
      const present = await agentOf(account, store, request.params.id);
      const version = await versionOf(present, request.params.number);
      const { username: _, phoneNumbers: __, ...settings } = version.settings;
      // Where its version is older than a field, the field has its default of today.
      checkPatch(present, settings as AgentInput);
      const agent = await store.agents.update(present.id, settings, account.by);
      return { success: true, agent: shown(agent) };
    },
  });
}
