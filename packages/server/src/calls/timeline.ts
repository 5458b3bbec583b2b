import type { CallTimelineEvent, JsonValue } from "../store/records.ts";

type Fields = { [name: string]: JsonValue | undefined };

/** Entries kept of one call. A hostile peer can make steps (keys, re-INVITEs) as fast as it likes. */
export const MAX_ENTRIES = 1_000;

/** The steps of one call in the order in which they became known. */
export class Timeline {
  readonly #entries: CallTimelineEvent[] = [];
  #full = false;

  /** @param at epoch milliseconds */
  add(at: number, type: string, fields: Fields = {}): void {
    if (this.#full) return;
    this.#full = this.#entries.length === MAX_ENTRIES - 1;
    const time = new Date(at).toISOString();
    this.#entries.push(this.#full ? { at: time, type: "timeline_full" } : { at: time, type, ...fields });
  }

  /** The end is told even where all else was cut off. */
  end(at: number, fields: Fields): void {
    this.#full = true;
    this.#entries.push({ at: new Date(at).toISOString(), type: "ended", ...fields });
  }

  entries(): CallTimelineEvent[] {
    return [...this.#entries];
  }
}
