// A conversation by models: transcriber, language model and voice in one LiveKit session on one leg. The session replies; what is
// said beside (greeting, prompts, apologies, what call control wants said), who is away, and how it ends are decided here.

import type { AgentProfile, ModelSettings } from "../agent-profile.ts";
import { failureTones } from "../audio/tones.ts";
import type {
  Conversation,
  ConversationContext,
  ConversationEvents,
  SayOptions,
  StopReason,
  SuspendOptions,
} from "../conversation.ts";
import { type EndCode, endCodes, VoiceError } from "../errors.ts";
import type { LegPort } from "../leg-port.ts";
import { initialiseLiveKit } from "../session/livekit.ts";
import type { PhoneSession, SayOutcome, ToolRun } from "../session/phone-session.ts";
import type { PlayedSegment } from "../session/playout-queue.ts";
import type { Utterance } from "../session/voice-detector.ts";
import { fliteVoiceOf } from "../tts/flite-voices.ts";
import { longestText, sentences, speakable } from "../tts/speakable-text.ts";
import { silentLog, type VoiceLog } from "../voice-log.ts";
import { interrupts } from "./barge-in-filter.ts";
import { KeyInput } from "./key-input.ts";
import { MessageTaking } from "./message-taking.ts";
import { instructionsFor } from "./model-instructions.ts";
import { type ModelRuntime, sharedModelRuntime } from "./model-runtime.ts";
import { type ModelSessionOptions, type OpenedSession, openModelSession } from "./model-session.ts";
import { modelTools, type NamedTool, type ToolHost } from "./model-tools.ts";
import { OtherEar } from "./other-ear.ts";
import { providerFailure, reasonOf } from "./provider-error.ts";
import { openRealtimeSession } from "./realtime/open-realtime.ts";
import type { RealtimeHooks, RealtimeLine } from "./realtime/realtime-line.ts";
import { ReplyWatch } from "./reply-watch.ts";
import { SilencePrompts } from "./silence-prompts.ts";
import { Timers } from "./timers.ts";
import { TurnClock } from "./turn-clock.ts";

const phrases = {
  stillThere: "Are you still there?",
  silentGoodbye: "I have not heard from you, so I will end the call now. Goodbye.",
  tooLong: "This call has reached its longest time. Goodbye.",
  hello: "Hello. How can I help you?",
  filler: "One moment, please.",
  again: "I am sorry, something went wrong on my side. Could you say that again?",
  giveUp: "I am sorry, I cannot help you any further on this line right now.",
  goodbye: "Please call again later. Goodbye.",
} as const;

/** A short word spoken so shortly before the agent's end was his answer after all. */
const ANSWER_BEFORE_END_MS = 1_500;
const MOST_SAYS = 8;
/** Failures in a row after which the agent gives up. */
const MOST_FAILURES = 2;
/** Milliseconds that a realtime model has to say what another voice could say as well. */
const ALOUD_PATIENCE_MS = 5_000;

/** Loads what the first call would wait for. */
export function preloadModels(): void {
  initialiseLiveKit();
  sharedModelRuntime();
}

export function startModelConversation(
  profile: AgentProfile,
  leg: LegPort,
  events: ConversationEvents,
  context: ConversationContext,
  runtime: ModelRuntime = sharedModelRuntime(),
): Promise<Conversation> {
  return ModelConversation.start(profile, leg, events, context, runtime);
}

/** What a transfer has come to. */
interface Returned {
  note: string;
  /** Function that is carried out then. */
  next: string | undefined;
}

