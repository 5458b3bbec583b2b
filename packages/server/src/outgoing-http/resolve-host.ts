// A name's addresses, without the system's pool of threads where that can be helped: a slow name server would hold up its other users.
import { lookup, Resolver } from "node:dns/promises";

export interface HostAddress {
  address: string;
  family: 4 | 6;
}

/** @throws the system's error where there are none */
export type ResolveHost = (host: string) => Promise<HostAddress[]>;

const PATIENCE = { timeout: 2_000, tries: 2 };

export const resolveHost: ResolveHost = async (host) => {
  const resolver = new Resolver(PATIENCE);
  const [v4, v6] = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  const found: HostAddress[] = [];
  if (v4.status === "fulfilled") for (const address of v4.value) found.push({ address, family: 4 });
  if (v6.status === "fulfilled") for (const address of v6.value) found.push({ address, family: 6 });
  if (found.length > 0) return found;
  // The name server's own failure is not asked again; a name that it does not know may be in the system's file of hosts.
  if (v4.status === "rejected" && !isUnknown(v4.reason)) throw v4.reason;
  const known = await lookup(host, { all: true });
  return known.map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));
};

function isUnknown(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  // ECONNREFUSED: there is no name server at all.
  return code === "ENOTFOUND" || code === "ENODATA" || code === "ECONNREFUSED" || code === "EBADNAME";
}
