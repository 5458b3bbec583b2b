import swagger from "@fastify/swagger";
import swaggerUi from "@fastify/swagger-ui";
import type { Api } from "./api.ts";

/**
 * Only what comes from here runs. The package's own policy would also upgrade to HTTPS, which a node on a plain
 * address does not speak.
 */
const DOCS_CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; " +
  "connect-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** OpenAPI 3.1 made from the routes' schemas. Registered before the routes, whose schemas it collects. */
export async function collectReference(app: Api): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Ringdown",
        version: "2",
        description:
          "Answers are `{success: true, …}`, errors `{success: false, code, message}` with a stable `code`. " +
          "Times are ISO 8601 in UTC where not said otherwise.",
        license: { name: "Apache-2.0", identifier: "Apache-2.0" },
      },
      servers: [{ url: "/" }],
      tags: [
        { name: "Agents", description: "AI phone agents" },
        { name: "Access list", description: "Source addresses that may send calls" },
        { name: "Registration", description: "Agents as extensions of a PBX" },
        { name: "Calls", description: "Calls, their recordings, and those refused" },
        { name: "Webhooks", description: "Calls told to programs of yours" },
        { name: "Tokens", description: "API tokens" },
        { name: "Users", description: "Who signs in to the console, and sessions of browsers" },
        { name: "Node", description: "The node itself" },
      ],
      components: {
        securitySchemes: {
          bearer: { type: "http", scheme: "bearer" },
          token: { type: "apiKey", in: "query", name: "token" },
          session: { type: "apiKey", in: "cookie", name: "ringdown" },
        },
      },
      security: [{ bearer: [] }, { token: [] }, { session: [] }],
    },
  });
}

/** `/openapi.json`, and the readable reference at `/docs`; neither holds a secret, so neither asks for a token. */
export async function serveReference(app: Api): Promise<void> {
  app.route({
    method: "GET",
    url: "/openapi.json",
    schema: { hide: true },
    handler: async () => app.swagger(),
  });
  // Its pages, scripts and styles all come from the package: it works without a network.
  await app.register(swaggerUi, {
    routePrefix: "/docs",
    uiConfig: { docExpansion: "list", deepLinking: true, validatorUrl: null },
    staticCSP: DOCS_CSP,
    logLevel: "warn",
  });
}
