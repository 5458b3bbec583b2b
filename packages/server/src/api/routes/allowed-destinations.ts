import { Type } from "@fastify/type-provider-typebox";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Nullable, query, success } from "../schemas.ts";

const tags = ["Outbound routes"];
const MAX_ENTRIES = 1_000;

function Entries(description: string) {
  return Type.Array(Type.String({ minLength: 1, maxLength: 256 }), { maxItems: MAX_ENTRIES, description });
}

const fields = {
  countries: Nullable(
    Entries('Countries that may be called: ISO 3166 ("US") or calling codes ("+44"). null: all'),
  ),
  premiumRate: Type.Boolean({ description: "Whether premium-rate numbers may be called" }),
  satellite: Type.Boolean({ description: "Whether satellite and other global networks may be called" }),
  emergency: Type.Boolean({
    description: "Whether emergency numbers may be called: +1911, ext:112 and the like",
  }),
  allowed: Entries(
    "Numbers (+19005550100), or what they begin with (+1900*), that may be called in spite of all that",
  ),
  blocked: Entries(
    "The same for what may not be called. The closest entry counts, this list where both are as close",
  ),
  sipHosts: Entries("Hosts that sip:user@host may lead to; no other"),
};

const Settings = Type.Object(fields);
const Body = Type.Partial(Type.Object(fields), { additionalProperties: false });
const Answer = success({ message: Type.String(), allowedDestinations: Settings });

export function allowedDestinationRoutes(
  app: Api,
  { destinations }: Pick<ApiDependencies, "destinations">,
): void {
  app.route({
    method: "GET",
    url: "/sip/allowedDestinations",
    schema: {
      tags,
      summary: "Show what the organization's agents may call",
      operationId: "getAllowedDestinations",
      querystring: query({}),
      response: answers({ 200: Answer }),
    },
    handler: async (request) => {
      const allowedDestinations = destinations.settings(accountFor(request).organizationId);
      const { countries } = allowedDestinations;
      const where = countries === null ? "all countries" : `${countries.length} countries`;
      return { success: true, message: `Calls to ${where} are allowed.`, allowedDestinations };
    },
  });

  app.route({
    method: "PUT",
    url: "/sip/allowedDestinations",
    schema: {
      tags,
      summary:
        "Set what the organization's agents may call; what is left out is the default; it counts from the next call",
      operationId: "setAllowedDestinations",
      querystring: query({}),
      body: Body,
      response: answers({ 200: Answer }, 413, 415),
    },
    handler: async (request) => {
      const allowedDestinations = await destinations.set(accountFor(request).organizationId, request.body);
      return { success: true, message: "It counts from the next call.", allowedDestinations };
    },
  });
}
