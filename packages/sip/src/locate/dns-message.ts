import { isIPv4, isIPv6 } from "node:net";
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from "dns-packet";
import {
  type AddressRecord,
  type AliasRecord,
  type DnsAbsence,
  type DnsFailureReason,
  type DnsQuestion,
  type DnsRecord,
  type DnsRecords,
  dnsName,
} from "./dns.ts";

/** Largest answer that we say we take over UDP: it goes through everywhere unfragmented (RFC 6891 §6.2.5). */
export const udpPayloadBytes = 1232;
/** Largest answer that is read, over TCP too: a list of 64 records with long names fits several times. */
export const longestResponse = 16_384;
const recordsKept = 64;
/** Entries that a message may claim before it is read at all: reading each costs time. */
const entriesRead = 512;
const aliasesFollowed = 8;

/** @param id 16 bits, unpredictable (RFC 5452 §4.3) */
export function encodeQuery(id: number, question: DnsQuestion, edns: boolean): Buffer {
  const options = {
    type: "OPT",
    name: ".",
    udpPayloadSize: udpPayloadBytes,
    extendedRcode: 0,
    ednsVersion: 0,
  } as const;
  return encode({
    type: "query",
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type: question.type, name: question.name, class: "IN" }],
    additionals: edns ? [{ ...options, flags: 0, flag_do: false, options: [] }] : [],
  });
}

export type DnsReading =
  | { kind: "answer"; answer: Omit<DnsRecords, "source"> | Omit<DnsAbsence, "source"> }
  | { kind: "failed"; reason: DnsFailureReason; sentence: string }
  /** Ask the same over TCP (RFC 7766 §5). */
  | { kind: "truncated" }
  /** The server does not know EDNS: ask without (RFC 6891 §7). */
  | { kind: "no_edns" }
  /** Not the answer to this question: someone else's, or a forged one (RFC 5452 §9.1). Go on waiting. */
  | { kind: "foreign" };

/**
 * Reads what came back for a question. Never throws: the bytes may be anything.
 * @param edns whether the query carried EDNS
 */
export function readResponse(bytes: Buffer, id: number, question: DnsQuestion, edns: boolean): DnsReading {
  if (bytes.length < 12 || bytes.readUInt16BE(0) !== id || (bytes.readUInt8(2) & 0x80) === 0)
    return { kind: "foreign" };
  const rcode = bytes.readUInt8(3) & 0x0f;
  // A server that cannot read the query cannot repeat its question either.
  const unread = bytes.readUInt16BE(4) === 0 && (rcode === 1 || rcode === 4);
  if (unread)
    return edns ? { kind: "no_edns" } : failed("servfail", `the server answered ${rcodeName(rcode)}`);
  let entries = 0;
  for (let at = 4; at < 12; at += 2) entries += bytes.readUInt16BE(at);
  if (bytes.length > longestResponse) return failed("malformed", `the answer has ${bytes.length} bytes`);
  if (entries > entriesRead) return failed("malformed", `the answer claims to have ${entries} entries`);
  const truncated = (bytes.readUInt8(2) & 0x02) !== 0;
  let packet: DecodedPacket;
  try {
    packet = decode(bytes);
  } catch {
    // What is cut off in the middle of a record still says that it is truncated.
    return truncated ? { kind: "truncated" } : failed("malformed", "the answer breaks the format of DNS");
  }
  const [asked] = packet.questions ?? [];
  if (packet.questions?.length !== 1 || asked === undefined) return { kind: "foreign" };
  if (asked.type !== question.type || asked.class !== "IN" || dnsName(asked.name) !== question.name)
    return { kind: "foreign" };
  if (edns && (rcode === 1 || rcode === 4 || extendedRcode(packet) !== 0)) return { kind: "no_edns" };
  if (truncated) return { kind: "truncated" };
  if (rcode !== 0 && rcode !== 3) {
    return failed(rcode === 5 ? "refused" : "servfail", `the server answered ${rcodeName(rcode)}`);
  }
  return interpret(packet, question, rcode === 3);
}

