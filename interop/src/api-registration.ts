// Registrations as an operator sees them.
import type { ApiClient } from "./api-client.ts";
import { eventually } from "./wait.ts";

export interface Registration {
  agentId: string;
  aor: string;
  state: string;
  fault: string | null;
  hint: string | null;
  lastCode: number | null;
  lastReason: string | null;
  expiresAt: string | null;
  nextAttemptAt: string | null;
  target: string | null;
}

/** The registration of one agent, by the API. */
export class AgentRegistration {
  readonly #api: ApiClient;
  readonly #query: string;

  constructor(api: ApiClient, agentId: string) {
    this.#api = api;
    this.#query = `?targetAccountId=${agentId}`;
  }

  async put(fields: object): Promise<number> {
    const response = await this.#api.raw("POST", `/api/v2/sip/registration${this.#query}`, fields);
    if (!response.ok) throw new Error(`the registration was refused: ${await response.text()}`);
    return response.status;
  }

  async get(): Promise<Registration> {
    const path = `/api/v2/sip/registration${this.#query}`;
    return (await this.#api.json<{ registration: Registration }>("GET", path)).registration;
  }

  /** Its last SIP messages. */
  async captures(): Promise<{ direction: string; transport: string; line: string; message: string }[]> {
    const path = `/api/v2/sip/registration/captures${this.#query}`;
    return (await this.#api.json<{ captures: never[] }>("GET", path)).captures;
  }

  async refresh(): Promise<void> {
    await this.#api.json("POST", `/api/v2/sip/registration/refresh${this.#query}`);
  }

  async delete(): Promise<void> {
    await this.#api.json("DELETE", `/api/v2/sip/registration${this.#query}`);
  }

  /** Waits until it is in this state. */
  async until(state: string, limitMs = 15_000): Promise<Registration> {
    let last: Registration | undefined;
    return eventually(
      () => `the registration is ${state}: ${JSON.stringify(last)}`,
      async () => {
        last = await this.get();
        return last.state === state && last;
      },
      limitMs,
    );
  }
}
