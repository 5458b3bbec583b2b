import { AppError } from "../errors.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { newId } from "../store/ids.ts";
import type { OutboundRouteRecord } from "../store/records.ts";
import type { OutboundRouteRepository } from "../store/store.ts";
import { canonicalRoute, type OutboundRoute, parseOutboundRoute } from "./outbound-route.ts";

/** What an operator may set of a route. `null` takes it away; undefined leaves it. */
export interface RouteSettings {
  route?: string;
  position?: number;
  username?: string | null;
  password?: string | null;
  callerId?: string | null;
}

/** A route as the API shows it: everything but the password. */
export interface RouteView {
  id: string;
  route: string;
  position: number;
  username: string | null;
  hasPassword: boolean;
  callerId: string | null;
  createdAt: string;
  updatedAt: string;
}

/** A route as a call takes it. */
export interface CallRoute {
  readonly id: string;
  readonly route: OutboundRoute;
  readonly callerId: string | null;
  /** Answers to the far side's challenge. @throws AppError secret_unreadable */
  credentials(): { username: string; password: string } | undefined;
}

/** The outbound routes of all organizations: checked, in order, their passwords sealed. */
export class OutboundRoutes {
  readonly #store: OutboundRouteRepository;
  readonly #secrets: Pick<Secrets, "seal" | "unseal">;

  constructor(store: OutboundRouteRepository, secrets: Pick<Secrets, "seal" | "unseal">) {
    this.#store = store;
    this.#secrets = secrets;
  }

  async list(organizationId: string): Promise<RouteView[]> {
    return (await this.#store.list(organizationId)).map(view);
  }

  /** @throws AppError outbound_route_not_found */
  async get(organizationId: string, id: string): Promise<RouteView> {
    return view(await this.#record(organizationId, id));
  }

  /** Those that a call tries, in order. */
  async forCall(organizationId: string): Promise<CallRoute[]> {
    return (await this.#store.list(organizationId)).map((record) => ({
      id: record.id,
      route: readRoute(record.route),
      callerId: record.callerId,
      credentials: () => this.#credentials(record),
    }));
  }

  /**
   * Adds a route. One that sends the same way as a present one is that one, however it is spelt.
   * @throws AppError outbound_route_invalid, outbound_routes_full, secrets_unavailable
   */
  async add(
    organizationId: string,
    settings: RouteSettings & { route: string },
  ): Promise<{ route: RouteView; created: boolean }> {
    const canonical = canonicalRoute(readRoute(settings.route));
    const present = (await this.#store.list(organizationId)).find((one) => one.canonical === canonical);
    if (present !== undefined) {
      const { route: _, ...rest } = settings;
      return { route: await this.update(organizationId, present.id, rest), created: false };
    }
    const id = newId("rte");
    const record = await this.#store.add({
      ...{ id, organizationId, route: settings.route, canonical },
      username: settings.username ?? null,
      sealedPassword: this.#sealed(id, settings.password) ?? null,
      callerId: settings.callerId ?? null,
      ...(settings.position !== undefined && { position: settings.position }),
    });
    return { route: view(record), created: true };
  }

  /** @throws AppError outbound_route_not_found, outbound_route_invalid, outbound_route_taken, secrets_unavailable */
  async update(organizationId: string, id: string, settings: RouteSettings): Promise<RouteView> {
    const present = await this.#record(organizationId, id);
    const { route, position, username, callerId } = settings;
    const canonical = route === undefined ? present.canonical : canonicalRoute(readRoute(route));
    const sealedPassword = this.#sealed(id, settings.password);
    const goesElsewhere = canonical !== present.canonical;
    const record = await this.#store.update(organizationId, id, {
      ...(route !== undefined && { route, canonical }),
      ...(position !== undefined && { position }),
      ...(username !== undefined && { username }),
      ...(callerId !== undefined && { callerId }),
      // A password belongs to the server it was given for: pointed elsewhere, the route has none until it is given again.
      ...(sealedPassword !== undefined ? { sealedPassword } : goesElsewhere && { sealedPassword: null }),
    });
    return view(record);
  }

  /** @returns false where there was none */
  remove(organizationId: string, id: string): Promise<boolean> {
    return this.#store.remove(organizationId, id);
  }

  /** By the string, in any spelling that means the same. */
  async removeByText(organizationId: string, text: string): Promise<boolean> {
    const reading = parseOutboundRoute(text);
    const canonical = reading.ok ? canonicalRoute(reading.route) : undefined;
    const found = (await this.#store.list(organizationId)).find((one) => one.canonical === canonical);
    return found !== undefined && this.#store.remove(organizationId, found.id);
  }

  async #record(organizationId: string, id: string): Promise<OutboundRouteRecord> {
    const found = (await this.#store.list(organizationId)).find((record) => record.id === id);
    if (found === undefined) throw new AppError("outbound_route_not_found");
    return found;
  }

  #credentials({ id, username, sealedPassword }: OutboundRouteRecord) {
    if (username === null || sealedPassword === null) return undefined;
    return { username, password: this.#secrets.unseal(sealedPassword, purposeOf(id)) };
  }

  #sealed(id: string, password: string | null | undefined): string | null | undefined {
    return typeof password === "string" ? this.#secrets.seal(password, purposeOf(id)) : password;
  }
}

/** @throws AppError outbound_route_invalid, with the place of the first wrong character */
export function readRoute(text: string): OutboundRoute {
  const reading = parseOutboundRoute(text);
  if (reading.ok) return reading.route;
  throw new AppError("outbound_route_invalid", `route ${JSON.stringify(text)}: ${reading.reason}`);
}

function view({ organizationId: _, canonical: __, sealedPassword, ...rest }: OutboundRouteRecord): RouteView {
  const { id, route, position, username, callerId, createdAt, updatedAt } = rest;
  return {
    ...{ id, route, position, username },
    hasPassword: sealedPassword !== null,
    ...{ callerId, createdAt, updatedAt },
  };
}

export function purposeOf(id: string): string {
  return `outbound route ${id}`;
}
