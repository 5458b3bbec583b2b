import type { Config } from "../config/config.ts";
import type { Log } from "../log/log.ts";
import type { Store } from "../store/store.ts";

/** What the API asks of the calls that run. */
export interface CallControl {
  /** @throws AppError call_not_active, as do the others */
  hangUp(callId: string): Promise<void>;
  say(callId: string, text: string): Promise<void>;
  sendDtmf(callId: string, digits: string): Promise<void>;
  live(callId: string): boolean;
}

export interface NodeStatus {
  ready: boolean;
  draining: boolean;
  /** As `proto:host:port`. */
  listeners: string[];
  databaseOpen: boolean;
  callsRunning: number;
  /** Host part of the agents' SIP URIs. */
  domain: string;
  publicAddress: string;
}

export interface ApiDependencies {
  store: Store;
  config: Config;
  calls: CallControl;
  status: () => NodeStatus;
  log: Log;
}
