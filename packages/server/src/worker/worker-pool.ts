// Keeps a fixed number of call workers alive and puts each leg on the least loaded one.
import { type PortRange, splitPortRange } from "@ringdown/media";
import type { AgentProfile, ChatEnd, ChatEvent, ModelAnswer } from "@ringdown/voice";
import type {
  CloseReason,
  CommandArguments,
  ConversationInputs,
  LegClosed,
  LegDescription,
  LineState,
  WaitingSound,
  WorkerSettings,
} from "./protocol.ts";
import { noWorker, WorkerError, workerGone } from "./worker-error.ts";
import { type LegListener, type RunAgentFunction, type WorkerChild, WorkerHandle } from "./worker-handle.ts";

/** The parent's view of one leg in a worker. Every command rejects with a `WorkerError` when the worker is gone. */
export interface RemoteLeg {
  readonly workerPid: number;
  /** What `openLeg` settled. */
  readonly description: LegDescription;
  acceptAnswer(sdp: string, early: boolean): Promise<LegDescription>;
  renegotiate(offer: string | undefined): Promise<LegDescription>;
  /** Our offer, or the answer to `offer`, for a dialog that takes this one's place. */
  openSuccessor(localAddress: string, offer: string | undefined): Promise<LegDescription>;
  acceptSuccessor(sdp: string): Promise<LegDescription>;
  startMedia(recordingPath: string | null, line: LineState | null): Promise<void>;
  start(options: StartLegOptions): Promise<void>;
  say(text: string, options?: { interruptible?: boolean }): Promise<void>;
  sendDtmf(digits: string): Promise<void>;
  /** What is said there comes as `overheard` events, or no longer. */
  overhear(on: boolean): Promise<void>;
  /** A key of its peer that came by signalling. */
  pressKey(digit: string, durationMs: number): Promise<void>;
  /** Joins it to a leg that was opened beside it, or that it was opened beside. @throws WorkerError `leg_unknown`, `bridge_impossible` */
  bridge(otherId: string, holdAudio?: WaitingSound): Promise<void>;
  unbridge(): Promise<void>;
  /** What it hears while nobody says anything; undefined ends it. */
  playTone(sound: WaitingSound | undefined): Promise<void>;
  /** Says a text to this leg alone. @returns whether it was heard to its end; @throws WorkerError: why it could not be said */
  announce(text: string, voice?: string): Promise<boolean>;
  /** Ends what is announced. */
  hush(): Promise<void>;
  /** @param keys any of these, all where empty; @returns undefined: none in time, or the leg closed */
  listenKeys(keys: string, timeoutMs: number): Promise<string | undefined>;
  /** @throws WorkerError `stt_failed`, where no detector or no recogniser is installed */
  listenSpeech(phrases: readonly string[]): Promise<void>;
  /** @param listen the agent goes on hearing the caller; @throws WorkerError `conversation_over` */
  suspendConversation(listen?: boolean): Promise<void>;
  /** @param note the agent says first; @param next function that he carries out then; @throws WorkerError `conversation_over` */
  resumeConversation(note?: string, next?: string): Promise<void>;
  close(reason: CloseReason): Promise<LegClosed>;
}

export interface StartLegOptions {
  profile: AgentProfile;
  from: string;
  to: string;
  inputs: ConversationInputs;
  recordingPath: string | null;
  messagePrefix: string;
}

export interface OpenLegOptions {
  legId: string;
  localAddress: string;
  offer: string | undefined;
  /** A leg in whose worker it has to be, to be bridged to it. */
  beside?: string;
}

/** What call control needs of the workers. */
export interface MediaPool {
  /** @throws WorkerError: a media code (`no_codec`, `sdp_malformed`, `no_port` …), `no_worker` or `worker_gone`. */
  openLeg(options: OpenLegOptions, listener: LegListener): Promise<RemoteLeg>;
}

export interface PoolLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkerPoolOptions {
  size: number;
  /** Shared out in equal, even slices. */
  rtpPorts: PortRange;
  fork(slot: number): WorkerChild;
  log: PoolLog;
  /** Runs `action` after `ms`; returns what cancels it. Tests hand in virtual time. */
  after(ms: number, action: () => void): () => void;
  /** Agents whose voices and phrases a new worker loads ahead. */
  profiles?(): Promise<AgentProfile[]>;
  /** Carries out the remote functions of agents. */
  runFunction?: RunAgentFunction;
  /** A leg is gone: no more functions are run for it. */
  onTalkOver?: (talkId: string) => void;
  heartbeatMs?: number;
  missedPings?: number;
  /** How long a leg waits for a worker that is being started. */
  waitForWorkerMs?: number;
}

/** Pause before a dead worker is replaced: none at first, then doubling; a worker that lived a minute starts over. */
const BACK_OFF_MS = [0, 250, 500, 1_000, 2_000, 4_000, 8_000];
/** Unanswered pings after which a worker counts as hung: at one a second, seconds in which its calls heard nothing. */
const MISSED_PINGS = 8;
/** Before it is ready a worker loads modules, and answers nothing meanwhile; a busy machine makes that long. */
const STARTING_PINGS = 60;
const STABLE_AFTER_MS = 60_000;
/** Legs that may wait for a worker at one time. */
const MAX_QUEUE = 500;

