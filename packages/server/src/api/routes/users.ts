import { Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import { USER_ROLES, type User } from "../../store/records.ts";
import { LINK_MS, linkUrl, makeLink } from "../../users/password-link.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import { baseUrl } from "../base-url.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Done, IdParams, query, success, Time, UserSchema } from "../schemas.ts";

const tags = ["Users"];
const Closed = { additionalProperties: false } as const;
const Role = Type.Enum([...USER_ROLES], { description: "owner: may change all; viewer: may look" });
const Invited = success({
  message: Type.String(),
  user: UserSchema,
  link: Type.String({ description: "Sets his password, once; hand it over in private" }),
  linkExpiresAt: Time,
});
const One = success({ message: Type.String(), user: UserSchema });

/** Who may sign in to the console. */
export function userRoutes(
  app: Api,
  { store, config, secrets }: Pick<ApiDependencies, "store" | "config" | "secrets">,
): void {
  const invited = (request: FastifyRequest, user: User, message: string) => {
    const now = Date.now();
    return {
      ...{ success: true as const, message, user },
      link: linkUrl(baseUrl(config, request), makeLink(secrets, user.username, now)),
      linkExpiresAt: new Date(now + LINK_MS).toISOString(),
    };
  };

  app.route({
    method: "GET",
    url: "/users",
    schema: {
      tags,
      summary: "List who may sign in",
      operationId: "listUsers",
      querystring: query({}),
      response: answers({ 200: success({ users: Type.Array(UserSchema) }) }),
    },
    handler: async (request) => ({
      success: true,
      users: await store.users.list(accountFor(request).organizationId),
    }),
  });

  app.route({
    method: "POST",
    url: "/users",
    schema: {
      tags,
      summary: "Add a user; the answer has a one-time link by which he sets his password",
      operationId: "createUser",
      querystring: query({}),
      body: Type.Object(
        {
          username: Type.String({
            pattern: "^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$",
            description: "Unique on the system in any case; a mail address is one",
            "x-must": "1 to 64 letters, digits and . _ @ + -, the first a letter or a digit",
          }),
          role: Role,
        },
        Closed,
      ),
      response: answers({ 201: Invited }, 409, 413, 415, 503),
    },
    handler: async (request, reply) => {
      const user = await store.users.create(accountFor(request).organizationId, request.body);
      reply.code(201);
      return invited(request, user, `${user.username} can sign in once the password is set by the link.`);
    },
  });

  app.route({
    method: "POST",
    url: "/users/:id/passwordLink",
    schema: {
      tags,
      summary: "Make a one-time link by which a user sets a new password; the old one counts until then",
      operationId: "makePasswordLink",
      params: IdParams,
      querystring: query({}),
      body: Type.Optional(Type.Object({}, Closed)),
      response: answers({ 200: Invited }, 404, 503),
    },
    handler: async (request) => {
      const users = await store.users.list(accountFor(request).organizationId);
      const user = users.find(({ id }) => id === request.params.id);
      if (user === undefined) throw new AppError("user_not_found");
      return invited(request, user, `By the link ${user.username} sets a new password.`);
    },
  });

  app.route({
    method: "PATCH",
    url: "/users/:id",
    schema: {
      tags,
      summary: "Change what a user may do",
      operationId: "updateUser",
      params: IdParams,
      querystring: query({}),
      body: Type.Object({ role: Role }, Closed),
      response: answers({ 200: One }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const user = await store.users.setRole(organizationId, request.params.id, request.body.role);
      return { success: true, message: `${user.username} is ${user.role} now.`, user };
    },
  });

  app.route({
    method: "DELETE",
    url: "/users/:id",
    schema: {
      tags,
      summary: "Delete a user; his sessions end at once",
      operationId: "deleteUser",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Done }, 404, 409),
    },
    handler: async (request) => {
      const user = await store.users.delete(accountFor(request).organizationId, request.params.id);
      return { success: true, message: `${user.username} is deleted.` };
    },
  });
}