function interpret(packet: DecodedPacket, question: DnsQuestion, nxdomain: boolean): DnsReading {
  const section = (packet.answers ?? []).flatMap((answer) => recordOf(answer) ?? []);
  const aliases: AliasRecord[] = [];
  let owner = question.name;
  for (;;) {
    const alias = section.find((record) => record.type === "CNAME" && record.name === owner);
    if (alias?.type !== "CNAME") break;
    aliases.push(alias);
    owner = alias.target;
    if (owner === question.name || aliases.length > aliasesFollowed)
      return failed("alias_loop", `the aliases of ${question.name} do not end`);
  }
  const found = section.filter((record) => record.type === question.type && record.name === owner);
  const soaTtl = negativeTtl(packet);
  if (found.length > 0 || (aliases.length > 0 && !nxdomain && soaTtl === undefined)) {
    const kept = found.slice(0, recordsKept);
    const records = [...aliases, ...kept];
    const additional = glueOf(packet, kept);
    return {
      kind: "answer",
      answer: { outcome: "records", records, additional, dropped: found.length - kept.length },
    };
  }
  const reason = nxdomain ? "nxdomain" : "nodata";
  return { kind: "answer", answer: { outcome: "absent", reason, records: aliases, ttl: soaTtl } };
}

/** RFC 2308 §5: the lesser of the SOA's own TTL and its last field. */
function negativeTtl(packet: DecodedPacket): number | undefined {
  for (const record of packet.authorities ?? []) {
    if (record.type === "SOA") return Math.min(ttlOf(record.ttl), ttlOf(record.data.minimum));
  }
  return undefined;
}

/** Addresses of the SRV targets, and of nothing else: the rest was not asked for, and anybody could put it there. */
function glueOf(packet: DecodedPacket, records: readonly DnsRecord[]): AddressRecord[] {
  const wanted = new Set(records.map((record) => (record.type === "SRV" ? record.target : undefined)));
  const glue: AddressRecord[] = [];
  for (const answer of packet.additionals ?? []) {
    const record = recordOf(answer);
    if (record?.type !== "A" && record?.type !== "AAAA") continue;
    if (wanted.has(record.name) && glue.length < recordsKept) glue.push(record);
  }
  return glue;
}

function recordOf(answer: Answer): DnsRecord | undefined {
  if (answer.type === "OPT" || !("class" in answer) || answer.class !== "IN") return undefined;
  const name = dnsName(answer.name);
  if (name === undefined) return undefined;
  switch (answer.type) {
    case "A":
    case "AAAA": {
      const valid = answer.type === "A" ? isIPv4(answer.data) : isIPv6(answer.data);
      return valid ? { type: answer.type, name, ttl: ttlOf(answer.ttl), address: answer.data } : undefined;
    }
    case "CNAME": {
      const target = dnsName(answer.data);
      return target === undefined ? undefined : { type: "CNAME", name, ttl: ttlOf(answer.ttl), target };
    }
    case "SRV": {
      const { priority = 0, weight = 0, port, target } = answer.data;
      return {
        type: "SRV",
        name,
        ttl: ttlOf(answer.ttl),
        priority,
        weight,
        port,
        target: target === "." ? "." : target.toLowerCase(),
      };
    }
    case "NAPTR":
      return { type: "NAPTR", name, ttl: ttlOf(answer.ttl), ...answer.data };
    default:
      return undefined;
  }
}

/** RFC 2181 §8: a TTL with the top bit set counts as 0. */
function ttlOf(ttl: number | undefined): number {
  return ttl === undefined || ttl > 0x7fffffff ? 0 : ttl;
}

function extendedRcode(packet: DecodedPacket): number {
  for (const record of packet.additionals ?? []) if (record.type === "OPT") return record.extendedRcode;
  return 0;
}

const rcodeNames = ["NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED"];
function rcodeName(rcode: number): string {
  return rcodeNames[rcode] ?? `RCODE ${rcode}`;
}

function failed(reason: DnsFailureReason, sentence: string): DnsReading {
  return { kind: "failed", reason, sentence };
}
