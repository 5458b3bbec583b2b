// Carries out the parent's commands on the legs of one worker.
import { networkInterfaces } from "node:os";
import type { MediaEngine, MediaLeg, PortRange } from "@ringdown/media";
import type { ChatEvent, RunFunction, VoiceLog } from "@ringdown/voice";
import type { After } from "./key-waits.ts";
import type { Command, CommandArguments, LegEvent } from "./protocol.ts";
import { WaitingAudio } from "./waiting-audio.ts";
import { WorkerChats } from "./worker-chats.ts";
import { WorkerError } from "./worker-error.ts";
import { WorkerLeg } from "./worker-leg.ts";

type Voice = Pick<
  typeof import("@ringdown/voice"),
  | "askModel"
  | "chatByText"
  | "startConversation"
  | "listenForSpeech"
  | "preload"
  | "warmUp"
  | "Announcement"
  | "sharedVoice"
>;
type Engine = Pick<MediaEngine, "createLeg" | "bridge" | "close" | "stats">;

export interface WorkerLegsOptions {
  createEngine(rtpPorts: PortRange): Engine;
  loadVoice(): Promise<Voice>;
  emit(legId: string, event: LegEvent): void;
  emitChat(chatId: string, event: ChatEvent): void;
  /** What runs the remote functions of one agent in one talk. */
  runFunction(agentId: string, talkId: string): RunFunction;
  log: VoiceLog;
  /** Tests hand in virtual time. */
  after?: After;
}

const realTime: After = (ms, action) => {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
};

/** Legs are rejected beyond this, whatever the parent believes: memory is bounded here too. */
const MAX_MORE_ADDRESSES = 4;
const MAX_LEGS = 2_000;

export class WorkerLegs {
  readonly #options: WorkerLegsOptions;
  readonly #legs = new Map<string, WorkerLeg>();
  readonly #waiting: WaitingAudio;
  readonly #chats: WorkerChats;
  #engine: Engine | undefined;

