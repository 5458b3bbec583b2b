import type { FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";
import type { Agent } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { type Account, accountFor } from "./authentication.ts";

/** The agent of an address, where it is the account's. @throws AppError agent_not_found, also for another's */
export async function agentOf(
  { organizationId, agent: named }: Account,
  store: Pick<Store, "agents">,
  id: string,
): Promise<Agent> {
  const agent = await store.agents.get(id);
  if (agent?.organizationId !== organizationId || (named ?? agent).id !== agent.id)
    throw new AppError("agent_not_found");
  return agent;
}

/**
 * The agent that a call is about (spec §1): the one that targetAccountId names, else the organization's only one.
 * @param accountId the same, of the body
 * @throws AppError agent_required, account_forbidden
 */
export async function agentFor(
  request: FastifyRequest,
  store: Pick<Store, "agents">,
  accountId?: string,
): Promise<Agent> {
  const { organizationId, agent } = accountFor(request);
  if (agent !== undefined) return agent;
  if (accountId !== undefined) {
    const named = store.agents.directory().get(accountId);
    if (named?.organizationId !== organizationId) throw new AppError("account_forbidden");
    return named;
  }
  const { items } = await store.agents.list({ organizationId, limit: 2 });
  const [only] = items;
  if (only === undefined) {
    throw new AppError(
      "agent_required",
      "The organization has no agent: make one first, by POST /api/v2/agents.",
    );
  }
  if (items.length > 1) {
    throw new AppError(
      "agent_required",
      "The organization has several agents: name the one that is meant by targetAccountId.",
    );
  }
  return only;
}
