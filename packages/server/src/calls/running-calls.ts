// The calls of this node while they run: counts for the edge, commands for the API, the drain.
import type { CallLeg } from "@ringdown/sip";
import { AppError } from "../errors.ts";
import { WorkerError } from "../worker/worker-error.ts";
import type { CallListener } from "./call-listeners.ts";
import type { CallEndCode } from "./end-codes.ts";
import type { Leg } from "./leg.ts";

/** What is used of a `Call`. */
export interface RunningCall {
  readonly id: string;
  readonly live: boolean;
  readonly talking: boolean;
  hangUp(code: CallEndCode, detail?: string): void;
  say(text: string, options?: { interruptible: boolean }): Promise<void>;
  sendDtmf(digits: string): Promise<unknown>;
  overhear(listener: CallListener, by: string): (() => void) | undefined;
  /** Its leg of that dialog. */
  legOf(dialog: CallLeg): Leg | undefined;
}

interface Entry {
  call: RunningCall;
  organizationId: string;
  agentId: string;
}

/** How long a goodbye at shutdown may take before the BYE is sent all the same. */
const GOODBYE_LIMIT_MS = 5_000;

export class RunningCalls {
  readonly #entries = new Map<string, Entry>();
  readonly #live = new Set<string>();
  readonly #perOrganization = new Map<string, number>();
  readonly #perAgent = new Map<string, number>();
  readonly #idle = new Set<() => void>();

  add(call: RunningCall, owner: { organizationId: string; agentId: string }): void {
    this.#entries.set(call.id, { call, ...owner });
    this.#live.add(call.id);
    count(this.#perOrganization, owner.organizationId, 1);
    count(this.#perAgent, owner.agentId, 1);
  }

  /** No longer counts for limits and takes no commands; `released` follows. */
  ended(callId: string): void {
    const entry = this.#entries.get(callId);
    if (entry === undefined || !this.#live.delete(callId)) return;
    count(this.#perOrganization, entry.organizationId, -1);
    count(this.#perAgent, entry.agentId, -1);
  }

  released(callId: string): void {
    this.ended(callId);
    this.#entries.delete(callId);
    if (this.#entries.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** Live calls. */
  get size(): number {
    return this.#live.size;
  }

  ofOrganization(organizationId: string): number {
    return this.#perOrganization.get(organizationId) ?? 0;
  }

  ofAgent(agentId: string): number {
    return this.#perAgent.get(agentId) ?? 0;
  }

  /** Resolves when no call runs and every record is written. */
  idle(): Promise<void> {
    if (this.#entries.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.add(resolve));
  }

  /** Undefined: it has ended. */
  find(callId: string): { call: RunningCall; organizationId: string; agentId: string } | undefined {
    return this.#live.has(callId) ? this.#entries.get(callId) : undefined;
  }

  /** Undefined: no running call has that dialog. */
  withDialog(
    dialog: CallLeg,
  ): { call: RunningCall; leg: Leg; organizationId: string; agentId: string } | undefined {
    for (const id of this.#live) {
      const entry = this.#entries.get(id);
      const leg = entry?.call.legOf(dialog);
      if (entry !== undefined && leg !== undefined) return { ...entry, leg };
    }
    return undefined;
  }

  live(callId: string): boolean {
    return this.#live.has(callId);
  }

  /** @throws AppError call_not_active */
  async hangUp(callId: string): Promise<void> {
    this.#call(callId).hangUp("operator");
  }

  /** Resolves when it has been heard. @throws AppError call_not_active, or the voice's own refusal */
  async say(callId: string, text: string): Promise<void> {
    await this.#command(callId, (call) => call.say(text));
  }

  /** Resolves when the last digit has been sent. @throws AppError call_not_active, or the media's own refusal */
  async sendDtmf(callId: string, digits: string): Promise<void> {
    await this.#command(callId, async (call) => {
      await call.sendDtmf(digits);
    });
  }

  /**
   * What is said in it, from now on. @returns what ends it
   * @throws AppError call_not_active, too_many_requests where as many listen as may
   */
  overhear(callId: string, listener: CallListener, by: string): () => void {
    const call = this.#call(callId);
    if (!call.talking) throw new AppError("call_not_active");
    const end = call.overhear(listener, by);
    if (end === undefined)
      throw new AppError("too_many_requests", "As many listen to this call already as may.");
    return end;
  }

  /** Says goodbye to everyone and ends every call. Resolves when all BYEs are sent. */
  async endAll(
    goodbye: string | undefined,
    after: (ms: number, action: () => void) => () => void,
  ): Promise<void> {
    const calls = [...this.#entries.values()].filter(({ call }) => call.live);
    await Promise.all(
      calls.map(async ({ call }) => {
        if (goodbye !== undefined && call.talking) {
          await new Promise<void>((resolve) => {
            const cancel = after(GOODBYE_LIMIT_MS, resolve);
            const done = (): void => {
              cancel();
              resolve();
            };
            // An agent without a voice (echo) has no goodbye; it is ended all the same.
            call.say(goodbye, { interruptible: false }).then(done, done);
          });
        }
        call.hangUp("node_shutdown");
      }),
    );
  }

  #call(callId: string): RunningCall {
    const call = this.#live.has(callId) ? this.#entries.get(callId)?.call : undefined;
    if (call === undefined) throw new AppError("call_not_active");
    return call;
  }

  async #command(callId: string, command: (call: RunningCall) => Promise<void>): Promise<void> {
    const call = this.#call(callId);
    if (!call.talking) throw new AppError("call_not_active");
    try {
      await command(call);
    } catch (error) {
      throw commandError(error, call);
    }
  }
}

function commandError(error: unknown, call: RunningCall): unknown {
  if (!(error instanceof WorkerError)) return error;
  if (!call.live || error.code === "worker_gone" || error.code === "leg_unknown") {
    return new AppError("call_not_active", { cause: error });
  }
  if (error.code === "conversation_over") return new AppError("call_not_active", error.message);
  if (error.code === "too_many_says") return new AppError("too_many_requests", error.message);
  if (badCommand.has(error.code)) return new AppError("bad_request", error.message);
  return new AppError("internal_error", { cause: error });
}

const badCommand = new Set(["text_empty", "text_too_long", "dtmf_invalid"]);

function count(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const next = (counts.get(key) ?? 0) + change;
  if (next <= 0) counts.delete(key);
  else counts.set(key, next);
}