class ModelConversation implements Conversation {
  readonly #profile: AgentProfile;
  readonly #settings: ModelSettings;
  readonly #leg: LegPort;
  readonly #events: ConversationEvents;
  readonly #context: ConversationContext;
  readonly #runtime: ModelRuntime;
  readonly #log: VoiceLog;
  readonly #clock = new TurnClock();
  readonly #silence: SilencePrompts;
  readonly #keys: KeyInput;
  readonly #timers = new Timers();
  readonly #reply: ReplyWatch;
  readonly #messages: MessageTaking;
  readonly #tools: readonly NamedTool[];
  #models: OpenedSession["models"] | undefined;
  #session: PhoneSession | undefined;
  /** The realtime model, as long as it is one that talks. */
  #line: RealtimeLine | undefined;
  /** Another model is taking over. */
  #swapping: Promise<void> = Promise.resolve();
  /** The greeting is to be said. */
  #greeting = true;
  #removeDtmf: (() => void) | undefined;
  readonly #otherEar: OtherEar;
  /** What is said beside the model's replies, one after the other. */
  #speech: Promise<unknown> = Promise.resolve();
  #says = 0;
  #stopped = false;
  #ended = false;
  #isDead = false;
  #hasFallenBack = false;
  #away: { listening: boolean } | undefined;
  /** A transfer that the model has begun waits for this. */
  #back: ((result: Returned) => void) | undefined;
  /** What is being said is ours, not the model's. "owed": it may not be cut. */
  #saying: "owed" | "interruptible" | undefined;
  #userSpeaking = false;
  #speakingSince: number | undefined;
  #lastUtterance: Pick<Utterance, "startedAt" | "endedAt"> | undefined;
  /** Too short to interrupt the agent with. */
  #aside: { text: string; at: number } | undefined;
  #hasSpoken = false;
  #failures = 0;
  /** The model failed when it was asked ahead of the turn's end. */
  #failedAhead = false;
  /** How long functions ran, by the call of each, until that is told. */
  readonly #runMs = new Map<string, number>();
  /** What the providers have counted so far. */
  #usage: readonly object[] = [];
  /** The same of a session that is over. */
  #usageBefore: readonly object[] = [];

  static async start(...given: ConstructorParameters<typeof ModelConversation>): Promise<ModelConversation> {
    const conversation = new ModelConversation(...given);
    await conversation.#start();
    return conversation;
  }

