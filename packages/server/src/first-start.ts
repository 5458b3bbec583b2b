import type { Config } from "./config/config.ts";
import { demoAgent } from "./demo-agent.ts";
import type { Secrets } from "./secrets/secrets.ts";
import type { Agent, Organization } from "./store/records.ts";
import type { Store } from "./store/store.ts";
import { makeLink } from "./users/password-link.ts";

/** Who may sign in at first. */
export const FIRST_USER = "owner";

export interface FirstStart {
  organization: Organization;
  /** The API token, where it was made just now: to be shown once. */
  newToken: string | undefined;
  /** An agent to try: the first one. */
  agent: Agent | undefined;
}

/** While nobody can sign in: a link that sets an owner's password. @throws AppError secrets_unavailable */
export async function firstPasswordLink(
  store: Pick<Store, "users">,
  secrets: Pick<Secrets, "seal">,
  organizationId: string,
): Promise<string | undefined> {
  if (await store.users.hasPassword(organizationId)) return undefined;
  const owner = (await store.users.list(organizationId)).find(({ role }) => role === "owner");
  return owner && makeLink(secrets, owner.username, Date.now());
}

/**
 * Makes what a fresh database needs (spec §7): an organization, the agent `demo`, an access list of this machine,
 * and last a token; and the user `owner`, whose password he sets himself. A start that was cut off in between is finished by the next one; a finished one is left alone,
 * so that what an operator has deleted stays deleted.
 */
export async function ensureFirstStart(store: Store, config: Pick<Config, "token">): Promise<FirstStart> {
  const [present] = await store.organizations.list();
  const organization = present ?? (await store.organizations.create({ name: "Ringdown" }));
  const tokens = await store.tokens.list(organization.id);
  let newToken: string | undefined;
  if (tokens.length === 0) {
    const agents = await store.agents.list({ organizationId: organization.id, limit: 1 });
    if (agents.items.length === 0) await store.agents.create(organization.id, demoAgent, "the first start");
    for (const ip of ["127.0.0.1", "::1"]) {
      await store.accessList.add(organization.id, { ip, label: "this machine" });
    }
    if (config.token === undefined) {
      const made = await store.tokens.create(organization.id, { description: "Made at the first start" });
      newToken = made.token;
    }
  }
  if (config.token !== undefined) await store.tokens.useEnvironmentToken(organization.id, config.token);
  // A database from before there were users gets its owner too.
  if ((await store.users.list(organization.id)).length === 0) {
    await store.users.create(organization.id, { username: FIRST_USER, role: "owner" });
  }
  const { items } = await store.agents.list({ organizationId: organization.id, limit: 1 });
  return { organization, newToken, agent: items[0] };
}
