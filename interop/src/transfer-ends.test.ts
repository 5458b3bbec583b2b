// Every way in which a transfer ends, with SIPp as caller and, behind Kamailio, as person. For each: the caller is never in silence for two seconds, how each
// leg ended, what the caller was told, what the timeline says.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { after, before, describe } from "node:test";
import type { Agent, CallRecord } from "./api-client.ts";
import { loudness, strongestAt } from "./audio.ts";
import { type Kamailio, kamailio, startKamailio } from "./kamailio.ts";
import { findProgram, peerTest, sipp } from "./peer.ts";
import { freeUdpPort } from "./ports.ts";
import { RingdownProcess } from "./ringdown-process.ts";
import { assertSippPassed, type SippServer, startSippServer } from "./sipp.ts";
import { press, said, type TransferScene, withTransferScene } from "./transfer-scene.ts";
import { eventually } from "./wait.ts";

/** So long that it is still being said when something happens. */
const LONG = "A customer who has many questions about invoices. ".repeat(6);

describe("how transfers end", { concurrency: 3 }, () => {
  const peers = [sipp, kamailio];
  let ringdown: RingdownProcess;
  let trunk: Kamailio | undefined;
  let agent: Agent;
  const onFailure = (error: unknown, name: string): void => ringdown?.onFailure(error, name);

  before(async () => {
    ringdown = await RingdownProcess.start();
    agent = await ringdown.api.createAgent({
      ...{ username: "reception", autoRecordingNotification: "false", welcomeMessage: "Reception, hello." },
    });
    await ringdown.api.json("PUT", "/api/v2/sip/allowedDestinations", { sipHosts: ["127.0.0.1"] });
    if (findProgram(kamailio.program) === undefined) return;
    trunk = await startKamailio([], "proxy");
    await ringdown.api.json("POST", "/api/v2/sip/outboundRoutes", { route: `127.0.0.1:${trunk.port}` });
  });
  after(async () => {
    await ringdown?.stop();
    await trunk?.stop();
  });

  /** A number whose calls the trunk hands to this port. */
  const behindTrunk = (port: number): string => `+155501${String(port).padStart(5, "0")}`;
  const withCaller = (play: (scene: TransferScene) => Promise<void>, destinationOf = behindTrunk) =>
    withTransferScene({ ringdown, user: agent.username, destinationOf }, play);

  const personOf = (scenario: string, { person }: TransferScene, values: Record<string, string> = {}) =>
    startSippServer({
      ...{ scenario, limitSeconds: 50 },
      values: { ring: "200", rtpPort: String(person.port), ...values },
    });

  /** The person's side went as its scenario has it, with the trunk in the path. */
  const assertPerson = async (server: SippServer): Promise<void> => {
    const result = await server.result;
    assertSippPassed(result);
    const invite = result.messages.find(({ name }) => name === "INVITE");
    assert.ok(invite?.header("Record-Route") !== undefined, "the call came by the trunk");
  };

  const stepsOf = ({ timeline }: CallRecord): string[] => timeline.map(({ type }) => type);
  /** By whom the person's leg ended, why, and with which SIP status. */
  const personsEnd = ({ legs: [, leg] }: CallRecord) => [leg?.endedBy, leg?.endCause, leg?.endStatus];
  const outcomeOf = ({ timeline }: CallRecord) =>
    timeline.find(({ type }) => type === "transfer_over")?.outcome;

  /** The person is asked: he hears it. */
  const asked = ({ person }: TransferScene) =>
    eventually("the person is spoken to", () => loudness(person.heard().subarray(-4_000)) > 200);

  interface Failure {
    name: string;
    scenario?: string;
    values?: Record<string, string>;
    settings?: { digits?: string; [name: string]: unknown };
    /** What happens after it has begun. */
    next?(scene: TransferScene, server: SippServer): Promise<void>;
    /** What the caller is told. */
    words: RegExp;
    outcome: string;
    /** Of the person's leg. */
    end: readonly unknown[];
  }

  const cut = { words: /the line was cut/, outcome: "dropped", end: ["peer", "bye", undefined] } as const;
  const failures: Failure[] = [
    ...(
      [
        ["486 Busy Here", "busy", /the line is busy/],
        ["600 Busy Everywhere", "busy", /the line is busy/],
        ["603 Decline", "declined", /nobody can take your call/],
        ["404 Not Found", "not_found", /could not reach that number/],
        ["480 Temporarily Unavailable", "no_answer", /nobody answered/],
      ] as const
    ).map(([status, outcome, words]) => ({
      ...{ name: status, scenario: "callee-refuses", values: { status }, words, outcome },
      end: ["peer", outcome, Number(status.slice(0, 3))],
    })),
    {
      ...{ name: "no answer", scenario: "callee-rings", settings: { ringSeconds: 5 } },
      ...{ words: /nobody answered/, outcome: "no_answer", end: ["us", "no_answer", undefined] },
    },
    {
      ...{ name: "not confirmed", settings: { confirm: true, confirmTimeout: 5 } },
      ...{ words: /nobody took your call/, outcome: "not_confirmed", end: ["us", "bye", undefined] },
    },
    {
      name: "declined by the key 2",
      settings: { confirm: true },
      next: async (scene) => {
        await asked(scene);
        press(scene.person, 2);
      },
      ...{ words: /nobody can take your call/, outcome: "declined", end: ["us", "bye", undefined] },
    },
    {
      name: "the key 3: call back later",
      settings: { confirm: true },
      next: async (scene) => {
        await asked(scene);
        press(scene.person, 3);
      },
      ...{ words: /will call you back/, outcome: "call_back_later", end: ["us", "bye", undefined] },
    },
    {
      ...{ name: "answered, and gone while the digits are dialled", settings: { digits: ",,,,,42" }, ...cut },
      next: async ({ step, tellPerson }, server) => {
        await step("transfer_answered");
        await tellPerson(server);
      },
    },
    {
      ...{ name: "answered, and gone while he is told who calls", settings: { transferNotification: LONG } },
      ...cut,
      next: async (scene, server) => {
        await asked(scene);
        await scene.tellPerson(server);
      },
    },
    {
      ...{ name: "answered, and gone while he is asked", settings: { confirm: true }, ...cut },
      next: async (scene, server) => {
        await asked(scene);
        await scene.tellPerson(server);
      },
    },
    {
      ...{ name: "answered, and gone as soon as he has the caller", ...cut },
      next: async ({ step, tellPerson }, server) => {
        await step("transfer_connected");
        await tellPerson(server);
      },
    },
  ];

  for (const { name, scenario = "callee-told", values, settings, next, words, outcome, end } of failures) {
    peerTest(`${name}: the caller is back with the agent, who says so`, { peers, onFailure }, async () => {
      const call = await withCaller(async (scene) => {
        const server = await personOf(scenario, scene, values);
        await scene.transfer(server, settings);
        await next?.(scene, server);
        await assertPerson(server);
        await scene.step("transfer_returned");
        await eventually("the agent says why", async () => words.test(said(await scene.call())));
        scene.assertNeverQuiet();
      });
      assert.deepEqual([outcomeOf(call), ...personsEnd(call)], [outcome, ...end]);
      const [caller] = call.legs;
      assert.deepEqual([caller?.endedBy, caller?.endCause], ["us", "bye"]);
    });
  }

  const direct = (port: number): string => `sip:desk@127.0.0.1:${port}`;
  for (const [name, isOpen, destinationOf] of [
    ["nobody listens there", false, direct],
    ["nothing comes from there", true, direct],
    ["the trunk reaches nobody", true, behindTrunk],
  ] as const) {
    peerTest(`unreachable, ${name}: the caller is back with the agent`, { peers, onFailure }, async () => {
      const socket = createSocket("udp4");
      const port = await freeUdpPort();
      if (isOpen) await once(socket.bind(port, "127.0.0.1"), "listening");
      try {
        const call = await withCaller(async (scene) => {
          const nobody = { address: { host: "127.0.0.1", port } } as SippServer;
          await scene.transfer(nobody);
          const words = /cannot be reached/;
          await eventually("the agent says so", async () => words.test(said(await scene.call())), 40_000);
          scene.assertNeverQuiet();
        }, destinationOf);
        const [by, cause] = personsEnd(call);
        assert.deepEqual([outcomeOf(call), by, cause], ["unreachable", "network", "unreachable"]);
      } finally {
        socket.close();
      }
    });
  }

  peerTest("confirmed late, but in time: they talk", { peers, onFailure }, async () => {
    const call = await withCaller(async (scene) => {
      const { transfer, person, caller, step, hangUp, assertNeverQuiet } = scene;
      const server = await personOf("callee", scene);
      await transfer(server, { confirm: true, confirmTimeout: 8 });
      const answered = await step("transfer_answered");
      await eventually("it is late", () => Date.now() - Date.parse(answered.at) > 6_000);
      press(person, 1);
      await step("transfer_connected");
      assertNeverQuiet();
      person.play(700, 8_000);
      await eventually("the caller hears him", () => strongestAt(caller.heard().subarray(-4_000), 700) > 500);
      await hangUp();
      await assertPerson(server);
    });
    assert.deepEqual([outcomeOf(call), ...personsEnd(call)], ["connected", "us", "bye", undefined]);
  });

  peerTest("confirmed when it is too late: nobody is put through", { peers, onFailure }, async () => {
    const call = await withCaller(async (scene) => {
      const { transfer, person, step, assertNeverQuiet } = scene;
      const server = await personOf("callee", scene);
      await transfer(server, { confirm: true, confirmTimeout: 5 });
      await step("transfer_failed");
      press(person, 1);
      await assertPerson(server);
      await eventually("the agent says so", async () => /nobody took/.test(said(await scene.call())));
      assertNeverQuiet();
    });
    assert.ok(!stepsOf(call).includes("transfer_connected"));
  });

  peerTest("the person hangs up after a talk: the caller's call ends too", { peers, onFailure }, async () => {
    const call = await withCaller(async (scene) => {
      const { transfer, person, step, over, tellPerson, assertNeverQuiet } = scene;
      const server = await personOf("callee-told", scene);
      await transfer(server);
      const connected = await step("transfer_connected");
      person.play(700, 8_000);
      await eventually("they have talked", () => Date.now() - Date.parse(connected.at) > 10_500);
      assertNeverQuiet();
      await tellPerson(server);
      await assertPerson(server);
      assertSippPassed(await over);
    });
    assert.deepEqual([call.endCode, outcomeOf(call)], ["transfer_ended", "connected"]);
    assert.deepEqual(personsEnd(call), ["peer", "bye", undefined]);
  });

  peerTest("both hang up at the same moment: all is over, on each side", { peers, onFailure }, async () => {
    const call = await withCaller(async (scene) => {
      const { transfer, person, step, tellPerson, callerHangsUp } = scene;
      const server = await personOf("callee-told", scene);
      await transfer(server);
      await step("transfer_connected");
      person.play(700, 8_000);
      await Promise.all([callerHangsUp(), tellPerson(server)]);
      await assertPerson(server);
    });
    assert.equal(call.legs.length, 2);
    // Whichever BYE we read first; the person's, so early, would have sent the caller back to the agent.
    assert.ok(["connected", "dropped"].includes(String(outcomeOf(call))), String(outcomeOf(call)));
    assert.ok(["caller_hung_up", "transfer_ended"].includes(String(call.endCode)), String(call.endCode));
    for (const { endedBy, endCause } of call.legs)
      assert.ok(["peer", "us"].includes(String(endedBy)) && endCause === "bye", `${endedBy} ${endCause}`);
  });

  interface Departure {
    at: string;
    scenario?: string;
    values?: Record<string, string>;
    settings?: { digits?: string; [name: string]: unknown };
    until(scene: TransferScene): Promise<unknown>;
    outcome?: string;
    end: readonly unknown[];
  }

  const byBye = ["us", "bye", undefined];
  const byCancel = ["us", "cancelled", undefined];
  const departures: Departure[] = [
    {
      ...{ at: "while the person's side has said nothing yet", scenario: "callee-rings" },
      values: { before: "2500" },
      until: ({ step }) => step("dialling"),
      end: byCancel,
    },
    {
      ...{ at: "while it rings", scenario: "callee-rings", end: byCancel },
      until: ({ step }) => step("transfer_ringing"),
    },
    {
      // RFC 3261 §9.1: the call that was not wanted any more is answered, and ended by BYE.
      ...{ at: "just as the person answers", scenario: "callee-crosses", end: byCancel },
      until: ({ step }) => step("transfer_ringing"),
    },
    {
      ...{ at: "while the digits are dialled", settings: { digits: ",,,,,,42" }, end: byBye },
      until: ({ step }) => step("transfer_answered"),
    },
    {
      ...{ at: "while the person is told who calls", settings: { transferNotification: LONG }, end: byBye },
      until: asked,
    },
    { at: "while the person is asked", settings: { confirm: true }, end: byBye, until: asked },
    {
      ...{ at: "while they talk", outcome: "connected", end: byBye },
      until: async ({ step, person }) => {
        await step("transfer_connected");
        person.play(700, 8_000);
      },
    },
  ];

  for (const departure of departures) {
    const { at, scenario = "callee-told", values, settings, until, outcome = "caller_gone", end } = departure;
    peerTest(`the caller hangs up ${at}: the person's side is let go`, { peers, onFailure }, async () => {
      const call = await withCaller(async (scene) => {
        const server = await personOf(scenario, scene, values);
        await scene.transfer(server, settings);
        await until(scene);
        scene.assertNeverQuiet();
        await scene.callerHangsUp();
        await assertPerson(server);
      });
      assert.deepEqual([call.endedBy, call.endCode], ["caller", "caller_hung_up"]);
      assert.deepEqual([outcomeOf(call), ...personsEnd(call)], [outcome, ...end]);
      const [caller] = call.legs;
      assert.deepEqual([caller?.endedBy, caller?.endCause], ["peer", "bye"]);
    });
  }

  for (const direction of ["sendonly", "inactive"]) {
    peerTest(`the person holds (${direction}): the caller hears it`, { peers, onFailure }, async () => {
      const call = await withCaller(async (scene) => {
        const { transfer, person, caller, step, tellPerson, assertNeverQuiet, hangUp } = scene;
        const server = await personOf("callee-holds", scene, { hold: direction });
        await transfer(server);
        await step("transfer_connected");
        await eventually("the person's side is open", () => person.packets.length > 0);
        person.play(700, 8_000);
        await eventually("they talk", () => strongestAt(caller.heard().subarray(-4_000), 700) > 500);
        await tellPerson(server);
        await step("hold");
        // A phone that holds without music says nothing: the caller hears ours.
        person.stop();
        const heldAt = caller.packets.length;
        await eventually("three seconds", () => caller.packets.length - heldAt > 150);
        const held = caller.heard(heldAt + 25);
        assert.ok(strongestAt(held, 700) < 200 && loudness(held) > 150, "the caller hears music");
        assertNeverQuiet();
        await tellPerson(server);
        await step("resume");
        person.play(700, 8_000);
        await eventually("they talk again", () => strongestAt(caller.heard().subarray(-4_000), 700) > 500);
        await hangUp();
        await assertPerson(server);
      });
      assert.equal(outcomeOf(call), "connected");
    });
  }
});
