import { initializeLogger, loggerOptions } from "@livekit/agents";
import { raceLeanly } from "./lean-race.ts";

/**
 * LiveKit Agents has one logger for the process. It is silent unless RINGDOWN_LIVEKIT_LOG names a pino level:
 * what matters of a session reaches our own log as events. Its races are made to keep nothing.
 */
export function initialiseLiveKit(): void {
  if (loggerOptions() !== undefined) return;
  raceLeanly();
  initializeLogger({ pretty: false, level: process.env.RINGDOWN_LIVEKIT_LOG ?? "silent" });
}
