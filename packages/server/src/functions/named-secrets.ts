// What functions send along by name (`{{secret:NAME}}`): sealed at rest, never shown, and sent to no other hosts than those it was given for.
import { AppError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { NamedSecretRecord } from "../store/records.ts";
import type { NamedSecretRepository } from "../store/store.ts";

/** All that is ever shown of one. */
export interface NamedSecretView {
  name: string;
  hosts: string[];
  updatedAt: string;
}

export const SECRET_NAME_PATTERN = "^[A-Za-z0-9_-]{1,64}$";
const MOST_SECRETS = 100;

export class NamedSecrets {
  readonly #store: NamedSecretRepository;
  readonly #secrets: Pick<Secrets, "seal" | "unseal">;

  constructor(store: NamedSecretRepository, secrets: Pick<Secrets, "seal" | "unseal">) {
    this.#store = store;
    this.#secrets = secrets;
  }

  /** By name. */
  list(organizationId: string): NamedSecretView[] {
    return this.#store.list(organizationId).map(shown);
  }

  /**
   * @param hosts names or addresses, with a port where it shall be that one
   * @throws AppError secrets_full, secrets_unavailable, validation_failed
   */
  async put(
    organizationId: string,
    name: string,
    value: string,
    hosts: readonly string[],
  ): Promise<NamedSecretView> {
    const present = this.#store.get(organizationId, name);
    if (present === undefined && this.#store.list(organizationId).length >= MOST_SECRETS)
      throw new AppError("secrets_full");
    const record: NamedSecretRecord = {
      ...{ organizationId, name },
      sealedValue: this.#secrets.seal(value, purpose(organizationId, name)),
      hosts: [...new Set(hosts.map(canonicalHost))],
      updatedAt: new Date().toISOString(),
    };
    await this.#store.put(record);
    return shown(record);
  }

  /** False: there was none. */
  remove(organizationId: string, name: string): Promise<boolean> {
    return this.#store.delete(organizationId, name);
  }

  /** @returns a sentence; undefined: it may go there */
  fault(organizationId: string, name: string, url: URL): string | undefined {
    const record = this.#store.get(organizationId, name);
    if (record === undefined)
      return `there is no secret ${quoted(name)}: set it with PUT /api/v2/secrets/${name}`;
    if (record.hosts.some((host) => host === url.host || host === url.hostname)) return undefined;
    return `the secret ${quoted(name)} is for ${record.hosts.join(", ")}, not for ${url.host}`;
  }

  /** @throws AppError secret_unreadable; Error with the sentence of `fault` */
  read(organizationId: string, name: string, url: URL): string {
    const fault = this.fault(organizationId, name, url);
    const record = this.#store.get(organizationId, name);
    if (fault !== undefined || record === undefined) throw new Error(fault);
    return this.#secrets.unseal(record.sealedValue, purpose(organizationId, name));
  }
}

function shown({ name, hosts, updatedAt }: NamedSecretRecord): NamedSecretView {
  return { name, hosts, updatedAt };
}

function purpose(organizationId: string, name: string): string {
  return `function ${organizationId} ${name}`;
}

/** As a URL writes it. @throws AppError validation_failed */
function canonicalHost(text: string): string {
  const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : undefined;
  const isHost = url !== undefined && url.href === `http://${url.host}/` && /^[^\s@/?#\\]+$/.test(text);
  if (!isHost)
    throw new AppError("validation_failed", `hosts: ${quoted(text)} is no host such as api.example.com.`);
  return url.host;
}
