// Answers every call from this machine and sends the caller's audio back to him. Dial sip:echo@127.0.0.1:5080.
//   npm start -w examples/sip-echo [-- PORT]
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createSipStack, type IncomingCall } from "@ringdown/sip";

const port = Number(process.argv[2] ?? 5080);
const stack = await createSipStack({
  listeners: [
    { protocol: "udp", host: "127.0.0.1", port },
    { protocol: "tcp", host: "127.0.0.1", port },
  ],
  transport: { samePort: true },
  serverHeader: "sip-echo",
  // Whom to answer at all. Here everybody: the listeners are on loopback.
  screen: () => "answer",
  onInvite: (call) => void echo(call),
  onError: (error) => console.error(error),
});
console.log(`ready ${stack.transport.bound[0]?.port}`);

async function echo(call: IncomingCall): Promise<void> {
  const answer = answerTo(call.offer);
  if (answer === undefined) {
    call.reject(488);
    return;
  }
  call.ring();
  const socket = createSocket("udp4");
  let packets = 0;
  socket.on("message", (packet, remote) => {
    packets++;
    socket.send(packet, remote.port, remote.address);
  });
  call.onEnded = ({ by, cause }) => {
    socket.close();
    console.log(`ended ${call.callId} by ${by} (${cause}), ${packets} packets`);
  };
  socket.bind(0, call.flow.localAddress);
  await once(socket, "listening");
  console.log(`call ${call.callId} from ${call.request.headers.get("From")}`);
  call.accept(answer(call.flow.localAddress, socket.address().port));
}

/** The first audio format that the caller offers, whatever it is: what only goes back needs no decoding. */
function answerTo(offer: string | undefined): ((address: string, port: number) => string) | undefined {
  const format = /^m=audio \d+ RTP\/AVP (\d+)/m.exec(offer ?? "")?.[1];
  if (format === undefined) return undefined;
  const map = new RegExp(`^a=(?:rtpmap|fmtp):${format} .*$`, "gm");
  const attributes = offer?.match(map) ?? [];
  return (address, rtpPort) =>
    [
      "v=0",
      `o=- ${Date.now()} 1 IN IP4 ${address}`,
      "s=echo",
      `c=IN IP4 ${address}`,
      "t=0 0",
      `m=audio ${rtpPort} RTP/AVP ${format}`,
      ...attributes.map((line) => line.trim()),
      "a=sendrecv",
      "",
    ].join("\r\n");
}

process.once("SIGINT", () => void stack.close());
process.once("SIGTERM", () => void stack.close());
