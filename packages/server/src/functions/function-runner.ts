// Carries out what an agent's functions ask of the outside. Here, and not in a worker: a worker sees no secret, and every request goes
// through the one place that judges addresses.
import { AppError } from "../errors.ts";
import { OutgoingError } from "../outgoing-http/outgoing-error.ts";
import type { OutgoingHttp } from "../outgoing-http/outgoing-http.ts";
import type { Agent, AgentFunction, HttpFunction, McpFunction } from "../store/records.ts";
import type { AgentDirectory } from "../store/store.ts";
import type { AgentFunctionRun } from "../worker/protocol.ts";
import { argumentsFault, schemaFault } from "./function-parameters.ts";
import { fillRequest, secretsOf, templateFault, urlWithoutArguments } from "./http-request.ts";
import { type FunctionOutcome, MOST_BYTES, resultOf } from "./http-result.ts";
import { maskValues } from "./mask-values.ts";
import { type McpServers, mcpToolNamed } from "./mcp-servers.ts";
import type { NamedSecrets } from "./named-secrets.ts";

export interface FunctionRunnerOptions {
  agents: Pick<AgentDirectory, "get">;
  secrets: NamedSecrets;
  http: Pick<OutgoingHttp, "send" | "check">;
  mcp: Pick<McpServers, "call" | "endTalk">;
  log: { info(fields: object, message: string): void; error(fields: object, message: string): void };
}

/** Seconds for a whole answer, where the function says nothing. */
const TIMEOUT_S = 10;
/** Requests at once of one organization. */
const MOST_OF_ONE = 50;

export class FunctionRunner {
  readonly #options: FunctionRunnerOptions;
  readonly #running = new Map<string, number>();
  /** Who talks, where it is not as it stands for calls: a draft. */
  readonly #talking = new Map<string, Agent>();

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
  }

  /** What only code can say of an agent's functions. @throws AppError validation_failed */
  check(functions: readonly AgentFunction[], organizationId: string): void {
    for (const [index, one] of functions.entries()) {
      if (one.type !== "http" && one.type !== "mcp") continue;
      const fault = this.fault(one, organizationId);
      if (fault !== undefined) throw new AppError("validation_failed", `functions[${index}].${fault}.`);
    }
  }

  /** From now on this agent's functions are run in the talk, whatever is changed meanwhile, until `endTalk`. */
  beginTalk(talkId: string, agent: Agent): void {
    this.#talking.set(talkId, agent);
  }

  endTalk(talkId: string): void {
    this.#talking.delete(talkId);
    this.#options.mcp.endTalk(talkId);
  }

  /** @returns what is wrong with it, beginning with the field's name; undefined: nothing */
  fault(one: HttpFunction | McpFunction, organizationId: string): string | undefined {
    const schema = one.type === "http" && one.parameters ? schemaFault(one.parameters) : undefined;
    if (schema !== undefined) return `parameters ${schema}`;
    const template = templateFault(one);
    if (template !== undefined) return template;
    let url: URL;
    try {
      url = this.#options.http.check(urlWithoutArguments(one));
    } catch (error) {
      return `url: ${error instanceof Error ? error.message.replace(/\.$/, "") : "it cannot be used"}`;
    }
    for (const name of secretsOf(one)) {
      const fault = this.#options.secrets.fault(organizationId, name, url);
      if (fault !== undefined) return `headers: ${fault}`;
    }
    return undefined;
  }

  /** Never throws: what goes wrong is told to the model, without secrets. */
  async run(
    { talkId, agentId, name, arguments: given }: AgentFunctionRun,
    signal: AbortSignal,
  ): Promise<FunctionOutcome> {
    const agent = this.#talking.get(talkId) ?? this.#options.agents.get(agentId);
    const functions = agent?.functions ?? [];
    const found = functions.find((candidate) => candidate.name === name);
    const one = found?.type === "http" ? found : mcpToolNamed(functions, name);
    if (agent === undefined || one === undefined) return failed("there is no such function any more");
    const { organizationId } = agent;
    const running = this.#running.get(organizationId) ?? 0;
    if (running >= MOST_OF_ONE) return failed("too much is asked at once: try it again");
    this.#running.set(organizationId, running + 1);
    try {
      return "tool" in one
        ? await this.#call(organizationId, talkId, one, given, signal)
        : await this.#request(organizationId, one, given, signal);
    } finally {
      const left = (this.#running.get(organizationId) ?? 1) - 1;
      if (left === 0) this.#running.delete(organizationId);
      else this.#running.set(organizationId, left);
    }
  }

  async #call(
    organizationId: string,
    talkId: string,
    tool: { one: McpFunction; tool: string },
    given: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<FunctionOutcome> {
    const startedAt = performance.now();
    const outcome = await this.#options.mcp.call(organizationId, talkId, tool, given, signal);
    const ms = Math.round(performance.now() - startedAt);
    const { one, tool: name } = tool;
    const told = { function: one.name, tool: name, organizationId, failed: outcome.failed, ms };
    this.#options.log.info(told, "a tool was called");
    return outcome;
  }

  async #request(
    organizationId: string,
    one: HttpFunction,
    given: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<FunctionOutcome> {
    const { http, secrets, log } = this.#options;
    const startedAt = performance.now();
    const values: string[] = [];
    let outcome: FunctionOutcome;
    let status: number | undefined;
    try {
      const fault = argumentsFault(one.parameters, given);
      if (fault !== undefined) return { output: `The arguments cannot be used: ${fault}.`, failed: true };
      const host = new URL(urlWithoutArguments(one));
      const request = fillRequest(one, given, (name) => {
        const value = secrets.read(organizationId, name, host);
        values.push(value);
        return value;
      });
      const timeoutMs = (one.timeout ?? TIMEOUT_S) * 1000;
      const response = await http.send({ ...request, timeoutMs, maxBytes: MOST_BYTES, signal });
      status = response.status;
      outcome = resultOf(response);
    } catch (error) {
      const known = error instanceof OutgoingError || error instanceof AppError || error instanceof Error;
      outcome = failed(known ? error.message.replace(/\.$/, "") : "it cannot be done");
    }
    const ms = Math.round(performance.now() - startedAt);
    log.info(
      { function: one.name, organizationId, status, failed: outcome.failed, ms },
      "a function was run",
    );
    return { ...outcome, output: maskValues(outcome.output, values) };
  }
}

function failed(why: string): FunctionOutcome {
  return { output: `It failed: ${why}.`, failed: true };
}
