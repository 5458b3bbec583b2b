/** What has to hear of it when a connection closes, found without looking at anything else. */
export class ByConnection<T> {
  readonly #members = new Map<number, Set<T>>();

  /** @param id undefined where there is no connection: nothing to hear of */
  add(id: number | undefined, member: T): void {
    if (id === undefined) return;
    const members = this.#members.get(id);
    if (members === undefined) this.#members.set(id, new Set([member]));
    else members.add(member);
  }

  delete(id: number | undefined, member: T): void {
    if (id === undefined) return;
    const members = this.#members.get(id);
    members?.delete(member);
    if (members?.size === 0) this.#members.delete(id);
  }

  /** Members of a connection that is gone; they are forgotten. */
  take(id: number): Iterable<T> {
    const members = this.#members.get(id) ?? [];
    this.#members.delete(id);
    return members;
  }
}
