// Free ports on loopback, for programs that must be told theirs.
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/** A UDP port of this address that is free now; with `pair`, an even one whose successor is free too (RTP and RTCP). */
export async function freeUdpPort(address = "127.0.0.1", pair = false): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await tryBind(0, address);
    if (port === undefined) continue;
    if (!pair) return port;
    const even = port & ~1;
    if ((await tryBind(even, address)) !== undefined && (await tryBind(even + 1, address)) !== undefined)
      return even;
  }
  throw new Error(`no free UDP port on ${address}`);
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
