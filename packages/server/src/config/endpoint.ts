import { isIPv4, isIPv6 } from "node:net";

export interface Endpoint {
  /** IPv6 without brackets. */
  host: string;
  port: number;
}

/** Splits `host:port`, IPv6 in brackets. Undefined where it is not that or the port is not 0 to 65535. */
export function parseEndpoint(text: string): Endpoint | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const [, bracketed, plain, digits] = match;
  const port = Number(digits);
  if (port > 65535) return undefined;
  if (bracketed !== undefined)
    return isIPv6(bracketed) && !bracketed.includes("%") ? { host: bracketed, port } : undefined;
  return plain === undefined || plain === "" ? undefined : { host: plain, port };
}

/** A DNS name in the letters, digits, hyphens form (RFC 1123 §2.1), not a number in disguise. */
export function isHostName(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.split(".");
  if (!labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label))) return false;
  return !/^\d+$/.test(labels.at(-1) ?? "");
}

/** An address as a URI's host writes it: IPv6 in brackets. */
export function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

export function isIpLiteral(text: string): boolean {
  return isIPv4(text) || (isIPv6(text) && !text.includes("%"));
}

/** `transport:address:port`, as records and the API name where something was sent. */
export function targetText({
  transport,
  address,
  port,
}: {
  readonly transport: string;
  readonly address: string;
  readonly port: number;
}): string {
  return `${transport}:${bracketed(address)}:${port}`;
}
