import { dnsName, type NaptrRecord } from "./dns.ts";
import type { LocateTransport } from "./located.ts";

/** A SIP service to look for in DNS: the owner of its SRV records, and the transport that it stands for. */
export interface Service {
  readonly transport: LocateTransport;
  readonly name: string;
}

const labels: Record<LocateTransport, string> = { udp: "_sip._udp", tcp: "_sip._tcp", tls: "_sips._tcp" };

/** Owner of the SRV records of a transport (RFC 3263 §4.1). */
export function srvName(transport: LocateTransport, host: string): string {
  return `${labels[transport]}.${host}`;
}

/** The service fields that NAPTR records of SIP have (RFC 3263 §4.1, RFC 3403 §4.1), upper case. */
const transportsByService: ReadonlyMap<string, LocateTransport> = new Map([
  ["SIP+D2U", "udp"],
  ["SIP+D2T", "tcp"],
  ["SIPS+D2T", "tls"],
]);

/**
 * The services that NAPTR records offer and we can use, as the domain's owner ordered them. Records of a later
 * order are not looked at once one of an earlier order fits (RFC 3403 §4.1, "ORDER").
 * @param transports what may be used: TLS alone for a `sips:` URI
 */
export function naptrServices(
  records: readonly NaptrRecord[],
  transports: readonly LocateTransport[],
): { services: Service[]; sentences: string[] } {
  const services: Service[] = [];
  const sentences: string[] = [];
  let fittingOrder: number | undefined;
  const ordered = [...records].sort((a, b) => a.order - b.order || a.preference - b.preference);
  for (const record of ordered) {
    const transport = transportsByService.get(record.services.toUpperCase());
    const name = dnsName(record.replacement);
    // SIP takes SRV next, never a regular expression (RFC 3263 §4.1).
    const fits = record.flags.toUpperCase() === "S" && record.regexp === "" && name !== undefined;
    if (transport === undefined || !fits || !transports.includes(transport)) continue;
    if (services.some((service) => service.name === name)) continue;
    fittingOrder ??= record.order;
    if (record.order !== fittingOrder) break;
    services.push({ transport, name });
    sentences.push(
      `NAPTR offers ${transport} at ${name} (order ${record.order}, preference ${record.preference}).`,
    );
  }
  // Three are all that there can be; more are somebody's mistake, or malice.
  const used = services.slice(0, 3);
  if (used.length === 0)
    sentences.push("No NAPTR record fits what we can send by: SRV decides the transport.");
  return { services: used, sentences: sentences.slice(0, Math.max(used.length, 1)) };
}
