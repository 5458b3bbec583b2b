import { getServers } from "node:dns";
import { isIP } from "node:net";
import {
  type DnsAnswer,
  type DnsFailureReason,
  type DnsQuestion,
  dnsName,
  questionKey,
} from "../locate/dns.ts";
import {
  type Cancellations,
  type DnsServer,
  type Exchanged,
  exchangeTcp,
  exchangeUdp,
} from "./dns-exchange.ts";
import { HostsFile, type HostsTable, isLocalhost, localAddresses } from "./hosts-file.ts";

export interface DnsClientOptions {
  /** "ip", "ip:port" or "[ipv6]:port"; the system's where left out, asked for anew at each question. */
  readonly servers?: readonly string[];
  /** ms to wait for a server, in the first round and in each further one. Default 1,500 and 3,000. */
  readonly timeouts?: readonly number[];
  /** ms for one question in all, whatever the number of servers. Default 6,000. */
  readonly totalTimeout?: number;
  /** Questions on their way at once; further ones wait. Default 128. */
  readonly maxConcurrent?: number;
  /** Questions that may wait; beyond it they fail as `overloaded`. Default 4,096. */
  readonly maxWaiting?: number;
  /** This machine's own names; `/etc/hosts` where left out. */
  readonly hosts?: () => HostsTable | Promise<HostsTable>;
}

/** Seconds that a name of the hosts file is good for. */
const hostsTtl = 5;

/**
 * Asks recursive DNS servers: UDP, and TCP where an answer does not fit. The same question asked twice at once is
 * sent once. Remembers no answers: `DnsCache` does.
 */
export class DnsClient {
  readonly #servers: (() => readonly DnsServer[]) | readonly DnsServer[];
  readonly #timeouts: readonly number[];
  readonly #totalTimeout: number;
  readonly #maxConcurrent: number;
  readonly #maxWaiting: number;
  readonly #hosts: () => HostsTable | Promise<HostsTable>;
  readonly #asking = new Map<string, Promise<DnsAnswer>>();
  readonly #waiting: (() => void)[] = [];
  readonly #cancellations: Cancellations = new Set();
  readonly #withoutEdns = new Set<string>();
  #running = 0;
  /** The server that answered last: it is asked first, so that a dead one costs its time-out once, not each time. */
  #good: string | undefined;
  #closed = false;

  /** @throws RangeError where a server is not an address with or without a port */
  constructor(options: DnsClientOptions = {}) {
    this.#servers = options.servers?.map(parseDnsServer) ?? systemServers;
    this.#timeouts = options.timeouts ?? [1_500, 3_000];
    this.#totalTimeout = options.totalTimeout ?? 6_000;
    this.#maxConcurrent = options.maxConcurrent ?? 128;
    this.#maxWaiting = options.maxWaiting ?? 4_096;
    const file = new HostsFile();
    this.#hosts = options.hosts ?? (() => file.table());
  }

  /** Never rejects; a question that cannot be answered gives the outcome `failed`. */
  ask(question: DnsQuestion): Promise<DnsAnswer> {
    const key = questionKey(question);
    const asked = this.#asking.get(key);
    if (asked !== undefined) return asked;
    const answer = this.#answer(question).finally(() => this.#asking.delete(key));
    this.#asking.set(key, answer);
    return answer;
  }

