// Which organization's queue is looked at next. Each gets its turn; a wake is never lost.

/** Moments are epoch milliseconds. */
export class TaskLanes {
  /** In order of their last turn: the first has waited longest. */
  readonly #lookAt = new Map<string, number>();

  /** There may be something to do at that time. */
  wake(organizationId: string, at: number): void {
    const before = this.#lookAt.get(organizationId);
    if (before === undefined || at < before) this.#lookAt.set(organizationId, at);
  }

  /** The lane whose turn it is, which goes to the end of the row; undefined: none is due. */
  take(now: number): string | undefined {
    for (const [organizationId, at] of this.#lookAt) {
      if (at > now) continue;
      this.#lookAt.delete(organizationId);
      // Stays known while it is looked at, so that its place is the last and a wake meanwhile counts.
      this.#lookAt.set(organizationId, Number.POSITIVE_INFINITY);
      return organizationId;
    }
    return undefined;
  }

  /** After a turn: when next. Infinity: when it is woken. */
  done(organizationId: string, at: number): void {
    this.wake(organizationId, at);
    if (this.#lookAt.get(organizationId) === Number.POSITIVE_INFINITY) this.#lookAt.delete(organizationId);
  }

  /** When the first is due. Infinity: none is. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const at of this.#lookAt.values()) next = Math.min(next, at);
    return next;
  }
}
