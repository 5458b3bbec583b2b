import { SipTransportError } from "@ringdown/sip";
import { ConfigError } from "./config/read-config.ts";
import { AppError } from "./errors.ts";

/** A failed start in lines for a person; undefined for a fault of ours, which needs its stack. */
export function startErrorLines(error: unknown): string[] | undefined {
  if (error instanceof ConfigError) return [...error.faults];
  if (error instanceof AppError || error instanceof SipTransportError) return [error.message];
  if (!(error instanceof Error)) return undefined;
  const { code, address, port, path, hostname } = error as NodeJS.ErrnoException & {
    address?: string;
    port?: number;
    hostname?: string;
  };
  if (code === "EADDRINUSE") {
    return [
      `RINGDOWN_HTTP: ${address}:${port} is in use by another program: stop it, or choose another port.`,
    ];
  }
  if (code === "EADDRNOTAVAIL") return [`RINGDOWN_HTTP: this machine has no address ${address}.`];
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return [`RINGDOWN_HTTP: the host name ${hostname} has no address that can be found (${code}).`];
  }
  if (code === "EACCES" && port !== undefined) {
    return [`RINGDOWN_HTTP: this user may not listen on ${address}:${port}.`];
  }
  if (
    path !== undefined &&
    (code === "EACCES" || code === "EROFS" || code === "ENOTDIR" || code === "EEXIST")
  ) {
    return [`RINGDOWN_DATA: the folder ${path} cannot be made or written (${code}).`];
  }
  return undefined;
}
