/** The record types that locating a SIP server asks for (RFC 3263 §4). */
export type DnsQuestionType = "A" | "AAAA" | "SRV" | "NAPTR";

export interface DnsQuestion {
  /** Absolute, lower case, without the last dot. */
  readonly name: string;
  readonly type: DnsQuestionType;
}

interface RecordHead {
  /** Owner, lower case, without the last dot. */
  readonly name: string;
  /** Seconds that are left. */
  readonly ttl: number;
}
export interface AddressRecord extends RecordHead {
  readonly type: "A" | "AAAA";
  readonly address: string;
}
/** RFC 2782. */
export interface SrvRecord extends RecordHead {
  readonly type: "SRV";
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** "." where the service is decidedly not offered. */
  readonly target: string;
}
/** RFC 3403 §4. */
export interface NaptrRecord extends RecordHead {
  readonly type: "NAPTR";
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly services: string;
  readonly regexp: string;
  readonly replacement: string;
}
export interface AliasRecord extends RecordHead {
  readonly type: "CNAME";
  readonly target: string;
}
export type DnsRecord = AddressRecord | SrvRecord | NaptrRecord | AliasRecord;

/** Why there is no answer at all; each may be different a moment later. */
export type DnsFailureReason =
  | "timeout"
  | "servfail"
  | "refused"
  | "unreachable"
  | "malformed"
  | "alias_loop"
  | "overloaded"
  | "closed";

/** Where an answer came from: asked now, remembered, remembered beyond its time, or this machine's own table. */
export type DnsAnswerSource = "server" | "cache" | "stale" | "hosts";

interface AnswerHead {
  readonly source: DnsAnswerSource;
  /** "ip:port" of the server that gave it. */
  readonly server?: string;
}
export interface DnsRecords extends AnswerHead {
  readonly outcome: "records";
  /** Aliases in the order they are followed, then the records asked for; only aliases where the chain leads out of the answer. */
  readonly records: readonly DnsRecord[];
  /** Addresses of SRV targets from the additional section (RFC 2782). */
  readonly additional: readonly AddressRecord[];
  /** Records beyond the limit, which were put aside. */
  readonly dropped: number;
}
export interface DnsAbsence extends AnswerHead {
  readonly outcome: "absent";
  /** The name does not exist, or has no records of this type. */
  readonly reason: "nxdomain" | "nodata";
  /** Aliases that led here. */
  readonly records: readonly DnsRecord[];
  /** Seconds for which that may be remembered (RFC 2308 §5); undefined where the server gave no SOA. */
  readonly ttl: number | undefined;
}
export interface DnsFailure extends AnswerHead {
  readonly outcome: "failed";
  readonly reason: DnsFailureReason;
  /** For a person. */
  readonly sentence: string;
}
export type DnsAnswer = DnsRecords | DnsAbsence | DnsFailure;

export function questionKey(question: DnsQuestion): string {
  return `${question.type} ${question.name}`;
}

/**
 * A DNS name in the one spelling that this package compares: lower case, without the last dot.
 * Underscores are taken, as `_sip._udp` needs them (RFC 2782).
 * @returns undefined where it is no name: empty or over-long labels, over 253 characters, other characters
 */
export function dnsName(text: string): string | undefined {
  const name = (text.endsWith(".") ? text.slice(0, -1) : text).toLowerCase();
  if (name.length === 0 || name.length > 253) return undefined;
  return name.split(".").every((label) => /^[a-z0-9_-]{1,63}$/.test(label)) ? name : undefined;
}
