// A softphone's /transfer against packages/sip: REFER in, and the softphone believes what it is told of it.
import assert from "node:assert/strict";
import { createSipStack, type IncomingCall, type IncomingRefer, serialiseUri } from "@ringdown/sip";
import { Baresip } from "./baresip.ts";
import { baresip, peerTest } from "./peer.ts";
import { eventually } from "./wait.ts";

const sdp =
  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

async function transferred(
  act: (refer: IncomingRefer) => void,
  judge: (phone: Baresip, call: IncomingCall) => Promise<void>,
): Promise<void> {
  const calls: IncomingCall[] = [];
  const targets: string[] = [];
  const stack = await createSipStack({
    listeners: [{ protocol: "udp", host: "127.0.0.1", port: 0 }],
    screen: () => "answer",
    onInvite: (call) => {
      calls.push(call);
      call.accept(sdp);
    },
    onRefer: (refer) => {
      targets.push(serialiseUri(refer.uri));
      assert.equal(refer.leg, calls[0]);
      act(refer);
    },
  });
  const phone = await Baresip.start({ user: "+15550100200" });
  try {
    await phone.dial(`sip:demo@127.0.0.1:${stack.transport.bound[0]?.port}`);
    await phone.event("CALL_ESTABLISHED");
    await phone.command("transfer", "sip:carol@192.0.2.7");
    const [call] = calls;
    assert.ok(call !== undefined);
    await judge(phone, call);
    assert.deepEqual(targets, ["sip:carol@192.0.2.7"]);
  } finally {
    await phone.stop();
    await stack.close();
  }
}

peerTest("baresip transfers us: told of success it hangs up", { peers: [baresip] }, () =>
  transferred(
    (refer) => {
      refer.accept();
      refer.finish(200);
    },
    async (phone, call) => {
      const closed = await phone.event("CALL_CLOSED");
      assert.match(closed.param ?? "", /transfer/i);
      await eventually("the call has ended", () => call.state === "ended");
    },
  ),
);

peerTest("baresip transfers us: it hears of failure", { peers: [baresip] }, () =>
  transferred(
    (refer) => {
      refer.accept();
      refer.finish(486);
    },
    // It may hang up then, within a few milliseconds: what it does with a failed transfer is its own affair.
    async (phone) => void (await phone.event("TRANSFER_FAILED")),
  ),
);
