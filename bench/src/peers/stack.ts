// The bare stack of packages/sip, as a process of its own: answers OPTIONS, and INVITE with a fixed SDP and no media.
import { createSipStack } from "@ringdown/sip";

const answer = [
  "v=0",
  "o=- 1 1 IN IP4 127.0.0.1",
  "s=-",
  "c=IN IP4 127.0.0.1",
  "t=0 0",
  "m=audio 9 RTP/AVP 0",
  "a=rtpmap:0 PCMU/8000",
  "a=inactive",
  "",
].join("\r\n");

const stack = await createSipStack({
  listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
  screen: () => "answer",
  onInvite: (call) => call.accept(answer),
});
process.on("SIGTERM", () => {
  void stack.close().then(() => process.exit(0));
});
console.log(`ready ${stack.transport.bound[0]?.port}`);
