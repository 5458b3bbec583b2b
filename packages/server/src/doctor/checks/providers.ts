// The providers of models and voices: each service that a call would use, asked once for very little, by the key that is set.
import { type CheckedProvider, checkProvider, type ProviderAnswer } from "@ringdown/voice";
import type { ModelSettings } from "../../models/agent-models.ts";
import { isProviderName, PROVIDERS } from "../../models/provider-catalogue.ts";
import { Providers, purposeOf } from "../../models/providers.ts";
import { quoted } from "../../quoted.ts";
import type { Secrets } from "../../secrets/secrets.ts";
import { AGENT_DEFAULTS } from "../../store/agent-fields.ts";
import type { ProviderRecord } from "../../store/records.ts";
import type { AgentConfiguration } from "../../store/schema.ts";
import { type Finding, fail, ok, sentenceOf, warn } from "../finding.ts";

export interface StoredModels {
  readonly providers: readonly ProviderRecord[];
  /** Agents by models: what they name is what their calls ask. */
  readonly agents: readonly {
    readonly organizationId: string;
    readonly username: string;
    readonly configuration: Partial<AgentConfiguration>;
  }[];
}

/** Milliseconds after which an answer comes so late that a caller notices. */
const SLOW_MS: Readonly<Record<CheckedProvider["service"], number>> = {
  ...{ llm: 3_000, stt: 3_000, tts: 2_000, realtime: 3_000 },
};

/** What is to be asked, each once, and agents that could not talk. */
export function providersToCheck(
  { providers: records, agents }: StoredModels,
  secrets: Pick<Secrets, "unseal">,
  environment: Readonly<Record<string, string | undefined>>,
): { asked: CheckedProvider[]; findings: Finding[] } {
  const findings: Finding[] = [];
  const providers = new Providers(
    {
      get: (organizationId, name) =>
        records.find((one) => one.organizationId === organizationId && one.name === name),
      put: async () => undefined,
      delete: async () => false,
    },
    { seal: (text) => text, unseal: (sealed, purpose) => secrets.unseal(sealed, purpose) },
    environment,
    { error: () => undefined },
  );
  const found = new Map<string, CheckedProvider>();
  const add = (one: CheckedProvider): void => {
    const { baseUrl, apiKey, model } = one.provider;
    const voice = "voice" in one.provider ? one.provider.voice : "";
    found.set([one.service, baseUrl, apiKey, model, voice].join("\n"), one);
  };
  const addAll = ({ providers: { realtime, llm, stt, tts } }: ModelSettings): void => {
    if (realtime !== undefined) add({ service: "realtime", provider: realtime });
    for (const provider of llm) add({ service: "llm", provider });
    for (const provider of stt) add({ service: "stt", provider });
    for (const provider of tts) add({ service: "tts", provider });
  };
  for (const { organizationId, name, sealedKey } of records) {
    if (sealedKey === null) continue;
    try {
      secrets.unseal(sealedKey, purposeOf(organizationId, name));
    } catch (error) {
      findings.push(fail("key", `The key of ${name} cannot be read.`, sentenceOf(error)));
    }
  }
  for (const { organizationId, username, configuration } of agents) {
    const models = providers.modelsFor({ ...AGENT_DEFAULTS, ...configuration, organizationId });
    if ("reason" in models)
      findings.push(fail("agent", `The agent ${quoted(username)} cannot talk.`, models.reason));
    else addAll(models);
  }
  // What an agent would be given who names nothing: of each organization that has set something, and of the environment.
  for (const organizationId of new Set([...records.map((record) => record.organizationId), ""]))
    for (const mode of ["pipeline", "realtime"] as const) {
      const models = providers.modelsFor({ ...AGENT_DEFAULTS, mode, organizationId });
      if (!("reason" in models)) addAll(models);
    }
  // Those that are set and that nobody uses: a key may be wrong all the same.
  for (const organizationId of new Set([...records.map((record) => record.organizationId), ""]))
    for (const { name, source } of providers.list(organizationId)) {
      const provider = providers.usable(organizationId, name);
      if (source === null || provider === undefined) continue;
      if (
        [...found.values()].some(
          (one) => one.provider.apiKey === provider.apiKey && one.provider.provider === name,
        )
      )
        continue;
      const { llm, stt, tts } = PROVIDERS[name];
      if (llm)
        add({ service: "llm", provider: { ...provider, provider: name, protocol: "openai", model: llm } });
      else if (stt !== undefined && name !== "local")
        add({ service: "stt", provider: { ...provider, provider: name, ...stt } });
      else if (tts !== undefined && name !== "local")
        add({ service: "tts", provider: { ...provider, provider: name, ...tts } });
    }
  return { asked: [...found.values()], findings };
}

export async function checkProviders(
  given: StoredModels,
  secrets: Pick<Secrets, "unseal">,
  environment: Readonly<Record<string, string | undefined>>,
  tell: (finding: Finding) => void,
): Promise<void> {
  const { asked, findings } = providersToCheck(given, secrets, environment);
  for (const finding of findings) tell(finding);
  if (asked.length === 0)
    tell(
      warn(
        "providers",
        "No provider of models can be used.",
        'Set a key with PUT /api/v2/providers/openai {"apiKey": "…"}, or the variable OPENAI_API_KEY.',
      ),
    );
  // All at once, told in order.
  const answers = asked.map(async (one) => ({ one, answer: await checkProvider(one) }));
  for (const answer of answers) {
    const { one, answer: given } = await answer;
    tell(judgeProvider(one, given));
  }
}

export function judgeProvider({ service, provider }: CheckedProvider, answer: ProviderAnswer): Finding {
  const voice = "voice" in provider && provider.voice !== "" ? `, voice ${provider.voice}` : "";
  const what = `${provider.provider}/${provider.model || "(its own model)"}${voice}`;
  if (answer.ok) {
    const told = `${what} answers after ${answer.ms} ms.`;
    if (answer.ms <= SLOW_MS[service]) return ok(service, told);
    return warn(service, told, "A caller notices that: take another model, or one that is nearer.");
  }
  const { status, reason } = answer;
  const name = provider.provider;
  const variable = isProviderName(name) ? PROVIDERS[name].variables.key : "";
  const words = reason === "" ? "" : `: ${quoted(reason)}`;
  if (status === 401 || status === 403)
    return fail(
      service,
      `${what}: the key is refused (${status})${words}.`,
      `Set another one: PUT /api/v2/providers/${name}, or the variable ${variable}.`,
    );
  if (status === 429)
    return fail(
      service,
      `${what}: the quota is used up, or too much was asked at once (429)${words}.`,
      `Look at what ${name} tells of the key's limits and credit.`,
    );
  if (status === 400 || status === 404)
    return fail(
      service,
      `${what}: it answers ${status}${words}.`,
      `See whether ${provider.baseUrl} has that model${voice === "" ? "" : " and that voice"} for this key.`,
    );
  if (status >= 500)
    return fail(
      service,
      `${what}: it is out of order (${status})${words}.`,
      `See the status page of ${name}.`,
    );
  return fail(
    service,
    `${what}: it does not do what it should${words}.`,
    `See whether ${provider.baseUrl} is its address, and whether this machine reaches it.`,
  );
}
