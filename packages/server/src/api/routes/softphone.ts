import { Type } from "@fastify/type-provider-typebox";
import { sipUris } from "../../edge/sip-uris.ts";
import { SOFTPHONE_PATH } from "../../softphone/softphone-door.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Closed, IdParams, query, success } from "../schemas.ts";
import { agentOf } from "../target-agent.ts";

const Body = Type.Object(
  {
    from: Type.Optional(
      Type.String({
        pattern: "^[^\\p{C}]{1,64}$",
        "x-must": "1 to 64 printable characters",
        description: "Who calls, as the call's record and the agent have it; `browser` if left out",
      }),
    ),
  },
  Closed,
);

const Line = Type.Object({
  socketPath: Type.String({
    description:
      "Path and query of the WebSocket that speaks SIP (RFC 7118), at this API's own host. It opens once, within a minute",
  }),
  uri: Type.String({ description: "Whom to call by it: this agent, and nobody else" }),
  expiresAt: Type.String(),
});

export function softphoneRoutes(
  app: Api,
  { store, status, softphone }: Pick<ApiDependencies, "store" | "status" | "softphone">,
): void {
  app.route({
    method: "POST",
    url: "/agents/:id/softphone",
    schema: {
      tags: ["Agents"],
      summary: "A line by which a browser calls the agent: SIP over WebSocket, audio by WebRTC",
      operationId: "openSoftphone",
      params: IdParams,
      querystring: query({}),
      body: Type.Optional(Body),
      response: answers({ 201: success({ line: Line }) }, 404, 413, 415),
    },
    handler: async (request, reply) => {
      const agent = await agentOf(accountFor(request), store, request.params.id);
      const { secret, until } = softphone.give({
        ...{ organizationId: agent.organizationId, agentId: agent.id },
        caller: request.body?.from ?? "browser",
      });
      const line = {
        socketPath: `${SOFTPHONE_PATH}?line=${secret}`,
        uri: sipUris({ ...agent, phoneNumbers: [] }, status())[0] ?? "",
        expiresAt: new Date(until).toISOString(),
      };
      return reply.code(201).send({ success: true, line });
    },
  });
}
