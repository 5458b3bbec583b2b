import { Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import type { McpFunction } from "../../store/records.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Closed, McpAddress, query, success } from "../schemas.ts";

const Tool = Type.Object({
  name: Type.String(),
  description: Type.String(),
  parameters: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), { description: "JSON schema of what it takes" }),
  ),
  fault: Type.Optional(Type.String({ description: "Why no agent can have it" })),
});

export function mcpRoutes(app: Api, deps: Pick<ApiDependencies, "functions" | "mcp">): void {
  app.route({
    method: "POST",
    url: "/mcp/tools",
    config: { rateLimit: { max: 30, timeWindow: 60_000 } },
    schema: {
      tags: ["Agents"],
      summary: "Ask an MCP server now for the tools that it offers",
      operationId: "listMcpTools",
      querystring: query({}),
      body: Type.Object(McpAddress, Closed),
      response: answers({
        200: success({
          message: Type.String(),
          server: Type.String({ description: "As it calls itself" }),
          version: Type.String({ description: "Of the protocol, as agreed on" }),
          tools: Type.Array(Tool),
        }),
      }),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const one: McpFunction = { type: "mcp", name: "server", ...request.body };
      const fault = deps.functions.fault(one, organizationId);
      if (fault !== undefined) throw new AppError("validation_failed", `${fault}.`);
      const listing = await deps.mcp.list(organizationId, one);
      return { success: true, message: `It offers ${listing.tools.length} tools.`, ...listing };
    },
  });
}
