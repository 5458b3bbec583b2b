import type { DialogInfo, WatchedDialog } from "./dialog-info.ts";

/** Dialogs of one entity that are kept; further ones of partial notifications are passed over. */
const MAX_DIALOGS = 256;

/**
 * The dialogs of one entity, put together from its notifications (RFC 4235 §3.8, §4.3): a full one replaces all, a partial one
 * those that it names. Dialogs that have terminated are not kept.
 */
export class DialogTable {
  #version: number | undefined;
  readonly #dialogs = new Map<string, WatchedDialog>();

  /**
   * Takes a notification.
   * @returns `stale` where it is older than what is known, and nothing changes; `gap` where partial ones before it were lost:
   *   it counts, and a refresh of the subscription brings all
   */
  take({ version, state, dialogs }: DialogInfo): "current" | "stale" | "gap" {
    const before = this.#version;
    if (before !== undefined && version <= before) return "stale";
    this.#version = version;
    if (state === "full") this.#dialogs.clear();
    for (const dialog of dialogs) {
      if (dialog.state === "terminated") this.#dialogs.delete(dialog.id);
      else if (this.#dialogs.has(dialog.id) || this.#dialogs.size < MAX_DIALOGS)
        this.#dialogs.set(dialog.id, dialog);
    }
    return state === "partial" && (before === undefined || version > before + 1) ? "gap" : "current";
  }

  /** Those that are, in the order in which they were told first. */
  get dialogs(): readonly WatchedDialog[] {
    return [...this.#dialogs.values()];
  }

  /** Another subscription: its versions begin anew (RFC 4235 §3.8). */
  forget(): void {
    this.#version = undefined;
    this.#dialogs.clear();
  }
}
