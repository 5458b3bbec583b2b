import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import { type Network, parseAddress, parseNetwork } from "../edge/address.ts";
import { AppError } from "../errors.ts";
import type { PrivateNetworks } from "../outgoing-http/address-rules.ts";
import { parseSecretKey } from "../secrets/secret-key.ts";
import {
  type Config,
  LOG_LEVELS,
  type LogLevel,
  SIP_PROTOCOLS,
  type SipListenerConfig,
  sealConfig,
} from "./config.ts";
import { bracketed, isHostName, isIpLiteral, parseEndpoint } from "./endpoint.ts";
import { nearMiss } from "./near-miss.ts";
import { readTls, readWsOrigins } from "./read-tls.ts";
import { Reader, shown, VARIABLES } from "./reader.ts";

export const TOKEN_MIN_LENGTH = 16;
const TOKEN_MAX_LENGTH = 256;

/** Everything that is wrong with the environment: one line for each fault. */
export class ConfigError extends AppError {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super("configuration_invalid", faults.join("\n"));
    this.name = "ConfigError";
    this.faults = faults;
  }
}

export interface ConfigReading {
  config: Config;
  /** One line each, for a person: variables that mean nothing, values that work but are odd. */
  warnings: string[];
}

/**
 * Reads the configuration from the environment (spec §7, docs/design/configuration.md).
 * @throws ConfigError with every fault, not only the first.
 */
export function readConfig(
  environment: Record<string, string | undefined>,
  machine: { cores: number; cwd: string } = { cores: availableParallelism(), cwd: process.cwd() },
): ConfigReading {
  const reader = new Reader(environment);
  const databaseUrl = environment.DATABASE_URL?.trim();
  if (databaseUrl !== undefined && databaseUrl !== "") {
    // The value holds a password: it is not shown.
    reader.fault(
      "DATABASE_URL",
      undefined,
      "Postgres is not built yet; unset it to use the embedded database",
    );
  }
  const dataDir = readData(reader, machine.cwd);
  const http = readHttp(reader);
  const sip = readSip(reader);
  const rtpPorts = readRtpPorts(reader);
  checkOverlaps(reader, http, sip, rtpPorts);
  const config: Config = {
    dataDir,
    http,
    sip,
    tls: readTls(reader, machine.cwd),
    wsOrigins: readWsOrigins(reader),
    rtpPorts,
    domain: readDomain(reader),
    publicAddress: readPublicAddress(reader),
    publicUrl: readPublicUrl(reader),
    console: reader.choice("RINGDOWN_CONSOLE", ["on", "off"] as const, "on") === "on",
    token: readToken(reader),
    key: readKey(reader),
    dns: readDns(reader),
    logLevel: reader.choice<LogLevel>("RINGDOWN_LOG", LOG_LEVELS, "info"),
    unlisted: reader.choice("RINGDOWN_UNLISTED", ["reject", "drop"] as const, "reject"),
    trustedProxies: readTrustedProxies(reader),
    outgoingPrivate: readOutgoingPrivate(reader),
    limits: {
      maxCalls: reader.number("RINGDOWN_MAX_CALLS", 1000, 1, 100_000),
      maxCallsPerOrganization: reader.number(
        "RINGDOWN_MAX_CALLS_PER_ORGANIZATION",
        reader.number("RINGDOWN_MAX_CALLS", 1000, 1, 100_000),
        1,
        100_000,
      ),
      invitesPerSecond: reader.number("RINGDOWN_INVITE_RATE", 1000, 0, 100_000),
      unlistedMessagesPerSecond: reader.number("RINGDOWN_UNLISTED_RATE", 20, 0, 100_000),
    },
    workers: reader.number("RINGDOWN_WORKERS", Math.max(1, machine.cores - 1), 1, 256),
    keepDays: reader.number("RINGDOWN_KEEP_DAYS", 0, 0, 36_500),
    recordingDays: reader.number("RINGDOWN_RECORDING_DAYS", 0, 0, 36_500),
    captureDays: reader.number("RINGDOWN_CAPTURE_DAYS", 7, 0, 365),
    drainSeconds: reader.number("RINGDOWN_DRAIN_SECONDS", 60, 0, 86_400),
  };
  warnOfPorts(reader, config);
  for (const name of Object.keys(environment).sort()) {
    if (!/^RINGDOWN_/i.test(name) || (VARIABLES as readonly string[]).includes(name)) continue;
    const near = nearMiss(name, VARIABLES);
    reader.warnings.push(
      `${name}: unknown variable, ignored${near === undefined ? "" : `; did you mean ${near}?`}`,
    );
  }
  // A fault of RINGDOWN_MAX_CALLS is read twice above.
  const faults = [...new Set(reader.faults)];
  if (faults.length > 0) throw new ConfigError(faults);
  return { config: sealConfig(config), warnings: reader.warnings };
}

