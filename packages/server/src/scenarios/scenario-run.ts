// One scenario played with an agent: turn by turn, each answer held against what must hold of it.
import type { ChatEnd, ChatEvent, ChatMessage } from "@ringdown/voice";
import type { Expectation, Scenario } from "./scenario-file.ts";

/** Whom the caller of a scenario talks with. */
export interface ScenarioPartner {
  /** One answer. @param messages all of the talk so far; none: he greets */
  turn(
    messages: readonly ChatMessage[],
    context: Pick<Scenario, "from" | "context" | "taskContext">,
    onEvent: (event: ChatEvent) => void,
  ): Promise<ChatEnd>;
  /** Whether a claim holds of the last answer of a talk. */
  judge(talk: string, claim: string): Promise<{ holds: boolean; reason: string }>;
}

export interface ScenarioFailure {
  line: number;
  what: string;
}

export interface ScenarioResult {
  name: string;
  failures: ScenarioFailure[];
  /** The talk as it was, a line each. */
  talk: string[];
  usage: { promptTokens: number; completionTokens: number };
}

interface Answer {
  text: string;
  called: { name: string; arguments: Record<string, unknown> }[];
  outcome: ChatEnd["outcome"];
}

/** Ends at the first turn with a failure: what follows would be another talk than the one that was meant. */
export async function runScenario(scenario: Scenario, partner: ScenarioPartner): Promise<ScenarioResult> {
  const messages: ChatMessage[] = [];
  const result: ScenarioResult = {
    ...{ name: scenario.name, failures: [], talk: [] },
    usage: { promptTokens: 0, completionTokens: 0 },
  };
  let outcome: ChatEnd["outcome"] = "open";
  for (const { caller, expect, line } of scenario.turns) {
    if (outcome !== "open") {
      result.failures.push({ line, what: `the caller says something, but the call is ${outcome}` });
      return result;
    }
    if (caller !== undefined) {
      messages.push({ role: "user", content: caller });
      result.talk.push(`Caller: ${caller}`);
    }
    let answer: Answer;
    try {
      answer = await take(scenario, partner, messages, result);
    } catch (error) {
      result.failures.push({ line, what: error instanceof Error ? error.message : String(error) });
      return result;
    }
    ({ outcome } = answer);
    const faults = [...simpleFaults(expect, answer)];
    // A judge costs a question: he is asked where nothing simpler has failed.
    if (faults.length === 0) {
      for (const claim of [expect.judge ?? []].flat()) {
        const { holds, reason } = await partner.judge(result.talk.join("\n"), claim);
        if (!holds) faults.push(`${JSON.stringify(claim)} does not hold: ${reason}`);
      }
    }
    result.failures.push(...faults.map((what) => ({ line, what })));
    if (faults.length > 0) return result;
  }
  return result;
}

async function take(
  scenario: Scenario,
  partner: ScenarioPartner,
  messages: ChatMessage[],
  { talk, usage }: ScenarioResult,
): Promise<Answer> {
  const answer: Answer = { text: "", called: [], outcome: "open" };
  let said = "";
  const given = new Map<string, string>();
  const flush = (): void => {
    if (said === "") return;
    messages.push({ role: "agent", content: said });
    talk.push(`Agent: ${said}`);
    answer.text += `${answer.text === "" ? "" : " "}${said}`;
    said = "";
  };
  const end = await partner.turn([...messages], scenario, (event) => {
    if (event.type === "text") said += event.text;
    else if (event.type === "function") given.set(event.id, event.arguments);
    else {
      flush();
      const text = given.get(event.id) ?? "{}";
      answer.called.push({ name: event.name, arguments: objectOf(text) });
      messages.push({ role: "function", name: event.name, arguments: text, output: event.output });
      talk.push(`[${event.name} ${text} → ${event.wouldHave ?? event.output}]`);
    }
  });
  flush();
  usage.promptTokens += end.usage.promptTokens;
  usage.completionTokens += end.usage.completionTokens;
  return { ...answer, outcome: end.outcome };
}

function* simpleFaults(expect: Expectation, { text, called, outcome }: Answer): Generator<string> {
  const folded = text.toLowerCase();
  for (const wanted of [expect.says ?? []].flat())
    if (!folded.includes(wanted.toLowerCase())) yield `the agent does not say ${JSON.stringify(wanted)}`;
  for (const unwanted of [expect.saysNot ?? []].flat())
    if (folded.includes(unwanted.toLowerCase())) yield `the agent says ${JSON.stringify(unwanted)}`;
  for (const pattern of [expect.matches ?? []].flat())
    if (!new RegExp(pattern, "iu").test(text))
      yield `what the agent says does not match ${JSON.stringify(pattern)}`;
  if (expect.calls === null && called.length > 0)
    yield `no function was to be called, but ${names(called)} was`;
  for (const wanted of [expect.calls ?? []].flat()) {
    const { name, arguments: args = {} } = typeof wanted === "string" ? { name: wanted } : wanted;
    const same = called.filter((one) => one.name.toLowerCase() === name.toLowerCase());
    if (same.length === 0) {
      yield `${JSON.stringify(name)} was not called; ${called.length === 0 ? "nothing was" : `${names(called)} was`}`;
    } else if (!same.some((one) => holds(one.arguments, args))) {
      yield `${JSON.stringify(name)} was called with ${JSON.stringify(same[0]?.arguments)}, not with ${JSON.stringify(args)}`;
    }
  }
  if (expect.outcome !== undefined && expect.outcome !== outcome)
    yield `the call is ${outcome}, not ${expect.outcome}`;
}

function names(called: Answer["called"]): string {
  return called.map(({ name }) => JSON.stringify(name)).join(", ");
}

/** Whether a value has all that is wanted of it; texts in any case. */
function holds(value: unknown, wanted: unknown): boolean {
  if (typeof wanted === "string" && typeof value === "string")
    return value.toLowerCase() === wanted.toLowerCase();
  if (Array.isArray(wanted))
    return (
      Array.isArray(value) &&
      value.length === wanted.length &&
      wanted.every((one, index) => holds(value[index], one))
    );
  if (typeof wanted === "object" && wanted !== null) {
    if (typeof value !== "object" || value === null) return false;
    return Object.entries(wanted).every(([name, one]) =>
      holds((value as Record<string, unknown>)[name], one),
    );
  }
  return value === wanted;
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
