// A caller (SIPp) who talks with the agent and is put through to somebody (SIPp): what both hear, and what the record says.
import assert from "node:assert/strict";
import type { CallRecord } from "./api-client.ts";
import { loudness } from "./audio.ts";
import type { RingdownProcess } from "./ringdown-process.ts";
import { RtpProbe } from "./rtp-probe.ts";
import { assertSippPassed, type SippResult, type SippServer, startSipp, tell } from "./sipp.ts";
import { eventually } from "./wait.ts";

export interface TransferScene {
  caller: RtpProbe;
  person: RtpProbe;
  id: string;
  call(): Promise<CallRecord>;
  /** @param settings of the API's body; `digits`: behind the destination. Undefined: that is among them */
  transfer(
    server: SippServer | undefined,
    settings?: { digits?: string; [name: string]: unknown },
  ): Promise<void>;
  /** The caller's side, when it is over. */
  over: Promise<SippResult>;
  /** The operator ends it. */
  hangUp(): Promise<void>;
  /** The caller does (scenario `caller`), and SIPp is content with how it went. */
  callerHangsUp(): Promise<void>;
  /** The person's scenario goes on. */
  tellPerson(server: SippServer): Promise<void>;
  /** From the transfer on the caller has never had two seconds of silence. */
  assertNeverQuiet(): void;
  step(name: string): Promise<CallRecord["timeline"][number]>;
}

export interface TransferSceneOptions {
  ringdown: RingdownProcess;
  /** The agent's. */
  user: string;
  /** ms after which the caller hangs up; undefined: the operator ends the call when the scene is over. */
  hold?: number | undefined;
  /** Of the caller's number: +1555 when left out. */
  country?: string;
  /** The caller's scenario. */
  name?: string;
  values?: Record<string, string>;
  /** Where somebody who listens on this port is called. */
  destinationOf?: (port: number) => string;
}

const direct = (port: number): string => `sip:desk@127.0.0.1:${port}`;

export async function withTransferScene(
  { ringdown, user, hold, country = "+1555", name, values, destinationOf = direct }: TransferSceneOptions,
  play: (scene: TransferScene) => Promise<void>,
): Promise<CallRecord> {
  const caller = await RtpProbe.open();
  const person = await RtpProbe.open();
  const number = `${country}${String(Math.floor(Math.random() * 1e7)).padStart(7, "0")}`;
  const calling = await startSipp({
    ...{
      scenario: name ?? (hold === undefined ? "caller" : "call"),
      remote: ringdown.udp,
      user,
      limitSeconds: 60,
    },
    values: {
      ...{ rtpPort: String(caller.port), hold: String(hold ?? 0), from: `<sip:${number}@127.0.0.1>` },
      ...values,
    },
  });
  const over = calling.result;
  let isOver = false;
  let since = 0;
  let callId = "";
  try {
    const { id } = await eventually("the agent has the call", async () =>
      (await ringdown.api.calls()).find(({ from, state }) => from === number && state === "active"),
    );
    callId = id;
    await eventually("the agent speaks", () => loudness(caller.heard()) > 100);
    const call = () => ringdown.api.call(id);
    let isHungUp = false;
    const hangUp = async () => {
      isHungUp = true;
      await ringdown.api.json("POST", `/api/v2/calls/${id}/hangup`);
    };
    await play({
      ...{ caller, person, id, over, call, hangUp },
      callerHangsUp: async () => {
        isHungUp = true;
        await tell(calling.address, calling.callId);
        assertSippPassed(await over);
      },
      tellPerson: async ({ address }) => {
        const { legs } = await call();
        await tell(address, String(legs[1]?.sipCallId));
      },
      assertNeverQuiet: () => {
        const quiet = caller.longestQuiet(since);
        assert.ok(quiet < 2, `the caller had ${quiet} s of silence`);
      },
      transfer: async (server, { digits = "", ...settings } = {}) => {
        since = performance.now();
        const destination = server && destinationOf(server.address.port) + digits;
        await ringdown.api.json("POST", `/api/v2/calls/${id}/transfer`, { destination, ...settings });
      },
      step: (name) =>
        eventually(`the step ${name}`, async () => (await call()).timeline.find(({ type }) => type === name)),
    });
    // It may be over by itself.
    if (hold === undefined && !isHungUp) await ringdown.api.raw("POST", `/api/v2/calls/${id}/hangup`);
    assertSippPassed(await over);
    isOver = true;
    return await eventually("the call is over", async () => {
      const record = await call();
      return record.state === "ended" && record;
    });
  } finally {
    // A scene that fails tells its own error, and not that SIPp waited for a BYE.
    if (!isOver && callId !== "") await ringdown.api.raw("POST", `/api/v2/calls/${callId}/hangup`);
    await over.catch(() => undefined);
    await Promise.all([caller.close(), person.close()]);
  }
}

/** Presses a key as RFC 4733 has it, on the payload type that the answer named. */
export function press(probe: RtpProbe, event: number): void {
  const at = 160_000;
  for (let index = 0; index < 6; index++) {
    const isEnd = index >= 3;
    const duration = isEnd ? 800 : 160 * (index + 1);
    const payload = Uint8Array.from([event, isEnd ? 0x8a : 0x0a, duration >> 8, duration & 0xff]);
    probe.send(101, payload, { marker: index === 0, timestamp: at });
  }
}

export function said(call: CallRecord): string {
  return call.callDialog.map(({ content }) => content).join(" ");
}
