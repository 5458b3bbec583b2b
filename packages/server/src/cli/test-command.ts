// `ringdown test FILE…`: scenarios that an agent has to pass, by text; nobody is called.
import { readFileSync } from "node:fs";
import { parse as parsePath } from "node:path";
import { parseArgs } from "node:util";
import type { AgentProfile } from "@ringdown/voice";
import { checkAgentInput } from "../api/agent-input.ts";
import { agentProfile } from "../calls/agent-profile.ts";
import { readConfig } from "../config/read-config.ts";
import { findRunningNode } from "../doctor/running-node.ts";
import { AppError } from "../errors.ts";
import { Providers } from "../models/providers.ts";
import { localPartner, nodePartner } from "../scenarios/partners.ts";
import { parseScenarios, type ScenarioFile } from "../scenarios/scenario-file.ts";
import { runScenario, type ScenarioPartner, type ScenarioResult } from "../scenarios/scenario-run.ts";
import { AGENT_DEFAULTS } from "../store/agent-fields.ts";
import type { Agent } from "../store/records.ts";

export const TEST_USAGE = `Usage: ringdown test FILE… [--only TEXT] [--repeat N]

  --only TEXT  run the scenarios whose names hold TEXT
  --repeat N   run each so many times (1 to 100): models do not always say the same

Files are YAML: docs/design/scenarios.md. An agent that is described in the file talks with the keys of the environment
(OPENAI_API_KEY, …); one that is named is asked of the running node, whose token is in RINGDOWN_TOKEN.
Exit code 0: all passed, 1: something failed, 2: a file or the command is wrong.
`;

const FAILED = 1;
const WRONG = 2;

interface Options {
  files: string[];
  only: string;
  repeat: number;
}

export async function testCommand(given: readonly string[]): Promise<void> {
  const options = optionsOf(given);
  if (typeof options === "string") {
    process.stderr.write(`ringdown test: ${options}\n\n${TEST_USAGE}`);
    process.exitCode = WRONG;
    return;
  }
  const totals = { passed: 0, failed: 0, promptTokens: 0, completionTokens: 0 };
  try {
    const files = options.files.map((path) => ({ path, file: parseScenarios(path, readText(path)) }));
    for (const { path, file } of files) {
      const chosen = file.scenarios.filter(({ name }) =>
        name.toLowerCase().includes(options.only.toLowerCase()),
      );
      if (chosen.length === 0) continue;
      process.stdout.write(`${path}\n`);
      const partner = await partnerFor(path, file);
      for (const scenario of chosen) {
        const results: ScenarioResult[] = [];
        for (let run = 0; run < options.repeat; run++) results.push(await runScenario(scenario, partner));
        tell(results, scenario.name);
        for (const { failures, usage } of results) {
          totals[failures.length === 0 ? "passed" : "failed"]++;
          totals.promptTokens += usage.promptTokens;
          totals.completionTokens += usage.completionTokens;
        }
      }
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`ringdown test: ${error.message}\n`);
    process.exitCode = WRONG;
    return;
  }
  const { passed, failed, promptTokens, completionTokens } = totals;
  if (passed + failed === 0) {
    process.stderr.write(`ringdown test: no scenario has ${JSON.stringify(options.only)} in its name.\n`);
    process.exitCode = WRONG;
    return;
  }
  process.stdout.write(
    `${passed} passed, ${failed} failed; ${promptTokens} tokens in, ${completionTokens} out\n`,
  );
  process.exitCode = failed === 0 ? 0 : FAILED;
}

function optionsOf(given: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...given],
      allowPositionals: true,
      options: { only: { type: "string", default: "" }, repeat: { type: "string", default: "1" } },
    });
    const { only, repeat } = values;
    if (positionals.length === 0) return "which file?";
    if (!/^(?:[1-9]\d?|100)$/.test(repeat)) return "--repeat takes a number from 1 to 100.";
    return { files: positionals, only, repeat: Number(repeat) };
  } catch (error) {
    return (error as Error).message;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new AppError("validation_failed", `${path} cannot be read: ${(error as Error).message}.`);
  }
}

async function partnerFor(path: string, { agent, scenarios }: ScenarioFile): Promise<ScenarioPartner> {
  const providers = Providers.ofEnvironment(process.env);
  if (typeof agent !== "string") return localPartner(profileOf(path, agent, providers));
  const isJudged = scenarios.some(({ turns }) => turns.some(({ expect }) => expect.judge !== undefined));
  const models = providers.modelsFor({ ...AGENT_DEFAULTS, organizationId: "" });
  if (isJudged && "reason" in models)
    throw new AppError("provider_missing", `${path}: judge: ${models.reason}`);
  const { config } = readConfig(process.env);
  const node = await findRunningNode(config);
  const token = config.token;
  if (node?.api === undefined)
    throw new AppError(
      "agent_not_found",
      `${path} names the agent ${JSON.stringify(agent)}, but no node runs on this data folder (RINGDOWN_DATA).`,
    );
  if (token === undefined)
    throw new AppError(
      "validation_failed",
      `${path} names an agent of the running node: set its token as RINGDOWN_TOKEN.`,
    );
  return nodePartner({ url: node.api, token }, agent, "reason" in models ? undefined : models.providers.llm);
}

/** An agent that is nowhere but in a file. @throws AppError */
function profileOf(
  path: string,
  fields: Exclude<ScenarioFile["agent"], string>,
  providers: Providers,
): AgentProfile {
  const at = new Date().toISOString();
  try {
    const agent: Agent = {
      ...AGENT_DEFAULTS,
      ...{ id: "agt_scenario", organizationId: "", username: parsePath(path).name, phoneNumbers: [] },
      ...{ createdAt: at, updatedAt: at, mode: "pipeline" },
      ...checkAgentInput(fields),
    };
    if (agent.mode !== "pipeline")
      throw new AppError("chat_unavailable", `only agents of mode "pipeline" can be talked with by text.`);
    const profile = agentProfile(agent, "", providers);
    if ("reason" in profile) throw new AppError("provider_missing", profile.reason);
    return profile;
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${path}: agent: ${error.message}`);
  }
}

function tell(results: readonly ScenarioResult[], name: string): void {
  const failed = results.filter(({ failures }) => failures.length > 0);
  const count = results.length === 1 ? "" : ` (${results.length - failed.length} of ${results.length})`;
  process.stdout.write(`  ${failed.length === 0 ? "✔" : "✖"} ${name}${count}\n`);
  const [first] = failed;
  if (first === undefined) return;
  for (const { line, what } of first.failures) process.stdout.write(`      line ${line}: ${what}\n`);
  for (const line of first.talk) process.stdout.write(`        ${line.replace(/\s+/g, " ")}\n`);
}
