import { readConfig } from "../config/read-config.ts";
import { createLog } from "../log/log.ts";
import { buildApi } from "./build-api.ts";
import type { ApiDependencies } from "./dependencies.ts";

/** The OpenAPI document without a node: routes only describe themselves until they are asked. */
export async function apiDocument(): Promise<object> {
  const { config } = readConfig({});
  const log = createLog("silent");
  const api = await buildApi({ config, log } as ApiDependencies);
  const document = api.swagger();
  await api.close();
  return document;
}
