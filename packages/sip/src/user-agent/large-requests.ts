import { type Flow, isFlow, type SendTarget } from "../environment.ts";

/** ms for which a peer that takes no TCP is sent large requests by UDP without asking it again. */
const refusalMs = 600_000;
const refusalsKept = 1_000;

/**
 * Requests too large for UDP go by TCP, where the peer takes that (RFC 3261 §18.1.1). Peers that listen on UDP alone cost
 * one attempt in ten minutes.
 */
export class LargeRequests {
  /** Bytes from which on a request is too large. */
  readonly limit: number;
  readonly #patienceMs: number;
  readonly #now: () => number;
  /** Until when it is not tried, the oldest refusal first. */
  readonly #refusals = new Map<string, number>();

  /** @param patienceMs for a connection to open, before UDP is taken after all */
  constructor(limit: number, patienceMs: number, now: () => number) {
    this.limit = limit;
    this.#patienceMs = patienceMs;
    this.#now = now;
  }

  /** Where a large request for that target goes; undefined where it goes as all others do. */
  detour(target: Flow | SendTarget): SendTarget | undefined {
    // A flow is the way that something came, and no other leads back.
    if (target.transport !== "udp" || isFlow(target)) return undefined;
    const { address, port, localAddress } = target;
    const until = this.#refusals.get(keyOf(target));
    if (until !== undefined && until > this.#now()) return undefined;
    const tcp = { transport: "tcp", address, port, connectWithinMs: this.#patienceMs } as const;
    return localAddress === undefined ? tcp : { ...tcp, localAddress };
  }

  /** No connection with that target could be had, or none that brought an answer. */
  refused(target: SendTarget): void {
    const key = keyOf(target);
    this.#refusals.delete(key);
    this.#refusals.set(key, this.#now() + refusalMs);
    const [oldest] = this.#refusals.keys();
    if (this.#refusals.size > refusalsKept && oldest !== undefined) this.#refusals.delete(oldest);
  }
}

function keyOf({ address, port }: SendTarget): string {
  return `${address} ${port}`;
}
