import type { Kysely, Transaction } from "kysely";
import { AppError } from "../errors.ts";
import { isUniqueViolation } from "./database-error.ts";
import type { OutboundRouteRecord } from "./records.ts";
import type { Schema } from "./schema.ts";
import type { NewOutboundRoute, OutboundRoutePatch, OutboundRouteRepository } from "./store.ts";

/** Each may cost a call its time-out: more than this helps nobody. */
const MAX_ROUTES_PER_ORGANIZATION = 50;

export class SqlOutboundRoutes implements OutboundRouteRepository {
  readonly #db: Kysely<Schema>;

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  list(organizationId: string): Promise<OutboundRouteRecord[]> {
    return listed(this.#db, organizationId);
  }

  add({ position, ...route }: NewOutboundRoute): Promise<OutboundRouteRecord> {
    return this.#change(route.organizationId, route.route, async (db, routes) => {
      if (routes.length >= MAX_ROUTES_PER_ORGANIZATION) throw new AppError("outbound_routes_full");
      const now = new Date().toISOString();
      const record = { ...route, position: routes.length, createdAt: now, updatedAt: now };
      await db.insertInto("outboundRoutes").values(record).execute();
      return arrange(db, [...routes, record], record, position ?? routes.length);
    });
  }

  update(organizationId: string, id: string, patch: OutboundRoutePatch): Promise<OutboundRouteRecord> {
    return this.#change(organizationId, patch.route ?? "", async (db, routes) => {
      const present = routes.find((route) => route.id === id);
      if (present === undefined) throw new AppError("outbound_route_not_found");
      const { position, ...fields } = patch;
      const changed = { ...present, ...fields, updatedAt: new Date().toISOString() };
      await db.updateTable("outboundRoutes").set(changed).where("id", "=", id).execute();
      return arrange(db, routes, changed, position ?? present.position);
    });
  }

  async remove(organizationId: string, id: string): Promise<boolean> {
    return this.#db.transaction().execute(async (db) => {
      const routes = await listed(db, organizationId);
      const rest = routes.filter((route) => route.id !== id);
      if (rest.length === routes.length) return false;
      await db.deleteFrom("outboundRoutes").where("id", "=", id).execute();
      await number(db, rest);
      return true;
    });
  }

  async #change(
    organizationId: string,
    route: string,
    work: (db: Transaction<Schema>, routes: OutboundRouteRecord[]) => Promise<OutboundRouteRecord>,
  ): Promise<OutboundRouteRecord> {
    try {
      return await this.#db.transaction().execute(async (db) => work(db, await listed(db, organizationId)));
    } catch (error) {
      if (!isUniqueViolation(error, "outboundRoutes.canonical")) throw error;
      throw new AppError(
        "outbound_route_taken",
        `The organization has a route that sends the same way as ${route}.`,
      );
    }
  }
}

function listed(db: Kysely<Schema>, organizationId: string): Promise<OutboundRouteRecord[]> {
  return db
    .selectFrom("outboundRoutes")
    .selectAll()
    .where("organizationId", "=", organizationId)
    .orderBy("position")
    .execute();
}

/** Puts one route at its position; one beyond the end is the end. */
async function arrange(
  db: Transaction<Schema>,
  routes: readonly OutboundRouteRecord[],
  moved: OutboundRouteRecord,
  position: number,
): Promise<OutboundRouteRecord> {
  const order = routes.filter((route) => route.id !== moved.id);
  order.splice(position, 0, moved);
  await number(db, order);
  return { ...moved, position: order.indexOf(moved) };
}

async function number(db: Transaction<Schema>, order: readonly OutboundRouteRecord[]): Promise<void> {
  for (const [position, { id }] of order.entries()) {
    await db.updateTable("outboundRoutes").set({ position }).where("id", "=", id).execute();
  }
}
