// What the demo's caller does, step by step, and what must come of it.
import { defaultVoice, FliteEngine } from "@ringdown/voice";
import type { CallRecord } from "../store/records.ts";
import type { CallerCall } from "./demo-caller.ts";

export const SPOKEN_MESSAGE = "Hello. This is a test message. Please call me back tomorrow at nine.";

/** Silence after which the agent counts as having finished; between its sentences it pauses less. */
const PAUSE_MS = 1_500;
/** Nothing the agent says takes longer. */
const STEP_LIMIT_MS = 60_000;

export interface Timing {
  what: string;
  ms: number;
}

export interface ScriptOutcome {
  timings: Timing[];
}

/** A step that did not happen; the message says which, for a person. */
export class DemoFailure extends Error {
  constructor(message: string) {
    super(message);
    this.name = "DemoFailure";
  }
}

/** Plays the caller's part to the agent's goodbye. @throws DemoFailure */
export async function playCaller(call: CallerCall, narrate: (line: string) => void): Promise<ScriptOutcome> {
  const voice = new FliteEngine();
  const timings: Timing[] = [];
  let over: string | undefined;
  void call.ended.then(({ cause, status }) => {
    over = status === undefined ? cause : `${cause}, ${status}`;
  });
  /** Waits, but not when the call is over, and not for ever. */
  const step = async <Result>(what: string, happens: Promise<Result>): Promise<Result> => {
    const limit = setTimeout(() => call.hangUp(), STEP_LIMIT_MS);
    const gone = call.ended.then((): never => {
      throw new DemoFailure(`The call ended (${over}) while the caller waited for ${what}.`);
    });
    try {
      return await Promise.race([happens, gone]);
    } finally {
      clearTimeout(limit);
      gone.catch(() => undefined);
    }
  };
  const press = async (key: string): Promise<void> => {
    narrate(`The caller presses ${key}.`);
    call.hears.reset();
    await step(`key ${key} to be sent`, call.leg.sendDtmf(key));
    call.hears.reset();
  };

  try {
    const message = voice.synthesise(SPOKEN_MESSAGE, defaultVoice, call.leg.sampleRate);
    message.catch(() => undefined);
    await step("the answer", call.answered);
    const answeredAt = call.answeredAt ?? 0;
    timings.push({ what: "INVITE to 200", ms: answeredAt - call.invitedAt });
    narrate("Answered. The caller listens to the greeting and the menu.");
    await step("the greeting", call.hears.speech());
    timings.push({ what: "200 to the agent's first sound", ms: (call.hears.firstSoundAt ?? 0) - answeredAt });
    await step("the end of the greeting", call.hears.endOfSpeech(PAUSE_MS));

    await press("1");
    const pressedAt = performance.now();
    await step("what the agent says of Ringdown", call.hears.speech());
    timings.push({ what: "key 1 to the agent's voice", ms: performance.now() - pressedAt });
    await step("the end of what the agent says", call.hears.endOfSpeech(PAUSE_MS));

    await press("2");
    await step("the prompt and the tone", call.hears.endOfSpeech(PAUSE_MS));
    narrate(`The caller says: “${SPOKEN_MESSAGE}”`);
    await step("the message to be spoken", call.speak(await message));
    await press("#");
    await step("the agent to say that the message is saved", call.hears.endOfSpeech(PAUSE_MS));

    await press("9");
    const endedBy = await goodbye(call);
    if (endedBy !== "bye") throw new DemoFailure(`The agent did not hang up after its goodbye: ${endedBy}.`);
    narrate("The agent says goodbye and hangs up.");
    return { timings };
  } finally {
    call.hangUp();
    await voice.close();
  }
}

async function goodbye(call: CallerCall): Promise<string> {
  const limit = setTimeout(() => call.hangUp(), STEP_LIMIT_MS);
  const { cause } = await call.ended;
  clearTimeout(limit);
  return cause;
}

/** What the record of a good demo call says. Empty: all of it does. */
export function faultsOf(record: CallRecord): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, fault: string): void => {
    if (!holds) faults.push(fault);
  };
  const said = record.callDialog.filter(({ role }) => role === "agent").length;
  must(
    record.endedBy === "agent",
    `the record says that the call was ended by ${record.endedBy} (${record.endCode})`,
  );
  must(said >= 4, `the transcript has ${said} turns of the agent, 4 or more were to come`);
  must(
    record.callDialog.some(({ role, content }) => role === "agent" && /message has been saved/.test(content)),
    "the agent did not say that the message is saved",
  );
  must(record.codec !== null, "the record names no codec");
  must(record.recording !== null, "the call was not recorded");
  must(
    record.timeline.some(({ type }) => type === "message_taken"),
    "the record tells of no message that was taken",
  );
  return faults;
}
