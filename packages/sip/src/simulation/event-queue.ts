interface Event {
  readonly at: number;
  /** Events of one time happen in the order in which they were made. */
  readonly order: number;
  readonly action: () => void;
}

/** What is to happen, by virtual time: a binary heap. */
export class EventQueue {
  readonly #heap: Event[] = [];
  #made = 0;

  get nextAt(): number | undefined {
    return this.#heap[0]?.at;
  }

  push(at: number, action: () => void): void {
    const event = { at, order: this.#made++, action };
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (parent === undefined || !isBefore(event, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  pop(): (() => void) | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || first === last) return first?.action;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      const right = heap[childIndex + 1];
      if (child !== undefined && right !== undefined && isBefore(right, child)) {
        child = right;
        childIndex++;
      }
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
    return first.action;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
