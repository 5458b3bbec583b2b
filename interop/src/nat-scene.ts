// A node behind a router that hides it (NAT), and a PBX and phones outside: registered, called in, called out, heard both
// ways. Runs inside the node's network namespace (nat.test.ts makes it): node nat-scene.ts <namespace of the outside>
import assert from "node:assert/strict";
import { AgentRegistration } from "./api-registration.ts";
import { loudness, readWav } from "./audio.ts";
import { startKamailio } from "./kamailio.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, runSipp, type SippResult, startSippServer } from "./sipp.ts";
import { eventually, pause } from "./wait.ts";

const [outside = ""] = process.argv.slice(2);
const pbxAddress = "203.0.113.2";
const phoneAddress = "203.0.113.3";
const publicAddress = "203.0.113.1";
const atPhone = {
  ...{ namespace: outside, localAddress: phoneAddress, localPort: 5070, mediaPort: 6000 },
  // What it hears it says.
  parameters: ["-rtp_echo"],
};

const pbx = await startKamailio(["WITH_OPEN_CALLS"], "pbx", {
  ...{ address: pbxAddress, namespace: outside, ports: { port: 5060, tlsPort: 0 } },
});
const ringdown = await RingdownProcess.start({
  environment: { RINGDOWN_SIP: "udp:0.0.0.0:5060,tcp:0.0.0.0:5060" },
});
try {
  const agent = await ringdown.api.createAgent({
    ...{ username: "desk", mode: "attendant", autoRecordingNotification: "false" },
    welcomeMessage: "Hello, this is the desk behind the router. What can I do for you today?",
  });
  const registration = new AgentRegistration(ringdown.api, agent.id);
  await registration.put({ aor: "1101@pbx.test", password: "secret1101", proxy: `${pbxAddress}:5060` });
  const state = (await registration.until("registered")) as unknown as { publicAddress: string | null };
  assert.match(
    state.publicAddress ?? "",
    new RegExp(`^${publicAddress}:\\d+$`),
    "learned from the registrar",
  );

  const call = await runSipp({
    ...atPhone,
    ...{ scenario: "call", remote: { host: pbxAddress, port: 5060 }, user: "1101", values: { hold: "3000" } },
  });
  assertSippPassed(call);
  assertPublic(call, "200 INVITE");
  await assertHeard((await ringdown.endedCall(call.callId)).id);

  const values = { username: "1002", password: "secret1002", status: "200" };
  const remote = { host: pbxAddress, port: 5060 };
  assertSippPassed(await runSipp({ ...atPhone, scenario: "register", remote, user: "1002", values }));
  const phone = await startSippServer({ ...atPhone, scenario: "callee", values: { ring: "100" } });
  const path = `/api/v2/calls?targetAccountId=${agent.id}`;
  const { call: placed } = await ringdown.api.json<{ call: { id: string } }>("POST", path, {
    target: "ext:1002",
  });
  await eventually("it is answered", async () => (await ringdown.api.call(placed.id)).state === "active");
  // How long they talk.
  await pause(3_000);
  await ringdown.api.json("POST", `/api/v2/calls/${placed.id}/hangup`);
  const answered = await phone.result;
  assertSippPassed(answered);
  assertPublic(answered, "INVITE");
  await eventually("it is over", async () => (await ringdown.api.call(placed.id)).state === "ended");
  await assertHeard(placed.id);
} catch (error) {
  console.error(ringdown.tail());
  throw error;
} finally {
  await ringdown.stop();
  await pbx.stop();
}

/** What the other side is told of us: the router's address, in Contact and SDP. */
function assertPublic({ messages }: SippResult, name: string): void {
  const ours = messages.find((message) => message.direction === "received" && message.name === name);
  assert.ok(ours, `no ${name}`);
  assert.match(ours.header("Contact") ?? "", new RegExp(`@${publicAddress}:`));
  assert.match(ours.text, new RegExp(`^c=IN IP4 ${publicAddress}$`, "m"));
  assert.doesNotMatch(ours.text, /192\.168\./);
}

/** Our words went out, and came back from the phone. */
async function assertHeard(id: string): Promise<void> {
  const { channels } = readWav(await ringdown.api.recording(id));
  const [theirs, ours] = channels.map(loudness);
  assert.ok(ours !== undefined && ours > 100, `we are silent in the recording: ${ours}`);
  assert.ok(theirs !== undefined && theirs > 100, `nothing came back through the router: ${theirs}`);
}
