// Where the node goes by itself: DNS, registrars, routes; and who may come to it.
import { join } from "node:path";
import { isIpLiteral } from "../config/endpoint.ts";
import { purposeOf } from "../registrations/registrations.ts";
import { createRouteTestNetwork } from "../routes/route-test-network.ts";
import { Secrets } from "../secrets/secrets.ts";
import { judgeAccessList } from "./checks/access-list.ts";
import { dnsServers, judgeDomain, judgeServers, lookAtDomain, lookAtServers } from "./checks/dns.ts";
import { probeRegistration } from "./checks/registration-probe.ts";
import { judgeOutcome, judgeProbe, judgeRegistration, type Probe } from "./checks/registrations.ts";
import { judgeRoute, testByUs } from "./checks/routes.ts";
import type { StoredRegistration } from "./database-facts.ts";
import { publicAddressFor } from "./examine-network.ts";
import { type Finding, fail, ok, sentenceOf } from "./finding.ts";
import { inLanes } from "./node-api.ts";
import type { OwnStack } from "./own-stack.ts";
import { peersOf } from "./peers.ts";
import type { Scene } from "./scene.ts";

/** Registrars asked in place of a node; each may keep us waiting. */
const MAX_PROBES = 50;
const LANES = 4;

export async function examineConnections(scene: Scene, stack: OwnStack): Promise<Finding[]> {
  const { news, database } = scene;
  const registrations = news?.registrations ?? database?.registrations ?? [];
  const entries = news?.accessList ?? database?.accessList;
  const parts = await Promise.all([
    examineDns(scene),
    examineRegistrations(scene, stack),
    examineRoutes(scene, stack),
  ]);
  return [
    ...parts[0],
    ...(entries === undefined ? [] : [judgeAccessList(entries, registrations.length)]),
    ...parts[1],
    ...parts[2],
  ];
}

async function examineDns(scene: Scene): Promise<Finding[]> {
  const { config } = scene;
  const { names } = peersOf(scene);
  const servers = dnsServers(config);
  const origin = config.dns === undefined ? "system" : "RINGDOWN_DNS";
  const domain = config.domain?.replace(/^\[(.*)\]$/, "$1");
  const [facts, domainFacts] = await Promise.all([
    lookAtServers(servers),
    domain === undefined || isIpLiteral(domain)
      ? undefined
      : lookAtDomain(servers, domain, publicAddressFor(scene).address),
  ]);
  const isAnswered = facts.some(({ address }) => address.outcome !== "failed");
  return [
    ...judgeServers(facts, names, origin),
    // Without DNS that is said already.
    ...(domainFacts !== undefined && isAnswered ? [judgeDomain(domainFacts)] : []),
  ];
}

async function examineRegistrations(
  { config, node, news, database }: Scene,
  stack: OwnStack,
): Promise<Finding[]> {
  if (news !== undefined) return news.registrations.map(judgeRegistration);
  const stored = database?.registrations ?? [];
  if (node !== undefined) return stored.map(judgeOutcome);
  const secrets = new Secrets({ path: join(config.dataDir, "secret.key"), key: config.key, readOnly: true });
  const asked = await inLanes(stored.slice(0, MAX_PROBES), LANES, async (record) =>
    judgeProbe(record.aor, await probe(record, secrets, stack)),
  );
  const left = stored.length - asked.length;
  return left === 0 ? asked : [...asked, ok("registration", `${left} more were not asked.`)];
}

async function probe(record: StoredRegistration, secrets: Secrets, stack: OwnStack): Promise<Probe> {
  const { sealedPassword, agentId } = record;
  let password: string | null;
  try {
    password = sealedPassword && secrets.unseal(sealedPassword, purposeOf(agentId));
  } catch (error) {
    return { kind: "unreadable", why: sentenceOf(error) };
  }
  return probeRegistration(await stack.get(), record, password);
}

async function examineRoutes({ news, database }: Scene, stack: OwnStack): Promise<Finding[]> {
  const routes =
    news?.routes ??
    database?.routes.map(({ route, sealedPassword }) => ({ route, hasPassword: sealedPassword !== null })) ??
    [];
  return inLanes(routes, LANES, async ({ route, hasPassword }) => {
    try {
      const test =
        news === undefined
          ? await testByUs(route, createRouteTestNetwork(await stack.get()))
          : await news.api.testRoute(route);
      return judgeRoute(route, test, hasPassword);
    } catch (error) {
      return fail("route", `${route} could not be tested: ${sentenceOf(error)}`, "Correct the route.");
    }
  });
}
