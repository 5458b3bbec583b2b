import { quoted } from "../quoted.ts";

export const VARIABLES = [
  "RINGDOWN_DATA",
  "RINGDOWN_HTTP",
  "RINGDOWN_SIP",
  "RINGDOWN_TLS_CERT",
  "RINGDOWN_TLS_KEY",
  "RINGDOWN_TLS_CA",
  "RINGDOWN_TLS_CLIENTS",
  "RINGDOWN_WS_ORIGINS",
  "RINGDOWN_DOMAIN",
  "RINGDOWN_PUBLIC_ADDRESS",
  "RINGDOWN_PUBLIC_URL",
  "RINGDOWN_CONSOLE",
  "RINGDOWN_RTP_PORTS",
  "RINGDOWN_TOKEN",
  "RINGDOWN_KEY",
  "RINGDOWN_DNS",
  "RINGDOWN_LOG",
  "RINGDOWN_UNLISTED",
  "RINGDOWN_TRUSTED_PROXIES",
  "RINGDOWN_OUTGOING_PRIVATE",
  "RINGDOWN_CAPTURE_DAYS",
  "RINGDOWN_KEEP_DAYS",
  "RINGDOWN_RECORDING_DAYS",
  "RINGDOWN_MAX_CALLS",
  "RINGDOWN_MAX_CALLS_PER_ORGANIZATION",
  "RINGDOWN_INVITE_RATE",
  "RINGDOWN_UNLISTED_RATE",
  "RINGDOWN_WORKERS",
  "RINGDOWN_DRAIN_SECONDS",
] as const;
export type Variable = (typeof VARIABLES)[number];

/** Collects faults, and says `undefined` for what could not be read. */
export class Reader {
  readonly faults: string[] = [];
  readonly warnings: string[] = [];
  readonly #environment: Record<string, string | undefined>;

  constructor(environment: Record<string, string | undefined>) {
    this.#environment = environment;
  }

  /** The trimmed value; an empty one counts as left out, as compose files pass unset variables. */
  text(name: Variable): string | undefined {
    const value = this.#environment[name]?.trim();
    return value === undefined || value === "" ? undefined : value;
  }

  fault(name: string, value: string | undefined, what: string): undefined {
    this.faults.push(value === undefined ? `${name}: ${what}` : `${name}: ${shown(value)} ${what}`);
    return undefined;
  }

  number(name: Variable, fallback: number, min: number, max: number): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const number = Number(value);
    if (!/^\d{1,15}$/.test(value) || number < min || number > max) {
      this.fault(name, value, `is not a whole number from ${min} to ${max}`);
      return fallback;
    }
    return number;
  }

  choice<Choice extends string>(name: Variable, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = choices.find((choice) => choice === value.toLowerCase());
    if (found === undefined) this.fault(name, value, `is not one of ${choices.join(", ")}`);
    return found ?? fallback;
  }
}

export function shown(value: string): string {
  return quoted(value, 80);
}
