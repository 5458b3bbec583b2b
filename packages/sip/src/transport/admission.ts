import { isIPv6 } from "node:net";
import { network64 } from "./local-address.ts";
import type { TransportSettings } from "./options.ts";

/** What an accepted connection counts as. */
export interface Admitted {
  readonly source: string;
  readonly known: boolean;
}

/** Who may have how many connections to us. */
export class Admission {
  readonly #settings: TransportSettings;
  readonly #bySource = new Map<string, number>();
  #strangers = 0;

  constructor(settings: TransportSettings) {
    this.#settings = settings;
  }

  /**
   * Takes a place; undefined where there is none.
   * @param open connections of all kinds that there are
   */
  admit(remoteAddress: string, open: number): Admitted | undefined {
    const { isKnownSource, maxConnections, maxConnectionsPerSource } = this.#settings;
    const known = isKnownSource?.(remoteAddress) ?? true;
    // A host on IPv6 has 2^64 addresses to choose from.
    const source = known || !isIPv6(remoteAddress) ? remoteAddress : network64(remoteAddress);
    const ofSource = this.#bySource.get(source) ?? 0;
    if (open >= maxConnections || ofSource >= maxConnectionsPerSource) return undefined;
    if (!known && this.#strangers >= maxConnections / 2) return undefined;
    this.#bySource.set(source, ofSource + 1);
    if (!known) this.#strangers++;
    return { source, known };
  }

  release({ source, known }: Admitted): void {
    if (!known) this.#strangers--;
    const left = (this.#bySource.get(source) ?? 1) - 1;
    if (left === 0) this.#bySource.delete(source);
    else this.#bySource.set(source, left);
  }
}
