import type { Flow, SendTarget } from "../environment.ts";
import type { ClientResult } from "../user-agent/client-request.ts";
import type { UserAgent } from "../user-agent/user-agent.ts";
import { Registration } from "./registration.ts";
import type {
  RegistrationChanges,
  RegistrationConfig,
  RegistrationInput,
  RegistrationOptions,
  RegistrationOutput,
  RegistrationState,
} from "./registration-types.ts";

export interface RunnerOptions extends RegistrationOptions {
  readonly userAgent: Pick<UserAgent, "transact">;
  /** ms; all times of the state are on this clock, so that of the calendar is the one to give where people read it. */
  now(): number;
  /** Calls `action` once after that many ms, unless what is returned is called before. */
  setTimer(after: number, action: () => void): () => void;
  /** Where requests for a URI go (RFC 3263), in the order to be tried; empty or rejected where that is not known. */
  resolve(uri: string): Promise<readonly SendTarget[]> | readonly SendTarget[];
  /** Sends bytes that are no message: the CRLFs of a keep-alive. Without it only OPTIONS keep anything alive. */
  sendRaw?(target: SendTarget, bytes: Buffer): void;
  /** Each change of the state. */
  onState?(state: RegistrationState): void;
}

const doubleCrlf = Buffer.from("\r\n\r\n");
/** setTimeout's longest. */
const longestTimer = 2 ** 31 - 1;

/** Runs one registration over a user agent. */
export class RegistrationRunner {
  readonly #machine: Registration;
  readonly #options: RunnerOptions;
  #clearTimer: (() => void) | undefined;
  /** Those who wait for the end of a stop. */
  #waiting: (() => void)[] = [];
  #resolves = 0;
  /** What comes while an input is being handled waits until that is done. */
  readonly #inputs: RegistrationInput[] = [];
  #isHandling = false;

  /** @throws SipParseError where the AOR is no URI */
  constructor(config: RegistrationConfig, options: RunnerOptions) {
    this.#options = options;
    this.#machine = new Registration(config, options);
  }

  get state(): RegistrationState {
    return this.#machine.state;
  }

  start(): void {
    this.#handle({ type: "start" });
  }

  /** Takes the binding back; resolves when that is done, or `within` ms are over (5,000 by default). */
  stop(within?: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#handle({ type: "stop", ...(within !== undefined && { within }) });
    });
  }

  configure(changes: RegistrationChanges): void {
    this.#handle({ type: "configure", changes });
  }

  /** A connection was closed: told for each, it is for the runner to know which is its registrar's. */
  connectionClosed(flow: Flow): void {
    const { target, state } = this.state;
    if (target === undefined || state !== "registered") return;
    const isOurs =
      flow.transport === target.transport &&
      flow.remoteAddress === target.address &&
      flow.remotePort === target.port;
    if (isOurs) this.#handle({ type: "flow-failed" });
  }

  #handle(input: RegistrationInput): void {
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

  #carryOut(output: RegistrationOutput): void {
    switch (output.type) {
      case "resolve":
        this.#resolve(output.uri);
        return;
      case "send":
        this.#options.userAgent.transact(output.request, output.target).onResult = (result) =>
          this.#handle(resultInput(output.id, result));
        return;
      case "set-timer":
        this.#setTimer(output.at);
        return;
      case "state":
        this.#options.onState?.(output.state);
        return;
      case "keep-alive":
        this.#keepAlive(output);
    }
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

  #keepAlive({ target, request }: RegistrationOutput & { type: "keep-alive" }): void {
    if (request === undefined) {
      this.#options.sendRaw?.(target, doubleCrlf);
      return;
    }
    this.#options.userAgent.transact(request, target).onResult = ({ response }) => {
      if (response === undefined) this.#handle({ type: "keep-alive-unanswered", target });
      else this.#handle({ type: "keep-alive-answered", response });
    };
  }

  #tellWaiting(): void {
    if (this.state.state !== "unregistered" || this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

function resultInput(id: number, { status, response, error }: ClientResult): RegistrationInput {
  if (response !== undefined) return { type: "response", id, response };
  const cause = status === 408 ? "timeout" : "transport-error";
  return { type: "failure", id, cause, ...(error !== undefined && { reason: error.message }) };
}
