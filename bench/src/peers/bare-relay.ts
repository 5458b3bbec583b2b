// What Node's sockets can do without any RTP logic, the yardstick of the bridge benchmark: what comes in at one socket goes
// out at the other. Reads one line, the phones' ports (2k and 2k + 1 are a call), prints one line, the ports that they send to.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createInterface } from "node:readline";

async function open(port: number): Promise<Socket> {
  const socket = createSocket("udp4");
  socket.on("error", () => undefined);
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  return socket;
}

const [line] = await once(createInterface({ input: process.stdin }), "line");
const sockets: Socket[] = [];
for (const port of String(line).split(" ")) {
  const socket = await open(Number(port));
  const caller = sockets.length % 2 === 0 ? undefined : sockets.at(-1);
  sockets.push(socket);
  if (caller === undefined) continue;
  caller.on("message", (bytes) => socket.send(bytes));
  socket.on("message", (bytes) => caller.send(bytes));
}
process.on("SIGTERM", () => process.exit(0));
console.log(sockets.map((socket) => socket.address().port).join(" "));
