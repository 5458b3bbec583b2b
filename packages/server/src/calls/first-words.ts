// What an agent that called does once somebody, or something, has answered: speak, wait for the other side's first words, or
// treat a machine as its settings say.
import type { Agent } from "../store/records.ts";
import type { Call } from "./call.ts";
import { callEnd } from "./end-codes.ts";

export interface FirstWords {
  /** The person speaks first: ms that the agent waits for that at most; undefined: the agent speaks first. */
  readonly waitToGreetMs: number | undefined;
  readonly onMachine: Agent["onMachine"];
  /** Said after the beep. */
  readonly machineMessage: string;
}

/** ms in which it is found out who answered (`answeringDefaults` of the media package, and a little). */
const VERDICT_MS = 12_000;
/** ms for which a machine may greet before its beep. */
const GREETING_MS = 60_000;

/** Begins the conversation, or leaves the message and ends the call. Resolves when it is decided. */
export async function speakFirst(call: Call, words: FirstWords): Promise<void> {
  const { waitToGreetMs, onMachine } = words;
  const { answerer } = call;
  const isDecidedFirst = onMachine !== "continue";
  if (!isDecidedFirst && waitToGreetMs === undefined) {
    await call.talk();
    return;
  }
  await call.listen();
  const limitMs = isDecidedFirst ? VERDICT_MS : (waitToGreetMs ?? VERDICT_MS);
  await answerer.until(
    ({ who }) => who === "human" || who === "machine" || (isDecidedFirst && who !== undefined),
    call.pause(limitMs),
  );
  if (!call.live) return;
  if (answerer.who === "machine" && isDecidedFirst) {
    await treatMachine(call, words);
    return;
  }
  // A long greeting is somebody's who goes on talking: it is heard out.
  if (answerer.who === "machine") await answerer.until(({ mayRecord }) => mayRecord, call.pause(limitMs));
  if (!call.live) return;
  await call.talk();
  // What was taken for a person may still beep.
  if (isDecidedFirst) void watchOn(call, words);
}

async function watchOn(call: Call, words: FirstWords): Promise<void> {
  await call.answerer.until(({ who }) => who === "machine", call.pause(GREETING_MS));
  if (call.live && call.answerer.who === "machine") await treatMachine(call, words);
}

async function treatMachine(call: Call, { onMachine, machineMessage }: FirstWords): Promise<void> {
  const { answerer } = call;
  // No voicemail: a fax, an announcement of the network, a busy tone.
  const takesMessages = !["fax", "special_information", "busy"].includes(answerer.reason);
  if (onMachine === "hangUp" || !takesMessages || machineMessage === "") {
    call.end(callEnd("machine_answered"));
    return;
  }
  await answerer.until(({ mayRecord }) => mayRecord, call.pause(GREETING_MS));
  if (!call.live) return;
  await call.talk({ welcomeMessage: "", functions: [], recordingNotice: null, waitOnAnswer: 0 });
  if (!call.live) return;
  try {
    await call.say(machineMessage, { interruptible: false });
    call.leg.record.step("message_left", { characters: machineMessage.length });
    call.end(callEnd("message_left"));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    call.end(callEnd("call_failed", `the message for the machine could not be said: ${why}`));
  }
}