function readData(reader: Reader, cwd: string): string {
  const value = reader.text("RINGDOWN_DATA") ?? "./data";
  if (value.includes("\0")) reader.fault("RINGDOWN_DATA", value, "is not a path");
  return resolve(cwd, value);
}

function readHttp(reader: Reader): { host: string; port: number } {
  const fallback = { host: "127.0.0.1", port: 8080 };
  const value = reader.text("RINGDOWN_HTTP");
  if (value === undefined) return fallback;
  const endpoint = parseEndpoint(value);
  if (endpoint === undefined) {
    reader.fault("RINGDOWN_HTTP", value, 'is not host:port, such as "127.0.0.1:8080" or "[::1]:8080"');
    return fallback;
  }
  if (!isIpLiteral(endpoint.host) && !isHostName(endpoint.host)) {
    reader.fault(
      "RINGDOWN_HTTP",
      value,
      `has a host that is neither an address nor a name: ${shown(endpoint.host)}`,
    );
  }
  return endpoint;
}

function readSip(reader: Reader): SipListenerConfig[] {
  const value = reader.text("RINGDOWN_SIP") ?? "udp:0.0.0.0:5060,tcp:0.0.0.0:5060";
  const listeners: SipListenerConfig[] = [];
  const seen = new Set<string>();
  for (const item of value.split(",").map((part) => part.trim())) {
    const listener = readListener(reader, item);
    if (listener === undefined) continue;
    const key = `${listener.protocol}:${bracketed(listener.host)}:${listener.port}`;
    if (listener.port !== 0 && seen.has(key)) reader.fault("RINGDOWN_SIP", item, "is listed twice");
    seen.add(key);
    listeners.push(listener);
  }
  if (listeners.length > 32) reader.fault("RINGDOWN_SIP", undefined, "names more than 32 listeners");
  return listeners;
}

function readListener(reader: Reader, item: string): SipListenerConfig | undefined {
  const name = "RINGDOWN_SIP";
  if (item === "") return reader.fault(name, undefined, "has an empty entry between commas");
  const colon = item.indexOf(":");
  const protocol = item.slice(0, Math.max(0, colon)).toLowerCase();
  if (!isSipProtocol(protocol)) {
    return reader.fault(name, item, 'is not proto:host:port, such as "udp:0.0.0.0:5060" or "tls:[::]:5061"');
  }
  const endpoint = parseEndpoint(item.slice(colon + 1));
  if (endpoint === undefined) {
    const hint = item.split(":").length > 3 && !item.includes("[") ? "; IPv6 goes in brackets" : "";
    return reader.fault(name, item, `is not proto:host:port with a port from 0 to 65535${hint}`);
  }
  if (!isIpLiteral(endpoint.host)) {
    return reader.fault(name, item, `must name an IP address to listen on, not ${shown(endpoint.host)}`);
  }
  return { protocol, ...endpoint };
}

