import { randomInt } from "node:crypto";
import { DnsCache, type DnsCacheOptions } from "./locate/dns-cache.ts";
import type { LocateRequest } from "./locate/located.ts";
import { createLocator, type LocateResult, type Locator } from "./locate/locator.ts";
import { TargetHealth, type TargetHealthOptions } from "./locate/target-health.ts";
import { isSipUri, parseUri, type SipUri } from "./message/uri.ts";
import { DnsClient, type DnsClientOptions } from "./transport/dns-client.ts";

export interface SystemLocatorOptions extends Pick<LocateRequest, "transports" | "families" | "naptr"> {
  readonly dns?: DnsClientOptions;
  readonly cache?: DnsCacheOptions;
  readonly health?: TargetHealthOptions;
}

const randomRange = 2 ** 47;

/** Finds servers by real DNS, with a memory for answers and for targets that failed. */
export class SystemLocator {
  /** Tell it how attempts went: `failed`, `succeeded`. Its clock is `now`. */
  readonly health: TargetHealth;
  readonly #client: DnsClient;
  readonly #locator: Locator;
  readonly #request: Pick<LocateRequest, "transports" | "families" | "naptr">;

  constructor(options: SystemLocatorOptions) {
    const { dns, cache, health, ...request } = options;
    // Unpredictable: nobody shall foresee which server a call goes to.
    const random = (): number => randomInt(randomRange) / randomRange;
    this.#request = request;
    this.#client = new DnsClient(dns);
    this.health = new TargetHealth(random, health);
    this.#locator = createLocator({
      ask: (question) => this.#client.ask(question),
      cache: new DnsCache(cache),
      health: this.health,
      random,
      now: () => this.now(),
    });
  }

  /** ms, monotonic. */
  now(): number {
    return performance.now();
  }

  /**
   * The targets of a SIP or SIPS URI, in the order to try them (RFC 3263 §4). Rejects for no network's sake: what went
   * wrong there is in `failure` and in the trace.
   * @throws SipParseError, as a rejection, where the URI cannot be read
   * @throws RangeError, as a rejection, where it is no SIP URI, or names a transport that DNS knows nothing of
   */
  async locate(uri: string): Promise<LocateResult> {
    const parsed = parseUri(uri);
    if (!isSipUri(parsed)) throw new RangeError(`${uri} is no SIP URI: nothing says where it is.`);
    return this.#locator.locate({ ...this.#request, ...requestOf(parsed) });
  }

  close(): void {
    this.#client.close();
  }
}

/** RFC 3263 §4: `maddr` is not followed, as whoever wrote the URI could send us anywhere by it. */
function requestOf({ host, port, scheme, params }: SipUri): Omit<LocateRequest, "transports" | "families"> {
  const transport = params.get("transport")?.toLowerCase();
  if (transport !== undefined && transport !== "udp" && transport !== "tcp" && transport !== "tls")
    throw new RangeError(`The transport ${transport} cannot be located.`);
  return {
    host,
    secure: scheme === "sips",
    ...(port !== undefined && { port }),
    ...(transport !== undefined && { transport }),
  };
}
