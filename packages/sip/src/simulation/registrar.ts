import type { Environment } from "../environment.ts";
import { contacts, type SipRequest, to } from "../message/message.ts";
import { isSipUri, serialiseUri } from "../message/uri.ts";
import { RegistrationRunner } from "../registration/registration-runner.ts";
import type { RegistrationConfig, RegistrationState } from "../registration/registration-types.ts";
import type { IncomingRequest } from "../user-agent/options.ts";
import type { Endpoint } from "./endpoint.ts";
import { type Place, password, realm, runnerOptions, Service } from "./service.ts";
import type { PlaceOptions, Simulation } from "./simulation.ts";
import type { Station } from "./station.ts";

export interface RegistrarOptions {
  /** Whether it asks for a password; true by default. */
  readonly authenticates?: boolean;
  /** Seconds, the shortest life that it takes; less gets 423. */
  readonly minExpires?: number;
  /** Seconds, the longest life that it grants. */
  readonly maxExpires?: number;
}

/** A registrar as RFC 3261 §10.3 has it. A restart forgets all bindings. */
export class Registrar extends Service {
  /** By user; for each Contact the virtual ms at which it expires. */
  readonly #bindings = new Map<string, Map<string, number>>();
  readonly #options: RegistrarOptions;

  constructor(environment: Environment, place: Place, options: RegistrarOptions) {
    super(environment, place, "REGISTER", options.authenticates);
    this.#options = options;
  }

  /** Contact URIs of a user that have not expired. */
  locate(user: string): string[] {
    const now = this.environment.now();
    return [...(this.#bindings.get(user) ?? [])].filter(([, until]) => until > now).map(([uri]) => uri);
  }

  protected override serve({ request, respond }: IncomingRequest): void {
    const now = this.environment.now();
    const { minExpires = 0 } = this.#options;
    const asked = Number(request.headers.get("Expires") ?? 3600);
    if (asked > 0 && asked < minExpires) {
      respond(423, { headers: [["Min-Expires", String(minExpires)]] });
      return;
    }
    const bindings = this.#bind(request, asked, now);
    respond(200, {
      headers: [...bindings].map(
        ([uri, until]) => ["Contact", `<${uri}>;expires=${Math.round((until - now) / 1000)}`] as const,
      ),
    });
  }

  /** Bindings of that user afterwards. */
  #bind(request: SipRequest, asked: number, now: number): Map<string, number> {
    const { uri } = to(request);
    const user = (isSipUri(uri) && uri.user) || "";
    const bindings = this.#bindings.get(user) ?? new Map<string, number>();
    for (const [known, until] of bindings) if (until <= now) bindings.delete(known);
    const values = contacts(request);
    for (const { uri: contact, params } of values === "*" ? [] : values) {
      const seconds = Math.min(this.#options.maxExpires ?? 3600, Number(params.get("expires") ?? asked));
      const text = serialiseUri(contact);
      if (seconds === 0) bindings.delete(text);
      else bindings.set(text, now + seconds * 1000);
    }
    this.#bindings.set(user, bindings);
    return bindings;
  }
}

/** A registrar with an address of its own in that simulation. */
export function createRegistrar(
  simulation: Simulation,
  name: string,
  options: RegistrarOptions = {},
  place?: PlaceOptions,
): Station<Registrar> {
  return simulation.station(
    name,
    (environment, station) => new Registrar(environment, station, options),
    place,
  );
}

/**
 * Keeps an endpoint registered as the user of its name, from `start` on, until `stop` or the endpoint's restart. A
 * registrar's restart is noticed at the next refresh.
 */
export function createRegistration(
  endpoint: Endpoint,
  at: Station<Registrar>,
  options: {
    readonly transport?: "udp" | "tcp";
    readonly config?: Partial<RegistrationConfig>;
    readonly onState?: (state: RegistrationState) => void;
  } = {},
): RegistrationRunner {
  const { name } = endpoint;
  const { transport, config, onState } = options;
  const runner = new RegistrationRunner(
    {
      aor: `sip:${name}@${realm}`,
      contactUser: name,
      credentials: () => ({ username: name, password }),
      ...config,
    },
    {
      ...runnerOptions(endpoint, at, transport),
      sendRaw: (to, bytes) => endpoint.sendRaw(to, bytes),
      ...(onState && { onState }),
    },
  );
  endpoint.onConnectionClosed = (flow) => runner.connectionClosed(flow);
  return runner;
}