  constructor(
    profile: AgentProfile,
    leg: LegPort,
    events: ConversationEvents,
    context: ConversationContext,
    runtime: ModelRuntime,
  ) {
    if (profile.models === undefined) throw new Error(`the agent ${profile.username} has no models`);
    this.#profile = profile;
    this.#settings = profile.models;
    this.#leg = leg;
    this.#events = events;
    this.#context = context;
    this.#runtime = runtime;
    this.#log = context.log ?? silentLog;
    const { after } = this.#timers;
    this.#silence = new SilencePrompts({
      timeout: profile.callerResponseTimeout,
      prompts: profile.callerResponseTimeoutHangupCounter,
      after,
      onPrompt: () => void this.#speakAloud(phrases.stillThere),
      onGoodbye: () => void this.#sayAndEnd(phrases.silentGoodbye, "caller_silent"),
    });
    this.#reply = new ReplyWatch({
      after,
      isSilent: () => !this.#over && this.#away === undefined && this.#session?.busy !== true,
      onWaiting: () => void this.#playFiller(),
      onNoReply: () => {
        this.#hush();
        this.#timeline("provider_failed", { what: "reply", reason: "no answer in time" });
        if (this.#line === undefined) this.#failed();
        else this.#fallBack();
      },
    });
    this.#otherEar = new OtherEar({
      ...{ leg, createModel: runtime.createSpeechModel, transcribers: profile.models.providers.stt },
      ...{ language: profile.agentLang, log: this.#log },
      onTurn: (turn) => events.onTurn(turn),
    });
    this.#messages = new MessageTaking({
      leg,
      path: () => leg.messagePath?.() ?? context.messagePath?.(),
      playClip: async (pcm) => (await this.#session?.playClip(pcm)) === true,
      onStarted: () => this.#timeline("message_started"),
      onTaken: (message) => {
        this.#timeline("message_taken", { seconds: message.seconds });
        events.onMessageTaken(message);
      },
      onFailed: (error) => this.#log.error({ error }, "the caller's message could not be saved"),
    });
    this.#keys = new KeyInput(after, (keys) => this.#onKeys(keys));
    this.#tools = modelTools(profile, this.#host());
  }

  async #start(): Promise<void> {
    initialiseLiveKit();
    const profile = this.#profile;
    this.#removeDtmf = this.#leg.onDtmf((digit) => this.#onKey(digit));
    try {
      if (this.#settings.providers.realtime === undefined)
        this.#take(await openModelSession(this.#opening()));
      else {
        const opened = await openRealtimeSession({ ...this.#opening(), realtime: this.#realtimeHooks() });
        this.#take(opened);
        if (this.#isDead) this.#fallBack();
        else this.#line = opened.line;
      }
    } catch (error) {
      this.#removeDtmf();
      throw error;
    }
    if (this.#stopped) {
      // Hung up while it was being opened.
      await this.#session?.close();
      void this.#models?.close();
      return;
    }
    const { after } = this.#timers;
    if (profile.maxCallDuration !== undefined)
      after(profile.maxCallDuration * 1000, () => void this.#sayAndEnd(phrases.tooLong, "max_duration"));
    const { realtime } = this.#settings.providers;
    this.#timeline("conversation_started", {
      speech: true,
      ...(realtime === undefined
        ? this.#pipelineNames()
        : { realtime: `${realtime.provider}/${realtime.model}` }),
    });
    after(profile.waitOnAnswer, () => void this.#greet());
  }

  #pipelineNames(): Record<string, string> {
    const { llm, stt, tts } = this.#settings.providers;
    return {
      llm: `${llm[0]?.provider}/${llm[0]?.model}`,
      stt: `${stt[0]?.provider}/${stt[0]?.model}`,
      tts: tts[0] === undefined ? "flite" : `${tts[0].provider}/${tts[0].voice}`,
    };
  }

  #opening(): ModelSessionOptions {
    const profile = this.#profile;
    return {
      ...{ profile, settings: this.#settings, leg: this.#leg, runtime: this.#runtime, tools: this.#tools },
      instructions: instructionsFor(profile, this.#context, new Date()),
      onUtterance: (utterance) => this.#onUtterance(utterance),
      mayInterrupt: () => this.#mayInterrupt(),
      hooks: {
        onTurn: (text) => this.#onTurn(text),
        counts: (text, isFinal) => this.#counts(text, isFinal),
        onFirstToken: () => this.#clock.mark("firstToken", Date.now()),
        onFirstSound: () => this.#clock.mark("firstSound", Date.now()),
        onSpoken: (text) => {
          if (text === undefined) this.#session?.spokenWhole();
          else this.#session?.spoken(text);
        },
      },
      events: {
        onAgentStarted: (at) => this.#onAgentStarted(at),
        onAgentSegment: (segment) => this.#onAgentSegment(segment),
        onUserSpeaking: (speaking) => this.#onUserSpeaking(speaking),
        onFalseInterruption: () => this.#timeline("agent_resumed"),
        onProviderError: (error) => this.#onProviderError(error),
        onTranscript: (_text, isFinal) => {
          // A realtime model answers what it hears: its transcript comes beside.
          if (isFinal && this.#line === undefined) this.#clock.mark("transcribed", Date.now());
        },
        onToolsRun: (runs) => this.#onToolsRun(runs),
        onUsage: (usage) => {
          this.#usage = usage;
        },
        onClosed: (error) => this.#onSessionClosed(error),
      },
    };
  }

  #realtimeHooks(): RealtimeHooks {
    return {
      mayInterrupt: () => this.#saying !== "owed" && this.#mayInterrupt(),
      onSpeaking: (speaking) => this.#onUserSpeaking(speaking),
      onTurnEnded: () => {
        if (this.#over || this.#away !== undefined) return;
        this.#clock.mark("turnEnded", Date.now());
        this.#hasSpoken = false;
        this.#waitForReply();
      },
      onTurn: (text) => this.#onTurnWritten(text),
      onFirstWord: () => this.#clock.mark("firstToken", Date.now()),
      onFirstSound: () => this.#clock.mark("firstSound", Date.now()),
      onFailure: (reason) => {
        if (this.#over) return;
        this.#timeline("provider_failed", { what: "realtime", reason: reasonOf(reason) });
        this.#log.warn({ reason: reasonOf(reason) }, "the realtime model failed");
        this.#failed();
      },
      onDead: (reason) => {
        this.#isDead = true;
        if (this.#over) return;
        this.#timeline("provider_failed", { what: "realtime", reason: reasonOf(reason) });
        this.#log.warn({ reason: reasonOf(reason) }, "the realtime model is given up");
        // While the session is being opened, who opens it looks.
        if (this.#session !== undefined) this.#fallBack();
      },
    };
  }

  #take({ session, models }: OpenedSession): void {
    this.#session = session;
    this.#models = models;
  }

  /** The realtime model is no use any more: the models of a pipeline go on, or nobody does. */
  #fallBack(): void {
    if (this.#over || (this.#line === undefined && !this.#isDead) || this.#hasFallenBack) return;
    this.#hasFallenBack = true;
    this.#line = undefined;
    this.#reply.stop();
    const { llm, stt } = this.#settings.providers;
    if (llm.length === 0 || stt.length === 0) {
      this.#failures = MOST_FAILURES;
      void this.#apologise();
      return;
    }
    this.#swapping = this.#swap().catch((error: unknown) => {
      this.#log.error({ error }, "no other model could take over");
      this.#failures = MOST_FAILURES;
      void this.#apologise();
    });
  }

  async #swap(): Promise<void> {
    const before = this.#session;
    const history = before?.history ?? [];
    // What the model waited for reaches it no more.
    this.#back?.({ note: "The call goes on.", next: undefined });
    this.#back = undefined;
    await before?.close();
    void this.#models?.close();
    this.#usageBefore = [...this.#usageBefore, ...this.#usage];
    this.#usage = [];
    const opened = await openModelSession({ ...this.#opening(), history });
    if (this.#stopped) {
      await opened.session.close();
      void opened.models.close();
      return;
    }
    this.#take(opened);
    this.#failures = 0;
    opened.session.hearing = this.#away?.listening ?? true;
    this.#timeline("fell_back", this.#pipelineNames());
    if (this.#away !== undefined || this.#greeting) return;
    if (history.at(-1)?.role === "user") {
      this.#waitForReply();
      opened.session.reply();
    } else void this.#speak(phrases.again, true);
  }

  #onTurnWritten(text: string): void {
    const now = Date.now();
    const { startedAt, endedAt } = this.#lastUtterance ?? { startedAt: now, endedAt: now };
    this.#lastUtterance = undefined;
    if (this.#over) return;
    this.#events.onTurn({ role: "user", content: text, startedAt, endedAt });
    this.#silence.heard();
  }

  async #greet(): Promise<void> {
    try {
      await this.#sayGreeting();
    } finally {
      this.#greeting = false;
    }
  }

  async #sayGreeting(): Promise<void> {
    const { recordingNotice, welcomeMessage } = this.#profile;
    if (recordingNotice !== null) await this.#speak(recordingNotice, false);
    if (this.#over || this.#away !== undefined) return;
    if (this.#line !== undefined) {
      const isPrompt = welcomeMessage.startsWith("prompt:");
      if (welcomeMessage.trim() !== "" && !isPrompt) await this.#speakAloud(welcomeMessage);
      else {
        const how = isPrompt ? welcomeMessage.slice(7).trim() : "In one short sentence.";
        await this.#speakAloud(phrases.hello, `Greet the caller now. ${how}`);
      }
      return;
    }
    if (welcomeMessage.startsWith("prompt:"))
      this.#session?.reply({ instructions: `Greet the caller now. ${welcomeMessage.slice(7).trim()}` });
    else if (welcomeMessage.trim() !== "") await this.#speak(welcomeMessage, true);
    else this.#session?.reply({ instructions: "Greet the caller now, in one short sentence." });
  }

  get #over(): boolean {
    return this.#stopped || this.#ended;
  }

  // --- what others want

  async say(text: string, options: SayOptions = {}): Promise<void> {
    if (this.#over) throw new VoiceError("conversation_over");
    if (text.length > longestText) throw new VoiceError("text_too_long");
    if (sentences(speakable(text)).length === 0) throw new VoiceError("text_empty");
    if (this.#says >= MOST_SAYS) throw new VoiceError("too_many_says");
    this.#says += 1;
    try {
      const outcome = await this.#speak(text, options.interruptible ?? true);
      if (outcome === "failed" && !this.#over) throw new VoiceError("tts_failed");
    } finally {
      this.#says -= 1;
    }
  }

  suspend({ listen = false }: SuspendOptions = {}): void {
    if (this.#over) return;
    const before = this.#away;
    this.#away = { listening: listen };
    this.#otherEar.listening = listen;
    this.#silence.busy();
    this.#reply.stop();
    this.#keys.clear();
    this.#clock.reset();
    if (this.#session !== undefined) {
      if (this.#line !== undefined) this.#line.answers = false;
      // The reply in which the model has asked for the transfer waits for what becomes of it.
      if (this.#back === undefined) this.#hush();
      this.#session.forgetTurn();
      this.#session.hearing = listen;
    }
    if (before?.listening !== listen) this.#timeline("conversation_suspended", { listening: listen });
  }

  resume(note = "", next?: string): void {
    if (this.#over || this.#away === undefined) return;
    this.#away = undefined;
    this.#otherEar.listening = false;
    if (this.#session !== undefined) this.#session.hearing = true;
    if (this.#line !== undefined) this.#line.answers = true;
    this.#timeline("conversation_resumed");
    const told = note.slice(0, longestText);
    const back = this.#back;
    this.#back = undefined;
    if (back !== undefined) back({ note: told, next });
    else if (told !== "") void this.#speak(told, true);
    else this.#quiet();
  }

  async stop(reason: StopReason): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#otherEar.listening = false;
    this.#timers.close();
    this.#removeDtmf?.();
    await this.#messages.stop();
    if (!this.#ended) this.#timeline("conversation_stopped", { reason });
    this.#timeline("usage", { models: [...this.#usageBefore, ...this.#usage] });
    this.#back?.({ note: "The call is over.", next: undefined });
    this.#back = undefined;
    await this.#session?.close();
    void this.#models?.close();
  }

  // --- what the agent says beside his replies

  /** One after the other; never rejects. */
  #speak(text: string, interruptible: boolean): Promise<SayOutcome> {
    return this.#queued(interruptible, async (session) => {
      const outcome = await session.say(text, interruptible);
      if (outcome === "heard") this.#line?.told(text);
      return outcome;
    });
  }

  /** By the realtime model, in its own voice and nearly these words; by another where it does not. */
  #speakAloud(
    text: string,
    how = `Say exactly this to the caller now, and nothing else: ${text}`,
  ): Promise<SayOutcome> {
    if (this.#line === undefined) return this.#speak(text, true);
    return this.#queued(true, async (session) => {
      const outcome = await session.replyAloud(how, ALOUD_PATIENCE_MS);
      const wasGivenUp = this.#hasFallenBack && outcome === "cut";
      if (outcome !== "failed" && !wasGivenUp) return outcome;
      await this.#swapping;
      if (this.#over || this.#session === undefined || this.#failures >= MOST_FAILURES) return "cut";
      return this.#session.say(text, true);
    });
  }

  #queued(interruptible: boolean, say: (session: PhoneSession) => Promise<SayOutcome>): Promise<SayOutcome> {
    const saying = this.#speech.then(async (): Promise<SayOutcome> => {
      await this.#swapping;
      const session = this.#session;
      if (this.#over || session === undefined) return "cut";
      this.#saying = interruptible ? "interruptible" : "owed";
      try {
        return await say(session);
      } catch (error) {
        this.#log.error({ error }, "the session could not speak");
        return "failed";
      } finally {
        this.#saying = undefined;
      }
    });
    this.#speech = saying;
    return saying;
  }

  /** Silent at once; what the model still makes of it is not wanted. */
  #hush(): void {
    this.#session?.hush();
    void this.#line?.interrupt();
  }

  async #sayAndEnd(text: string, code: EndCode): Promise<void> {
    if (this.#over) return;
    this.#hush();
    const outcome = await this.#speak(text, false);
    if (outcome === "failed") await this.#session?.playClip(failureTones(this.#leg.sampleRate));
    this.#end(code);
  }

  #end(code: EndCode): void {
    if (this.#over) return;
    this.#ended = true;
    this.#silence.busy();
    const { by, reason } = endCodes[code];
    this.#timeline("conversation_ended", { code });
    this.#events.onEnd({ by, code, reason });
  }

  #host(): ToolHost {
    const conversation = this;
    const { runFunction } = this.#context;
    return {
      get hasSpoken() {
        return conversation.#hasSpoken;
      },
      speak: (text, interruptible) => this.#speak(text, interruptible),
      transfer: async (name, notification) => {
        const { note, next } = await this.#transfer(name, notification);
        // What the model says to it is waited for as an answer to the caller is.
        if (!this.#over) this.#waitForReply();
        const then = next === undefined ? "" : ` Now use your function ${next}.`;
        return `The caller is back with you. Tell him this: ${note}${then}`;
      },
      end: () => this.#end("agent_goodbye"),
      sendDtmf: async (digits) => {
        this.#timeline("dtmf_sent", { digits });
        await this.#leg.sendDtmf(digits);
      },
      takeMessage: (maxSeconds) => this.#takeMessage(maxSeconds),
      ...(runFunction && {
        runFunction: async (name, given, signal) => {
          // It has its own time limit; the filler is due meanwhile all the same.
          if (!this.#over && this.#session?.busy !== true) this.#reply.start({ endless: true });
          const outcome = await runFunction(name, given, signal);
          if (!this.#over && !signal.aborted) this.#waitForReply();
          return outcome;
        },
      }),
      onRun: (callId, ms) => this.#runMs.set(callId, ms),
    };
  }

  /** The agent steps back until `resume`. */
  #transfer(name: string, notification?: string): Promise<Returned> {
    if (this.#over) return Promise.resolve({ note: "The call is over.", next: undefined });
    return new Promise((resolve) => {
      this.#back = resolve;
      this.suspend();
      this.#events.onTransfer(name, notification);
    });
  }

  async #takeMessage(maxSeconds: number): Promise<number | undefined> {
    const session = this.#session;
    if (session === undefined || this.#over) return undefined;
    session.hearing = false;
    this.#silence.busy();
    const seconds = await this.#messages.take(maxSeconds);
    session.hearing = this.#away === undefined;
    return seconds;
  }

  // --- what the caller does

  #onKey(key: string): void {
    if (this.#over || this.#away !== undefined) return;
    if (this.#messages.running) {
      if (key === "#") this.#messages.finish();
      return;
    }
    this.#timeline("key", { key });
    this.#silence.heard();
    this.#silence.busy();
    // A key is certain: the agent falls silent at once, but for what the caller has to be told.
    if (this.#saying !== "owed") this.#hush();
    this.#keys.press(key);
  }

  #onKeys(keys: string): void {
    if (this.#over || this.#away !== undefined) return;
    const now = Date.now();
    this.#events.onTurn({ role: "user", content: `[${keys}]`, startedAt: now, endedAt: now });
    this.#clock.reset();
    this.#hasSpoken = false;
    this.#waitForReply();
    this.#session?.reply({ userInput: `[keys ${keys}]` });
  }

  #mayInterrupt(): boolean {
    if (this.#speakingSince === undefined) return true;
    return Date.now() - this.#speakingSince >= this.#profile.interruptionMinimumSpeakingTime * 1000;
  }

  #onUserSpeaking(speaking: boolean): void {
    if (this.#userSpeaking === speaking) return;
    this.#userSpeaking = speaking;
    if (this.#away !== undefined) return;
    this.#timeline(speaking ? "user_speech_started" : "user_speech_ended");
    if (speaking) this.#silence.busy();
    else this.#quiet();
  }

  #onUtterance({ startedAt, endedAt }: Utterance): void {
    this.#lastUtterance = { startedAt: this.#lastUtterance?.startedAt ?? startedAt, endedAt };
    this.#clock.mark("voiceEnded", endedAt);
  }

  /** Over the agent's own voice a word or two are none. */
  #counts(text: string, isFinal: boolean): boolean {
    if (isFinal) this.#failedAhead = false;
    if (this.#away !== undefined) return true;
    if (this.#session?.busy !== true || interrupts(text, this.#settings.interruptionWordCount)) return true;
    if (isFinal) {
      this.#aside = { text, at: Date.now() };
      this.#timeline("back_channel", { text });
    }
    return false;
  }

  #onTurn(text: string): boolean {
    const now = Date.now();
    const { startedAt, endedAt } = this.#lastUtterance ?? { startedAt: now, endedAt: now };
    this.#lastUtterance = undefined;
    if (this.#over || text.trim() === "") return false;
    this.#events.onTurn({ role: "user", content: text, startedAt, endedAt });
    if (this.#away !== undefined) return false;
    this.#clock.mark("turnEnded", now);
    this.#silence.heard();
    this.#hasSpoken = false;
    this.#waitForReply();
    if (!this.#failedAhead) return true;
    this.#failedAhead = false;
    this.#failed();
    return false;
  }

  #waitForReply(): void {
    this.#silence.busy();
    this.#reply.start();
  }

  async #playFiller(): Promise<void> {
    try {
      const { voice } = this.#runtime;
      const pcm = await voice.synthesise(speakable(phrases.filler), fliteVoiceOf(null), this.#leg.sampleRate);
      if (this.#over || this.#away !== undefined || this.#session?.busy === true) return;
      const startedAt = Date.now();
      this.#timeline("filler");
      await this.#session?.playClip(pcm);
      this.#events.onTurn({ role: "agent", content: phrases.filler, startedAt, endedAt: Date.now() });
    } catch (error) {
      this.#log.warn({ error }, "the filler could not be spoken");
    }
  }

  #quiet(): void {
    if (this.#over || this.#away !== undefined || this.#userSpeaking || this.#session?.busy === true) return;
    this.#silence.quiet();
  }

  // --- what the session tells

  #onAgentStarted(at: number): void {
    this.#speakingSince ??= at;
    this.#hasSpoken = true;
    this.#silence.busy();
    this.#reply.stop();
    const latency = this.#clock.answered(at);
    this.#timeline("agent_speech_started", {
      ...(latency !== undefined && { after: "speech", latencyMs: latency.totalMs }),
    });
    if (latency !== undefined) this.#timeline("turn_latency", { ...latency });
  }

  #onAgentSegment(segment: PlayedSegment): void {
    const { startedAt, endedAt, interrupted } = segment;
    this.#speakingSince = undefined;
    if (startedAt === undefined || endedAt === undefined) return;
    if (this.#saying === undefined) this.#failures = 0;
    this.#timeline(interrupted ? "agent_interrupted" : "agent_speech_ended", {
      playedMs: Math.round((segment.playedSamples / this.#leg.sampleRate) * 1000),
    });
    const content = segment.heard ?? "";
    if (content !== "")
      this.#events.onTurn({
        role: "agent",
        content,
        startedAt,
        endedAt,
        ...(interrupted && { interrupted }),
      });
    this.#takeAside(interrupted);
    this.#quiet();
  }

  /** "Yes", said into the last word of a question, is its answer. */
  #takeAside(interrupted: boolean): void {
    const aside = this.#aside;
    this.#aside = undefined;
    if (aside === undefined || interrupted || this.#session?.busy === true || this.#away !== undefined)
      return;
    if (Date.now() - aside.at > ANSWER_BEFORE_END_MS) return;
    if (this.#onTurn(aside.text)) this.#session?.reply({ userInput: aside.text });
  }

  #onToolsRun(runs: readonly ToolRun[]): void {
    for (const { callId, name, arguments: given, output, failed } of runs) {
      const ms = this.#runMs.get(callId);
      this.#runMs.delete(callId);
      const known = this.#tools.find(({ tool }) => tool.name === name);
      this.#timeline("function_run", {
        ...{
          name: known?.name ?? name,
          arguments: given.slice(0, 2_000),
          output: asSaid(output).slice(0, 2_000),
          failed,
        },
        ...(ms !== undefined && { ms }),
      });
    }
  }

  #onProviderError(error: unknown): void {
    const { what, recoverable, cause } = providerFailure(error);
    this.#log.warn({ error: reasonOf(cause), what }, "a provider of the conversation failed");
    if (recoverable || this.#over) return;
    this.#timeline("provider_failed", { what, reason: reasonOf(cause) });
    // Asked ahead of the turn's end: the apology is due when the caller has finished.
    if (what === "llm" && !this.#reply.waiting && this.#session?.busy !== true) this.#failedAhead = true;
    else this.#failed();
  }

  #failed(): void {
    this.#failures += 1;
    if (this.#line !== undefined && this.#failures >= MOST_FAILURES) this.#fallBack();
    else void this.#apologise();
  }

  async #apologise(): Promise<void> {
    this.#reply.stop();
    if (this.#away !== undefined) return;
    if (this.#failures < MOST_FAILURES) {
      const outcome = await this.#speak(phrases.again, true);
      if (outcome === "failed") this.#failures = MOST_FAILURES;
      else return;
    }
    const transfer = this.#profile.functions.find(({ type }) => type === "transfer");
    if (transfer === undefined) {
      await this.#sayAndEnd(`${phrases.giveUp} ${phrases.goodbye}`, "provider_failed");
      return;
    }
    await this.#speak(`${phrases.giveUp} I will put you through.`, false);
    const { note } = await this.#transfer(transfer.name);
    if (!this.#over) await this.#sayAndEnd(`${note} ${phrases.goodbye}`, "provider_failed");
  }

  #onSessionClosed(error: unknown): void {
    if (this.#over) return;
    this.#log.error({ error }, "the conversation's session ended by itself");
    void this.#session
      ?.playClip(failureTones(this.#leg.sampleRate))
      .then(() => this.#end("conversation_failed"));
  }

  #timeline(type: string, fields: Record<string, unknown> = {}): void {
    this.#events.onTimeline({ type, at: Date.now(), ...fields });
  }
}

/** A session writes a text as JSON, in quotes. */
function asSaid(output: string): string {
  if (!output.startsWith('"')) return output;
  try {
    return String(JSON.parse(output));
  } catch {
    return output;
  }
}