  /** Ends what is on its way with the outcome `failed`; later questions too. */
  close(): void {
    this.#closed = true;
    for (const cancel of [...this.#cancellations]) cancel();
    for (const begin of this.#waiting.splice(0)) begin();
  }

  async #answer(question: DnsQuestion): Promise<DnsAnswer> {
    const name = dnsName(question.name);
    if (name !== question.name)
      return failed("malformed", `${JSON.stringify(question.name.slice(0, 80))} is no DNS name`);
    const local = fromHosts(question, await this.#hosts());
    if (local !== undefined) return local;
    if (this.#running >= this.#maxConcurrent) {
      if (this.#waiting.length >= this.#maxWaiting)
        return failed("overloaded", "too many DNS questions are waiting");
      await new Promise<void>((begin) => this.#waiting.push(begin));
    }
    this.#running++;
    try {
      return await this.#askServers(question);
    } finally {
      this.#running--;
      this.#waiting.shift()?.();
    }
  }

  /** Each server in turn; those that said nothing are asked once more, longer. */
  async #askServers(question: DnsQuestion): Promise<DnsAnswer> {
    const end = performance.now() + this.#totalTimeout;
    const sentences: string[] = [];
    let reason: DnsFailureReason = "timeout";
    let servers = this.#inOrder();
    for (const timeout of this.#timeouts) {
      const silent: DnsServer[] = [];
      for (const server of servers) {
        const left = end - performance.now();
        if (left <= 0 || this.#closed) break;
        const result = await this.#askServer(server, question, Math.min(timeout, left));
        if (this.#closed) break;
        if (result.kind === "answer") {
          this.#good = labelOf(server);
          return { ...result.answer, source: "server", server: labelOf(server) };
        }
        reason =
          result.kind === "failed"
            ? result.reason
            : result.kind === "unreachable"
              ? "unreachable"
              : "timeout";
        if (reason === "timeout") silent.push(server);
        sentences.push(`${labelOf(server)}: ${sentenceOf(result)}`);
      }
      servers = silent;
    }
    if (this.#closed) return failed("closed", "the DNS client is closed");
    return failed(
      reason,
      sentences.length === 0 ? "there is no DNS server to ask" : [...new Set(sentences)].join("; "),
    );
  }

  async #askServer(server: DnsServer, question: DnsQuestion, timeoutMs: number): Promise<Exchanged> {
    const label = labelOf(server);
    const end = performance.now() + timeoutMs;
    const left = (): number => Math.max(1, end - performance.now());
    let result = await exchangeUdp(
      server,
      question,
      !this.#withoutEdns.has(label),
      left(),
      this.#cancellations,
    );
    if (result.kind === "no_edns") {
      this.#withoutEdns.add(label);
      result = await exchangeUdp(server, question, false, left(), this.#cancellations);
    }
    if (result.kind !== "truncated" && result.kind !== "besieged") return result;
    return exchangeTcp(server, question, left(), this.#cancellations);
  }

  #inOrder(): readonly DnsServer[] {
    const servers = typeof this.#servers === "function" ? this.#servers() : this.#servers;
    return [...servers].sort((a, b) => Number(labelOf(b) === this.#good) - Number(labelOf(a) === this.#good));
  }
}

/** Reads "ip", "ip:port" or "[ipv6]:port". @throws RangeError */
export function parseDnsServer(text: string): DnsServer {
  if (isIP(text) !== 0) return { address: text, port: 53 };
  const match = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  const address = match?.[1] ?? match?.[2] ?? "";
  const port = Number(match?.[3] ?? 53);
  if (isIP(address) === 0 || port < 1 || port > 65_535)
    throw new RangeError(`${JSON.stringify(text)} is not the address of a DNS server: write ip:port.`);
  return { address, port };
}

function systemServers(): readonly DnsServer[] {
  // A resolver's list has three at most (resolv.conf(5)); more would only make a failure slower.
  return getServers().slice(0, 3).map(parseDnsServer);
}

/**
 * A name that the hosts file lists is answered by it alone, in both families, as the system's own look-up does.
 * Services are not the file's business and are asked in DNS, but for localhost.
 */
function fromHosts(question: DnsQuestion, table: HostsTable): DnsAnswer | undefined {
  const { name, type } = question;
  const none: DnsAnswer = {
    outcome: "absent",
    reason: "nodata",
    source: "hosts",
    records: [],
    ttl: hostsTtl,
  };
  if (type === "SRV" || type === "NAPTR") return isLocalhost(name) ? none : undefined;
  const addresses = localAddresses(name, table);
  if (addresses === undefined) return undefined;
  const records = addresses
    .filter((address) => isIP(address) === (type === "AAAA" ? 6 : 4))
    .map((address) => ({ type, name, ttl: hostsTtl, address }));
  return records.length === 0
    ? none
    : { outcome: "records", source: "hosts", records, additional: [], dropped: 0 };
}

function labelOf(server: DnsServer): string {
  return isIP(server.address) === 6
    ? `[${server.address}]:${server.port}`
    : `${server.address}:${server.port}`;
}

function sentenceOf(result: Exchanged): string {
  switch (result.kind) {
    case "failed":
    case "unreachable":
      return result.sentence;
    case "timeout":
      return "no answer";
    default:
      return "no answer of use";
  }
}

function failed(reason: DnsFailureReason, sentence: string): DnsAnswer {
  return { outcome: "failed", source: "server", reason, sentence };
}
