interface Racer {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

interface Contender {
  settled: boolean;
  racers: Set<Racer>;
}

const contenders = new WeakMap<PromiseLike<unknown>, Contender>();

/** Asks the promise once, however often it runs. */
function contenderOf(promise: PromiseLike<unknown>): Contender {
  const known = contenders.get(promise);
  // One that has settled is asked each time: its answer comes at once and nothing stays.
  if (known !== undefined && !known.settled) return known;
  const contender: Contender = { settled: false, racers: new Set() };
  const settle = (tell: (racer: Racer) => void): void => {
    contender.settled = true;
    for (const racer of contender.racers) tell(racer);
    contender.racers.clear();
  };
  promise.then(
    (value) => settle(({ resolve }) => resolve(value)),
    (reason) => settle(({ reject }) => reject(reason)),
  );
  contenders.set(promise, contender);
  return contender;
}

function leanRace(this: PromiseConstructor, values: Iterable<unknown>): Promise<unknown> {
  return new this((resolve, reject) => {
    const running: Contender[] = [];
    const leave = (): void => {
      for (const { racers } of running) racers.delete(racer);
    };
    const racer: Racer = {
      resolve: (value) => {
        leave();
        resolve(value);
      },
      reject: (reason) => {
        leave();
        reject(reason);
      },
    };
    for (const value of values) {
      // A subclass's `resolve` would wrap the promise anew each time, and each wrapper stay with it.
      const contender = contenderOf(value instanceof Promise ? value : this.resolve(value));
      contender.racers.add(racer);
      running.push(contender);
    }
  });
}

/**
 * Makes `Promise.race` of this process forget what has lost. The language's own adds a reaction to each promise at each race,
 * and that keeps the winner's value until the promise settles: LiveKit and its plugins race each frame that they read against
 * one promise of the conversation's end, and so hold all that a caller has said for as long as he stays, 50 kB a second.
 * What a race settles with is the same; a promise that is raced often tells all its races in one go.
 */
export function raceLeanly(): void {
  Object.defineProperty(Promise, "race", { value: leanRace, configurable: true, writable: true });
}