interface Slot {
  readonly settings: WorkerSettings;
  worker: WorkerHandle | undefined;
  ready: boolean;
  /** Failures in a row. */
  failures: number;
  cancelTimer: (() => void) | undefined;
}

export class WorkerPool implements MediaPool {
  readonly #options: WorkerPoolOptions;
  readonly #slots: Slot[];
  readonly #queue = new Set<() => void>();
  #cancelBeat: (() => void) | undefined;
  #closing = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#slots = Array.from({ length: options.size }, (_, index) => ({
      settings: { rtpPorts: splitPortRange(options.rtpPorts, options.size, index) },
      worker: undefined,
      ready: false,
      failures: 0,
      cancelTimer: undefined,
    }));
  }

  /** Starts every worker. Resolves when all can take legs. @throws WorkerError when one dies at its first start. */
  async start(): Promise<void> {
    this.#beat();
    await Promise.all(this.#slots.map((slot, index) => this.#startWorker(slot, index)));
  }

  /** Workers that can take a leg now. */
  get ready(): number {
    return this.#slots.filter((slot) => slot.ready).length;
  }

  get pids(): number[] {
    return this.#slots.flatMap((slot) => (slot.worker === undefined ? [] : [slot.worker.pid]));
  }

  /** Says to every worker that these agents will be called. */
  warmUp(profiles: AgentProfile[]): void {
    for (const slot of this.#slots) if (slot.ready) void this.#prepare(slot.worker, "warmUp", profiles);
  }

  async openLeg(options: OpenLegOptions, listener: LegListener): Promise<RemoteLeg> {
    await this.#someWorker();
    const tried = new Set<WorkerHandle>();
    const { beside } = options;
    if (beside !== undefined) {
      const others = this.#slots.flatMap(({ worker }) => (worker?.hasLeg(beside) === false ? [worker] : []));
      if (!this.#slots.some(({ worker }) => worker?.hasLeg(beside))) {
        throw new WorkerError("leg_unknown", "The leg that this one was to be opened beside is closed.");
      }
      for (const worker of others) tried.add(worker);
    }
    for (;;) {
      const worker = this.#leastLoaded(tried);
      if (worker === undefined) throw noWorker();
      tried.add(worker);
      worker.addLeg(options.legId, listener);
      try {
        const description = await worker.request("openLeg", {
          legId: options.legId,
          localAddress: options.localAddress,
          offer: options.offer ?? null,
        });
        return remoteLeg(worker, options.legId, description);
      } catch (error) {
        worker.removeLeg(options.legId);
        // Another worker has other ports.
        const full = error instanceof WorkerError && error.code === "no_port";
        if (!full || this.#leastLoaded(tried) === undefined) throw error;
      }
    }
  }

  /** One turn of a chat by text, in the worker with the fewest calls. @throws WorkerError */
  async chat(
    given: CommandArguments<"chat">,
    onEvent: (event: ChatEvent) => void,
    signal: AbortSignal,
  ): Promise<ChatEnd> {
    return (await this.#freest()).chat(given, onEvent, signal);
  }

  /** One question to language models, in the worker with the fewest calls. @throws WorkerError */
  async askModel(given: CommandArguments<"askModel">): Promise<ModelAnswer> {
    return (await this.#freest()).request("askModel", given);
  }

  /** Ends every worker; one that does not end in time is killed. */
  async close(limitMs = 3_000): Promise<void> {
    this.#closing = true;
    this.#cancelBeat?.();
    for (const wake of this.#queue) wake();
    await Promise.all(
      this.#slots.map(async (slot) => {
        slot.cancelTimer?.();
        const worker = slot.worker;
        if (worker === undefined) return;
        const cancel = this.#options.after(limitMs, () => worker.kill());
        await worker.request("shutdown", {}).catch(() => undefined);
        cancel();
      }),
    );
  }

  #beat(): void {
    this.#cancelBeat = this.#options.after(this.#options.heartbeatMs ?? 1_000, () => {
      const missedPings = this.#options.missedPings ?? MISSED_PINGS;
      for (const { worker, ready } of this.#slots) worker?.beat(ready ? missedPings : STARTING_PINGS);
      this.#beat();
    });
  }

  async #startWorker(slot: Slot, index: number): Promise<void> {
    const { log } = this.#options;
    let stable: (() => void) | undefined;
    const worker = new WorkerHandle({
      child: this.#options.fork(index),
      runFunction: this.#options.runFunction,
      onTalkOver: this.#options.onTalkOver,
      onHung: () => log.error({ pid: worker.pid, slot: index }, "call worker hangs: it is killed"),
      onExit: (how) => {
        stable?.();
        slot.worker = undefined;
        slot.ready = false;
        if (this.#closing) return;
        const pause = BACK_OFF_MS[Math.min(slot.failures, BACK_OFF_MS.length - 1)] ?? 0;
        slot.failures++;
        log.error({ pid: worker.pid, slot: index, how, restartInMs: pause }, "call worker died");
        slot.cancelTimer = this.#options.after(pause, () => {
          this.#startWorker(slot, index).catch((error: unknown) =>
            log.error({ slot: index, err: error }, "call worker did not start"),
          );
        });
      },
    });
    slot.worker = worker;
    await worker.request("configure", { settings: slot.settings });
    const profiles = (await this.#options.profiles?.().catch(() => undefined)) ?? [];
    await this.#prepare(worker, "preload", profiles);
    if (worker.gone) throw workerGone();
    // The pings of the time it loaded in may still be unanswered.
    worker.pardon();
    slot.ready = true;
    stable = this.#options.after(STABLE_AFTER_MS, () => {
      slot.failures = 0;
    });
    log.info({ pid: worker.pid, slot: index, rtpPorts: slot.settings.rtpPorts }, "call worker ready");
    for (const wake of this.#queue) wake();
    // Not awaited: phrases are made beside calls, in a thread of their own.
    void this.#prepare(worker, "warmUp", profiles);
  }

  /** What fails here fails again, and is seen, in the call that needs it. */
  async #prepare(
    worker: WorkerHandle | undefined,
    step: "preload" | "warmUp",
    profiles: AgentProfile[],
  ): Promise<void> {
    if (worker === undefined || profiles.length === 0) return;
    try {
      await worker.request(step, { profiles });
    } catch (error) {
      this.#options.log.warn({ pid: worker.pid, err: error }, `a call worker's ${step} failed`);
    }
  }

  #leastLoaded(except: ReadonlySet<WorkerHandle>): WorkerHandle | undefined {
    let best: WorkerHandle | undefined;
    for (const { worker, ready } of this.#slots) {
      if (worker === undefined || !ready || except.has(worker)) continue;
      if (best === undefined || worker.legCount < best.legCount) best = worker;
    }
    return best;
  }

  /** @throws WorkerError */
  async #freest(): Promise<WorkerHandle> {
    await this.#someWorker();
    const worker = this.#leastLoaded(new Set());
    if (worker === undefined) throw noWorker();
    return worker;
  }

  /** Waits, for a bounded time, while no worker is ready: a call that comes in that gap is worth a second's patience. */
  async #someWorker(): Promise<void> {
    if (this.#closing) throw noWorker();
    if (this.ready > 0) return;
    if (this.#queue.size >= MAX_QUEUE) throw noWorker();
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        cancel();
        this.#queue.delete(wake);
        resolve();
      };
      const cancel = this.#options.after(this.#options.waitForWorkerMs ?? 8_000, wake);
      this.#queue.add(wake);
    });
  }
}

