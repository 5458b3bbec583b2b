// Whether our public address leads to us, tried from this machine itself: what is refused here is refused to all, but a way
// that is open from here may still be closed from outside.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, isIPv6 } from "node:net";
import { bracketed } from "../../config/endpoint.ts";
import { type Finding, ok, warn } from "../finding.ts";
import type { Listener } from "./listeners.ts";

/** ms for a way that leads to a router at most. */
const PATIENCE_MS = 1_500;

export interface ReachFacts {
  readonly protocol: "udp" | "tcp";
  readonly address: string;
  readonly port: number;
  /** `unknown`: asked was a node that does not answer strangers, or not at all. */
  readonly outcome: "arrived" | "lost" | "unknown";
  /** No interface of this machine has the address. */
  readonly isRouters: boolean;
}

/** Listens in the node's place, and sends to itself by way of the public address. */
export async function tryOwnListener(
  { protocol, host }: Listener,
  port: number,
  address: string,
): Promise<ReachFacts["outcome"]> {
  if (isIPv6(host) !== isIPv6(address)) return "unknown";
  return protocol === "udp" ? tryDatagram(host, port, address) : tryConnection(host, port, address);
}

async function tryDatagram(host: string, port: number, address: string): Promise<ReachFacts["outcome"]> {
  const type = isIPv6(host) ? "udp6" : "udp4";
  const listener = createSocket({ type, ipv6Only: isIPv6(host) });
  const sender = createSocket(type);
  try {
    listener.bind({ address: host, port, exclusive: true });
    await once(listener, "listening");
    const text = `ringdown doctor ${process.pid} ${performance.now()}`;
    const arrived = new Promise<true>((resolve) => {
      listener.on("message", (message) => {
        if (message.toString("latin1") === text) resolve(true);
      });
    });
    await new Promise<void>((resolve, reject) => {
      sender.send(text, port, address, (error) => (error === null ? resolve() : reject(error)));
    });
    return (await within(arrived)) === undefined ? "lost" : "arrived";
  } catch {
    return "unknown";
  } finally {
    listener.close();
    sender.close();
  }
}

async function tryConnection(host: string, port: number, address: string): Promise<ReachFacts["outcome"]> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen({ host, port, ipv6Only: true, exclusive: true });
    await once(server, "listening");
    return (await canConnect(port, address)) ? "arrived" : "lost";
  } catch {
    return "unknown";
  } finally {
    server.close();
  }
}

export async function canConnect(port: number, address: string): Promise<boolean> {
  const socket = connect({ port, host: address });
  try {
    return (await within(once(socket, "connect"))) !== undefined;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function within<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, over]);
  } finally {
    clearTimeout(timer);
  }
}

export function judgeReach({ protocol, address, port, outcome, isRouters }: ReachFacts): Finding | undefined {
  const where = `${protocol}:${bracketed(address)}:${port}`;
  if (outcome === "unknown") return undefined;
  if (outcome === "arrived") {
    return ok("reach", `${where} leads here from this machine; from outside only a call can show it.`);
  }
  if (isRouters) {
    return warn(
      "reach",
      `${where} does not lead back here.`,
      `Have the router forward ${port} (${protocol.toUpperCase()}) to this machine; a router that turns nothing back from inside shows this too, then try from outside.`,
    );
  }
  return warn(
    "reach",
    `${where} is this machine's, and yet leads nowhere.`,
    `A packet filter of this machine is in the way: let ${port} (${protocol.toUpperCase()}) in.`,
  );
}
