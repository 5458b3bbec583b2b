import { resolve } from "node:path";
import type { TlsConfig } from "./config.ts";
import type { Reader, Variable } from "./reader.ts";

export function readTls(reader: Reader, cwd: string): TlsConfig {
  const cert = readPath(reader, "RINGDOWN_TLS_CERT", cwd);
  const key = readPath(reader, "RINGDOWN_TLS_KEY", cwd);
  const ca = readPath(reader, "RINGDOWN_TLS_CA", cwd);
  const clients = reader.choice("RINGDOWN_TLS_CLIENTS", ["none", "request", "require"] as const, "none");
  if (cert !== undefined && key === undefined)
    reader.fault("RINGDOWN_TLS_KEY", undefined, "is missing: the private key of RINGDOWN_TLS_CERT");
  if (key !== undefined && cert === undefined)
    reader.fault("RINGDOWN_TLS_CERT", undefined, "is missing: the certificate of RINGDOWN_TLS_KEY");
  // The public authorities vouch for web sites: whoever has one could call himself verified.
  if (clients !== "none" && ca === undefined)
    reader.fault("RINGDOWN_TLS_CLIENTS", clients, "needs RINGDOWN_TLS_CA, the authority of the clients");
  return { files: cert === undefined || key === undefined ? undefined : { cert, key }, ca, clients };
}

/** Origins as browsers write them (RFC 6454 §6.1): scheme, host, and the port where it is not the scheme's own. */
export function readWsOrigins(reader: Reader): string[] {
  const name = "RINGDOWN_WS_ORIGINS";
  const value = reader.text(name);
  if (value === undefined) return [];
  const origins: string[] = [];
  for (const item of value.split(",").map((part) => part.trim())) {
    const origin = URL.canParse(item) ? new URL(item).origin : "null";
    if (item === "*") origins.push("*");
    else if (origin === "null" || origin !== item.toLowerCase().replace(/\/$/, ""))
      reader.fault(name, item, 'is not the origin of a page, such as "https://phone.example.com", nor "*"');
    else origins.push(origin);
  }
  return origins;
}

function readPath(reader: Reader, name: Variable, cwd: string): string | undefined {
  const value = reader.text(name);
  if (value === undefined) return undefined;
  if (value.includes("\0")) return reader.fault(name, value, "is not a path");
  return resolve(cwd, value);
}
