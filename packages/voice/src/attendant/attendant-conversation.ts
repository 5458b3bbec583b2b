import type { AgentProfile } from "../agent-profile.ts";
import { beep, failureTones } from "../audio/tones.ts";
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
import { PhoneSession } from "../session/phone-session.ts";
import type { PlayedSegment } from "../session/playout-queue.ts";
import type { Utterance } from "../session/voice-detector.ts";
import { GrammarStt } from "../stt/grammar-stt.ts";
import { meaningOf, type Phrase } from "../stt/phrase-grammar.ts";
import { FliteTts } from "../tts/flite-tts.ts";
import { fliteVoiceOf } from "../tts/flite-voices.ts";
import { longestText, sentences, speakable } from "../tts/speakable-text.ts";
import { silentLog, type VoiceLog } from "../voice-log.ts";
import { AttendantAgent } from "./attendant-agent.ts";
import { type AttendantInput, AttendantMachine, type AttendantOutput } from "./attendant-machine.ts";
import { phrases as fixed } from "./attendant-phrases.ts";
import { type AttendantRuntime, prepareAgents, sharedRuntime } from "./attendant-runtime.ts";
import { attendantSession } from "./attendant-session.ts";
import { menuPhrases } from "./menu.ts";
import { MessageRecorder } from "./message-recorder.ts";

/** Texts of call control waiting on one call. */
const mostAnnouncements = 8;
/** Milliseconds that the apology may take to be made before tones take its place. */
const apologyPatience = 1000;
export function preloadAttendant(log?: VoiceLog): void {
  initialiseLiveKit();
  sharedRuntime(log);
}

export async function warmUpAttendant(profiles: AgentProfile[], log?: VoiceLog): Promise<void> {
  initialiseLiveKit();
  const attendants = profiles.filter((profile) => profile.mode === "attendant");
  await prepareAgents(attendants, sharedRuntime(log), 8000);
}

export async function startAttendant(
  profile: AgentProfile,
  leg: LegPort,
  events: ConversationEvents,
  context: ConversationContext,
  runtime: AttendantRuntime = sharedRuntime(context.log),
): Promise<Conversation> {
  const conversation = new AttendantConversation(profile, leg, events, context, runtime);
  await conversation.start();
  return conversation;
}

/** The attendant's machine, wired to a session, a leg and the clock. */
class AttendantConversation implements Conversation {
  readonly #profile: AgentProfile;
  readonly #leg: LegPort;
  readonly #events: ConversationEvents;
  readonly #context: ConversationContext;
  readonly #runtime: AttendantRuntime;
  readonly #log: VoiceLog;
  readonly #stt = new GrammarStt();
  readonly #announcements = new Map<number, { resolve(): void; reject(error: VoiceError): void }>();
  readonly #machine: AttendantMachine;
  #session: PhoneSession | undefined;
  readonly #phrases: readonly Phrase[];
  #removeDtmf: (() => void) | undefined;
  #recorder: MessageRecorder | undefined;
  /** Epoch milliseconds; 0 before there was one. */
  #messageEndedAt = 0;
  #stopped = false;
  /** It ended by itself, and has said so. */
  #ended = false;
  /** Counts what the machine asked for: the result of anything older is nobody's business any more. */
  #task = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #longest: ReturnType<typeof setTimeout> | undefined;
  #listening: number | undefined;
  #userSpeaking = false;
  /** Since when the agent speaks without having listened. */
  #speakingSince: number | undefined;
  #lastUtterance: Utterance | undefined;
  /** Suspended, and hearing all the same. */
  #listensAway = false;
  /** What the next word of the agent answers. */
  #trigger: { kind: "answer" | "speech" | "key"; at: number } | undefined;
  #nextAnnouncement = 1;

