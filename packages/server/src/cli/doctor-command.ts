// `ringdown doctor [--json] [--providers]`: what is wrong with this node, or would be at its start, and what to do about it; or whether
// its providers of models do what calls want of them.
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { ConfigError, readConfig } from "../config/read-config.ts";
import { checkProviders, type StoredModels } from "../doctor/checks/providers.ts";
import { readDatabaseFacts } from "../doctor/database-facts.ts";
import { examine } from "../doctor/examine.ts";
import {
  countLine,
  exitCodes,
  type Finding,
  fail,
  findingLine,
  sentenceOf,
  verdictOf,
  warn,
} from "../doctor/finding.ts";
import type { RunningNode } from "../doctor/running-node.ts";
import { Secrets } from "../secrets/secrets.ts";
import { version } from "./version.ts";

/** Exit code 0: all is well; 1: warnings; 2: something is broken. */
export async function doctorCommand({
  json,
  providers,
}: {
  json: boolean;
  providers: boolean;
}): Promise<void> {
  const findings: Finding[] = [];
  const tell = (finding: Finding): void => {
    findings.push(finding);
    if (!json) process.stdout.write(`${findingLine(finding)}\n`);
  };
  const node = await examineEnvironment(tell, providers);
  const verdict = verdictOf(findings);
  if (json) {
    const running = node === undefined ? null : { pid: node.pid ?? null, api: node.api ?? null };
    const report = { ringdown: version, at: new Date().toISOString(), running, verdict, findings };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else process.stdout.write(`${countLine(findings)}\n`);
  process.exitCode = exitCodes[verdict];
}

async function examineEnvironment(
  tell: (finding: Finding) => void,
  providers: boolean,
): Promise<RunningNode | undefined> {
  let reading: ReturnType<typeof readConfig>;
  try {
    reading = readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const fault of error.faults)
      tell(fail("settings", `${fault}.`, "Correct it: nothing starts before that."));
    return undefined;
  }
  const todo = "See docs/design/configuration.md.";
  for (const warning of reading.warnings) tell(warn("settings", `${warning}.`, todo));
  if (providers) {
    await examineProviders(reading.config, tell);
    return undefined;
  }
  return (await examine(reading.config, tell)).node;
}

async function examineProviders({ dataDir, key }: Config, tell: (finding: Finding) => void): Promise<void> {
  let models: StoredModels = { providers: [], agents: [] };
  try {
    models = readDatabaseFacts(join(dataDir, "ringdown.db"))?.models ?? models;
  } catch (error) {
    const todo = "The keys of the environment are tried all the same; see ringdown doctor.";
    tell(warn("database", `The database cannot be read: ${sentenceOf(error)}`, todo));
  }
  const secrets = new Secrets({ path: join(dataDir, "secret.key"), key, readOnly: true });
  await checkProviders(models, secrets, process.env, tell);
}
