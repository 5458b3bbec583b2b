import { type Profiler, Session } from "node:inspector";

type Patch = readonly [
  owner: object,
  name: string,
  cost: (self: unknown, args: readonly unknown[], result: unknown) => number,
];

/**
 * Counts the work of a function in steps rather than in time: how often each block of the counted sources is entered, and
 * how many characters or bytes the library's own scans go over. The same call gives the same number on every machine.
 *
 * Blocks are told apart only in modules that are loaded after `start`. A regular expression counts as far as it gets:
 * what it does by going back is not seen.
 */
export class StepCounter {
  readonly #session = new Session();
  readonly #counts: (url: string) => boolean;
  #native = 0;

  /** @param counts whether the source of that URL is counted */
  constructor(counts: (url: string) => boolean) {
    this.#counts = counts;
  }

  start(): void {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Forgets what ran before the first count: loading the modules. */
  begin(): void {
    this.#take();
  }

  stop(): void {
    this.#session.disconnect();
  }

  /** Steps of one call, whether it returns or throws. Nothing else of the counted sources may run between two counts. */
  count(work: () => unknown): number {
    this.#native = 0;
    const undo = patches.map((patch) => this.#patch(patch));
    try {
      work();
    } catch {
      // What is refused has been worked on, too.
    } finally {
      for (const restore of undo) restore();
    }
    let blocks = 0;
    for (const { url, functions } of this.#take()) {
      if (!this.#counts(url)) continue;
      for (const { ranges } of functions) for (const { count } of ranges) blocks += count;
    }
    return blocks + this.#native;
  }

  #take(): Profiler.ScriptCoverage[] {
    let taken: Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error !== null) throw error;
      taken = result;
    });
    return taken;
  }

  #patch([owner, name, cost]: Patch): () => void {
    const original = Reflect.get(owner, name) as (...args: unknown[]) => unknown;
    const counter = this;
    let inside = false;
    Reflect.set(owner, name, function counted(this: unknown, ...args: unknown[]): unknown {
      // What one of these calls of another is part of it.
      if (inside) return Reflect.apply(original, this, args);
      inside = true;
      const before = this instanceof RegExp ? this.lastIndex : 0;
      try {
        const result = Reflect.apply(original, this, args);
        counter.#native += cost(this instanceof RegExp ? { regExp: this, before } : this, args, result);
        return result;
      } finally {
        inside = false;
      }
    });
    return () => Reflect.set(owner, name, original);
  }
}

const length = (value: unknown) => (typeof value === "string" || Buffer.isBuffer(value) ? value.length : 0);

/** As far as a search from `from` went. */
function searched(self: unknown, args: readonly unknown[], result: unknown): number {
  const from = typeof args[1] === "number" ? args[1] : 0;
  return (result === -1 ? length(self) : (result as number)) - from + 1;
}

function matched(self: unknown, args: readonly unknown[], result: unknown): number {
  const { regExp, before } = self as { regExp: RegExp; before: number };
  const start = regExp.global || regExp.sticky ? before : 0;
  const match = result as RegExpExecArray | null;
  if (match !== null) return match.index - start + match[0].length + 1;
  // One that has to match where it begins has no way to go on.
  return regExp.sticky || regExp.source.startsWith("^") ? 1 : length(args[0]) - start + 1;
}

const patches: readonly Patch[] = [
  [String.prototype, "indexOf", searched],
  [
    String.prototype,
    "lastIndexOf",
    (self, args, result) =>
      (typeof args[1] === "number" ? args[1] : length(self)) - Math.max(result as number, 0) + 1,
  ],
  [String.prototype, "includes", (self, args) => length(self) - (typeof args[1] === "number" ? args[1] : 0)],
  [String.prototype, "trim", (self, _args, result) => length(self) - length(result) + 1],
  [String.prototype, "trimEnd", (self, _args, result) => length(self) - length(result) + 1],
  [String.prototype, "toLowerCase", length],
  [String.prototype, "toUpperCase", length],
  [String.prototype, "split", (self, args) => (args[1] === 1 ? 1 : length(self))],
  [String.prototype, "replaceAll", length],
  [RegExp.prototype, "exec", matched],
  [Buffer.prototype, "indexOf", searched],
  [Buffer.prototype, "copy", (_self, _args, result) => result as number],
  [Buffer.prototype, "toString", (_self, _args, result) => length(result)],
];
