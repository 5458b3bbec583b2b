// Browsers that may call: a line is given out by the API for one agent, opens one WebSocket, and lives as long as that.
import { randomBytes } from "node:crypto";

export interface SoftphoneLine {
  readonly organizationId: string;
  /** The only one who may be called. */
  readonly agentId: string;
  /** As calls by it show who calls. */
  readonly caller: string;
}

/** How long a line waits for its WebSocket. */
export const LINE_WAITS_MS = 60_000;
/** Lines that wait; the oldest makes room. */
const MAX_WAITING = 1_000;

export class SoftphoneLines {
  readonly #now: () => number;
  readonly #waiting = new Map<string, { readonly line: SoftphoneLine; readonly until: number }>();
  readonly #open = new Map<number, SoftphoneLine>();

  /** @param now epoch ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** @returns the secret that opens it, once */
  give(line: SoftphoneLine): { readonly secret: string; readonly until: number } {
    const secret = randomBytes(24).toString("base64url");
    const until = this.#now() + LINE_WAITS_MS;
    this.#waiting.set(secret, { line, until });
    if (this.#waiting.size > MAX_WAITING) {
      const [oldest] = this.#waiting.keys();
      this.#waiting.delete(oldest ?? "");
    }
    return { secret, until };
  }

  /** The line behind a secret, which is spent by it. */
  take(secret: string): SoftphoneLine | undefined {
    const waiting = this.#waiting.get(secret);
    this.#waiting.delete(secret);
    return waiting !== undefined && waiting.until > this.#now() ? waiting.line : undefined;
  }

  /** @param connectionId of the flow that its messages come by */
  opened(connectionId: number, line: SoftphoneLine): void {
    this.#open.set(connectionId, line);
  }

  closed(connectionId: number | undefined): void {
    if (connectionId !== undefined) this.#open.delete(connectionId);
  }

  of(connectionId: number | undefined): SoftphoneLine | undefined {
    return connectionId === undefined ? undefined : this.#open.get(connectionId);
  }
}
