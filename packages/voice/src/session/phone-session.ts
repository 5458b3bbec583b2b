import { voice } from "@livekit/agents";
import { Resampler } from "../audio/resampler.ts";
import type { LegPort } from "../leg-port.ts";
import { ListeningWindows, listeningRate } from "./listening-windows.ts";
import { initialiseLiveKit } from "./livekit.ts";
import { PhoneAudioInput } from "./phone-audio-input.ts";
import { PhoneAudioOutput } from "./phone-audio-output.ts";
import type { PlayedSegment } from "./playout-queue.ts";

export interface PhoneSessionEvents {
  /** The first frame of something said is on the wire. */
  onAgentStarted(at: number): void;
  /** Something said is over; comes before the `say` that said it settles. */
  onAgentSegment(segment: PlayedSegment): void;
  onUserSpeaking(speaking: boolean): void;
  /** A voice made the agent pause, and nothing came of it. */
  onFalseInterruption(): void;
  onProviderError(error: unknown): void;
  /** The session ended by itself; it says nothing any more. */
  onClosed(error: unknown): void;
  /** Of sessions with a model: what the transcriber has made of the caller's words so far. */
  onTranscript?(text: string, isFinal: boolean): void;
  /** Functions that the model has called, with what came of each. */
  onToolsRun?(runs: readonly ToolRun[]): void;
  /** Tokens and seconds that the providers have counted so far. */
  onUsage?(models: readonly object[]): void;
}

export interface ToolRun {
  callId: string;
  name: string;
  /** JSON, as the model wrote it. */
  arguments: string;
  output: string;
  failed: boolean;
}

export interface PhoneSessionOptions extends voice.AgentSessionOptions {
  /**
   * Who hears the caller, in 16 kHz windows of 32 ms. Left out: the session, by its own streams, for models that want audio.
   * A session whose detector is told directly saves those streams: 1 % of a core a call.
   */
  ear?: (window: Int16Array) => void;
  /** Hears the same windows beside the session. */
  listener?: (window: Int16Array) => void;
}

export type SayOutcome = "heard" | "cut" | "failed";

/**
 * One LiveKit `AgentSession` on one phone leg, whatever its agent is made of: the attendant hands in a TTS and a
 * grammar, a pipeline adds its LLM, a realtime model replaces all three.
 */
export class PhoneSession {
  readonly #events: PhoneSessionEvents;
  readonly #leg: LegPort;
  readonly #session: voice.AgentSession;
  readonly #input: PhoneAudioInput | undefined;
  readonly #windows: ListeningWindows;
  #removeSink: (() => void) | undefined;
  readonly #output: PhoneAudioOutput;
  readonly #segments: PlayedSegment[] = [];
  /** How many of them are of messages that are in the history already. */
  #told = 0;
  #current: voice.SpeechHandle | undefined;
  #closing = false;

  /** The agent begins to listen at once; it says nothing until told. */
  static async start(
    leg: LegPort,
    agent: voice.Agent,
    options: PhoneSessionOptions,
    events: PhoneSessionEvents,
  ): Promise<PhoneSession> {
    initialiseLiveKit();
    const resampler =
      leg.sampleRate === listeningRate ? undefined : await Resampler.create(leg.sampleRate, listeningRate);
    const phone = new PhoneSession(leg, options, events, resampler);
    try {
      await phone.#session.start({ agent, record: false });
    } catch (error) {
      await phone.close();
      throw error;
    }
    return phone;
  }

