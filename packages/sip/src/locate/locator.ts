import { type DnsAnswer, type DnsQuestion, questionKey } from "./dns.ts";
import type { DnsCache } from "./dns-cache.ts";
import type { Located, LocatedTarget, LocateRequest, LocateTraceEntry } from "./located.ts";
import { selectServers } from "./select-servers.ts";
import type { TargetHealth } from "./target-health.ts";

export interface LocatorOptions {
  /** Asks DNS. Always answers, with a failure where there is none; `DnsClient.ask` does. */
  ask(question: DnsQuestion): Promise<DnsAnswer>;
  readonly cache: DnsCache;
  readonly health: TargetHealth;
  /** [0, 1) */
  random(): number;
  /** ms, monotonic. */
  now(): number;
  /** ms after which no further round of questions is begun. Default 10,000. */
  readonly budget?: number;
}

/** A target that is passed by for now. */
export interface SkippedTarget {
  readonly target: LocatedTarget;
  /** ms of the locator's clock. */
  readonly until: number;
  readonly failures: number;
  readonly reason: string;
  /** It asked to be left alone until then (Retry-After). Else a call that has nowhere else to go may try it. */
  readonly isAsked: boolean;
}

export interface LocateResult extends Located {
  /** Located, but failed lately; in the order of selection. Where all were skipped `targets` is empty without a `failure`. */
  readonly skipped: readonly SkippedTarget[];
}

export interface Locator {
  /**
   * The targets of a request in the order to try them (RFC 3263 §4). Never rejects: what goes wrong is in `failure`
   * and in the trace. Ask `health.take` before each attempt: after a pause it lets one request through.
   */
  locate(request: LocateRequest): Promise<LocateResult>;
}

export function createLocator(options: LocatorOptions): Locator {
  const budget = options.budget ?? 10_000;

  const answerTo = async (question: DnsQuestion, outOfTime: boolean): Promise<DnsAnswer> => {
    const known = options.cache.get(question, options.now());
    if (known !== undefined) return known;
    if (outOfTime) return options.cache.remember(question, tooLate, options.now());
    const answer = await options.ask(question).catch(unaskable);
    return options.cache.remember(question, answer, options.now());
  };

  return {
    async locate(request) {
      const startedAt = options.now();
      const answers = new Map<string, DnsAnswer>();
      for (;;) {
        const step = selectServers(request, answers, options.random);
        if (step.kind === "located") return passBy(step.located, options);
        const outOfTime = options.now() - startedAt >= budget;
        await Promise.all(
          step.questions.map(async (question) => {
            answers.set(questionKey(question), await answerTo(question, outOfTime));
          }),
        );
      }
    },
  };
}

function passBy(located: Located, { health, now }: LocatorOptions): LocateResult {
  const at = now();
  const targets: LocatedTarget[] = [];
  const skipped: SkippedTarget[] = [];
  const trace: LocateTraceEntry[] = [...located.trace];
  for (const target of located.targets) {
    const state = health.state(target, at);
    if (state.state !== "paused") {
      targets.push(target);
      continue;
    }
    const { until, failures, reason, isAsked } = state;
    skipped.push({ target, until, failures, reason, isAsked });
    const seconds = Math.ceil((until - at) / 1000);
    const where = `${target.transport} ${target.address} port ${target.port}`;
    trace.push({ kind: "decision", sentence: `${where} is passed by for ${seconds} s: ${reason}.` });
  }
  return { ...located, targets, skipped, trace };
}

const tooLate: DnsAnswer = {
  outcome: "failed",
  source: "server",
  reason: "timeout",
  sentence: "the time for DNS questions was over",
};

function unaskable(error: unknown): DnsAnswer {
  const why = error instanceof Error ? error.message : String(error);
  return {
    outcome: "failed",
    source: "server",
    reason: "unreachable",
    sentence: `DNS could not be asked: ${why}`,
  };
}