function readRtpPorts(reader: Reader): [number, number] {
  const fallback: [number, number] = [10_000, 19_999];
  const value = reader.text("RINGDOWN_RTP_PORTS");
  if (value === undefined) return fallback;
  const match = /^(\d{1,6})\s*-\s*(\d{1,6})$/.exec(value);
  if (match === null) {
    reader.fault("RINGDOWN_RTP_PORTS", value, 'is not first-last, such as "10000-19999"');
    return fallback;
  }
  const first = Number(match[1]);
  const last = Number(match[2]);
  if (first < 1024 || last > 65_535) {
    reader.fault("RINGDOWN_RTP_PORTS", value, "reaches outside 1024 to 65535");
  } else if (first > last) {
    reader.fault("RINGDOWN_RTP_PORTS", value, "begins after it ends");
  } else {
    // RTP takes an even port and RTCP the odd one above it (RFC 3550 §11).
    const even = first + (first % 2);
    if (even + 1 <= last) return [even, last];
    reader.fault("RINGDOWN_RTP_PORTS", value, "holds no pair of an even port and the odd one above it");
  }
  return fallback;
}

function checkOverlaps(
  reader: Reader,
  http: { host: string; port: number },
  sip: readonly SipListenerConfig[],
  rtpPorts: readonly [number, number],
): void {
  for (const listener of sip) {
    if (listener.port === 0) continue;
    const written = `${listener.protocol}:${bracketed(listener.host)}:${listener.port}`;
    if (listener.protocol === "udp" && listener.port >= rtpPorts[0] && listener.port <= rtpPorts[1]) {
      reader.fault("RINGDOWN_SIP", written, `lies within RINGDOWN_RTP_PORTS (${rtpPorts[0]}-${rtpPorts[1]})`);
    }
    if (listener.protocol === "udp") continue;
    if (listener.port === http.port && sameHost(listener.host, http.host)) {
      reader.fault(
        "RINGDOWN_HTTP",
        `${bracketed(http.host)}:${http.port}`,
        `is taken by RINGDOWN_SIP's ${written}`,
      );
    }
    const { host, port } = listener;
    const other = sip.find((each) => each.protocol !== "udp" && each.port === port && each.host === host);
    if (other !== undefined && other.protocol !== listener.protocol) {
      reader.fault("RINGDOWN_SIP", written, `is taken by ${other.protocol}, which is on the same TCP port`);
    }
  }
}

function isSipProtocol(text: string): text is SipListenerConfig["protocol"] {
  return SIP_PROTOCOLS.some((protocol) => protocol === text);
}

function sameHost(a: string, b: string): boolean {
  const any = (host: string) => host === "0.0.0.0" || host === "::";
  return a === b || any(a) || any(b);
}

function readDomain(reader: Reader): string | undefined {
  const value = reader.text("RINGDOWN_DOMAIN");
  if (value === undefined) return undefined;
  const bare = /^\[(.*)\]$/.exec(value)?.[1] ?? value;
  if (isIpLiteral(bare)) return bracketed(parseAddress(bare)?.text ?? bare);
  if (isHostName(value)) return value.toLowerCase();
  return reader.fault("RINGDOWN_DOMAIN", value, "is not a host name or an address (no scheme, no port)");
}

function readPublicAddress(reader: Reader): string | undefined {
  const name = "RINGDOWN_PUBLIC_ADDRESS";
  const value = reader.text(name);
  if (value === undefined) return undefined;
  const bare = /^\[(.*)\]$/.exec(value)?.[1] ?? value;
  if (!isIpLiteral(bare)) {
    return reader.fault(
      name,
      value,
      "is not an IPv4 or IPv6 address (it goes into SDP, where peers need a number)",
    );
  }
  const reading = parseNetwork(bare);
  if (!reading.ok) return reader.fault(name, value, "is not an address that a peer can send to");
  return reading.network.text;
}

function readPublicUrl(reader: Reader): string | undefined {
  const value = reader.text("RINGDOWN_PUBLIC_URL");
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const good =
    url !== undefined &&
    /^https?:$/.test(url.protocol) &&
    url.username === "" &&
    url.search === "" &&
    url.hash === "";
  if (!good)
    return reader.fault(
      "RINGDOWN_PUBLIC_URL",
      value,
      'is not a base URL such as "https://calls.example.com"',
    );
  return url.href.replace(/\/+$/, "");
}

