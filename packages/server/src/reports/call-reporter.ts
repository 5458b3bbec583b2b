// Writes the report of a call that is over, by the language model of the agent who had it.
import type { Providers } from "../models/providers.ts";
import type { Agent, CallRecord, CallReport } from "../store/records.ts";
import type { WorkerPool } from "../worker/worker-pool.ts";
import { isWorthReporting, readReport, reportInstructions, talkOf } from "./report-prompt.ts";

export interface CallReporterOptions {
  pool: Pick<WorkerPool, "askModel">;
  models: Pick<Providers, "modelsFor">;
  log: { warn(fields: object, message: string): void };
}

/** At once: calls that end together wait for each other, and not for a provider's limits. */
const MOST_AT_ONCE = 4;
const TRIES = 2;

export class CallReporter {
  readonly #options: CallReporterOptions;
  readonly #waiting: (() => void)[] = [];
  readonly #closing = Promise.withResolvers<never>();
  #running = 0;

  constructor(options: CallReporterOptions) {
    this.#options = options;
    this.#closing.promise.catch(() => undefined);
  }

  /** What is being written is given up, and left to the next start. */
  close(): void {
    this.#closing.reject(new Error("the node is stopping"));
  }

  /** Whether a call of this agent is reported on, as far as is known before it has ended. */
  wants(agent: Agent | undefined): boolean {
    const hasModel = agent?.mode === "pipeline" || agent?.mode === "realtime";
    return hasModel && (agent.callSummary || agent.reportingFields.length > 0);
  }

  /** @returns undefined: there is nothing to report. Rejects when the node is stopping */
  async report(call: CallRecord, agent: Agent | undefined): Promise<CallReport | undefined> {
    if (agent === undefined || !this.wants(agent) || call.report !== null || !isWorthReporting(call))
      return undefined;
    const settings = this.#options.models.modelsFor(agent);
    if ("reason" in settings) return failed(settings.reason);
    if (settings.providers.llm.length === 0)
      return failed("Beside its realtime model the agent has no language model that could write one.");
    await this.#turn();
    try {
      return await Promise.race([this.#ask(call, agent, settings.providers.llm), this.#closing.promise]);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  async #ask(
    call: CallRecord,
    agent: Agent,
    models: Parameters<WorkerPool["askModel"]>[0]["models"],
  ): Promise<CallReport> {
    const usage = { promptTokens: 0, completionTokens: 0 };
    let why = "The model's answer was not what it was asked for.";
    for (let attempt = 0; attempt < TRIES; attempt++) {
      try {
        const answer = await this.#options.pool.askModel({
          models,
          instructions: reportInstructions(agent),
          text: talkOf(call),
        });
        usage.promptTokens += answer.usage.promptTokens;
        usage.completionTokens += answer.usage.completionTokens;
        const read = readReport(answer.text, agent.reportingFields);
        if (read !== undefined) return { ...read, usage };
      } catch (error) {
        why = error instanceof Error ? error.message : "The model could not be asked.";
      }
    }
    this.#options.log.warn({ callId: call.id, why }, "a call could not be reported on");
    return { ...failed(why), usage };
  }

  async #turn(): Promise<void> {
    if (this.#running >= MOST_AT_ONCE) {
      const free = new Promise<void>((resolve) => this.#waiting.push(resolve));
      await Promise.race([free, this.#closing.promise]);
    }
    this.#running++;
  }
}

function failed(error: string): CallReport {
  return {
    ...{ summary: null, outcome: null, collectedData: {}, error: error.slice(0, 300) },
    usage: { promptTokens: 0, completionTokens: 0 },
  };
}
