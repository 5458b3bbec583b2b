/**
 * All timers of one user agent behind one alarm.
 *
 * A SIP stack sets nearly all its timers with a handful of durations (T1, 2·T1, T4, 64·T1, …). Timers of one
 * duration come due in the order in which they were set, so each of these has a lane: a first-in, first-out list
 * where setting costs the same with a hundred timers or a million. Any other duration goes to a binary heap.
 * Cancelled entries stay in place, emptied, until their turn comes or they are the larger part of all.
 */
export interface TimerOwner<Name extends string = string> {
  onTimer(name: Name, now: number): void;
}

export class Timer {
  /** ms on the environment's monotonic clock */
  readonly at: number;
  owner: TimerOwner | undefined;
  readonly name: string;

  constructor(at: number, owner: TimerOwner, name: string) {
    this.at = at;
    this.owner = owner;
    this.name = name;
  }
}

function isSet(timer: Timer): boolean {
  return timer.owner !== undefined;
}

/** Fewer emptied entries are not worth the walk over all. */
const worthCompacting = 4_096;

class Lane {
  #entries: Timer[] = [];
  #head = 0;

  get length(): number {
    return this.#entries.length - this.#head;
  }

  push(timer: Timer): void {
    this.#entries.push(timer);
  }

  compact(): void {
    this.#entries = this.#entries.slice(this.#head).filter(isSet);
    this.#head = 0;
  }

  /** The first timer that is still set; emptied ones before it are let go. */
  peek(): Timer | undefined {
    while (this.#head < this.#entries.length) {
      const first = this.#entries[this.#head];
      if (first?.owner !== undefined) return first;
      this.shift();
    }
    return undefined;
  }

  shift(): void {
    this.#head++;
    // Moved in halves, so that shifting stays constant on average and the array does not grow for ever.
    if (this.#head >= 64 && this.#head * 2 >= this.#entries.length) {
      this.#entries = this.#entries.slice(this.#head);
      this.#head = 0;
    }
  }
}

class Heap {
  #entries: Timer[] = [];

  get length(): number {
    return this.#entries.length;
  }

  compact(): void {
    // In the order of time, what is left is a heap as it stands.
    this.#entries = this.#entries.filter(isSet).sort((one, other) => one.at - other.at);
  }

  push(timer: Timer): void {
    const entries = this.#entries;
    let index = entries.length;
    entries.push(timer);
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = entries[parentIndex];
      if (parent === undefined || parent.at <= timer.at) break;
      entries[index] = parent;
      index = parentIndex;
    }
    entries[index] = timer;
  }

  peek(): Timer | undefined {
    while (this.#entries.length > 0) {
      const first = this.#entries[0];
      if (first?.owner !== undefined) return first;
      this.shift();
    }
    return undefined;
  }

  shift(): void {
    const entries = this.#entries;
    const last = entries.pop();
    if (last === undefined || entries.length === 0) return;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = entries[childIndex];
      if (child === undefined) break;
      const right = entries[childIndex + 1];
      if (right !== undefined && right.at < child.at) {
        childIndex++;
        child = right;
      }
      if (child.at >= last.at) break;
      entries[index] = child;
      index = childIndex;
    }
    entries[index] = last;
  }
}

export class TimerQueue {
  readonly #setAlarm: (at: number | undefined) => void;
  readonly #lanes = new Map<number, Lane>();
  readonly #laneList: Lane[] = [];
  readonly #heap = new Heap();
  #active = 0;
  /** Since the last time that all were gone through; some of these have left by themselves. */
  #cancelled = 0;
  #alarm: number | undefined;
  #latest = 0;
  #firing = false;

  /**
   * @param setAlarm told the time (ms) of the earliest timer whenever that moves nearer, and at each `fire`
   * @param lanes durations, ms, that are set over and over
   */
  constructor(setAlarm: (at: number | undefined) => void, lanes: Iterable<number> = []) {
    this.#setAlarm = setAlarm;
    for (const duration of new Set(lanes)) {
      const lane = new Lane();
      this.#lanes.set(duration, lane);
      this.#laneList.push(lane);
    }
  }

  /** Timers that are set now. */
  get size(): number {
    return this.#active;
  }

  /** Entries in memory, emptied ones included. */
  get held(): number {
    return this.#laneList.reduce((sum, lane) => sum + lane.length, this.#heap.length);
  }

  /** @param after ms from `now`; owner.onTimer(name) is called from `fire` once that time has come */
  set(now: number, after: number, owner: TimerOwner, name: string): Timer {
    // A clock that steps back must not break a lane's order.
    if (now > this.#latest) this.#latest = now;
    const timer = new Timer(this.#latest + after, owner, name);
    const lane = this.#lanes.get(after);
    if (lane !== undefined) lane.push(timer);
    else this.#heap.push(timer);
    this.#active++;
    if (!this.#firing && (this.#alarm === undefined || timer.at < this.#alarm)) {
      this.#alarm = timer.at;
      this.#setAlarm(timer.at);
    }
    return timer;
  }

  cancel(timer: Timer | undefined): void {
    if (timer?.owner === undefined) return;
    timer.owner = undefined;
    this.#active--;
    // A timer of half an hour is mostly cancelled after a minute. Going through all costs as much as what it frees.
    if (++this.#cancelled < worthCompacting || this.#cancelled < 2 * this.#active) return;
    this.#cancelled = 0;
    for (const lane of this.#laneList) lane.compact();
    this.#heap.compact();
  }

  /** Runs every timer due at `now`, earliest first, and asks for the next alarm. */
  fire(now: number): void {
    this.#firing = true;
    try {
      for (;;) {
        const source = this.#earliest();
        const timer = source?.peek();
        if (source === undefined || timer === undefined || timer.at > now) break;
        source.shift();
        const owner = timer.owner;
        timer.owner = undefined;
        this.#active--;
        owner?.onTimer(timer.name, now);
      }
    } finally {
      this.#firing = false;
      this.#alarm = this.#earliest()?.peek()?.at;
      this.#setAlarm(this.#alarm);
    }
  }

  #earliest(): Lane | Heap | undefined {
    let best: Lane | Heap | undefined;
    let at = Number.POSITIVE_INFINITY;
    for (const lane of this.#laneList) {
      const first = lane.peek();
      if (first !== undefined && first.at < at) {
        at = first.at;
        best = lane;
      }
    }
    const top = this.#heap.peek();
    return top !== undefined && top.at < at ? this.#heap : best;
  }
}
