import { isIP } from "node:net";
import { Answers } from "./answers.ts";
import { type AddressRecord, type DnsAnswer, type DnsQuestion, dnsName, type SrvRecord } from "./dns.ts";
import type {
  Located,
  LocatedTarget,
  LocateFailure,
  LocateFailureCode,
  LocateRequest,
  LocateTransport,
} from "./located.ts";
import { naptrServices, type Service, srvName } from "./services.ts";
import { isUsableAddress } from "./usable-address.ts";
import { interleaved, shuffled, weightedOrder } from "./weighted-order.ts";

const srvRecordsUsed = 24;
const srvNamesUsed = 12;
const addressesOfName = 16;
const targetsInAll = 32;

export type SelectionStep =
  | { readonly kind: "ask"; readonly questions: readonly DnsQuestion[] }
  | { readonly kind: "located"; readonly located: Located };

/**
 * RFC 3263 §4 as a pure function of the answers that are here: says which questions are still to be asked, or,
 * when nothing is missing, the targets. Call it with no answers, ask what it says, and call it again with all
 * answers so far (by `questionKey`) until it has located. It ends after few rounds whatever the answers are.
 * @param random [0, 1), drawn from in the last round alone: the same answers and numbers give the same targets
 */
export function selectServers(
  request: LocateRequest,
  known: ReadonlyMap<string, DnsAnswer>,
  random: () => number,
): SelectionStep {
  const answers = new Answers(known);
  const selection = new Selection(request, answers);
  const outcome = selection.select();
  if (outcome === "pending") return { kind: "ask", questions: answers.missing };
  const { trace } = answers;
  if ("code" in outcome) {
    answers.decide(outcome.sentence);
    return { kind: "located", located: { targets: [], failure: outcome, trace } };
  }
  const targets = order(outcome.entrances, request, random);
  answers.decide(summary(targets.length, outcome.entrances.length));
  return { kind: "located", located: { targets, trace } };
}

/** A name and port that a service is at, with the addresses found, a list for each family in order of preference. */
interface Entrance {
  readonly transport: LocateTransport;
  readonly port: number;
  readonly host: string;
  readonly srv: SrvRecord | undefined;
  readonly addresses: readonly (readonly FoundAddress[])[];
}
interface FoundAddress {
  readonly address: string;
  readonly record: AddressRecord | undefined;
  readonly ttl: number | undefined;
}
type Outcome = "pending" | LocateFailure | { readonly entrances: readonly Entrance[] };

class Selection {
  readonly #request: LocateRequest;
  readonly #answers: Answers;

  constructor(request: LocateRequest, answers: Answers) {
    this.#request = request;
    this.#answers = answers;
  }

