import { constants, setPriority } from "node:os";

/**
 * For a thread that computes in bursts (speech made, speech understood): it steps back behind the media thread, whose
 * packets must not wait for it. On Linux a priority is the calling thread's own; elsewhere it would be the process's.
 */
export function stepBack(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // Nothing is lost but some evenness.
  }
}
