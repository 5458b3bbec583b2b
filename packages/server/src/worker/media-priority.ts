import { constants, setPriority } from "node:os";

/**
 * Lets the media tick go before other work of this machine, where the system permits it (root, or CAP_SYS_NICE); a
 * packet that is late is heard. On Linux this is the calling thread alone and what it starts later.
 */
export function preferMedia(): void {
  try {
    setPriority(constants.priority.PRIORITY_ABOVE_NORMAL);
  } catch {
    // Not permitted: as everybody else, then.
  }
}