  constructor(
    profile: AgentProfile,
    leg: LegPort,
    events: ConversationEvents,
    context: ConversationContext,
    runtime: AttendantRuntime,
  ) {
    this.#profile = profile;
    this.#leg = leg;
    this.#events = events;
    this.#context = context;
    this.#runtime = runtime;
    this.#log = context.log ?? silentLog;
    this.#phrases = menuPhrases(profile);
    this.#machine = new AttendantMachine(profile, { speech: runtime.recogniser !== undefined });
  }

  async start(): Promise<void> {
    this.#trigger = { kind: "answer", at: Date.now() };
    const keys: string[] = [];
    // A key may come before the session is up: it is acted on after the greeting has begun.
    let onKey = (digit: string) => {
      if (keys.length < 8) keys.push(digit);
    };
    this.#removeDtmf = this.#leg.onDtmf((digit) => onKey(digit));
    // The greeting does not wait for the recogniser.
    this.#runtime.recogniser?.prepare(this.#phrases).catch((error: unknown) => {
      this.#log.warn({ error, agent: this.#profile.username }, "the recogniser failed to get ready");
    });
    const tts = new FliteTts(
      this.#runtime.voice,
      fliteVoiceOf(this.#profile.agentVoice),
      this.#leg.sampleRate,
    );
    try {
      this.#session = await PhoneSession.start(
        this.#leg,
        new AttendantAgent((text) => this.#onTranscript(text)),
        attendantSession(tts, this.#runtime, {
          stt: this.#stt,
          onUtterance: (utterance) => void this.#onUtterance(utterance),
          mayInterrupt: () => this.#mayInterrupt(),
        }),
        {
          onAgentStarted: (at) => this.#onAgentStarted(at),
          onAgentSegment: (segment) => this.#onAgentSegment(segment),
          onUserSpeaking: (speaking) => this.#onUserSpeaking(speaking),
          onFalseInterruption: () => this.#timeline("agent_resumed"),
          onProviderError: (error) => this.#log.warn({ error }, "a provider of the conversation failed"),
          onClosed: (error) => this.#onSessionClosed(error),
        },
      );
    } catch (error) {
      this.#removeDtmf();
      throw error;
    }
    if (this.#stopped) return;
    if (this.#profile.maxCallDuration !== undefined) {
      this.#longest = setTimeout(() => this.#feed({ type: "tooLong" }), this.#profile.maxCallDuration * 1000);
    }
    this.#timeline("conversation_started", { speech: this.#runtime.recogniser !== undefined });
    this.#feed({ type: "start" });
    onKey = (digit) => this.#onKey(digit);
    for (const key of keys) this.#onKey(key);
  }

  say(text: string, options: SayOptions = {}): Promise<void> {
    if (this.#stopped || this.#machine.over) return Promise.reject(new VoiceError("conversation_over"));
    if (text.length > longestText) return Promise.reject(new VoiceError("text_too_long"));
    if (sentences(speakable(text)).length === 0) return Promise.reject(new VoiceError("text_empty"));
    if (this.#announcements.size >= mostAnnouncements) return Promise.reject(new VoiceError("too_many_says"));
    const id = this.#nextAnnouncement++;
    return new Promise((resolve, reject) => {
      this.#announcements.set(id, { resolve, reject });
      this.#feed({ type: "announce", id, text, interruptible: options.interruptible ?? true });
    });
  }

  suspend(options: SuspendOptions = {}): void {
    if (this.#stopped || this.#machine.over) return;
    const listening = options.listen ?? false;
    const before = this.#machine.suspended;
    this.#feed({ type: "suspend" });
    if (!this.#machine.suspended) return; // it is saying goodbye
    if (this.#session !== undefined) this.#session.hearing = listening;
    this.#trigger = undefined;
    if (!before || listening !== this.#listensAway) this.#timeline("conversation_suspended", { listening });
    this.#listensAway = listening;
  }

  resume(note = "", next?: string): void {
    if (this.#stopped || !this.#machine.suspended) return;
    if (this.#session !== undefined) this.#session.hearing = true;
    this.#timeline("conversation_resumed");
    this.#feed({ type: "resume", note: note.slice(0, longestText), ...(next !== undefined && { next }) });
  }

  async stop(reason: StopReason): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#task++;
    clearTimeout(this.#timer);
    clearTimeout(this.#longest);
    this.#removeDtmf?.();
    for (const announcement of this.#announcements.values()) announcement.resolve();
    this.#announcements.clear();
    const recorder = this.#recorder;
    this.#recorder = undefined;
    if (recorder !== undefined) await this.#keepMessage(recorder);
    if (!this.#ended) this.#timeline("conversation_stopped", { reason });
    await this.#session
      ?.close()
      .catch((error: unknown) => this.#log.warn({ error }, "the session did not close"));
  }

  #mayInterrupt(): boolean {
    if (this.#speakingSince === undefined) return true;
    return Date.now() - this.#speakingSince >= this.#profile.interruptionMinimumSpeakingTime * 1000;
  }

  #feed(input: AttendantInput): void {
    if (this.#stopped) return;
    for (const output of this.#machine.handle(input)) this.#perform(output);
  }

  #perform(output: AttendantOutput): void {
    switch (output.type) {
      case "say":
        this.#say(output.text, output.interruptible, output.announcement);
        break;
      case "hush":
        this.#hush();
        break;
      case "wait":
        this.#wait(output.ms);
        break;
      case "record":
        this.#record(output.maxSeconds);
        break;
      case "stopRecording":
        this.#stopRecording();
        break;
      case "sendDtmf":
        this.#sendDtmf(output.digits);
        break;
      case "listen":
        this.#listen(output.ms);
        break;
      case "announced":
        this.#announcements.get(output.id)?.resolve();
        this.#announcements.delete(output.id);
        break;
      case "chosen":
        this.#timeline("function_chosen", { name: output.name, function: output.kind });
        break;
      case "transfer":
        this.#begin();
        this.#timeline("conversation_suspended", { listening: false });
        this.#events.onTransfer(output.name);
        break;
      case "fallback":
        this.#fallback();
        break;
      case "end":
        this.#end(output.code);
        break;
    }
  }

  /** Begins a task; `done` feeds its result unless the machine has moved on. */
  #begin(): (input: AttendantInput) => void {
    const task = ++this.#task;
    clearTimeout(this.#timer);
    this.#listening = undefined;
    return (input) => {
      if (task === this.#task) this.#feed(input);
    };
  }

  #say(text: string, interruptible: boolean, announcement: number | undefined): void {
    const done = this.#begin();
    const session = this.#session;
    if (session === undefined) return;
    session.say(text, interruptible).then(
      (outcome) => {
        if (outcome === "failed" && announcement !== undefined) this.#refuse(announcement);
        done({ type: "spoken", outcome });
      },
      (error: unknown) => {
        this.#log.error({ error }, "the session could not speak");
        if (announcement !== undefined) this.#refuse(announcement);
        done({ type: "spoken", outcome: "failed" });
      },
    );
  }

  #refuse(announcement: number): void {
    this.#announcements.get(announcement)?.reject(new VoiceError("tts_failed"));
    this.#announcements.delete(announcement);
  }

  #hush(): void {
    this.#begin();
    this.#session?.hush();
    this.#speakingSince = undefined;
    const recorder = this.#recorder;
    this.#recorder = undefined;
    if (recorder !== undefined) void this.#keepMessage(recorder);
  }

  #wait(ms: number): void {
    const done = this.#begin();
    this.#timer = setTimeout(() => done({ type: "waited" }), ms);
  }

  #listen(ms: number): void {
    const done = this.#begin();
    this.#speakingSince = undefined;
    this.#listening = ms;
    if (this.#userSpeaking) return;
    this.#timer = setTimeout(() => done({ type: "silence" }), ms);
  }

  #sendDtmf(digits: string): void {
    const done = this.#begin();
    this.#timeline("dtmf_sent", { digits });
    this.#leg.sendDtmf(digits).then(
      () => done({ type: "dtmfSent" }),
      (error: unknown) => {
        this.#log.warn({ error }, "the digits could not be sent");
        done({ type: "dtmfSent" });
      },
    );
  }

  #record(maxSeconds: number): void {
    const done = this.#begin();
    const path = this.#leg.messagePath?.() ?? this.#context.messagePath?.();
    const session = this.#session;
    if (path === undefined || session === undefined) {
      this.#log.error({}, "a message cannot be taken: nobody said where it goes");
      setImmediate(() => done({ type: "recorded", outcome: "failed" }));
      return;
    }
    const task = this.#task;
    void session.playClip(beep(this.#leg.sampleRate)).then((heard) => {
      if (!heard || task !== this.#task) return;
      this.#timeline("message_started");
      this.#recorder = new MessageRecorder(this.#leg, path, maxSeconds, () => this.#stopRecording());
    });
  }

  #stopRecording(): void {
    const done = this.#begin();
    const recorder = this.#recorder;
    this.#recorder = undefined;
    this.#messageEndedAt = Date.now();
    // "#" during the tone: there is nothing yet.
    if (recorder === undefined) {
      setImmediate(() => done({ type: "recorded", outcome: "empty" }));
      return;
    }
    void this.#keepMessage(recorder).then((outcome) => done({ type: "recorded", outcome }));
  }

  async #keepMessage(recorder: MessageRecorder): Promise<"saved" | "empty" | "failed"> {
    try {
      const message = await recorder.finish();
      if (message === undefined) return "empty";
      this.#timeline("message_taken", { seconds: message.seconds });
      this.#events.onMessageTaken(message);
      return "saved";
    } catch (error) {
      this.#log.error({ error }, "the caller's message could not be saved");
      return "failed";
    }
  }

  /** The apology as it was made at warm-up, else tones: neither needs the session or a voice that works. */
  #fallback(): void {
    const done = this.#begin();
    const session = this.#session;
    if (session === undefined) return;
    const startedAt = Date.now();
    const rate = this.#leg.sampleRate;
    const apology = Promise.all(
      sentences(fixed.apology).map((sentence) =>
        this.#runtime.voice.synthesise(speakable(sentence), fliteVoiceOf(this.#profile.agentVoice), rate),
      ),
    );
    const tooLate = new Promise<undefined>((resolve) => {
      this.#timer = setTimeout(resolve, apologyPatience, undefined);
    });
    void Promise.race([apology, tooLate])
      .catch(() => undefined)
      .then(async (parts) => {
        clearTimeout(this.#timer);
        if (this.#stopped) return;
        for (const pcm of parts ?? [failureTones(rate)]) await session.playClip(pcm);
        this.#timeline("apology", { spoken: parts !== undefined });
        if (parts !== undefined) {
          this.#events.onTurn({ role: "agent", content: fixed.apology, startedAt, endedAt: Date.now() });
        }
        done({ type: "waited" });
      });
  }

  #end(code: EndCode): void {
    this.#begin();
    clearTimeout(this.#longest);
    const { by, reason } = endCodes[code];
    this.#ended = true;
    this.#timeline("conversation_ended", { code });
    this.#events.onEnd({ by, code, reason });
  }

  #onKey(key: string): void {
    if (this.#stopped) return;
    const at = Date.now();
    // away, keys are for the other party
    if (this.#machine.suspended) return;
    this.#trigger = { kind: "key", at };
    this.#timeline("key", { key });
    this.#events.onTurn({ role: "user", content: `[${key}]`, startedAt: at, endedAt: at });
    this.#feed({ type: "key", key });
  }

  #onUserSpeaking(speaking: boolean): void {
    if (this.#userSpeaking === speaking) return;
    if (this.#machine.suspended) {
      this.#userSpeaking = speaking;
      return;
    }
    this.#userSpeaking = speaking;
    this.#timeline(speaking ? "user_speech_started" : "user_speech_ended");
    // Silence is counted from where the caller falls silent.
    if (this.#listening === undefined) return;
    clearTimeout(this.#timer);
    const task = this.#task;
    if (speaking) return;
    this.#timer = setTimeout(() => {
      if (task === this.#task) this.#feed({ type: "silence" });
    }, this.#listening);
  }

  /** The detector has an utterance whole; the recogniser gets it, unless it is a message being left. */
  async #onUtterance(utterance: Utterance): Promise<void> {
    if (this.#stopped || this.#machine.recording) return;
    if (this.#machine.suspended && !this.#listensAway) return;
    // The detector is done with the message's last words only after the key that ended it.
    if (utterance.startedAt < this.#messageEndedAt) return;
    const recogniser = this.#runtime.recogniser;
    let text = "";
    if (recogniser !== undefined) {
      const asked = performance.now();
      try {
        text = await recogniser.recognise(this.#phrases, utterance.pcm);
      } catch (error) {
        this.#log.warn({ error }, "an utterance could not be recognised");
      }
      const recognitionMs = Math.round(performance.now() - asked);
      this.#timeline(text === "" ? "not_understood" : "understood", { text, recognitionMs });
    }
    if (this.#stopped) return;
    this.#lastUtterance = utterance;
    if (this.#machine.suspended) {
      // past the session, which would interrupt itself and answer
      const { startedAt, endedAt } = utterance;
      if (text !== "") this.#events.onTurn({ role: "user", content: text, startedAt, endedAt });
      return;
    }
    if (text !== "") {
      this.#stt.deliver({ text, endedAt: utterance.endedAt });
      return;
    }
    // Over the agent's own voice it was a cough or a "mhm": the session goes on talking.
    if (!this.#machine.listening) return;
    this.#trigger = { kind: "speech", at: utterance.endedAt };
    this.#feed({ type: "utterance", meaning: undefined });
  }

  /** The session has taken the caller's turn. */
  #onTranscript(text: string): void {
    if (this.#stopped || text === "" || this.#machine.suspended) return;
    const now = Date.now();
    const { startedAt, endedAt } = this.#lastUtterance ?? { startedAt: now, endedAt: now };
    this.#trigger = { kind: "speech", at: endedAt };
    this.#events.onTurn({ role: "user", content: text, startedAt, endedAt });
    this.#feed({ type: "utterance", meaning: meaningOf(text, this.#phrases) });
  }

  #onAgentStarted(at: number): void {
    this.#speakingSince ??= at;
    const trigger = this.#trigger;
    this.#trigger = undefined;
    const answers = trigger === undefined ? {} : { after: trigger.kind, latencyMs: at - trigger.at };
    this.#timeline("agent_speech_started", answers);
  }

  #onAgentSegment(segment: PlayedSegment): void {
    if (segment.startedAt === undefined || segment.endedAt === undefined) return;
    const { startedAt, endedAt, interrupted } = segment;
    this.#timeline(interrupted ? "agent_interrupted" : "agent_speech_ended", {
      playedMs: Math.round((segment.playedSamples / this.#leg.sampleRate) * 1000),
    });
    const content = segment.heard ?? "";
    if (content === "") return;
    this.#events.onTurn({
      role: "agent",
      content,
      startedAt,
      endedAt,
      ...(interrupted ? { interrupted } : {}),
    });
  }

  #onSessionClosed(error: unknown): void {
    this.#log.error({ error }, "the conversation's session ended by itself");
    this.#feed({ type: "broken", code: "conversation_failed" });
  }

  #timeline(type: string, fields: Record<string, unknown> = {}): void {
    this.#events.onTimeline({ type, at: Date.now(), ...fields });
  }
}
