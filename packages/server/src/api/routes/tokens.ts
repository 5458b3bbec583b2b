import { Type } from "@fastify/type-provider-typebox";
import type { TokenRecord } from "../../store/records.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Done, query, success, TokenItem } from "../schemas.ts";

const tags = ["Tokens"];

function shown({ id, organizationId, masked, description, type, createdAt }: TokenRecord) {
  const timestamp = Math.floor(Date.parse(createdAt) / 1000);
  return { id, token: masked, description, type, timestamp, userId: organizationId };
}

export function tokenRoutes(app: Api, { store }: Pick<ApiDependencies, "store">): void {
  app.route({
    method: "GET",
    url: "/tokens",
    schema: {
      tags,
      summary: "List the API tokens, masked",
      operationId: "listTokens",
      querystring: query({}),
      response: answers({ 200: success({ message: Type.String(), tokens: Type.Array(TokenItem) }) }),
    },
    handler: async (request) => {
      const tokens = (await store.tokens.list(accountFor(request).organizationId)).map(shown);
      return { success: true, message: `The organization has ${tokens.length}.`, tokens };
    },
  });

  app.route({
    method: "POST",
    url: "/tokens",
    schema: {
      tags,
      summary: "Make an API token; it is shown in this answer and never again",
      operationId: "createToken",
      querystring: query({}),
      body: Type.Object(
        {
          type: Type.Optional(Type.Literal("admin")),
          description: Type.Optional(Type.String({ maxLength: 200 })),
        },
        { additionalProperties: false },
      ),
      response: answers({ 201: success({ message: Type.String(), token: TokenItem }) }, 409, 413, 415),
    },
    handler: async (request, reply) => {
      const { organizationId } = accountFor(request);
      const { description = "" } = request.body;
      const { token, ...record } = await store.tokens.create(organizationId, { description });
      return reply.code(201).send({
        success: true,
        message: "Keep the token: it is not shown again.",
        token: { ...shown(record), token },
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/tokens",
    schema: {
      tags,
      summary: "Delete an API token, named by itself, its id or its masked form",
      operationId: "deleteToken",
      querystring: query({}),
      body: Type.Object(
        { token: Type.String({ minLength: 1, maxLength: 512 }) },
        { additionalProperties: false },
      ),
      response: answers({ 200: Done }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      await store.tokens.delete(accountFor(request).organizationId, request.body.token);
      return { success: true, message: "The token is deleted." };
    },
  });
}