  private constructor(
    leg: LegPort,
    options: PhoneSessionOptions,
    events: PhoneSessionEvents,
    resampler: Resampler | undefined,
  ) {
    this.#leg = leg;
    this.#events = events;
    const { ear, listener, ...sessionOptions } = options;
    // No room, no echo canceller to warm up, and silence is the conversation's business.
    this.#session = new voice.AgentSession({
      userAwayTimeout: null,
      aecWarmupDuration: null,
      ttsTextTransforms: null,
      ...sessionOptions,
    });
    this.#input = ear === undefined ? new PhoneAudioInput() : undefined;
    const hear = ear ?? ((window: Int16Array) => this.#input?.hear(window));
    this.#windows = new ListeningWindows(resampler, (window) => {
      listener?.(window);
      hear(window);
    });
    this.#removeSink = leg.addSink(this.#windows);
    this.#output = new PhoneAudioOutput({
      sampleRate: leg.sampleRate,
      onStarted: (at) => events.onAgentStarted(at),
      onSegment: (segment) => {
        this.#segments.push(segment);
        events.onAgentSegment(segment);
      },
    });
    if (this.#input !== undefined) this.#session.input.audio = this.#input;
    this.#session.output.audio = this.#output;
    leg.setSource(this.#output);
    const types = voice.AgentSessionEventTypes;
    this.#session.on(types.ConversationItemAdded, (event) => this.#cutToHeard(event.item));
    this.#session.on(types.UserStateChanged, (event) => events.onUserSpeaking(event.newState === "speaking"));
    this.#session.on(types.AgentFalseInterruption, () => events.onFalseInterruption());
    this.#session.on(types.UserInputTranscribed, (event) =>
      events.onTranscript?.(event.transcript, event.isFinal),
    );
    this.#session.on(types.FunctionToolsExecuted, (event) =>
      events.onToolsRun?.(
        voice.zipFunctionCallsAndOutputs(event).map(([call, output]) => ({
          ...{
            callId: call.callId,
            name: call.name,
            arguments: call.args,
            output: output.output,
            failed: output.isError,
          },
        })),
      ),
    );
    this.#session.on(types.SessionUsageUpdated, (event) => {
      // Adapters count what their providers have counted already.
      events.onUsage?.(event.usage.modelUsage.filter(({ provider }) => provider !== "unknown"));
    });
    this.#session.on(types.Error, (event) => events.onProviderError(event.error));
    this.#session.on(types.Close, (event) => {
      if (!this.#closing) events.onClosed(event.error);
    });
  }

  /** The conversation as a model would see it: the agent's part cut to what was heard. */
  get history(): { role: string; content: string; interrupted: boolean }[] {
    return this.#session.history.items.flatMap((item) =>
      item.type === "message"
        ? [{ role: item.role, content: item.textContent ?? "", interrupted: item.interrupted }]
        : [],
    );
  }

  /** True while something said is to be heard, a pause included. */
  get busy(): boolean {
    return this.#output.busy;
  }

  get paused(): boolean {
    return this.#output.paused;
  }

  /** Says a text; one at a time. @returns what became of it: heard to its end, cut off, or never made */
  async say(text: string, interruptible: boolean): Promise<SayOutcome> {
    this.#segments.length = this.#told = 0;
    const handle = this.#session.say(text, { allowInterruptions: interruptible });
    this.#current = handle;
    await handle.waitForPlayout();
    if (this.#current === handle) this.#current = undefined;
    if (handle.interrupted) return "cut";
    return this.#segments.some((segment) => segment.playedSamples > 0) ? "heard" : "failed";
  }

  /**
   * Has the model say something, and waits until it is over.
   * @param instructions of ours, for this once @param patience ms to its first sound
   */
  async replyAloud(instructions: string, patience: number): Promise<SayOutcome> {
    this.#segments.length = this.#told = 0;
    const handle = this.#session.generateReply({ instructions, toolChoice: "none" });
    this.#current = handle;
    let isLate = false;
    const timer = setTimeout(() => {
      if (this.#output.busy || this.#segments.length > 0 || handle.done()) return;
      isLate = true;
      handle.interrupt(true);
    }, patience);
    await handle.waitForPlayout();
    clearTimeout(timer);
    if (this.#current === handle) this.#current = undefined;
    if (handle.interrupted) return isLate ? "failed" : "cut";
    return this.#segments.some((segment) => segment.playedSamples > 0) ? "heard" : "failed";
  }

  /** Has the model say something. @param instructions of ours, for this once; @param userInput in place of what the caller says */
  reply(options: { instructions?: string; userInput?: string } = {}): void {
    this.#current = this.#session.generateReply(options);
  }

  /** Text of what is being said, where the voice does not tell the times of its words. */
  spoken(text: string): void {
    this.#output.pushText(text);
  }

  spokenWhole(): void {
    this.#output.flushText();
  }

  /** What the caller has begun to say is no turn of his. */
  forgetTurn(): void {
    this.#session.clearUserTurn();
  }

  /** Silent within one frame; what was being said is over. */
  hush(): void {
    this.#output.clearBuffer();
    const handle = this.#current;
    this.#current = undefined;
    if (handle === undefined) this.#interruptReply();
    else if (!handle.interrupted && !handle.done()) handle.interrupt(true);
  }

  /** What the model says, or thinks of saying, of its own accord. */
  #interruptReply(): void {
    try {
      void this.#session.interrupt({ force: true });
    } catch {
      // It does not run (yet, or any more): nothing is being said.
    }
  }

  /** PCM of our own, past the session. @returns false: it was cut off */
  playClip(pcm: Int16Array): Promise<boolean> {
    return this.#output.playClip(pcm);
  }

  /** Whether the session hears the caller. Deaf, the leg need not make frames for it. */
  set hearing(on: boolean) {
    if (this.#closing || on === (this.#removeSink !== undefined)) return;
    if (on) this.#removeSink = this.#leg.addSink(this.#windows);
    else {
      this.#removeSink?.();
      this.#removeSink = undefined;
    }
  }

  async close(): Promise<void> {
    if (this.#closing) return;
    this.#closing = true;
    this.#leg.setSource(undefined);
    this.hush();
    this.#output.close();
    this.#removeSink?.();
    this.#removeSink = undefined;
    this.#windows.close();
    await this.#input?.close();
    // LiveKit takes half a second to tidy up, and nothing of the call is left in that: nobody waits for it.
    this.#session.close().catch((error: unknown) => this.#events.onProviderError(error));
  }

  /** `say` keeps its whole text in the history, however little of it was heard. */
  #cutToHeard(item: unknown): void {
    if (typeof item !== "object" || item === null || !("role" in item) || item.role !== "assistant") return;
    const segments = this.#segments.slice(this.#told);
    this.#told = this.#segments.length;
    if (!("interrupted" in item) || item.interrupted !== true || !("content" in item)) return;
    const heard = segments.map((segment) => segment.heard ?? "");
    item.content = [heard.join(" ").trim()];
  }
}
