import { DigestServer } from "../auth/digest-server.ts";
import type { Environment, Flow } from "../environment.ts";
import type { MachineRunnerOptions } from "../machine-runner.ts";
import type { RegistrationOptions } from "../registration/registration-types.ts";
import type { IncomingRequest } from "../user-agent/options.ts";
import { UserAgent } from "../user-agent/user-agent.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Attached } from "./network.ts";
import type { Resident } from "./station.ts";

export const realm = "simulation";
/** Everybody's. */
export const password = "secret";

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** A server of one method over a user agent, which may ask for a password. A restart forgets its nonces. */
export abstract class Service implements Resident {
  readonly userAgent: UserAgent;
  protected readonly environment: Environment;
  readonly #digest: DigestServer | undefined;

  constructor(environment: Environment, place: Place, method: string, authenticates = true) {
    this.environment = environment;
    if (authenticates) {
      this.#digest = new DigestServer({
        realm,
        secret: environment.randomToken(16),
        randomToken: (bytes) => environment.randomToken(bytes),
        account: (username) => ({ username, password }),
      });
    }
    this.userAgent = new UserAgent({
      environment,
      contactFor: () => ({ host: place.address, port: place.port }),
      screen: () => "answer",
      onInvite: (call) => call.reject(405),
      extraMethods: [method],
      onRequest: (incoming) => {
        if (incoming.request.method === method && this.#isKnown(incoming)) this.serve(incoming);
      },
    });
  }

  /** A request outside any dialog, from somebody who has proved the password. */
  protected abstract serve(incoming: IncomingRequest): void;

  receive(bytes: Buffer, flow: Flow): void {
    this.userAgent.receive(bytes, flow);
  }

  wake(): void {
    this.userAgent.wake();
  }

  connectionClosed(flow: Flow, error?: Error): void {
    this.userAgent.connectionClosed(flow, error);
  }

  stateSize(): object {
    return this.userAgent.stateSize();
  }

  #isKnown({ request, respond }: IncomingRequest): boolean {
    const digest = this.#digest;
    if (digest === undefined) return true;
    const now = this.environment.now();
    const verdict = digest.verify(request, now);
    if (!verdict.ok) respond(verdict.status, { headers: digest.challenge(now, verdict.stale) });
    return verdict.ok;
  }
}

type RunnerOptions = RegistrationOptions & MachineRunnerOptions & { readonly userAgent: UserAgent };

/** What keeps an endpoint registered or subscribed has of it and of the network. */
export function runnerOptions(
  endpoint: Endpoint,
  at: Attached,
  transport: "udp" | "tcp" = "udp",
): RunnerOptions {
  const { environment, address: host, port, userAgent } = endpoint;
  return {
    userAgent,
    random: environment.random,
    randomToken: environment.randomToken,
    now: environment.now,
    contactFor: () => ({ host, port }),
    setTimer: (after, action) => endpoint.setTimer(after, action),
    resolve: () => [{ transport, address: at.address, port: at.port }],
  };
}
