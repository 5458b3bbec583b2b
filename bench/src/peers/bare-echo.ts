// What Node's sockets can do without any RTP logic, the yardstick of the echo benchmark: one socket a call, one 20 ms
// loop for all, the last packet that came goes back. Signalling by packages/sip, which costs nothing once calls stand.
import { createSocket, type Socket } from "node:dgram";
import { createSipStack } from "@ringdown/sip";

const PACKET_MS = 20;

interface Line {
  socket: Socket;
  packet: Buffer;
  sequence: number;
  timestamp: number;
  port: number;
}

const lines = new Set<Line>();

async function openLine(port: number): Promise<Line> {
  const socket = createSocket({ type: "udp4", recvBufferSize: 262_144 });
  await new Promise<void>((resolve) => socket.bind(0, "127.0.0.1", resolve));
  await new Promise<void>((resolve) => socket.connect(port, "127.0.0.1", resolve));
  const packet = Buffer.alloc(172, 0xff);
  packet.writeUInt16BE(0x8000, 0);
  const line: Line = { socket, packet, sequence: 0, timestamp: 0, port: socket.address().port };
  packet.writeUInt32BE(line.port, 8);
  socket.on("message", (bytes) => {
    if (bytes.length === 172) bytes.copy(packet, 12, 12);
  });
  socket.on("error", () => {});
  return line;
}

let due = performance.now();
function tick(): void {
  while (due <= performance.now()) {
    due += PACKET_MS;
    for (const line of lines) {
      line.sequence = (line.sequence + 1) & 0xffff;
      line.timestamp = (line.timestamp + 160) >>> 0;
      line.packet.writeUInt16BE(line.sequence, 2);
      line.packet.writeUInt32BE(line.timestamp, 4);
      line.socket.send(line.packet);
    }
  }
  setTimeout(tick, Math.max(0, due - performance.now()));
}
tick();

const stack = await createSipStack({
  listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
  screen: () => "answer",
  onInvite: (call) => {
    const port = Number(/^m=audio (\d+)/m.exec(call.offer ?? "")?.[1]);
    void openLine(port).then((line) => {
      lines.add(line);
      call.onEnded = () => {
        lines.delete(line);
        line.socket.close();
      };
      const sdp = ["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
      sdp.push(`m=audio ${line.port} RTP/AVP 0`, "a=rtpmap:0 PCMU/8000", "a=sendrecv", "");
      call.accept(sdp.join("\r\n"));
    });
  },
});
process.on("SIGTERM", () => process.exit(0));
console.log(`ready ${stack.transport.bound[0]?.port}`);
