import type { TransportName } from "../environment.ts";
import type { DnsAnswer, DnsQuestion } from "./dns.ts";

/** Transports that DNS can name a SIP service for (RFC 3263 §4.1). */
export type LocateTransport = Extract<TransportName, "udp" | "tcp" | "tls">;

/** What to find servers for: the parts of a URI, or of a route (RFC 3263 §4). */
export interface LocateRequest {
  /** Name or IP literal, IPv6 with or without brackets. */
  readonly host: string;
  /** Given: no SRV. 1 to 65535. */
  readonly port?: number;
  /** Given: no choice of transport. */
  readonly transport?: LocateTransport;
  /** The URI is a `sips:` one: TLS alone. */
  readonly secure?: boolean;
  /** What we can send by, the preferred first. */
  readonly transports: readonly LocateTransport[];
  /** Address families that we can send to, the preferred first. */
  readonly families: readonly (4 | 6)[];
  /** Let NAPTR choose the transport where none is given. */
  readonly naptr?: boolean;
}

/** Where to send a request, and how it was found. */
export interface LocatedTarget {
  readonly transport: LocateTransport;
  /** IP literal, IPv6 without brackets. */
  readonly address: string;
  readonly port: number;
  /** The host asked for: what a TLS certificate has to name (RFC 5922 §4), whatever DNS led to. */
  readonly serverName: string;
  readonly from: {
    /** undefined where the port was given, or the name has no SRV record. */
    readonly srv?: {
      readonly name: string;
      readonly priority: number;
      readonly weight: number;
      readonly target: string;
    };
    /** The name whose address this is, and its record; undefined for an IP literal. */
    readonly record?: { readonly name: string; readonly type: "A" | "AAAA" };
  };
  /** Seconds until the first record on the way here ends; undefined for an IP literal. */
  readonly ttl: number | undefined;
}

export type LocateFailureCode =
  | "host_invalid"
  | "transport_unsupported"
  | "service_not_offered"
  | "no_such_host"
  | "no_address"
  | "dns_failed";

export interface LocateFailure {
  readonly code: LocateFailureCode;
  /** For a person. */
  readonly sentence: string;
}

/** The way to a decision, in order: what was asked and answered, and what was made of it. */
export type LocateTraceEntry =
  | { readonly kind: "question"; readonly question: DnsQuestion; readonly answer: DnsAnswer }
  | { readonly kind: "decision"; readonly sentence: string };

export interface Located {
  /** In the order to try them; empty exactly where `failure` is given. */
  readonly targets: readonly LocatedTarget[];
  readonly failure?: LocateFailure;
  readonly trace: readonly LocateTraceEntry[];
}
