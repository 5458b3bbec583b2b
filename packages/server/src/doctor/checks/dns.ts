// Whether the DNS servers that SIP look-ups go to answer, and how fast.
import { getServers } from "node:dns";
import { type DnsAnswer, DnsClient, SystemLocator } from "@ringdown/sip";
import type { Config } from "../../config/config.ts";
import { bracketed } from "../../config/endpoint.ts";
import { type Finding, fail, ok, sentenceOf, warn } from "../finding.ts";

/** No name of the internet is below it (RFC 6761 §6.4): any resolver can say so by itself, and learns nothing of us. */
const PROBE = "ringdown-doctor.invalid";
/** ms: a call waits for it. */
const SLOW_MS = 300;
const PATIENCE_MS = 2_500;

export interface ServerFacts {
  readonly server: string;
  readonly ms: number;
  readonly address: DnsAnswer;
  /** Some routers' resolvers pass SRV by. */
  readonly srv: DnsAnswer;
}

/** As the node asks them: RINGDOWN_DNS, or the system's. */
export function dnsServers({ dns }: Pick<Config, "dns">): string[] {
  return dns === undefined ? getServers() : [`${bracketed(dns.address)}:${dns.port}`];
}

export async function lookAtServers(servers: readonly string[]): Promise<ServerFacts[]> {
  return Promise.all(
    servers.map(async (server) => {
      const client = new DnsClient({ servers: [server], timeouts: [PATIENCE_MS], totalTimeout: PATIENCE_MS });
      try {
        const begun = performance.now();
        const address = await client.ask({ name: PROBE, type: "A" });
        const ms = Math.round(performance.now() - begun);
        // One that is dead is not waited for twice.
        const srv =
          address.outcome === "failed"
            ? address
            : await client.ask({ name: `_sip._udp.${PROBE}`, type: "SRV" });
        return { server, ms, address, srv };
      } finally {
        client.close();
      }
    }),
  );
}

/** @param names that registrations and routes have looked up */
export function judgeServers(
  facts: readonly ServerFacts[],
  names: readonly string[],
  origin: "RINGDOWN_DNS" | "system",
): Finding[] {
  const where = origin === "RINGDOWN_DNS" ? "RINGDOWN_DNS" : "this system's DNS (/etc/resolv.conf)";
  const todo = `Correct ${where}, or see why nothing answers there on port 53.`;
  const [name] = names;
  if (facts.length === 0) {
    const none = "There is no DNS server.";
    return [
      name === undefined ? warn("dns", none, todo) : fail("dns", `${none} ${name} cannot be found.`, todo),
    ];
  }
  const works = facts.some(({ address }) => address.outcome !== "failed");
  return facts.map(({ server, ms, address, srv }) => {
    if (address.outcome === "failed") {
      const what = `${server} does not work: ${sentenceOf(address.sentence)}`;
      if (works) return warn("dns", `${what} Another one does, later.`, `Take it out of ${where}.`);
      return name === undefined
        ? warn("dns", what, `Nothing configured has a name, so nothing needs it now. ${todo}`)
        : fail("dns", `${what} ${name} cannot be found.`, todo);
    }
    if (srv.outcome === "failed") {
      const what = `${server} answers for addresses, but not for services (SRV): ${sentenceOf(srv.sentence)}`;
      return warn("dns", what, "Use another server (RINGDOWN_DNS), or give ports in routes and proxies.");
    }
    if (ms > SLOW_MS)
      return warn(
        "dns",
        `${server} takes ${ms} ms to answer: a call waits for it.`,
        "Use a nearer one (RINGDOWN_DNS).",
      );
    return ok("dns", `${server} answers, in ${ms} ms.`);
  });
}

export interface DomainFacts {
  readonly domain: string;
  readonly addresses: readonly string[];
  readonly publicAddress: string;
  /** Why there is no address. */
  readonly failure?: string;
}

/** As a caller finds it: by SRV, else by its addresses. */
export async function lookAtDomain(
  servers: readonly string[],
  domain: string,
  publicAddress: string,
): Promise<DomainFacts> {
  const locator = new SystemLocator({
    dns: { servers, timeouts: [PATIENCE_MS], totalTimeout: PATIENCE_MS },
    transports: ["udp", "tcp", "tls"],
    families: [4, 6],
  });
  try {
    const { targets, failure } = await locator.locate(`sip:${domain}`);
    const addresses = [...new Set(targets.map(({ address }) => address))];
    return { domain, addresses, publicAddress, ...(failure && { failure: failure.sentence }) };
  } finally {
    locator.close();
  }
}

export function judgeDomain({ domain, addresses, publicAddress, failure }: DomainFacts): Finding {
  const todo = `Give ${domain} an address record of ${publicAddress}, or set RINGDOWN_DOMAIN to a name that has one.`;
  if (addresses.length === 0) {
    const why = failure === undefined ? "" : ` (${failure.replace(/\.$/, "")})`;
    return warn(
      "domain",
      `Agents are at ${domain}, which cannot be found${why}: nobody can dial them by it.`,
      todo,
    );
  }
  if (addresses.includes(publicAddress))
    return ok("domain", `Agents are at ${domain}, which is ${publicAddress}.`);
  return warn(
    "domain",
    `Agents are at ${domain}, which is ${addresses.join(", ")}, while peers are told ${publicAddress}.`,
    "Set RINGDOWN_PUBLIC_ADDRESS to where the name leads, or the name to where we are; right as it is where a proxy stands between.",
  );
}
