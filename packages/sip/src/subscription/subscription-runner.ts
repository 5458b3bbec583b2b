import type { SendTarget } from "../environment.ts";
import type { ClientResult } from "../user-agent/client-request.ts";
import type { IncomingRequest } from "../user-agent/options.ts";
import type { UserAgent } from "../user-agent/user-agent.ts";
import { Subscription } from "./subscription.ts";
import type {
  Notification,
  SubscriptionChanges,
  SubscriptionConfig,
  SubscriptionInput,
  SubscriptionOptions,
  SubscriptionOutput,
  SubscriptionStatus,
} from "./subscription-types.ts";

export interface SubscriptionRunnerOptions extends SubscriptionOptions {
  readonly userAgent: Pick<UserAgent, "transact" | "openDialog">;
  /** ms; all times of the status are on this clock, so that of the calendar is the one to give where people read it. */
  now(): number;
  /** Calls `action` once after that many ms, unless what is returned is called before. */
  setTimer(after: number, action: () => void): () => void;
  /** Where requests for a URI go (RFC 3263), in the order to be tried; empty or rejected where that is not known. */
  resolve(uri: string): Promise<readonly SendTarget[]> | readonly SendTarget[];
  /** Each state of the resource, also one that is the same as before: it is sent with every refresh. */
  onNotification?(notification: Notification): void;
  /** Each change of the status. */
  onState?(state: SubscriptionStatus): void;
}

/** setTimeout's longest. */
const longestTimer = 2 ** 31 - 1;

/** Runs one subscription over a user agent. */
export class SubscriptionRunner {
  readonly #machine: Subscription;
  readonly #options: SubscriptionRunnerOptions;
  #clearTimer: (() => void) | undefined;
  #close: (() => void) | undefined;
  /** Requests that came and have no answer yet. */
  readonly #incoming = new Map<number, IncomingRequest>();
  #serial = 0;
  #resolves = 0;
  /** Those who wait for the end of a stop. */
  #waiting: (() => void)[] = [];
  /** What comes while an input is being handled waits until that is done. */
  readonly #inputs: SubscriptionInput[] = [];
  #isHandling = false;

  /** @throws SipParseError where resource or subscriber are no URIs */
  constructor(config: SubscriptionConfig, options: SubscriptionRunnerOptions) {
    this.#options = options;
    this.#machine = new Subscription(config, options);
  }

  get state(): SubscriptionStatus {
    return this.#machine.state;
  }

  start(): void {
    this.#handle({ type: "start" });
  }

  /** Ends the subscription; resolves when that is done, or `within` ms are over (5,000 by default). */
  stop(within?: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#handle({ type: "stop", ...(within !== undefined && { within }) });
    });
  }

  configure(changes: SubscriptionChanges): void {
    this.#handle({ type: "configure", changes });
  }

  /** Our address has changed, or the connection that notifications came by is lost: the notifier is told at once. */
  refresh(): void {
    this.#handle({ type: "refresh" });
  }

  #handle(input: SubscriptionInput): void {
    this.#inputs.push(input);
    if (this.#isHandling) return;
    this.#isHandling = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) {
        for (const output of this.#machine.handle(next, this.#options.now())) this.#carryOut(output);
      }
    } finally {
      this.#isHandling = false;
    }
    this.#tellWaiting();
  }

  #carryOut(output: SubscriptionOutput): void {
    const { userAgent } = this.#options;
    switch (output.type) {
      case "listen":
        this.#close?.();
        this.#close = userAgent.openDialog({
          callId: output.callId,
          localTag: output.localTag,
          onRequest: (incoming) => this.#receive(incoming),
        });
        return;
      case "listen-no-more":
        this.#close?.();
        this.#close = undefined;
        return;
      case "answer":
        this.#incoming.get(output.id)?.respond(output.status, { headers: output.headers });
        this.#incoming.delete(output.id);
        return;
      case "resolve":
        this.#resolve(output.uri);
        return;
      case "send":
        userAgent.transact(output.request, output.target).onResult = (result) =>
          this.#handle(resultInput(output.id, result));
        return;
      case "set-timer":
        this.#setTimer(output.at);
        return;
      case "notification":
        this.#options.onNotification?.(output.notification);
        return;
      case "state":
        this.#options.onState?.(output.state);
    }
  }

  #receive(incoming: IncomingRequest): void {
    incoming.defer();
    const id = ++this.#serial;
    this.#incoming.set(id, incoming);
    this.#handle({ type: "request", id, request: incoming.request, flow: incoming.flow });
  }

  #resolve(uri: string): void {
    const serial = ++this.#resolves;
    const tell = (targets: readonly SendTarget[]) => {
      // An answer that comes after the machine has given up must not stand for a later question.
      if (serial === this.#resolves) this.#handle({ type: "targets", targets });
    };
    const found = this.#options.resolve(uri);
    if (found instanceof Promise) found.then(tell, () => tell([]));
    else tell(found);
  }

  #setTimer(at: number | undefined): void {
    this.#clearTimer?.();
    this.#clearTimer = undefined;
    if (at === undefined) return;
    const after = Math.min(longestTimer, Math.max(0, at - this.#options.now()));
    this.#clearTimer = this.#options.setTimer(after, () => {
      this.#clearTimer = undefined;
      this.#handle({ type: "timer" });
    });
  }

  #tellWaiting(): void {
    if (this.state.state !== "unsubscribed" || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function resultInput(id: number, { status, response }: ClientResult): SubscriptionInput {
  if (response !== undefined) return { type: "response", id, response };
  return { type: "failure", id, cause: status === 408 ? "timeout" : "transport-error" };
}
