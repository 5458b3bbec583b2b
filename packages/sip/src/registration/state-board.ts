type Settled<State> =
  | { readonly type: "state"; readonly state: State }
  | { readonly type: "set-timer"; readonly at: number | undefined };

/** Collects the outputs of one input. State and timer are told once, as they are in the end, where they changed. */
export class StateBoard<State extends object, Output> {
  state: State;
  #told: State;
  #timerAt: number | undefined;
  #outputs: (Output | Settled<State>)[] = [];

  constructor(initial: State) {
    this.state = initial;
    this.#told = initial;
  }

  put(output: Output): void {
    this.#outputs.push(output);
  }

  update(changes: Partial<State>): void {
    this.state = { ...this.state, ...changes };
  }

  /** The timer that was asked for has come. */
  timerCame(): void {
    this.#timerAt = undefined;
  }

  /** @param timers ms; the first of them is asked for */
  settle(timers: readonly (number | undefined)[]): (Output | Settled<State>)[] {
    if (isSameState(this.state, this.#told)) this.state = this.#told;
    else this.#outputs.push({ type: "state", state: this.state });
    this.#told = this.state;
    let at: number | undefined;
    for (const time of timers) if (time !== undefined && (at === undefined || time < at)) at = time;
    if (at !== this.#timerAt) this.#outputs.push({ type: "set-timer", at });
    this.#timerAt = at;
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

function isSameState<State extends object>(one: State, other: State): boolean {
  for (const [name, value] of Object.entries(one)) {
    const before: unknown = other[name as keyof State];
    if (value !== before && JSON.stringify(value) !== JSON.stringify(before)) return false;
  }
  return true;
}