  constructor(options: WorkerLegsOptions) {
    this.#options = options;
    this.#waiting = new WaitingAudio(options.log);
    this.#chats = new WorkerChats({
      loadVoice: options.loadVoice,
      emit: (chatId, event) => options.emitChat(chatId, event),
      runFunction: (agentId, chatId) => options.runFunction(agentId, chatId),
    });
  }

  get size(): number {
    return this.#legs.size;
  }

  /** Milliseconds that packets left late, 99th percentile; null before there were any. */
  get latenessP99Ms(): number | null {
    const lateness = this.#engine?.stats.tickLateness;
    return lateness === undefined || lateness.count === 0 ? null : lateness.p99;
  }

  /** What the command's result is. @throws errors that carry a `code`. */
  async carryOut(command: Command): Promise<unknown> {
    switch (command.type) {
      case "configure":
        this.#engine = this.#options.createEngine(command.settings.rtpPorts);
        return null;
      case "preload":
        await (await this.#options.loadVoice()).preload(command.profiles, this.#options.log);
        return null;
      case "warmUp":
        await (await this.#options.loadVoice()).warmUp(command.profiles, this.#options.log);
        return null;
      case "openLeg":
        return this.#open(command);
      case "acceptAnswer":
        return this.#leg(command.legId).acceptAnswer(command.sdp, command.early);
      case "renegotiate":
        return this.#leg(command.legId).negotiate(command.offer);
      case "openSuccessor":
        return this.#leg(command.legId).openSuccessor(command.localAddress, command.offer);
      case "acceptSuccessor":
        return this.#leg(command.legId).acceptSuccessor(command.sdp);
      case "startMedia":
        this.#leg(command.legId).startMedia(command.recordingPath, command.line);
        return null;
      case "startLeg":
        await this.#leg(command.legId).start(command);
        return null;
      case "say":
        await this.#leg(command.legId).say(command.text, command.interruptible);
        return null;
      case "overhear":
        this.#leg(command.legId).overhear(command.on);
        return null;
      case "sendDtmf":
        await this.#leg(command.legId).sendDtmf(command.digits);
        return null;
      case "pressKey":
        this.#leg(command.legId).pressKey(command.digit, command.durationMs);
        return null;
      case "bridge":
        await this.#bridge(command);
        return null;
      case "unbridge":
        this.#leg(command.legId).unbridge();
        return null;
      case "playTone":
        await this.#playTone(command);
        return null;
      case "announce":
        return { heard: await this.#leg(command.legId).announce(command.text, command.voice) };
      case "hush":
        this.#leg(command.legId).hush();
        return null;
      case "listenKeys":
        return { key: await this.#leg(command.legId).listenKeys(command.keys, command.timeoutMs) };
      case "listenSpeech":
        await this.#leg(command.legId).listenSpeech(command.phrases);
        return null;
      case "suspendConversation":
        await this.#leg(command.legId).suspendConversation(command.listen);
        return null;
      case "resumeConversation":
        await this.#leg(command.legId).resumeConversation(command.note, command.next);
        return null;
      case "closeLeg": {
        const leg = this.#leg(command.legId);
        this.#legs.delete(command.legId);
        return leg.close(command.reason);
      }
      case "chat":
        return this.#chats.run(command);
      case "askModel":
        return this.#chats.ask(command);
      case "cancelChat":
        this.#chats.cancel(command.chatId);
        return null;
      case "shutdown":
        await this.close();
        return null;
    }
  }

  /** Ends every leg with its recording whole. */
  async close(): Promise<void> {
    const legs = [...this.#legs.values()];
    this.#legs.clear();
    this.#chats.close();
    await Promise.allSettled(legs.map((leg) => leg.close("drain")));
    await this.#engine?.close();
  }

  async #open(command: Extract<Command, { type: "openLeg" }>): Promise<unknown> {
    if (this.#engine === undefined) throw new WorkerError("no_worker", "The worker is not configured yet.");
    if (this.#legs.size >= MAX_LEGS) throw new WorkerError("no_port", "The worker holds its most legs.");
    const leg: MediaLeg = await this.#engine.createLeg({
      localAddress: command.localAddress,
      moreAddresses: machineAddresses(),
    });
    const workerLeg = new WorkerLeg({
      leg,
      emit: (event) => this.#options.emit(command.legId, event),
      runFunction: (agentId) => this.#options.runFunction(agentId, command.legId),
      startConversation: async () => (await this.#options.loadVoice()).startConversation,
      listenForSpeech: async () => (await this.#options.loadVoice()).listenForSpeech,
      announcement: async (text, voice, sampleRate) => {
        const { Announcement, sharedVoice } = await this.#options.loadVoice();
        return new Announcement(text, { engine: sharedVoice(), voice, sampleRate });
      },
      after: this.#options.after ?? realTime,
      log: this.#options.log,
    });
    try {
      const description = workerLeg.negotiate(command.offer);
      this.#legs.set(command.legId, workerLeg);
      return description;
    } catch (error) {
      await leg.close();
      throw error;
    }
  }

  async #bridge({ legId, otherId, holdAudio }: CommandArguments<"bridge">): Promise<void> {
    const { sampleRate } = this.#leg(legId).media;
    // one is made now, so that a file is read and a hold is not silent at its beginning; further holds get theirs beside it
    let next = await this.#waiting.source(holdAudio, sampleRate);
    const leg = this.#leg(legId);
    const other = this.#leg(otherId);
    const bridge = this.#engine?.bridge(leg.media, other.media, {
      holdAudio: () => {
        const source = next;
        void this.#waiting.source(holdAudio, sampleRate).then((made) => {
          next = made;
        });
        return source;
      },
    });
    if (bridge === undefined) return;
    leg.join(other, bridge);
    other.join(leg, bridge);
    bridge.onClosed = () => {
      leg.part(true);
      other.part(true);
    };
  }

  async #playTone({ legId, sound }: CommandArguments<"playTone">): Promise<void> {
    const { sampleRate } = this.#leg(legId).media;
    const source = sound === null ? undefined : await this.#waiting.source(sound, sampleRate);
    this.#leg(legId).background = source;
  }

  #leg(legId: string): WorkerLeg {
    const leg = this.#legs.get(legId);
    if (leg === undefined) throw new WorkerError("leg_unknown", "The leg is closed.");
    return leg;
  }
}

/** Addresses of this machine that a browser may try beside the one that our SDP has; a few are enough. */
function machineAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === "IPv4" && !internal)
    .map(({ address }) => address)
    .slice(0, MAX_MORE_ADDRESSES);
}