  select(): Outcome {
    const { host: written, port } = this.#request;
    const transports = this.#transports();
    const [preferred] = transports;
    if (preferred === undefined) return this.#noTransport();
    const host = written.replace(/^\[(.*)\]$/, "$1");
    if (isIP(host) !== 0) return this.#literal(host, preferred);
    const name = dnsName(host);
    if (name === undefined) {
      return failure(
        "host_invalid",
        `${JSON.stringify(written.slice(0, 80))} is neither a host name nor an IP address.`,
      );
    }
    if (port !== undefined) {
      this.#answers.decide(
        `Port ${port} is given: no SRV question, ${preferred} to the addresses of ${name}.`,
      );
      return this.#byAddress(name, preferred, port);
    }
    const services = this.#services(name, transports);
    return services === "pending" ? "pending" : this.#byServices(name, services, transports);
  }

  /** What may be used, the preferred first: a given transport leaves one, `sips` TLS alone (RFC 3263 §4.1). */
  #transports(): readonly LocateTransport[] {
    const { transport, secure = false, transports, port, host } = this.#request;
    if (transport !== undefined) {
      // "sips:…;transport=tcp" is TLS over TCP; TLS over UDP there is none.
      const meant = secure && transport === "tcp" ? "tls" : transport;
      return (secure && meant !== "tls") || !transports.includes(meant) ? [] : [meant];
    }
    if (secure) return transports.filter((each) => each === "tls");
    // §4.1: with a port or an IP literal and no transport it is UDP.
    const bare = isIP(host.replace(/^\[(.*)\]$/, "$1")) !== 0;
    return (port !== undefined || bare) && transports.includes("udp") ? ["udp"] : transports;
  }

  #noTransport(): LocateFailure {
    const { transport, secure = false, transports } = this.#request;
    const asked = secure ? (transport === "udp" ? "TLS over UDP" : "tls") : (transport ?? "any transport");
    const ours = transports.length === 0 ? "no transport at all" : transports.join(", ");
    return failure("transport_unsupported", `The request wants ${asked}, and we send by ${ours}.`);
  }

  #literal(address: string, transport: LocateTransport): Outcome {
    const port = this.#request.port ?? defaultPort(transport);
    if (!this.#request.families.includes(isIP(address) === 6 ? 6 : 4)) {
      return failure("no_address", `${address} is of an address family that we cannot send to.`);
    }
    this.#answers.decide(`${address} is an IP address: no DNS question, ${transport} to port ${port}.`);
    const addresses = [[{ address, record: undefined, ttl: undefined }]];
    return { entrances: [{ transport, port, host: address, srv: undefined, addresses }] };
  }

  /** The services to look for, in order: by the given transport, by NAPTR, else one for each transport. */
  #services(name: string, transports: readonly LocateTransport[]): readonly Service[] | "pending" {
    const { transport, naptr = false } = this.#request;
    if (naptr && transport === undefined) {
      const found = this.#answers.resolve(name, "NAPTR");
      if (found.kind === "pending") return "pending";
      if (found.kind === "records") {
        const { services, sentences } = naptrServices(found.records, transports);
        for (const sentence of sentences) this.#answers.decide(sentence);
        if (services.length > 0) return services;
      } else if (found.kind === "failed") {
        this.#answers.decide(`The NAPTR question failed (${found.sentence}): SRV decides the transport.`);
      } else this.#answers.decide(`${name} has no NAPTR records: SRV decides the transport.`);
    }
    return transports.map((each) => ({ transport: each, name: srvName(each, name) }));
  }

  #byServices(host: string, services: readonly Service[], transports: readonly LocateTransport[]): Outcome {
    // All are asked at once; the answers are read in order of preference.
    const looks = services.map((service) => ({ service, found: this.#answers.resolve(service.name, "SRV") }));
    if (looks.some(({ found }) => found.kind === "pending")) return "pending";
    const declined = new Set<LocateTransport>();
    let fault: LocateFailure | undefined;
    for (const { service, found } of looks) {
      if (found.kind === "pending") return "pending";
      if (found.kind !== "records") {
        const why = found.kind === "failed" ? `failed (${found.sentence})` : "found none";
        this.#answers.decide(`The question for SRV records of ${service.name} ${why}.`);
        continue;
      }
      if (found.records.every((record) => record.target === ".")) {
        declined.add(service.transport);
        this.#answers.decide(
          `${service.name} has the target ".": ${host} says that it offers no ${service.transport}.`,
        );
        continue;
      }
      const outcome = this.#bySrv(service, found.records, found.additional, found.ttl);
      if (outcome === "pending" || "entrances" in outcome) return outcome;
      this.#answers.decide(outcome.sentence);
      fault ??= outcome;
    }
    // RFC 2782: the addresses of the name itself are for where there are no SRV records.
    if (fault !== undefined) return fault;
    const [transport] = transports.filter((each) => !declined.has(each));
    if (transport === undefined) {
      return failure(
        "service_not_offered",
        `${host} says by SRV that it offers none of ${transports.join(", ")}.`,
      );
    }
    const port = defaultPort(transport);
    this.#answers.decide(`Without SRV records it is ${transport} to the addresses of ${host}, port ${port}.`);
    return this.#byAddress(host, transport, port);
  }

  #bySrv(
    service: Service,
    found: readonly SrvRecord[],
    glue: readonly AddressRecord[],
    aliasTtl: number,
  ): Outcome {
    const records = this.#usableSrv(service, found);
    const entrances: Entrance[] = [];
    const faults: LocateFailure[] = [];
    let pending = false;
    for (const srv of records) {
      const addresses = this.#addresses(srv.target, Math.min(aliasTtl, srv.ttl), glue);
      if (addresses === "pending") pending = true;
      else if ("code" in addresses) {
        this.#answers.decide(`SRV target ${srv.target} is of no use: ${addresses.sentence}`);
        faults.push(addresses);
      } else
        entrances.push({
          transport: service.transport,
          port: srv.port,
          host: srv.target,
          srv,
          addresses: addresses.lists,
        });
    }
    if (pending) return "pending";
    if (entrances.length > 0) {
      this.#answers.decide(`${service.name} decides: ${service.transport}, by priority and weight.`);
      return { entrances };
    }
    const worst = faults.find(({ code }) => code === "dns_failed");
    return failure(worst?.code ?? "no_address", `No SRV record of ${service.name} leads to an address.`);
  }

  /** Those that can be used, by priority, no more than the limit. */
  #usableSrv(service: Service, found: readonly SrvRecord[]): SrvRecord[] {
    const usable: SrvRecord[] = [];
    const names = new Set<string>();
    let beyond = 0;
    for (const srv of [...found].sort((a, b) => a.priority - b.priority)) {
      const target = dnsName(srv.target);
      const shown = `SRV target ${JSON.stringify(srv.target.slice(0, 80))} port ${srv.port}`;
      if (srv.target === ".") continue;
      if (target === undefined || srv.port === 0) {
        this.#answers.decide(`${shown} is left out: ${target === undefined ? "no host name" : "no port"}.`);
      } else if (isIP(target) !== 0) {
        this.#answers.decide(`${shown} is left out: RFC 2782 wants a name there, not an address.`);
      } else if (usable.length === srvRecordsUsed || (names.size === srvNamesUsed && !names.has(target)))
        beyond++;
      else {
        names.add(target);
        usable.push({ ...srv, target });
      }
    }
    if (beyond > 0)
      this.#answers.decide(
        `${service.name} has ${usable.length + beyond} SRV records: the first ${usable.length} are used.`,
      );
    return usable;
  }

  #byAddress(name: string, transport: LocateTransport, port: number): Outcome {
    const addresses = this.#addresses(name, Number.POSITIVE_INFINITY, []);
    if (addresses === "pending" || "code" in addresses) return addresses;
    return { entrances: [{ transport, port, host: name, srv: undefined, addresses: addresses.lists }] };
  }

  /** Both families are asked for each name (RFC 7984 §3.1), unless the additional section has told. */
  #addresses(
    name: string,
    ttl: number,
    glue: readonly AddressRecord[],
  ): "pending" | LocateFailure | { lists: FoundAddress[][] } {
    const looks = this.#request.families.map((family) => {
      const type = family === 6 ? "AAAA" : "A";
      const records = glue.filter((record) => record.type === type && record.name === name);
      return records.length > 0
        ? { kind: "records" as const, records, ttl: Number.POSITIVE_INFINITY }
        : this.#answers.resolve(name, type);
    });
    if (looks.some(({ kind }) => kind === "pending")) return "pending";
    const lists: FoundAddress[][] = [];
    for (const look of looks) {
      if (look.kind !== "records") continue;
      const usable = look.records.filter((record) => isUsableAddress(record.address));
      const left = look.records.length - usable.length;
      if (left > 0)
        this.#answers.decide(
          `${left} of the addresses of ${name} can be nobody's and ${left === 1 ? "is" : "are"} left out.`,
        );
      lists.push(
        usable.slice(0, addressesOfName).map((record) => ({
          address: record.address,
          record: { ...record, name },
          ttl: Math.min(ttl, look.ttl, record.ttl),
        })),
      );
    }
    if (lists.some((list) => list.length > 0)) return { lists };
    const failed = looks.find(({ kind }) => kind === "failed");
    if (failed?.kind === "failed")
      return failure("dns_failed", `The addresses of ${name} could not be asked: ${failed.sentence}.`);
    if (looks.some((look) => look.kind === "absent" && look.reason === "nxdomain"))
      return failure("no_such_host", `${name} does not exist in DNS.`);
    return failure("no_address", `${name} has no address that we can send to.`);
  }
}

