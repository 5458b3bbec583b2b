import { FliteEngine } from "./flite-engine.ts";

let shared: FliteEngine | undefined;

/** The voice of this process: one thread and one cache of phrases for all that speak. Loads nothing of LiveKit. */
export function sharedVoice(): FliteEngine {
  shared ??= new FliteEngine();
  return shared;
}
