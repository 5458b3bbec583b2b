import type { RegistrationOutput, RegistrationState } from "./registration-types.ts";

const initial: RegistrationState = {
  state: "unregistered",
  fault: undefined,
  lastCode: undefined,
  lastReason: undefined,
  expiresAt: undefined,
  nextAttemptAt: undefined,
  target: undefined,
  publicAddress: undefined,
  contact: undefined,
  serviceRoute: [],
  path: [],
};

/** Collects the outputs of one input. State and timer are told once, as they are in the end, where they changed. */
export class StateBoard {
  state: RegistrationState = initial;
  #told: RegistrationState = initial;
  #timerAt: number | undefined;
  #outputs: RegistrationOutput[] = [];

  put(output: RegistrationOutput): void {
    this.#outputs.push(output);
  }

  update(changes: Partial<RegistrationState>): void {
    this.state = { ...this.state, ...changes };
  }

  /** The timer that was asked for has come. */
  timerCame(): void {
    this.#timerAt = undefined;
  }

  /** @param timers ms; the first of them is asked for */
  settle(timers: readonly (number | undefined)[]): RegistrationOutput[] {
    if (isSameState(this.state, this.#told)) this.state = this.#told;
    else this.put({ type: "state", state: this.state });
    this.#told = this.state;
    let at: number | undefined;
    for (const time of timers) if (time !== undefined && (at === undefined || time < at)) at = time;
    if (at !== this.#timerAt) this.put({ type: "set-timer", at });
    this.#timerAt = at;
    const outputs = this.#outputs;
    this.#outputs = [];
    return outputs;
  }
}

function isSameState(one: RegistrationState, other: RegistrationState): boolean {
  for (const [name, value] of Object.entries(one)) {
    const before = other[name as keyof RegistrationState];
    if (value !== before && JSON.stringify(value) !== JSON.stringify(before)) return false;
  }
  return true;
}
