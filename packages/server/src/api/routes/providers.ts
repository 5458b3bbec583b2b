import { Type } from "@fastify/type-provider-typebox";
import { PROVIDER_NAMES, type ProviderName } from "../../models/provider-catalogue.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Closed, Nullable, query, success } from "../schemas.ts";

const tags = ["Providers"];

const Params = Type.Object({ name: Type.Enum([...PROVIDER_NAMES]) });

const ProviderSchema = Type.Object({
  name: Type.Enum([...PROVIDER_NAMES]),
  source: Nullable(
    Type.Enum(["organization", "environment"], {
      description: "Where its key is from; null: it cannot be used yet",
    }),
  ),
  hasKey: Type.Boolean({ description: "The key itself is never shown" }),
  baseUrl: Nullable(Type.String()),
  services: Type.Array(Type.Enum(["llm", "stt", "tts", "realtime"]), {
    description: "What an agent may use it for",
  }),
});

const Body = Type.Object(
  {
    apiKey: Type.Optional(
      Nullable(
        Type.String({ minLength: 1, maxLength: 512, description: "Sealed at rest; null takes it away" }),
      ),
    ),
    baseUrl: Type.Optional(
      Nullable(
        Type.String({
          maxLength: 512,
          pattern: "^https?://[^\\s@?#]+$",
          "x-must": "an http: or https: URL without user, query and fragment",
          description:
            "Another address than the provider's own; a key that was set for the former one is forgotten",
        }),
      ),
    ),
  },
  Closed,
);

const Answer = success({ message: Type.String(), provider: ProviderSchema });

export function providerRoutes(app: Api, { providers }: Pick<ApiDependencies, "providers">): void {
  app.route({
    method: "GET",
    url: "/providers",
    schema: {
      tags,
      summary: "List the providers of models and voices, and which of them can be used",
      operationId: "listProviders",
      querystring: query({}),
      response: answers({
        200: success({ message: Type.String(), providers: Type.Array(ProviderSchema) }),
      }),
    },
    handler: async (request) => {
      const all = providers.list(accountFor(request).organizationId);
      const usable = all.filter(({ source }) => source !== null).map(({ name }) => name);
      const message = usable.length === 0 ? "No provider can be used yet." : `Usable: ${usable.join(", ")}.`;
      return { success: true, message, providers: all };
    },
  });

  app.route({
    method: "PUT",
    url: "/providers/:name",
    schema: {
      tags,
      summary: "Set a provider's key or address; it counts from the next call",
      operationId: "setProvider",
      params: Params,
      querystring: query({}),
      body: Body,
      response: answers({ 200: Answer }, 413, 415, 503),
    },
    handler: async (request) => {
      const name = request.params.name as ProviderName;
      const provider = await providers.put(accountFor(request).organizationId, name, request.body);
      return { success: true, message: "It counts from the next call.", provider };
    },
  });

  app.route({
    method: "DELETE",
    url: "/providers/:name",
    schema: {
      tags,
      summary: "Forget what was set of a provider; what the environment has counts again",
      operationId: "deleteProvider",
      params: Params,
      querystring: query({}),
      response: answers({ 200: Answer }),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const name = request.params.name as ProviderName;
      await providers.remove(organizationId, name);
      const provider = providers.view(organizationId, name);
      return { success: true, message: `Nothing is set for ${name} any more.`, provider };
    },
  });

  app.route({
    method: "POST",
    url: "/providers/:name/test",
    schema: {
      tags,
      summary: "Ask the provider whether it takes the key",
      operationId: "testProvider",
      params: Params,
      querystring: query({}),
      response: answers(
        {
          200: success({
            message: Type.String(),
            ok: Type.Boolean(),
            status: Type.Integer({ description: "Its HTTP status; 0: it was not reached" }),
          }),
        },
        404,
      ),
    },
    handler: async (request) => {
      const name = request.params.name as ProviderName;
      const { sentence, ok, status } = await providers.probe(accountFor(request).organizationId, name);
      return { success: true, message: sentence, ok, status };
    },
  });
}
