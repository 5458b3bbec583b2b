import { MachineRunner, type MachineRunnerOptions } from "../machine-runner.ts";
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

export interface SubscriptionRunnerOptions extends SubscriptionOptions, MachineRunnerOptions {
  readonly userAgent: Pick<UserAgent, "transact" | "openDialog">;
  /** Each state of the resource, also one that is the same as before: it is sent with every refresh. */
  onNotification?(notification: Notification): void;
  /** Each change of the status. */
  onState?(state: SubscriptionStatus): void;
}

/** Runs one subscription over a user agent. */
export class SubscriptionRunner extends MachineRunner<SubscriptionInput, SubscriptionOutput> {
  readonly #machine: Subscription;
  readonly #options: SubscriptionRunnerOptions;
  #close: (() => void) | undefined;
  /** Requests that came and have no answer yet. */
  readonly #incoming = new Map<number, IncomingRequest>();
  #serial = 0;

  /** @throws SipParseError where resource or subscriber are no URIs */
  constructor(config: SubscriptionConfig, options: SubscriptionRunnerOptions) {
    const machine = new Subscription(config, options);
    super(machine, options);
    this.#options = options;
    this.#machine = machine;
  }

  get state(): SubscriptionStatus {
    return this.#machine.state;
  }

  protected override get isOver(): boolean {
    return this.state.state === "unsubscribed";
  }

  configure(changes: SubscriptionChanges): void {
    this.handle({ type: "configure", changes });
  }

  /** Our address has changed, or the connection that notifications came by is lost: the notifier is told at once. */
  refresh(): void {
    this.handle({ type: "refresh" });
  }

  protected override carryOut(output: SubscriptionOutput): void {
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
        this.resolve(output.uri);
        return;
      case "send":
        userAgent.transact(output.request, output.target).onResult = (result) =>
          this.handle(resultInput(output.id, result));
        return;
      case "set-timer":
        this.setTimer(output.at);
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
    this.handle({ type: "request", id, request: incoming.request, flow: incoming.flow });
  }
}

function resultInput(id: number, { status, response }: ClientResult): SubscriptionInput {
  if (response !== undefined) return { type: "response", id, response };
  return { type: "failure", id, cause: status === 408 ? "timeout" : "transport-error" };
}
