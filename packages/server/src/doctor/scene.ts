import type { NodeStatus } from "../api/dependencies.ts";
import type { Config } from "../config/config.ts";
import type { RegistrationView } from "../registrations/registration-view.ts";
import type { DatabaseFacts } from "./database-facts.ts";
import type { NodeApi } from "./node-api.ts";
import type { RunningNode } from "./running-node.ts";

/** What a running node tells to a token that it knows. */
export interface NodeNews {
  readonly api: NodeApi;
  readonly status: NodeStatus;
  readonly registrations: readonly RegistrationView[];
  readonly routes: readonly { route: string; hasPassword: boolean }[];
  readonly accessList: readonly string[];
}

/** What all checks begin with. */
export interface Scene {
  readonly config: Config;
  /** Undefined: none runs, as far as can be seen. */
  readonly node: RunningNode | undefined;
  /** Undefined: none runs, or it does not know us. */
  readonly news: NodeNews | undefined;
  /** Undefined: there is none yet, or it cannot be read. */
  readonly database: DatabaseFacts | undefined;
}
