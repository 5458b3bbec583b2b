// The parent's side of one call worker: commands and their answers, legs and their events, the heartbeat.
import type { ChatEvent, FunctionOutcome } from "@ringdown/voice";
import type {
  AgentFunctionRun,
  Command,
  CommandArguments,
  CommandName,
  CommandResult,
  FromWorker,
  LegEvent,
  ToWorker,
  WorkerStats,
} from "./protocol.ts";
import { WorkerError, workerGone } from "./worker-error.ts";

/** What is used of a child process, so that tests can stand in for it. */
export interface WorkerChild {
  readonly pid: number;
  send(message: ToWorker): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Called once, whatever ended it. */
  onExit(listener: (how: string) => void): void;
  kill(): void;
}

export interface LegListener {
  onEvent(event: LegEvent): void;
  /** The process behind the leg is gone; nothing further comes. */
  onWorkerDied(how: string): void;
}

/** Carries out a remote function of an agent; never rejects. */
export type RunAgentFunction = (run: AgentFunctionRun, signal: AbortSignal) => Promise<FunctionOutcome>;

export interface WorkerHandleOptions {
  child: WorkerChild;
  /** Left out: there are none. */
  runFunction?: RunAgentFunction | undefined;
  /** No more functions are run in it. */
  onTalkOver?: ((talkId: string) => void) | undefined;
  onExit(how: string): void;
  /** A hung worker was killed; its exit follows. */
  onHung?(): void;
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export class WorkerHandle {
  readonly pid: number;
  stats: WorkerStats | undefined;
  readonly #child: WorkerChild;
  readonly #options: WorkerHandleOptions;
  readonly #waiting = new Map<number, Waiting>();
  readonly #legs = new Map<string, LegListener>();
  readonly #chats = new Map<string, (event: ChatEvent) => void>();
  readonly #functions = new Map<number, AbortController>();
  #nextRequest = 1;
  #pingsSent = 0;
  #pingAnswered = 0;
  #gone = false;

  constructor(options: WorkerHandleOptions) {
    this.#options = options;
    this.#child = options.child;
    this.pid = options.child.pid;
    options.child.onMessage((message) => this.#receive(message));
    options.child.onExit((how) => this.#exited(how));
  }

  get gone(): boolean {
    return this.#gone;
  }

  /** Legs open in it, those being opened included: what the pool balances by. */
  get legCount(): number {
    return this.#legs.size;
  }

  /** @throws WorkerError with the worker's own code, or `worker_gone`. */
  request<Name extends CommandName>(type: Name, given: CommandArguments<Name>): Promise<CommandResult<Name>> {
    if (this.#gone) return Promise.reject(workerGone());
    const requestId = this.#nextRequest++;
    return new Promise<CommandResult<Name>>((resolve, reject) => {
      // The worker answers a command with that command's result: the one place where the types meet plain JSON.
      this.#waiting.set(requestId, { resolve: (value) => resolve(value as CommandResult<Name>), reject });
      this.#child.send({ type, requestId, ...given } as unknown as Command);
    });
  }

  addLeg(legId: string, listener: LegListener): void {
    this.#legs.set(legId, listener);
  }

  hasLeg(legId: string): boolean {
    return this.#legs.has(legId);
  }

  removeLeg(legId: string): void {
    if (this.#legs.delete(legId)) this.#options.onTalkOver?.(legId);
  }

  /** One turn of a chat; `signal` gives it up. @throws WorkerError */
  async chat(
    given: CommandArguments<"chat">,
    onEvent: (event: ChatEvent) => void,
    signal: AbortSignal,
  ): Promise<CommandResult<"chat">> {
    const { chatId } = given;
    const cancel = (): void => void this.request("cancelChat", { chatId }).catch(() => undefined);
    this.#chats.set(chatId, onEvent);
    signal.addEventListener("abort", cancel, { once: true });
    try {
      return await this.request("chat", given);
    } finally {
      signal.removeEventListener("abort", cancel);
      this.#chats.delete(chatId);
    }
  }

  /**
   * One beat of the pool's clock. Beats are counted, not milliseconds: when this process itself stood still, the
   * answers that wait in its queue must not count as missing.
   * @param missedPings unanswered pings at which the worker counts as hung and is killed
   */
  beat(missedPings: number): void {
    if (this.#gone) return;
    if (this.#pingsSent - this.#pingAnswered >= missedPings) {
      this.#options.onHung?.();
      this.#child.kill();
      return;
    }
    this.#child.send({ type: "ping", sequence: ++this.#pingsSent });
  }

  /** What it has not answered so far no longer counts: it was known to be busy. */
  pardon(): void {
    this.#pingAnswered = this.#pingsSent;
  }

  kill(): void {
    this.#child.kill();
  }

  #receive(message: FromWorker): void {
    if (this.#gone) return;
    switch (message.type) {
      case "result":
        this.#take(message.requestId)?.resolve(message.value);
        break;
      case "failure":
        this.#take(message.requestId)?.reject(new WorkerError(message.code, message.message));
        break;
      case "leg":
        this.#legs.get(message.legId)?.onEvent(message.event);
        break;
      case "chat":
        this.#chats.get(message.chatId)?.(message.event);
        break;
      case "runFunction":
        void this.#runFunction(message);
        break;
      case "cancelFunction":
        this.#functions.get(message.runId)?.abort();
        break;
      case "pong":
        this.#pingAnswered = Math.max(this.#pingAnswered, message.sequence);
        this.stats = message.stats;
        break;
    }
  }

  async #runFunction(message: Extract<FromWorker, { type: "runFunction" }>): Promise<void> {
    const { runId, talkId, agentId, name, arguments: given } = message;
    const controller = new AbortController();
    this.#functions.set(runId, controller);
    const outcome = await this.#options.runFunction?.(
      { talkId, agentId, name, arguments: given },
      controller.signal,
    );
    this.#functions.delete(runId);
    if (this.#gone) return;
    const { output, failed } = outcome ?? { output: "There is no such function.", failed: true };
    this.#child.send({ type: "functionResult", runId, output, failed });
  }

  #take(requestId: number): Waiting | undefined {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    return waiting;
  }

  #exited(how: string): void {
    if (this.#gone) return;
    this.#gone = true;
    const waiting = [...this.#waiting.values()];
    const legs = [...this.#legs];
    this.#waiting.clear();
    this.#legs.clear();
    for (const controller of this.#functions.values()) controller.abort();
    for (const one of waiting) one.reject(workerGone());
    for (const [legId, leg] of legs) {
      this.#options.onTalkOver?.(legId);
      leg.onWorkerDied(how);
    }
    this.#options.onExit(how);
  }
}
