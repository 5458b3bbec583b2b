import { Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import type { Api } from "../api.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Done, Failure, query, StatusSchema, success } from "../schemas.ts";

const tags = ["Node"];
// A probe comes every few seconds, for ever.
const probe = { config: { rateLimit: false as const }, logLevel: "warn" as const };

export function healthRoutes(app: Api, { status }: Pick<ApiDependencies, "status">): void {
  app.route({
    method: "GET",
    url: "/healthz",
    ...probe,
    schema: {
      tags,
      summary: "Whether the process is alive; needs no token",
      operationId: "healthz",
      security: [],
      response: { 200: Done },
    },
    handler: async () => ({ success: true as const, message: "alive" }),
  });

  app.route({
    method: "GET",
    url: "/readyz",
    ...probe,
    schema: {
      tags,
      summary: "Whether calls can be taken; needs no token",
      operationId: "readyz",
      security: [],
      response: {
        200: Done,
        503: Type.Object(Failure.properties, { description: "Starting, draining, or broken" }),
      },
    },
    handler: async () => {
      const { ready, draining, databaseOpen } = status();
      if (draining) throw new AppError("not_ready", "Ringdown is draining: it takes no new calls.");
      if (!databaseOpen) throw new AppError("not_ready", "The database is not open.");
      if (!ready) throw new AppError("not_ready", "Ringdown is starting: its listeners are not bound yet.");
      return { success: true as const, message: "ready" };
    },
  });
}

/** Needs a token: it names addresses. */
export function statusRoutes(app: Api, { status }: Pick<ApiDependencies, "status">): void {
  app.route({
    method: "GET",
    url: "/status",
    schema: {
      tags,
      summary: "What this node does now",
      operationId: "getStatus",
      querystring: query({}),
      response: answers({ 200: success({ status: StatusSchema }) }),
    },
    handler: async () => ({ success: true, status: status() }),
  });
}
