import type { Flow, SendTarget } from "../environment.ts";
import { MachineRunner, type MachineRunnerOptions } from "../machine-runner.ts";
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

export interface RunnerOptions extends RegistrationOptions, MachineRunnerOptions {
  readonly userAgent: Pick<UserAgent, "transact">;
  /** Sends bytes that are no message: the CRLFs of a keep-alive. Without it only OPTIONS keep anything alive. */
  sendRaw?(target: SendTarget, bytes: Buffer): void;
  /** Each change of the state. */
  onState?(state: RegistrationState): void;
}

const doubleCrlf = Buffer.from("\r\n\r\n");

/** Runs one registration over a user agent. */
export class RegistrationRunner extends MachineRunner<RegistrationInput, RegistrationOutput> {
  readonly #machine: Registration;
  readonly #options: RunnerOptions;

  /** @throws SipParseError where the AOR is no URI */
  constructor(config: RegistrationConfig, options: RunnerOptions) {
    const machine = new Registration(config, options);
    super(machine, options);
    this.#options = options;
    this.#machine = machine;
  }

  get state(): RegistrationState {
    return this.#machine.state;
  }

  /** Of all its REGISTERs. */
  get callId(): string {
    return this.#machine.callId;
  }

  protected override get isOver(): boolean {
    return this.state.state === "unregistered";
  }

  configure(changes: RegistrationChanges): void {
    this.handle({ type: "configure", changes });
  }

  /** A connection was closed: told for each, it is for the runner to know which is its registrar's. */
  connectionClosed(flow: Flow): void {
    const { target, state } = this.state;
    if (target === undefined || state !== "registered") return;
    const isOurs =
      flow.transport === target.transport &&
      flow.remoteAddress === target.address &&
      flow.remotePort === target.port;
    if (isOurs) this.handle({ type: "flow-failed" });
  }

  protected override carryOut(output: RegistrationOutput): void {
    switch (output.type) {
      case "resolve":
        this.resolve(output.uri);
        return;
      case "send":
        this.#options.userAgent.transact(output.request, output.target).onResult = (result) =>
          this.handle(resultInput(output.id, result));
        return;
      case "set-timer":
        this.setTimer(output.at);
        return;
      case "state":
        this.#options.onState?.(output.state);
        return;
      case "keep-alive":
        this.#keepAlive(output);
    }
  }

  #keepAlive({ target, request }: RegistrationOutput & { type: "keep-alive" }): void {
    if (request === undefined) {
      this.#options.sendRaw?.(target, doubleCrlf);
      return;
    }
    this.#options.userAgent.transact(request, target).onResult = ({ response }) => {
      if (response === undefined) this.handle({ type: "keep-alive-unanswered", target });
      else this.handle({ type: "keep-alive-answered", response });
    };
  }
}

function resultInput(id: number, { status, response, error }: ClientResult): RegistrationInput {
  if (response !== undefined) return { type: "response", id, response };
  const cause = status === 408 ? "timeout" : "transport-error";
  return { type: "failure", id, cause, ...(error !== undefined && { reason: error.message }) };
}
