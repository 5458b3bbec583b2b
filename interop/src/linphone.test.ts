import assert from "node:assert/strict";
import { after, before, describe } from "node:test";
import { soundSeconds } from "./audio.ts";
import { Linphone } from "./linphone.ts";
import { linphonec, missingPeers, peerTest } from "./peer.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { pause } from "./wait.ts";

const options = { peers: [linphonec] };

describe("Linphone", () => {
  let ringdown: RingdownProcess | undefined;
  before(async () => {
    if (missingPeers(options.peers) === undefined) ringdown = await RingdownProcess.start();
  });
  after(() => ringdown?.stop());

  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);
  peerTest("dials the demo agent, hears it, hangs up", { ...options, onFailure }, async () => {
    assert.ok(ringdown !== undefined);
    const phone = await Linphone.start("+15550100501");
    try {
      await phone.type(`call sip:demo@127.0.0.1:${ringdown.udp.port}`);
      await phone.says("Media streams established");
      await pause(5_000);
      await phone.type("terminate");
      await phone.says("ended (No error)");
      const calls = await ringdown.api.calls();
      assert.equal(calls.length, 1);
      const call = await ringdown.endedCall(calls[0]?.sipCallId ?? "");
      assert.equal(call.from, "+15550100501");
      assert.equal(call.endedBy, "caller");
      await phone.type("quit");
      const heard = phone.heard();
      assert.ok(soundSeconds(heard.channels[0] ?? new Int16Array(), heard.sampleRate) > 1, "speech is heard");
    } finally {
      await phone.stop();
    }
  });
});