function order(
  entrances: readonly Entrance[],
  request: LocateRequest,
  random: () => number,
): readonly LocatedTarget[] {
  const asked = request.host
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "")
    .toLowerCase();
  const targets = new Map<string, LocatedTarget>();
  const weighted = entrances.map((entrance) => ({
    entrance,
    priority: entrance.srv?.priority ?? 0,
    weight: entrance.srv?.weight ?? 0,
  }));
  for (const { entrance } of weightedOrder(weighted, random)) {
    const { transport, port, srv, addresses } = entrance;
    // Answers that are remembered come in one order: without this the first address would get all calls.
    for (const found of interleaved(addresses.map((list) => shuffled(list, random)))) {
      const key = `${found.address} ${port}`;
      if (targets.has(key)) continue;
      if (targets.size === targetsInAll) return [...targets.values()];
      targets.set(key, {
        transport,
        address: found.address,
        port,
        serverName: asked,
        from: {
          ...(srv === undefined
            ? undefined
            : { srv: { name: srv.name, priority: srv.priority, weight: srv.weight, target: srv.target } }),
          ...(found.record === undefined
            ? undefined
            : { record: { name: found.record.name, type: found.record.type } }),
        },
        ttl: found.ttl,
      });
    }
  }
  return [...targets.values()];
}

function summary(targets: number, entrances: number): string {
  const of = entrances > 1 ? ` of ${entrances} servers, drawn by priority and weight` : "";
  return `${targets} target${targets === 1 ? "" : "s"}${of}.`;
}

/** RFC 3261 §19.1.2. */
export function defaultPort(transport: LocateTransport): number {
  return transport === "tls" ? 5061 : 5060;
}

function failure(code: LocateFailureCode, sentence: string): LocateFailure {
  return { code, sentence };
}
