import type { AgentProfile } from "./agent-profile.ts";
import type { VoiceLog } from "./voice-log.ts";

/** Loads what the first call would wait for: LiveKit Agents, the voice, the agents' fixed phrases. Safe to call again. */
export async function warmUp(profiles: AgentProfile[], log?: VoiceLog): Promise<void> {
  if (!profiles.some(({ mode }) => mode === "attendant")) return;
  const { warmUpAttendant } = await import("./attendant/attendant-conversation.ts");
  await warmUpAttendant(profiles, log);
}

/**
 * Loads only the modules that conversations of these agents need. It is a second's work in which this thread does
 * nothing else, so it belongs before the first call; `warmUp` does the rest, beside calls. Safe to call again.
 */
export async function preload(profiles: AgentProfile[], log?: VoiceLog): Promise<void> {
  if (profiles.some(({ mode }) => mode === "attendant")) {
    const { preloadAttendant } = await import("./attendant/attendant-conversation.ts");
    preloadAttendant(log);
  }
  if (profiles.some(({ mode }) => mode === "pipeline" || mode === "realtime")) {
    const { preloadModels } = await import("./model/model-conversation.ts");
    preloadModels();
  }
}
