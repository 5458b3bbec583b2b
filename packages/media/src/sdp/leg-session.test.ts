import assert from "node:assert/strict";
import { test } from "node:test";
import { MediaError } from "../errors.ts";
import { LegSession } from "./leg-session.ts";
import { SdpNegotiator } from "./negotiator.ts";

function session(): LegSession {
  return new LegSession("192.0.2.10", { port: 10000, codecs: ["PCMU", "PCMA"] });
}

function peer(port: number, codec: "PCMU" | "PCMA" = "PCMU"): SdpNegotiator {
  return new SdpNegotiator({ address: "192.0.2.20", port, sessionId: port, codecs: [codec] });
}

function originOf(sdp: string): string {
  return /^o=(.*)$/m.exec(sdp)?.[1] ?? "";
}

test("the successor's session is a new one, and the present one stands until its answer", () => {
  const leg = session();
  const first = leg.current.acceptOffer(peer(4000).offer()).answer;
  const offer = leg.offerSuccessor("198.51.100.1");
  assert.notEqual(originOf(offer).split(" ")[1], originOf(first).split(" ")[1]);
  assert.match(offer, /^c=IN IP4 198\.51\.100\.1$/m);
  assert.match(offer, /^m=audio 10000 RTP\/AVP 0 8 101/m);
  assert.equal(leg.current.media?.remotePort, 4000);
  // A hold of the present peer's in the meantime is answered in its own session.
  leg.current.acceptOffer(peer(4000).hold(true));
  assert.equal(leg.current.media?.onHold, true);

  const media = leg.acceptSuccessor(peer(5000, "PCMA").acceptOffer(offer).answer);
  assert.equal(media.codec, "PCMA");
  assert.equal(leg.current.media?.remotePort, 5000);
  assert.throws(() => leg.acceptSuccessor("v=0"), MediaError);
});

test("an answer that cannot be used leaves the present session", () => {
  const leg = session();
  leg.current.acceptOffer(peer(4000).offer());
  leg.offerSuccessor("192.0.2.10");
  assert.throws(() => leg.acceptSuccessor("v=0\r\n"), MediaError);
  assert.equal(leg.current.media?.remotePort, 4000);
});

test("a successor's offer is answered at once, or refused without any change", () => {
  const leg = session();
  leg.current.acceptOffer(peer(4000).offer());
  assert.throws(() => leg.acceptSuccessorOffer("192.0.2.10", "v=0\r\n"), MediaError);
  assert.equal(leg.current.media?.remotePort, 4000);
  const { answer, media } = leg.acceptSuccessorOffer("192.0.2.10", peer(6000).offer());
  assert.equal(media.remotePort, 6000);
  assert.match(answer, /^m=audio 10000 /m);
});
