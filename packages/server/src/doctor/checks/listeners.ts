// Whether each listener can be had, or is the running node's, or somebody else's.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, isIPv6 } from "node:net";
import { networkInterfaces } from "node:os";
import { listenerText } from "../../welcome.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";
import type { RunningNode } from "../running-node.ts";
import { type BoundSocket, type Owner, ownersOf, readSocketTable } from "../sockets.ts";

export interface Listener {
  readonly protocol: string;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ListenerFacts {
  readonly listener: Listener;
  /** What the system says to an attempt to listen there: undefined: it could be done. */
  readonly code: string | undefined;
  /** Who is there, as far as can be seen. */
  readonly owners: readonly Owner[];
  /** The running node is there. */
  readonly isOurs: boolean;
  /** A node runs. */
  readonly isRunning: boolean;
  /** This machine's addresses. */
  readonly addresses: readonly string[];
}

const isStream = (protocol: string) => protocol !== "udp";

/**
 * @param listeners of the configuration
 * @param told by the running node: `proto:host:port`
 */
export async function lookAtListeners(
  listeners: readonly Listener[],
  node: RunningNode | undefined,
  told: readonly string[],
): Promise<ListenerFacts[]> {
  const table = readSocketTable() ?? [];
  const addresses = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  const looked: ListenerFacts[] = [];
  for (const listener of listeners) {
    const code = listener.port === 0 ? undefined : await tryListening(listener);
    const sockets = code === "EADDRINUSE" ? table.filter((socket) => isInTheWay(socket, listener)) : [];
    const found = ownersOf(new Set(sockets.map(({ inode }) => inode)));
    const owners = [...new Map([...found.values()].map((owner) => [owner.pid, owner])).values()];
    looked.push({
      ...{ listener, code, owners, addresses, isRunning: node !== undefined },
      isOurs:
        owners.some(({ pid }) => node?.family.has(pid) === true) ||
        (code === "EADDRINUSE" && told.includes(listenerText(listener))),
    });
  }
  return looked;
}

function isInTheWay(socket: BoundSocket, { protocol, port, host }: Listener): boolean {
  const isSame = socket.port === port && socket.protocol === (isStream(protocol) ? "tcp" : "udp");
  return isSame && (socket.family === (isIPv6(host) ? 6 : 4) || socket.isWildcard);
}

/** The code of the system's refusal; undefined where it let us. */
export async function tryListening({ protocol, host, port }: Listener): Promise<string | undefined> {
  try {
    if (isStream(protocol)) {
      const server = createServer();
      server.listen({ host, port, ipv6Only: true, exclusive: true });
      await once(server, "listening");
      server.close();
      await once(server, "close");
    } else {
      const socket = createSocket({ type: isIPv6(host) ? "udp6" : "udp4", ipv6Only: isIPv6(host) });
      try {
        socket.bind({ address: host, port, exclusive: true });
        await once(socket, "listening");
      } finally {
        socket.close();
      }
    }
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

/** @param variable that names it */
export function judgeListener(facts: ListenerFacts, variable: "RINGDOWN_SIP" | "RINGDOWN_HTTP"): Finding {
  const { listener, code, owners, isOurs, isRunning, addresses } = facts;
  const check = variable === "RINGDOWN_SIP" ? "listener" : "api";
  const where = listenerText(listener);
  const other = `set ${variable} to another port`;
  if (listener.port === 0) return ok(check, `${where}: the system chooses the port at the start.`);
  if (code === undefined) {
    if (!isRunning) return ok(check, `${where} is free.`);
    return warn(
      check,
      `The running node does not listen on ${where}.`,
      "It was started with other settings than this command: give both the same environment, and restart it where these are meant.",
    );
  }
  if (isOurs) {
    const [owner] = owners;
    return ok(
      check,
      `${where} is the running node's${owner === undefined ? "" : ` (process ${owner.pid})`}.`,
    );
  }
  switch (code) {
    case "EADDRINUSE": {
      const by = owners.map(({ name, pid }) => `${name} (process ${pid})`).join(" and ");
      return by === ""
        ? fail(
            check,
            `${where} is taken by a program of another user.`,
            `See which as root (ss -lpn), stop it, or ${other}.`,
          )
        : fail(check, `${where} is taken by ${by}.`, `Stop it, or ${other}.`);
    }
    case "EADDRNOTAVAIL":
      return fail(
        check,
        `This machine has no address ${listener.host}; it has ${addresses.join(", ")}.`,
        `Set ${variable} to one of these, or to 0.0.0.0 for all.`,
      );
    case "EACCES":
    case "EPERM":
      return fail(
        check,
        `This user may not listen on ${where}.`,
        `Use a port from 1024 on, or give the right (AmbientCapabilities=CAP_NET_BIND_SERVICE in a systemd unit).`,
      );
    default:
      return fail(check, `Nobody can listen on ${where} (${code}).`, `Check the address, or ${other}.`);
  }
}

export function judgeApiHost(host: string): Finding | undefined {
  if (host === "::1" || host.startsWith("127.") || host === "localhost") return undefined;
  return warn(
    "api",
    `The API listens on ${host}, in plain HTTP: tokens can be read on the way.`,
    "Let it listen on 127.0.0.1, behind a reverse proxy with TLS (RINGDOWN_PUBLIC_URL).",
  );
}
