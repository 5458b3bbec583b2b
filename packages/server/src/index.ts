// The node as a library: what the command line uses, for programs that carry a Ringdown inside.
export { version } from "./cli/version.ts";
export type { Config } from "./config/config.ts";
export { ConfigError, readConfig } from "./config/read-config.ts";
export { AppError, type ErrorCode } from "./errors.ts";
export { createLog, type Log } from "./log/log.ts";
export { type Ringdown, startRingdown } from "./ringdown.ts";
export type { Agent, CallRecord, RejectedCall } from "./store/records.ts";
export { forkWorker } from "./worker/fork-worker.ts";
