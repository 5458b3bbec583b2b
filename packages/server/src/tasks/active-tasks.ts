// The tasks that are under way, counted by what limits them.
export interface ActiveTask {
  readonly id: string;
  readonly organizationId: string;
  readonly targetKey: string;
  /** Its call, once that was given out. */
  callId: string | undefined;
  /** Somebody wants it to end. */
  canceled: boolean;
}

export class ActiveTasks {
  readonly #all = new Map<string, ActiveTask>();
  readonly #perOrganization = new Map<string, number>();
  readonly #targets = new Set<string>();
  readonly #idle = new Set<() => void>();

  add(task: Pick<ActiveTask, "id" | "organizationId" | "targetKey">): ActiveTask {
    const { id, organizationId, targetKey } = task;
    const active = { id, organizationId, targetKey, callId: undefined, canceled: false };
    this.#all.set(id, active);
    this.#perOrganization.set(organizationId, this.of(organizationId) + 1);
    this.#targets.add(`${organizationId} ${targetKey}`);
    return active;
  }

  get(id: string): ActiveTask | undefined {
    return this.#all.get(id);
  }

  remove({ id, organizationId, targetKey }: ActiveTask): void {
    if (!this.#all.delete(id)) return;
    const left = this.of(organizationId) - 1;
    if (left > 0) this.#perOrganization.set(organizationId, left);
    else this.#perOrganization.delete(organizationId);
    this.#targets.delete(`${organizationId} ${targetKey}`);
    if (this.#all.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  of(organizationId: string): number {
    return this.#perOrganization.get(organizationId) ?? 0;
  }

  isCalled(organizationId: string, targetKey: string): boolean {
    return this.#targets.has(`${organizationId} ${targetKey}`);
  }

  /** Resolves when none is left. */
  idle(): Promise<void> {
    if (this.#all.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }
}
