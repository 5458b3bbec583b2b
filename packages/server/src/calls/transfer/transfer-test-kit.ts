// A transfer's machine in virtual time, for tests: it is told things, and what it wants is written down in short words.
import type { TransferInput, TransferOutput, TransferTimer } from "./transfer-io.ts";
import { TransferMachine } from "./transfer-machine.ts";
import type { TransferPlan, TransferTarget } from "./transfer-plan.ts";

export function target(text: string, options: Partial<TransferTarget> = {}): TransferTarget {
  return { text, ringSeconds: 30, digits: [], referTo: undefined, ...options };
}

export function plan(options: Partial<TransferPlan> = {}): TransferPlan {
  return {
    targets: [target("ext:1002")],
    mode: "bridge",
    referFallback: true,
    consent: { by: "nothing" },
    confirmSeconds: 30,
    agentStays: false,
    notification: "",
    prompt: "",
    afterTalk: "end",
    ...options,
  };
}

export class MachineBench {
  readonly machine: TransferMachine;
  /** Everything that the machine has wanted, oldest first. */
  readonly outputs: TransferOutput[] = [];
  readonly #timers = new Map<TransferTimer, number>();
  #now = 0;

  constructor(options: Partial<TransferPlan> = {}) {
    this.machine = new TransferMachine(plan(options));
  }

  get now(): number {
    return this.#now;
  }

  get timers(): TransferTimer[] {
    return [...this.#timers.keys()];
  }

  /** @returns what the machine wants now, steps and timers left out */
  tell(input: TransferInput): string[] {
    const outputs = this.machine.handle(input);
    for (const output of outputs) {
      if (output.type === "setTimer") this.#timers.set(output.timer, this.#now + output.ms);
      if (output.type === "clearTimer") this.#timers.delete(output.timer);
    }
    this.outputs.push(...outputs);
    return outputs.map(word).filter((said) => said !== undefined);
  }

  /** Milliseconds until the next timer; undefined: none runs. */
  get next(): number | undefined {
    return this.#timers.size === 0 ? undefined : Math.min(...this.#timers.values()) - this.#now;
  }

  /** Lets time go by; timers that are due fire. */
  wait(ms: number): string[] {
    const until = this.#now + ms;
    const said: string[] = [];
    for (;;) {
      const due = [...this.#timers].sort(([, a], [, b]) => a - b)[0];
      if (due === undefined || due[1] > until) break;
      this.#timers.delete(due[0]);
      this.#now = due[1];
      said.push(...this.tell({ type: "timer", timer: due[0] }));
    }
    this.#now = until;
    return said;
  }

  /** Names of the timeline's steps so far. */
  get steps(): string[] {
    return this.outputs.flatMap((output) => (output.type === "step" ? [output.name] : []));
  }
}

function word(output: TransferOutput): string | undefined {
  switch (output.type) {
    case "dial":
      return `dial ${output.dial} ${output.target.text}`;
    case "cancelDial":
      return `cancel ${output.dial}`;
    case "sendDigits":
      return `digits ${output.digits.map(({ digits }) => digits).join(" ")}`;
    case "announce":
      return `say "${output.text}"`;
    case "listen":
      return output.speech ? "listen, speech too" : "listen";
    case "callerWith":
      if (output.partner === "agent") return `caller with agent: ${output.result.outcome}`;
      return output.partner === "person" ? `caller with person ${output.dial}` : "caller waits";
    case "holdOther":
      return `${output.held} ${output.on ? "is held" : "is held no more"}`;
    case "hangUp":
      return `hang up ${output.dial}`;
    case "hangUpCaller":
      return `hang up caller: ${output.why}`;
    case "refer":
      return `refer ${output.referTo}`;
    case "join":
      return `join ${output.dial}`;
    case "settled":
      return `settled ${output.result.outcome}`;
    case "finished":
      return `finished ${output.result.outcome}`;
    case "step":
    case "setTimer":
    case "clearTimer":
      return undefined;
  }
}
