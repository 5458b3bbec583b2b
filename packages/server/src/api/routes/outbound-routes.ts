import { type Static, Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import { readRoute } from "../../routes/outbound-routes.ts";
import { testRoute } from "../../routes/route-test.ts";
import { E164_PATTERN } from "../../store/agent-fields.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Done, IdParams, Nullable, query, success, Time } from "../schemas.ts";

const tags = ["Outbound routes"];
const Closed = { additionalProperties: false } as const;

const Route = Type.String({
  maxLength: 600,
  description: "`{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]`",
});

function Text(maxLength: number, description: string) {
  return Type.String({
    minLength: 1,
    maxLength,
    pattern: "^[^\\u0000-\\u001f\\u007f]*$",
    description,
    "x-must": `a text of 1 to ${maxLength} characters, none of them a control character`,
  });
}

const settings = {
  position: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1000, description: "0 is tried first; beyond the end is the end" }),
  ),
  username: Type.Optional(Nullable(Text(128, "For digest, where the far side asks for it"))),
  password: Type.Optional(
    Nullable(Text(256, "Kept encrypted, never shown. A route that is pointed elsewhere loses it")),
  ),
  callerId: Type.Optional(
    Nullable(
      Type.String({
        pattern: E164_PATTERN,
        description: "+E.164 in From, in place of the agent's own number",
        "x-must": "a number in E.164 form, such as +15125550100",
      }),
    ),
  ),
};

const RouteSchema = Type.Object({
  id: Type.String(),
  route: Route,
  position: Type.Integer(),
  username: Nullable(Type.String()),
  hasPassword: Type.Boolean(),
  callerId: Nullable(Type.String()),
  createdAt: Time,
  updatedAt: Time,
});

const List = success({
  message: Type.String(),
  routes: Type.Array(Type.String(), { description: "The routes as strings, in order" }),
  outboundRoutes: Type.Array(RouteSchema, { description: "The same with all that is set of them" }),
});
const One = success({ message: Type.String(), outboundRoute: RouteSchema });

const Target = Type.Object({
  transport: Type.String(),
  address: Type.String(),
  port: Type.Integer(),
  priority: Nullable(Type.Integer({ description: "Of the SRV record that led here" })),
  weight: Nullable(Type.Integer()),
  ttl: Nullable(Type.Number({ description: "Seconds until DNS is asked again; null for an address" })),
  status: Nullable(Type.Integer({ description: "What it answered to OPTIONS; null: nothing" })),
  reason: Nullable(Type.String()),
  ms: Type.Number(),
  verdict: Type.String(),
});
const Test = success({
  message: Type.String(),
  requestUri: Type.String({ description: "What an INVITE to +15550100 would ask for" }),
  nextHop: Type.String({ description: "What is looked up" }),
  trace: Type.Array(Type.String(), { description: "DNS questions, answers and decisions, a line each" }),
  targets: Type.Array(Target, { description: "In the order in which a call tries them" }),
  reachable: Type.Boolean(),
});

export function outboundRouteRoutes(
  app: Api,
  { routes, routeTest }: Pick<ApiDependencies, "routes" | "routeTest">,
): void {
  const listAnswer = async (organizationId: string, message: string): Promise<Static<typeof List>> => {
    const outboundRoutes = await routes.list(organizationId);
    return { success: true, message, routes: outboundRoutes.map(({ route }) => route), outboundRoutes };
  };

  app.route({
    method: "GET",
    url: "/sip/outboundRoutes",
    schema: {
      tags,
      summary: "List where outbound calls go, in the order in which it is tried",
      operationId: "listOutboundRoutes",
      querystring: query({}),
      response: answers({ 200: List }),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const answer = await listAnswer(organizationId, "");
      return { ...answer, message: `There are ${answer.routes.length} outbound routes.` };
    },
  });

  app.route({
    method: "POST",
    url: "/sip/outboundRoutes",
    schema: {
      tags,
      summary: "Add an outbound route; it counts from the next call",
      operationId: "addOutboundRoute",
      querystring: query({}),
      body: Type.Object({ route: Route, ...settings }, Closed),
      response: answers({ 200: List, 201: List }, 409, 413, 415, 503),
    },
    handler: async (request, reply) => {
      const { organizationId } = accountFor(request);
      const { route, created } = await routes.add(organizationId, request.body);
      const message = created
        ? `Calls may go by ${route.route} now.`
        : `${route.route} was there already, in this or another spelling.`;
      return reply.code(created ? 201 : 200).send(await listAnswer(organizationId, message));
    },
  });

  app.route({
    method: "DELETE",
    url: "/sip/outboundRoutes",
    schema: {
      tags,
      summary: "Remove an outbound route by its string",
      operationId: "deleteOutboundRoute",
      querystring: query({ route: Type.Optional(Route) }),
      body: Type.Optional(Type.Object({ route: Route }, Closed)),
      response: answers({ 200: List }, 404, 413, 415),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      // The facts give it in the body; some clients cannot send one with DELETE.
      const route = request.body?.route ?? request.query.route;
      if (route === undefined) throw new AppError("validation_failed", "route is missing.");
      if (!(await routes.removeByText(organizationId, route))) {
        throw new AppError(
          "outbound_route_not_found",
          `There is no outbound route ${JSON.stringify(route)}.`,
        );
      }
      return listAnswer(organizationId, "Removed.");
    },
  });

  app.route({
    method: "POST",
    url: "/sip/outboundRoutes/test",
    schema: {
      tags,
      summary: "Show what a call by a route would do: DNS, targets, and what each says to OPTIONS",
      operationId: "testOutboundRoute",
      querystring: query({}),
      body: Type.Object({ route: Route }, Closed),
      response: answers({ 200: Test }, 413, 415),
    },
    handler: async (request) => {
      const { verdict, ...test } = await testRoute(readRoute(request.body.route), routeTest);
      return { success: true, message: verdict, ...test };
    },
  });

  app.route({
    method: "GET",
    url: "/sip/outboundRoutes/:id",
    schema: {
      tags,
      summary: "Get an outbound route",
      operationId: "getOutboundRoute",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: One }, 404),
    },
    handler: async (request) => {
      const outboundRoute = await routes.get(accountFor(request).organizationId, request.params.id);
      return { success: true, message: `Tried at place ${outboundRoute.position + 1}.`, outboundRoute };
    },
  });

  app.route({
    method: "PATCH",
    url: "/sip/outboundRoutes/:id",
    schema: {
      tags,
      summary: "Change an outbound route, its place in the order, its credentials or its caller ID",
      operationId: "updateOutboundRoute",
      params: IdParams,
      querystring: query({}),
      body: Type.Object({ route: Type.Optional(Route), ...settings }, Closed),
      response: answers({ 200: One }, 404, 409, 413, 415, 503),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const outboundRoute = await routes.update(organizationId, request.params.id, request.body);
      return { success: true, message: "Changed.", outboundRoute };
    },
  });

  app.route({
    method: "DELETE",
    url: "/sip/outboundRoutes/:id",
    schema: {
      tags,
      summary: "Remove an outbound route",
      operationId: "removeOutboundRoute",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Done }, 404),
    },
    handler: async (request) => {
      const removed = await routes.remove(accountFor(request).organizationId, request.params.id);
      if (!removed) throw new AppError("outbound_route_not_found");
      return { success: true, message: "Removed." };
    },
  });
}
