// What is between this machine and its peers: listeners, packet filter, the address that peers are told.
import { networkInterfaces } from "node:os";
import { AccessTable } from "../edge/access-matcher.ts";
import { parseNetwork } from "../edge/address.ts";
import { publicAddressOf } from "../public-address.ts";
import { judgeFirewall, type Opening, readFirewall } from "./checks/firewall.ts";
import { judgeListener, type Listener, type ListenerFacts, lookAtListeners } from "./checks/listeners.ts";
import { judgePublicAddress, type PublicAddressFacts, reachOf } from "./checks/public-address.ts";
import { canConnect, judgeReach, type ReachFacts, tryOwnListener } from "./checks/reachability.ts";
import { type Finding, ok } from "./finding.ts";
import type { OwnStack } from "./own-stack.ts";
import { peersOf } from "./peers.ts";
import type { Scene } from "./scene.ts";

export async function examineNetwork(scene: Scene, stack: OwnStack): Promise<Finding[]> {
  const { config, node, news } = scene;
  const told = news?.status.listeners ?? [];
  const facts = await lookAtListeners(config.sip, node, told);
  const http = await lookAtHttp(scene);
  const address = publicAddressFor(scene);
  const reach = await lookAtReach(scene, facts, address, stack);
  const openings: Opening[] = [
    ...config.sip
      .filter(({ port }) => port !== 0)
      .map(({ protocol, port }) => ({
        ...{ protocol: protocol === "udp" ? ("udp" as const) : ("tcp" as const), first: port, last: port },
      })),
    { protocol: "udp", first: config.rtpPorts[0], last: config.rtpPorts[1] },
  ];
  const isLocal = config.sip.every(({ host }) => reachOf(host) === "loopback");
  return [
    ...facts.map((one) => judgeListener(one, "RINGDOWN_SIP")),
    ...http.map((one) => judgeListener(one, "RINGDOWN_HTTP")),
    isLocal
      ? ok("firewall", "All listeners are on loopback: no filter is in the way.")
      : judgeFirewall(await readFirewall(), openings),
    judgePublicAddress(address),
    ...reach.flatMap((one) => judgeReach(one) ?? []),
  ];
}

export function publicAddressFor({ config, news, database }: Scene): PublicAddressFacts {
  const interfaces = networkInterfaces();
  const own = Object.values(interfaces).flatMap((all) => (all ?? []).map(({ address }) => address));
  const hosts = config.sip.map(({ host }) => host);
  const address = news?.status.publicAddress ?? config.publicAddress ?? publicAddressOf(interfaces, hosts);
  const seenAs = (news?.registrations ?? []).flatMap(({ publicAddress }) => hostOf(publicAddress) ?? []);
  return {
    ...{ address, own, seenAs: [...new Set(seenAs)] },
    origin: address === config.publicAddress ? "configured" : hosts.includes(address) ? "bound" : "interface",
    peers: peersOf({ news, database }).addresses,
  };
}

/** Host of `address:port`. */
function hostOf(text: string | null): string | undefined {
  return text === null ? undefined : /^\[?(.*?)\]?:\d+$/.exec(text)?.[1];
}

async function lookAtHttp({ config, node }: Scene): Promise<ListenerFacts[]> {
  const { host, port } = config.http;
  const listener: Listener = { protocol: "http", host, port };
  const ours = node?.api?.endsWith(`:${port}`) === true ? [`http:${host}:${port}`] : [];
  return lookAtListeners([listener], node, ours);
}

/** The first UDP and the first TCP listener: what lets these in lets in the others. */
async function lookAtReach(
  { node, news, database }: Scene,
  listeners: readonly ListenerFacts[],
  { address, own }: PublicAddressFacts,
  stack: OwnStack,
): Promise<ReachFacts[]> {
  if (reachOf(address) === "loopback") return [];
  const isRouters = !own.includes(address);
  const firsts = (["udp", "tcp"] as const).flatMap((protocol) => {
    const found = listeners.find(({ listener }) => listener.protocol === protocol && listener.port !== 0);
    return found === undefined ? [] : [{ protocol, facts: found }];
  });
  return Promise.all(
    firsts.map(async ({ protocol, facts: { listener, code, isOurs } }): Promise<ReachFacts> => {
      const { port } = listener;
      const base = { protocol, address, port, isRouters };
      if (code === undefined) return { ...base, outcome: await tryOwnListener(listener, port, address) };
      if (!isOurs || node === undefined) return { ...base, outcome: "unknown" };
      if (protocol === "tcp")
        return { ...base, outcome: (await canConnect(port, address)) ? "arrived" : "lost" };
      const listed = news?.accessList ?? database?.accessList ?? [];
      return {
        ...base,
        outcome: isListed(listed, address) ? await askOptions(stack, address, port) : "unknown",
      };
    }),
  );
}

/** A node says nothing to whom nobody lists, and to itself it comes from its own address. */
function isListed(entries: readonly string[], address: string): boolean {
  const table = new AccessTable();
  for (const entry of entries) {
    const reading = parseNetwork(entry);
    if (reading.ok) table.add("all", reading.network);
  }
  return table.lists("all", address);
}

const PATIENCE_MS = 1_500;

async function askOptions(stack: OwnStack, address: string, port: number): Promise<ReachFacts["outcome"]> {
  const { userAgent } = await stack.get();
  const host = address.includes(":") ? `[${address}]` : address;
  const { result } = userAgent.request({
    ...{ method: "OPTIONS", requestUri: `sip:${host}:${port}`, to: `<sip:${host}>` },
    ...{ from: "<sip:doctor@anonymous.invalid>", target: { transport: "udp", address, port } },
  });
  const silence = new Promise<undefined>((resolve) =>
    setTimeout(() => resolve(undefined), PATIENCE_MS).unref(),
  );
  return (await Promise.race([result, silence]))?.response === undefined ? "lost" : "arrived";
}