function readToken(reader: Reader): string | undefined {
  const name = "RINGDOWN_TOKEN";
  const value = reader.text(name);
  if (value === undefined) return undefined;
  // The value is a secret: a fault says what is wrong without showing it.
  if (value.length < TOKEN_MIN_LENGTH) {
    return reader.fault(
      name,
      undefined,
      `has ${value.length} characters, it needs at least ${TOKEN_MIN_LENGTH}`,
    );
  }
  if (value.length > TOKEN_MAX_LENGTH) {
    return reader.fault(name, undefined, `is longer than ${TOKEN_MAX_LENGTH} characters`);
  }
  if (!/^[A-Za-z0-9._~-]+$/.test(value)) {
    return reader.fault(
      name,
      undefined,
      "may hold letters, digits and . _ ~ - only, as it also travels in URLs",
    );
  }
  return value;
}

function readKey(reader: Reader): string | undefined {
  const name = "RINGDOWN_KEY";
  const value = reader.text(name);
  if (value === undefined || parseSecretKey(value) !== undefined) return value;
  // As above: its value is not shown.
  return reader.fault(
    name,
    undefined,
    "is not 32 bytes as 64 hexadecimal digits or in base 64: make one by `openssl rand -hex 32`",
  );
}

function readDns(reader: Reader): { address: string; port: number } | undefined {
  const value = reader.text("RINGDOWN_DNS");
  if (value === undefined) return undefined;
  const bare = /^\[(.*)\]$/.exec(value)?.[1] ?? value;
  if (isIpLiteral(bare)) return { address: bare, port: 53 };
  const endpoint = parseEndpoint(value);
  if (endpoint === undefined || !isIpLiteral(endpoint.host) || endpoint.port === 0) {
    return reader.fault(
      "RINGDOWN_DNS",
      value,
      'is not ip:port, such as "192.0.2.53:53" or "[2001:db8::53]:53"',
    );
  }
  return { address: endpoint.host, port: endpoint.port };
}

function readTrustedProxies(reader: Reader): Network[] {
  const value = reader.text("RINGDOWN_TRUSTED_PROXIES");
  if (value === undefined) return [];
  const networks: Network[] = [];
  for (const item of value.split(",").map((part) => part.trim())) {
    const reading = parseNetwork(item);
    if (!reading.ok) {
      reader.fault("RINGDOWN_TRUSTED_PROXIES", item, "is not an address or a network in CIDR form");
    } else if (reading.network.bits === 0) {
      reader.fault(
        "RINGDOWN_TRUSTED_PROXIES",
        item,
        "would let anyone name any source: list the proxies themselves",
      );
    } else networks.push(reading.network);
  }
  return networks;
}

function readOutgoingPrivate(reader: Reader): PrivateNetworks {
  const name = "RINGDOWN_OUTGOING_PRIVATE";
  const value = reader.text(name);
  if (value === undefined || value.toLowerCase() === "refuse") return "none";
  if (value.toLowerCase() === "allow") return "all";
  const networks: Network[] = [];
  for (const item of value.split(",").map((part) => part.trim())) {
    const reading = parseNetwork(item);
    if (reading.ok) networks.push(reading.network);
    else reader.fault(name, item, "is not allow, refuse, or addresses and networks in CIDR form");
  }
  return networks;
}

function warnOfPorts(reader: Reader, config: Config): void {
  const [first, last] = config.rtpPorts;
  const pairs = Math.floor((last - first + 1) / 2);
  if (reader.text("RINGDOWN_MAX_CALLS") !== undefined && pairs < config.limits.maxCalls) {
    reader.warnings.push(
      `RINGDOWN_RTP_PORTS: ${first}-${last} has room for ${pairs} legs, RINGDOWN_MAX_CALLS allows ${config.limits.maxCalls}`,
    );
  }
}
