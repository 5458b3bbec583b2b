import type { AgentProfile } from "../agent-profile.ts";
import { startAttendant } from "../attendant/attendant-conversation.ts";
import type { AttendantRuntime } from "../attendant/attendant-runtime.ts";
import type { Conversation, ConversationEnd, TakenMessage, TimelineEvent, Turn } from "../conversation.ts";
import type { SpeechModel } from "../session/voice-detector.ts";
import { FakeLeg } from "./fake-leg.ts";

/** Speaks each text as a level of its own, so that a test sees on the wire which one is heard. */
export class FakeVoice {
  readonly levels = new Map<string, number>();
  readonly #seconds: number;
  broken = false;

  /** @param seconds length of each sentence */
  constructor(seconds = 0.4) {
    this.#seconds = seconds;
  }

  async synthesise(text: string, _voice: string, sampleRate: number): Promise<Int16Array> {
    if (this.broken) throw new Error("no voice today");
    const level = this.levels.get(text) ?? this.levels.size + 1;
    this.levels.set(text, level);
    return new Int16Array(this.#seconds * sampleRate).fill(level);
  }
}

/** Takes what is loud for a voice. */
const loudness: SpeechModel = {
  predict: async (window) => (window.some((sample) => Math.abs(sample) > 500) ? 1 : 0),
  reset: () => undefined,
};

export interface Call {
  leg: FakeLeg;
  voice: FakeVoice;
  conversation: Conversation;
  turns: Turn[];
  timeline: TimelineEvent[];
  messages: TakenMessage[];
  ends: ConversationEnd[];
  /** Ticks, and lets everything happen that a tick brings about, until the condition holds. @throws after `most` ticks, or half a minute */
  until(condition: () => boolean, most?: number): Promise<void>;
  ticks(count: number): Promise<void>;
  /** What the agent said so far and what the caller did, as in the call's transcript. */
  script(): string[];
}

export interface CallOptions {
  voice?: FakeVoice;
  /** What the recogniser makes of every utterance; undefined: none is installed. */
  hears?: () => string;
  messagePath?: string;
  detector?: boolean;
}

export async function startCall(profile: AgentProfile, options: CallOptions = {}): Promise<Call> {
  const voice = options.voice ?? new FakeVoice();
  const leg = new FakeLeg(options.messagePath);
  const { hears } = options;
  const runtime: AttendantRuntime = {
    voice,
    createSpeechModel: options.detector === false ? undefined : () => loudness,
    recogniser: hears && { prepare: async () => undefined, recognise: async () => hears() },
  };
  const call = {
    leg,
    voice,
    turns: [] as Turn[],
    timeline: [] as TimelineEvent[],
    messages: [] as TakenMessage[],
    transfers: [] as string[],
    ends: [] as ConversationEnd[],
  };
  const ticks = async (count: number) => {
    for (let done = 0; done < count; done++) {
      leg.tick();
      // Two turns of the loop: one for what the tick deferred, one for what that started.
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const conversation = await startAttendant(
    profile,
    leg,
    {
      onTurn: (turn) => call.turns.push(turn),
      onTimeline: (event) => call.timeline.push(event),
      onTransfer: (name) => call.transfers.push(name),
      onMessageTaken: (message) => call.messages.push(message),
      onEnd: (end) => call.ends.push(end),
    },
    { from: "+15125550100", to: "demo" },
    runtime,
  );
  return {
    ...call,
    conversation,
    ticks,
    until: async (condition, most = Number.POSITIVE_INFINITY) => {
      const deadline = Date.now() + 30_000;
      for (let count = 0; !condition(); count++) {
        if (count >= most || Date.now() > deadline)
          throw new Error(`it did not happen: ${JSON.stringify(call.timeline.slice(-5))}`);
        await ticks(1);
        // Timers of the session run by the clock: give it some.
        if (count % 10 === 9) await new Promise((resolve) => setTimeout(resolve, 2));
      }
    },
    script: () =>
      call.turns.map((turn) => `${turn.role}: ${turn.content}${turn.interrupted === true ? " --" : ""}`),
  };
}

/** A caller's voice, as far as the fake detector knows. */
export function callerVoice(seconds: number): Int16Array {
  return new Int16Array(seconds * 8000).fill(4000);
}
