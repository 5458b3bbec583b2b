import { initializeLogger, loggerOptions } from "@livekit/agents";

/**
 * LiveKit Agents has one logger for the process. It is silent unless RINGDOWN_LIVEKIT_LOG names a pino level:
 * what matters of a session reaches our own log as events.
 */
export function initialiseLiveKit(): void {
  if (loggerOptions() !== undefined) return;
  initializeLogger({ pretty: false, level: process.env.RINGDOWN_LIVEKIT_LOG ?? "silent" });
}
