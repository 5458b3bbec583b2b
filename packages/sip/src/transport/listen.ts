import { SipTransportError } from "../errors.ts";

const reasons: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "another program already listens there"],
  ["EADDRNOTAVAIL", "this machine has no such address"],
  ["EACCES", "the system does not permit it; ports below 1024 need a privilege"],
  ["EAFNOSUPPORT", "this machine has no such address family"],
  ["ENOTFOUND", "that is no IP address of this machine"],
]);

/** The error of a listener that cannot be bound, in a sentence with address and reason. */
export function listenError(protocol: string, host: string, port: number, cause: unknown): SipTransportError {
  const code = errorCode(cause);
  const reason = reasons.get(code ?? "") ?? (cause instanceof Error ? cause.message : String(cause));
  const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new SipTransportError("listen_failed", `Cannot listen on ${protocol} ${place}: ${reason}.`, cause);
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::";
}
