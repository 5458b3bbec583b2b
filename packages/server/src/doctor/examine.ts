// Looks at everything, in the order in which a start meets it, and says each finding as soon as those before it are said.
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { judgeApi, readApi } from "./checks/api.ts";
import { checkCertificates } from "./checks/certificates.ts";
import { judgeDataFolder, judgeRecordings, lookAtFolder } from "./checks/data-folder.ts";
import { checkDatabase, type DatabaseReading } from "./checks/database.ts";
import { checkKey } from "./checks/key.ts";
import { judgeApiHost } from "./checks/listeners.ts";
import { judgeMediaPorts, lookAtMediaPorts } from "./checks/media-ports.ts";
import { checkClock, checkOpenFiles, checkVoice, judgeNodeVersion } from "./checks/runtime.ts";
import { readDatabaseFacts } from "./database-facts.ts";
import { examineConnections } from "./examine-connections.ts";
import { examineNetwork, publicAddressFor } from "./examine-network.ts";
import { type Finding, sentenceOf, warn } from "./finding.ts";
import { OwnStack } from "./own-stack.ts";
import { findRunningNode, type RunningNode } from "./running-node.ts";
import type { Scene } from "./scene.ts";

export interface Examination {
  readonly node: RunningNode | undefined;
  readonly findings: readonly Finding[];
}

export async function examine(config: Config, tell: (finding: Finding) => void): Promise<Examination> {
  const node = await findRunningNode(config);
  const isRunning = node !== undefined;
  const reading = readDatabase(config);
  const api = node && (await readApi(node, config));
  const scene: Scene = {
    ...{ config, node },
    news: api?.kind === "answered" && api.access.kind === "granted" ? api.access.news : undefined,
    database: "facts" in reading ? reading.facts : undefined,
  };
  const { database } = scene;
  const folder = lookAtFolder(config.dataDir);
  const stack = new OwnStack(config);
  // What takes time begins at once; it is told in order all the same.
  const parts: [check: string, part: () => Finding[] | Promise<Finding[]>][] = [
    [
      "node",
      () => [judgeNodeVersion(process.versions.node), ...checkVoice(), checkOpenFiles(config, node?.pid)],
    ],
    ["clock", async () => [await checkClock(database?.newestCall)]],
    ["running", () => judgeApi(node, api)],
    ["data", () => judgeDataFolder(folder)],
    // Where the folder fails, all in it does.
    [
      "recordings",
      () =>
        folder.state === "writable"
          ? [judgeRecordings(lookAtFolder(join(config.dataDir, "recordings")))]
          : [],
    ],
    [
      "database",
      () =>
        folder.state === "unwritable" && !("error" in reading) && reading.facts === undefined
          ? []
          : [checkDatabase(reading, isRunning)],
    ],
    ["key", () => [checkKey(config, database?.secrets ?? [])]],
    ["certificate", () => checkCertificates(config, config.domain ?? publicAddressFor(scene).address)],
    ["listener", () => examineNetwork(scene, stack)],
    ["api", () => [judgeApiHost(config.http.host) ?? []].flat()],
    ["media ports", () => [judgeMediaPorts(lookAtMediaPorts(config, node))]],
    ["connections", () => examineConnections(scene, stack)],
  ];
  const findings: Finding[] = [];
  try {
    const running = parts.map(([check, part]) => guarded(check, part));
    for (const part of running) {
      for (const finding of await part) {
        findings.push(finding);
        tell(finding);
      }
    }
  } finally {
    await stack.close();
  }
  return { node, findings };
}

function readDatabase({ dataDir }: Config): DatabaseReading {
  try {
    return { facts: readDatabaseFacts(join(dataDir, "ringdown.db")) };
  } catch (error) {
    return { error };
  }
}

/** A check that fails by itself says so, and the others go on. */
async function guarded(check: string, part: () => Finding[] | Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await part();
  } catch (error) {
    return [warn(check, `This could not be looked at: ${sentenceOf(error)}`, "Look at it by hand.")];
  }
}
