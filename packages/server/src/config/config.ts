import { inspect } from "node:util";
import type { Network } from "../edge/address.ts";
import type { PrivateNetworks } from "../outgoing-http/address-rules.ts";

export const LOG_LEVELS = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export const SIP_PROTOCOLS = ["udp", "tcp", "tls", "ws", "wss"] as const;

export interface SipListenerConfig {
  protocol: (typeof SIP_PROTOCOLS)[number];
  /** IP literal, IPv6 without brackets. */
  host: string;
  /** 0: the system chooses. */
  port: number;
}

export interface TlsConfig {
  /** Files in PEM, absolute paths. Without a certificate the node makes one in its data folder. */
  readonly files: { readonly cert: string; readonly key: string } | undefined;
  /** Authorities besides those that Node brings; of clients these alone. */
  readonly ca: string | undefined;
  /** Whether clients are asked for a certificate. */
  readonly clients: "none" | "request" | "require";
}

export interface LimitsConfig {
  /** Calls at once on this node. */
  readonly maxCalls: number;
  /** Calls at once of one organization. */
  readonly maxCallsPerOrganization: number;
  /** INVITEs a second from one source address, averaged; bursts may hold twice as many. 0: no limit. */
  readonly invitesPerSecond: number;
  /** SIP messages a second that are read from one source that nobody lists; bursts may hold twice as many. 0: no limit. */
  readonly unlistedMessagesPerSecond: number;
}

/** What the environment says (spec §7), checked. Frozen; printing it never shows token and key. */
export interface Config {
  /** Absolute path of the data folder. */
  readonly dataDir: string;
  readonly http: { readonly host: string; readonly port: number };
  readonly sip: readonly SipListenerConfig[];
  readonly tls: TlsConfig;
  /** Origins of pages that may open a WebSocket, lower case; "*": any. */
  readonly wsOrigins: readonly string[];
  /** Host part of agents' SIP URIs; undefined: the public address. IPv6 in brackets, as in a URI. */
  readonly domain: string | undefined;
  /** Written into Contact and SDP; undefined: found. IPv6 without brackets. */
  readonly publicAddress: string | undefined;
  /** First (even) and last media port. */
  readonly rtpPorts: readonly [number, number];
  readonly token: string | undefined;
  /** Seals secrets in the database (`secrets/`); undefined: the key file in the data folder. */
  readonly key: string | undefined;
  readonly dns: { readonly address: string; readonly port: number } | undefined;
  readonly logLevel: LogLevel;
  /** What a source that nobody lists gets: 403, or no answer at all. */
  readonly unlisted: "reject" | "drop";
  /** Peers whose `X-Source-Address` header names the true source. */
  readonly trustedProxies: readonly Network[];
  /** Where webhooks and tools of agents may go besides the internet. */
  readonly outgoingPrivate: PrivateNetworks;
  /** Days that calls are kept, with all that belongs to them; 0: for ever. */
  readonly keepDays: number;
  /** Days that recordings and messages are kept, where that is less; 0: as long as the call. */
  readonly recordingDays: number;
  /** Days that the SIP messages of calls are kept; 0: they are not. */
  readonly captureDays: number;
  readonly limits: LimitsConfig;
  /** Call workers (child processes). */
  readonly workers: number;
  /** Seconds that a drain waits for running calls before it ends them. */
  readonly drainSeconds: number;
  /** Base of the URLs in answers of the API; undefined: as the request named it. No slash at its end. */
  readonly publicUrl: string | undefined;
  /** Whether the console is served, and built where it is not of these sources. */
  readonly console: boolean;
}

/** Freezes a configuration and hides its secrets from `console.log`, `util.inspect` and `JSON.stringify`. */
export function sealConfig(config: Config): Config {
  const hidden = (value: string | undefined) => (value === undefined ? undefined : "[secret]");
  const shown = { ...config, token: hidden(config.token), key: hidden(config.key) };
  const sealed: Config = { ...config };
  Object.defineProperty(sealed, "toJSON", { value: () => shown, enumerable: false });
  Object.defineProperty(sealed, inspect.custom, { value: () => shown, enumerable: false });
  for (const value of [sealed.http, sealed.sip, ...sealed.sip, sealed.tls, sealed.rtpPorts, sealed.limits])
    Object.freeze(value);
  if (sealed.dns !== undefined) Object.freeze(sealed.dns);
  Object.freeze(sealed.trustedProxies);
  Object.freeze(sealed.outgoingPrivate);
  return Object.freeze(sealed);
}
