// Free ports on loopback, for programs that must be told theirs.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** A UDP port of this address that is free now. */
export async function freeUdpPort(address = "127.0.0.1"): Promise<number> {
  const port = await tryBind(0, address);
  if (port === undefined) throw new Error(`no free UDP port on ${address}`);
  return port;
}

// Below the system's ephemeral ports, which others are given at any moment, and above those that the harness
// gives to Ringdown's media; a slice of its own for each test file.
const SLICE = 64;
const firstOfSlice = 29_400 + (process.pid % 45) * SLICE;
let next = 0;

/** The first of four UDP ports in a row, even: RTP, RTCP, and as many again for SIPp's video, TLS beside SIP, and the like. */
export async function freeUdpPorts(address = "127.0.0.1"): Promise<number> {
  for (let attempt = 0; attempt < SLICE / 4; attempt++) {
    const first = firstOfSlice + next;
    next = (next + 4) % SLICE;
    const bound = await Promise.all([0, 1, 2, 3].map((offset) => tryBind(first + offset, address)));
    if (bound.every((port) => port !== undefined)) return first;
  }
  throw new Error(`no free UDP ports on ${address}`);
}

async function tryBind(port: number, address: string): Promise<number | undefined> {
  const socket = createSocket("udp4");
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, address, resolve);
    });
    const bound = socket.address().port;
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    return bound;
  } catch {
    return undefined;
  }
}

/** A TCP port of this address that is free now. */
export async function freeTcpPort(address = "127.0.0.1"): Promise<number> {
  const server = createServer();
  server.listen(0, address);
  await once(server, "listening");
  const bound = server.address();
  server.close();
  await once(server, "close");
  if (bound === null || typeof bound === "string") throw new Error("no TCP port");
  return bound.port;
}
