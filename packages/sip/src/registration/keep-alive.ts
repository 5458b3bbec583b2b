import type { SendTarget } from "../environment.ts";
import { targetKey } from "../target-key.ts";
import type { Binding } from "./registration-phase.ts";
import type { RegistrationConfig } from "./registration-types.ts";
import { keepAliveAfter } from "./retry-times.ts";

/** When to keep the way to the registrar open, and by what. All times in ms. */
export class KeepAlive {
  readonly #random: () => number;
  /** When it is due. */
  at: number | undefined;
  /** The target that has answered an OPTIONS, or has shown that it answers none. */
  #known: { readonly target: string; readonly answers: boolean } | undefined;

  constructor(random: () => number) {
    this.#random = random;
  }

  plan(kind: RegistrationConfig["keepAlive"], binding: Binding | undefined, now: number): void {
    const isOn = binding !== undefined && kind !== "none";
    const isStream = binding?.target.transport !== "udp";
    this.at = isOn ? now + keepAliveAfter(isStream, binding.flowTimer, this.#random) : undefined;
  }

  usesOptions(kind: RegistrationConfig["keepAlive"], target: SendTarget): boolean {
    return kind === "options" || (kind === "auto" && this.#of(target)?.answers !== false);
  }

  answered(target: SendTarget): void {
    this.#known = { target: targetKey(target), answers: true };
  }

  /** @returns whether it means that the flow is lost: not where such a request was never answered there */
  unanswered(kind: RegistrationConfig["keepAlive"], target: SendTarget): boolean {
    if (kind !== "auto" || this.#of(target)?.answers === true) return true;
    this.#known = { target: targetKey(target), answers: false };
    return false;
  }

  #of(target: SendTarget): { readonly answers: boolean } | undefined {
    return this.#known?.target === targetKey(target) ? this.#known : undefined;
  }
}
