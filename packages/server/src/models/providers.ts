// The providers of all organizations: what they were given, else what the environment has; keys sealed at rest.
import { AppError } from "../errors.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Agent, ProviderRecord } from "../store/records.ts";
import type { ProviderRepository } from "../store/store.ts";
import { agentModels, type ModelSettings, type UsableProvider } from "./agent-models.ts";
import { PROVIDER_NAMES, PROVIDERS, type ProviderName } from "./provider-catalogue.ts";

/** A provider as the API shows it: everything but the key. */
export interface ProviderView {
  name: ProviderName;
  /** Where its key is from; null: it cannot be used. */
  source: "organization" | "environment" | null;
  hasKey: boolean;
  baseUrl: string | null;
  /** What it can be used for. */
  services: ("llm" | "stt" | "tts" | "realtime")[];
}

export interface ProviderSettings {
  apiKey?: string | null;
  baseUrl?: string | null;
}

type Environment = Readonly<Record<string, string | undefined>>;

const PATIENCE_MS = 8_000;

export class Providers {
  readonly #store: ProviderRepository;
  readonly #secrets: Pick<Secrets, "seal" | "unseal">;
  readonly #environment: Environment;
  readonly #log: { error(fields: object, message: string): void };

  constructor(
    store: ProviderRepository,
    secrets: Pick<Secrets, "seal" | "unseal">,
    environment: Environment,
    log: { error(fields: object, message: string): void },
  ) {
    this.#store = store;
    this.#secrets = secrets;
    this.#environment = environment;
    this.#log = log;
  }

  /** Those of the environment alone, where there is no database. */
  static ofEnvironment(environment: Environment): Providers {
    const none: ProviderRepository = {
      get: () => undefined,
      put: async () => undefined,
      delete: async () => false,
    };
    const noSecrets = { seal: (text: string) => text, unseal: (text: string) => text };
    return new Providers(none, noSecrets, environment, { error: () => undefined });
  }

  list(organizationId: string): ProviderView[] {
    return PROVIDER_NAMES.map((name) => this.view(organizationId, name));
  }

  view(organizationId: string, name: ProviderName): ProviderView {
    const record = this.#store.get(organizationId, name);
    const { variables, baseUrl, llm, stt, tts, realtime } = PROVIDERS[name];
    const isUsable = this.usable(organizationId, name) !== undefined;
    const services: ProviderView["services"] = [];
    if (llm !== undefined) services.push("llm");
    if (stt !== undefined) services.push("stt");
    if (tts !== undefined) services.push("tts");
    if (realtime !== undefined) services.push("realtime");
    return {
      ...{ name, services },
      source: !isUsable ? null : record === undefined ? "environment" : "organization",
      hasKey: record === undefined ? this.#variable(variables.key) !== undefined : record.sealedKey !== null,
      baseUrl: record?.baseUrl ?? this.#variable(variables.baseUrl) ?? baseUrl ?? null,
    };
  }

  /** What an agent can be given; undefined: nothing was set, or its key cannot be read. */
  usable(organizationId: string, name: ProviderName): UsableProvider | undefined {
    const kind = PROVIDERS[name];
    const record = this.#store.get(organizationId, name);
    const apiKey = record === undefined ? this.#variable(kind.variables.key) : this.#unsealed(record);
    const baseUrl = record?.baseUrl ?? this.#variable(kind.variables.baseUrl) ?? kind.baseUrl;
    if (baseUrl === undefined || (apiKey === undefined && !kind.keyless)) return undefined;
    return { baseUrl, apiKey: apiKey ?? "none" };
  }

  /** What his providers are, or why he cannot talk. */
  modelsFor(
    agent: Parameters<typeof agentModels>[0] & Pick<Agent, "organizationId">,
  ): ModelSettings | { reason: string } {
    return agentModels(agent, (name) => this.usable(agent.organizationId, name));
  }

  /** What is left out stays; null takes it away. @throws AppError secrets_unavailable */
  async put(organizationId: string, name: ProviderName, settings: ProviderSettings): Promise<ProviderView> {
    const present = this.#store.get(organizationId, name);
    const { apiKey, baseUrl } = settings;
    const sealedKey =
      apiKey === undefined
        ? // A key goes to nobody but whom it was given for.
          baseUrl === undefined || baseUrl === present?.baseUrl
          ? (present?.sealedKey ?? null)
          : null
        : apiKey === null
          ? null
          : this.#secrets.seal(apiKey, purposeOf(organizationId, name));
    await this.#store.put({
      ...{ organizationId, name, sealedKey },
      baseUrl: baseUrl === undefined ? (present?.baseUrl ?? null) : baseUrl,
      updatedAt: new Date().toISOString(),
    });
    return this.view(organizationId, name);
  }

  /** From then on what the environment has counts. False: nothing was set. */
  remove(organizationId: string, name: ProviderName): Promise<boolean> {
    return this.#store.delete(organizationId, name);
  }

  /** Whether the provider takes the key: asks it for something harmless. @throws AppError provider_missing */
  async probe(
    organizationId: string,
    name: ProviderName,
  ): Promise<{ ok: boolean; status: number; sentence: string }> {
    const provider = this.usable(organizationId, name);
    if (provider === undefined) throw new AppError("provider_missing", `Nothing is set for ${name}.`);
    const { baseUrl, apiKey } = provider;
    const headers: Record<string, string> =
      name === "elevenlabs"
        ? { "xi-api-key": apiKey }
        : name === "anthropic"
          ? { "x-api-key": apiKey, "anthropic-version": "2023-06-01" }
          : { Authorization: `${name === "deepgram" ? "Token" : "Bearer"} ${apiKey}` };
    try {
      const url = `${baseUrl.replace(/\/$/, "")}${PROVIDERS[name].probe}`;
      const response = await fetch(url, {
        headers,
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.body?.cancel();
      const { status } = response;
      const sentence = response.ok
        ? `${name} takes the key.`
        : status === 401 || status === 403
          ? `${name} refuses the key (${status}): set another one.`
          : `${name} answers ${status}: is ${baseUrl} its address?`;
      return { ok: response.ok, status, sentence };
    } catch (error) {
      const why = error instanceof Error ? (error.cause instanceof Error ? error.cause : error).message : "";
      return { ok: false, status: 0, sentence: `${name} cannot be reached at ${baseUrl}: ${why}.` };
    }
  }

  #variable(name: string | undefined): string | undefined {
    const value = name === undefined ? undefined : this.#environment[name];
    return value === undefined || value === "" ? undefined : value;
  }

  #unsealed({ organizationId, name, sealedKey }: ProviderRecord): string | undefined {
    if (sealedKey === null) return undefined;
    try {
      return this.#secrets.unseal(sealedKey, purposeOf(organizationId, name));
    } catch (error) {
      this.#log.error({ err: error, provider: name }, "a provider's key cannot be read: set it again");
      return undefined;
    }
  }
}

/** Of the key when it is sealed. */
export function purposeOf(organizationId: string, name: string): string {
  return `provider ${organizationId} ${name}`;
}
