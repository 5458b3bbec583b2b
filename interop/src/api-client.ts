// The API as an operator uses it: JSON over HTTP with a bearer token. Knows nothing of the server's code.

export interface Turn {
  role: string;
  content: string;
  startedAt: string;
  endedAt: string | null;
}

export interface CallRecord {
  id: string;
  sipCallId: string;
  direction: string;
  state: string;
  agentId: string;
  from: string;
  to: string;
  startedAt: string;
  answeredAt: string | null;
  endedAt: string | null;
  duration: number | null;
  endedBy: string | null;
  endCode: string | null;
  endReason: string | null;
  codec: string | null;
  legs: { direction: string; sipCallId: string; [field: string]: unknown }[];
  callDialog: Turn[];
  timeline: { type: string; at: string; [field: string]: unknown }[];
  recording: string | null;
  messages: { at: string; seconds: number; recording: string }[];
  quality: Record<string, unknown> | null;
  /** Of one call that is asked for. */
  qualitySamples?: { at: string; seconds: number; [figure: string]: unknown }[];
}

export interface RejectedCall {
  at: string;
  source: string;
  transport: string;
  from: string;
  to: string;
  code: string;
  status: number;
  hint: string;
}

export interface Agent {
  id: string;
  username: string;
  phoneNumbers: string[];
  sipUris: string[];
  title: string;
  mode: string;
  welcomeMessage: string;
}

export class ApiClient {
  readonly #base: string;
  readonly #token: string;

  constructor(base: string, token: string) {
    this.#base = base;
    this.#token = token;
  }

  /** Any request; gives the response as it came. */
  async raw(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    return fetch(this.#base + path, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
  }

  /** A request that must succeed; gives the JSON of its answer. */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await this.raw(method, path, body);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  async agents(): Promise<Agent[]> {
    return (await this.json<{ agents: Agent[] }>("GET", "/api/v2/agents")).agents;
  }

  async createAgent(agent: Record<string, unknown>): Promise<Agent> {
    return (await this.json<{ agent: Agent }>("POST", "/api/v2/agents", agent)).agent;
  }

  async calls(): Promise<CallRecord[]> {
    return (await this.json<{ calls: CallRecord[] }>("GET", "/api/v2/calls")).calls;
  }

  async call(id: string): Promise<CallRecord> {
    return (await this.json<{ call: CallRecord }>("GET", `/api/v2/calls/${id}`)).call;
  }

  /** The calls with this SIP Call-ID, in full. */
  async callsBySipCallId(sipCallId: string): Promise<CallRecord[]> {
    const found = (await this.calls()).filter((call) => call.sipCallId === sipCallId);
    return Promise.all(found.map((call) => this.call(call.id)));
  }

  async rejectedCalls(): Promise<RejectedCall[]> {
    return (await this.json<{ rejectedCalls: RejectedCall[] }>("GET", "/api/v2/rejectedCalls")).rejectedCalls;
  }

  /** Bytes of a call's recording (WAV). */
  async recording(id: string): Promise<Buffer> {
    const response = await this.raw("GET", `/api/v2/calls/${id}/recording`);
    if (!response.ok) throw new Error(`recording of ${id} answered ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }
}