function remoteLeg(worker: WorkerHandle, legId: string, description: LegDescription): RemoteLeg {
  return {
    workerPid: worker.pid,
    description,
    acceptAnswer: (sdp, early) => worker.request("acceptAnswer", { legId, sdp, early }),
    renegotiate: (offer) => worker.request("renegotiate", { legId, offer: offer ?? null }),
    openSuccessor: (localAddress, offer) =>
      worker.request("openSuccessor", { legId, localAddress, offer: offer ?? null }),
    acceptSuccessor: (sdp) => worker.request("acceptSuccessor", { legId, sdp }),
    startMedia: async (recordingPath, line) => {
      await worker.request("startMedia", { legId, recordingPath, line });
    },
    start: async (options) => {
      await worker.request("startLeg", { legId, ...options });
    },
    say: async (text, options) => {
      await worker.request("say", { legId, text, interruptible: options?.interruptible ?? true });
    },
    overhear: async (on) => {
      await worker.request("overhear", { legId, on });
    },
    sendDtmf: async (digits) => {
      await worker.request("sendDtmf", { legId, digits });
    },
    pressKey: async (digit, durationMs) => {
      await worker.request("pressKey", { legId, digit, durationMs });
    },
    bridge: async (otherId, holdAudio = { type: "hold", path: null }) => {
      await worker.request("bridge", { legId, otherId, holdAudio });
    },
    unbridge: async () => {
      await worker.request("unbridge", { legId });
    },
    playTone: async (sound) => {
      await worker.request("playTone", { legId, sound: sound ?? null });
    },
    announce: async (text, voice) =>
      (await worker.request("announce", { legId, text, voice: voice ?? null })).heard,
    hush: async () => {
      await worker.request("hush", { legId });
    },
    listenKeys: async (keys, timeoutMs) =>
      (await worker.request("listenKeys", { legId, keys, timeoutMs })).key ?? undefined,
    listenSpeech: async (phrases) => {
      await worker.request("listenSpeech", { legId, phrases: [...phrases] });
    },
    suspendConversation: async (listen = false) => {
      await worker.request("suspendConversation", { legId, listen });
    },
    resumeConversation: async (note, next) => {
      await worker.request("resumeConversation", { legId, note: note ?? null, next: next ?? null });
    },
    close: async (reason) => {
      try {
        return await worker.request("closeLeg", { legId, reason });
      } finally {
        worker.removeLeg(legId);
      }
    },
  };
}
