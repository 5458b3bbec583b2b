import { Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import { SECRET_NAME_PATTERN } from "../../functions/named-secrets.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Closed, Done, query, success, Time } from "../schemas.ts";

const tags = ["Secrets"];

const Params = Type.Object({
  name: Type.String({
    pattern: SECRET_NAME_PATTERN,
    "x-must": "a name of letters, digits, _ and -, at most 64",
  }),
});

const Secret = Type.Object({
  name: Type.String(),
  hosts: Type.Array(Type.String(), { description: "Where it may be sent" }),
  updatedAt: Time,
});

const Body = Type.Object(
  {
    value: Type.String({
      minLength: 4,
      maxLength: 4096,
      pattern: "^[\\x20-\\x7e]+$",
      "x-must": "4 to 4096 printable ASCII characters",
      description: "Sealed at rest; no answer of the API has it",
    }),
    hosts: Type.Array(Type.String({ minLength: 1, maxLength: 255 }), {
      minItems: 1,
      maxItems: 20,
      description:
        "Names or addresses it may be sent to, such as api.example.com; with a port: to that one alone",
    }),
  },
  Closed,
);

export function secretRoutes(app: Api, { namedSecrets }: Pick<ApiDependencies, "namedSecrets">): void {
  app.route({
    method: "GET",
    url: "/secrets",
    schema: {
      tags,
      summary: "List the secrets that functions send along, without their values",
      operationId: "listSecrets",
      querystring: query({}),
      response: answers({ 200: success({ message: Type.String(), secrets: Type.Array(Secret) }) }),
    },
    handler: async (request) => {
      const secrets = namedSecrets.list(accountFor(request).organizationId);
      return { success: true, message: `There are ${secrets.length} secrets.`, secrets };
    },
  });

  app.route({
    method: "PUT",
    url: "/secrets/:name",
    schema: {
      tags,
      summary: "Set a secret: functions of agents send it as {{secret:NAME}}, to these hosts alone",
      operationId: "setSecret",
      params: Params,
      querystring: query({}),
      body: Body,
      response: answers({ 200: success({ message: Type.String(), secret: Secret }) }, 409, 413, 415, 503),
    },
    handler: async (request) => {
      const { name } = request.params;
      const { value, hosts } = request.body;
      const secret = await namedSecrets.put(accountFor(request).organizationId, name, value, hosts);
      return { success: true, message: `Functions send it as {{secret:${name}}}.`, secret };
    },
  });

  app.route({
    method: "DELETE",
    url: "/secrets/:name",
    schema: {
      tags,
      summary: "Forget a secret; functions that send it fail from then on",
      operationId: "deleteSecret",
      params: Params,
      querystring: query({}),
      response: answers({ 200: Done }, 404),
    },
    handler: async (request) => {
      const { name } = request.params;
      if (!(await namedSecrets.remove(accountFor(request).organizationId, name)))
        throw new AppError("secret_not_found");
      return { success: true, message: `The secret ${name} is forgotten.` };
    },
  });
}
