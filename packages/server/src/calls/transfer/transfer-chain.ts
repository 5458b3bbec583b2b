// What a transfer function of an agent's list leads to: its destinations, those of the transfers it falls back to, and what is
// carried out where nobody can be had.
import { AppError } from "../../errors.ts";
import type { AgentFunction } from "../../store/records.ts";

export interface TransferChain {
  readonly destinations: readonly string[];
  readonly transferNotification: string | undefined;
  /** Name of a function that is no transfer. */
  readonly next: string | undefined;
}

/** Destinations after which no further fallback is followed: a caller has waited long enough. */
const MOST = 8;

/** @throws AppError bad_request where the agent has no such transfer */
export function transferChain(functions: readonly AgentFunction[], name: string): TransferChain {
  const destinations: string[] = [];
  const seen = new Set<string>();
  let transferNotification: string | undefined;
  let next: string | undefined = name;
  while (next !== undefined && !seen.has(next.toLowerCase()) && destinations.length < MOST) {
    const wanted: string = next.toLowerCase();
    seen.add(wanted);
    const found = functions.find((one) => one.name.toLowerCase() === wanted);
    if (found?.type !== "transfer") break;
    destinations.push(...(typeof found.destination === "string" ? [found.destination] : found.destination));
    transferNotification ??= found.transferNotification;
    next = found.fallback;
  }
  if (destinations.length === 0) throw new AppError("bad_request", `The agent has no transfer ${name}.`);
  const last = functions.find((one) => one.name.toLowerCase() === next?.toLowerCase());
  return {
    destinations,
    transferNotification,
    next: last === undefined || last.type === "transfer" ? undefined : last.name,
  };
}
