import rateLimit from "@fastify/rate-limit";
import { type TSchema, Type, type TypeBoxTypeProvider } from "@fastify/type-provider-typebox";
import fastify, { LogController } from "fastify";
import { Compile } from "typebox/compile";
import { Value } from "typebox/value";
import { AppError } from "../errors.ts";
import { redactUrl } from "../log/log.ts";
import type { Api } from "./api.ts";
import { authenticator, stillCounts } from "./authentication.ts";
import type { ApiDependencies } from "./dependencies.ts";
import { explain, type SchemaShape } from "./explain.ts";
import { sendFailure, toAppError } from "./failure.ts";
import { collectReference, serveReference } from "./reference.ts";
import { agentRoutes } from "./routes/agents.ts";
import { allowedDestinationRoutes } from "./routes/allowed-destinations.ts";
import { callRoutes } from "./routes/calls.ts";
import { captureRoutes } from "./routes/captures.ts";
import { chatRoutes } from "./routes/chat.ts";
import { consoleRoutes, isConsoleAddress } from "./routes/console.ts";
import { eventRoutes } from "./routes/events.ts";
import { healthRoutes, statusRoutes } from "./routes/health.ts";
import { ipWhitelistRoutes } from "./routes/ip-whitelist.ts";
import { listeningRoutes } from "./routes/listening.ts";
import { mcpRoutes } from "./routes/mcp.ts";
import { outboundRouteRoutes } from "./routes/outbound-routes.ts";
import { providerRoutes } from "./routes/providers.ts";
import { recordingRoutes } from "./routes/recording.ts";
import { registrationRoutes } from "./routes/registration.ts";
import { secretRoutes } from "./routes/secrets.ts";
import { sessionRoutes } from "./routes/session.ts";
import { softphoneRoutes } from "./routes/softphone.ts";
import { taskRoutes } from "./routes/tasks.ts";
import { tokenRoutes } from "./routes/tokens.ts";
import { userRoutes } from "./routes/users.ts";
import { webhookRoutes } from "./routes/webhooks.ts";

const BODY_LIMIT = 256 * 1024;
/** Requests a minute from one address: far above any console or script, far below what would hold up calls. */
const REQUESTS_A_MINUTE = 6000;

/** The HTTP side of a node, not yet listening: the API, its reference, probes and the console. */
export async function buildApi(dependencies: ApiDependencies): Promise<Api> {
  const app: Api = fastify({
    loggerInstance: dependencies.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: BODY_LIMIT,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 128 },
    http: { maxHeaderSize: 16 * 1024, headersTimeout: 20_000 },
    frameworkErrors: (error, request, reply) => void sendFailure(error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();

  takeJsonOnly(app);
  app.setValidatorCompiler(({ schema, httpPart }) => validator(schema as TSchema, httpPart ?? "body"));
  // Response schemas document; what is sent is what the handler made.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  app.setErrorHandler((error, request, reply) => sendFailure(error, request, reply));
  app.decorateRequest("account", null);
  app.addHook("onSend", async (request, reply) => {
    reply.headers({
      "X-Content-Type-Options": "nosniff",
      "X-Frame-Options": "DENY",
      "Referrer-Policy": "no-referrer",
      "Cross-Origin-Resource-Policy": "same-origin",
    });
    if (!reply.hasHeader("Content-Security-Policy")) {
      reply.header("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    }
    if (!reply.hasHeader("Cache-Control") && !request.url.startsWith("/api/v2/docs/")) {
      reply.header("Cache-Control", "no-store");
    }
  });
  app.addHook("onResponse", async (request, reply) => {
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    // What only looks, and finds, is of no interest to anyone: consoles look every second.
    const quiet = reply.statusCode < 400 && (request.method === "GET" || request.method === "HEAD");
    request.log[quiet ? "debug" : "info"](
      { method: request.method, url: redactUrl(request.url), status: reply.statusCode, ms },
      "request",
    );
  });

  await app.register(rateLimit, {
    max: REQUESTS_A_MINUTE,
    timeWindow: 60_000,
    cache: 10_000,
    keyGenerator: (request) => request.ip,
    errorResponseBuilder: () => new AppError("too_many_requests"),
  });
  await collectReference(app);
  app.setNotFoundHandler((request, reply) => {
    if (isConsoleAddress(request)) return app.consolePage(reply);
    const path = request.url.split("?", 1)[0] ?? "";
    const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path;
    return sendFailure(
      new AppError("route_not_found", `There is no route ${request.method} ${shown}.`),
      request,
      reply,
    );
  });

  healthRoutes(app, dependencies);
  consoleRoutes(app, dependencies);
  await app.register(serveReference, { prefix: "/api/v2" });
  await app.register(async (api: Api) => sessionRoutes(api, dependencies), { prefix: "/api/v2" });
  await app.register(
    async (api: Api) => {
      api.addHook("onRequest", authenticator(dependencies.store, dependencies.config));
      eventRoutes(api, dependencies, (request) =>
        stillCounts(request, dependencies.store, dependencies.config),
      );
      agentRoutes(api, dependencies);
      chatRoutes(api, dependencies);
      ipWhitelistRoutes(api, dependencies);
      registrationRoutes(api, dependencies);
      outboundRouteRoutes(api, dependencies);
      allowedDestinationRoutes(api, dependencies);
      providerRoutes(api, dependencies);
      secretRoutes(api, dependencies);
      mcpRoutes(api, dependencies);
      webhookRoutes(api, dependencies);
      softphoneRoutes(api, dependencies);
      taskRoutes(api, dependencies);
      tokenRoutes(api, dependencies);
      userRoutes(api, dependencies);
      callRoutes(api, dependencies);
      captureRoutes(api, dependencies);
      recordingRoutes(api, dependencies);
      listeningRoutes(api, dependencies, (request) =>
        stillCounts(request, dependencies.store, dependencies.config),
      );
      statusRoutes(api, dependencies);
    },
    { prefix: "/api/v2" },
  );
  await app.ready();
  return app;
}

/** JSON bodies only; an empty one is no body, as `curl -X POST -H 'Content-Type: application/json'` sends. */
function takeJsonOnly(app: Api): void {
  app.removeAllContentTypeParsers();
  const parse = app.getDefaultJsonParser("error", "error");
  app.addContentTypeParser("application/json", { parseAs: "string" }, (request, body, done) => {
    if (body === "") done(null, undefined);
    else parse(request, body as string, done);
  });
}

/** Whole numbers of a query, where all is text. What is none stays text, for the check to refuse. */
function fromText(schema: SchemaShape, query: unknown): unknown {
  return Object.fromEntries(
    Object.entries(query as Record<string, unknown>).map(([name, value]) => {
      const integer = schema.properties?.[name]?.type === "integer";
      return [name, integer && typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value];
    }),
  );
}

/** Checks a part of a request as it came. */
function validator(schema: TSchema, part: string) {
  const compiled = Compile(schema);
  const check = (inner: SchemaShape, value: unknown) => Value.Check(inner as TSchema, value);
  const what = part === "querystring" ? "query" : part === "params" ? "path" : part;
  return (value: unknown) => {
    if ((value === undefined || value === null) && Type.IsOptional(schema)) return { value };
    const converted = part === "querystring" ? fromText(schema as SchemaShape, value) : value;
    if (compiled.Check(converted)) return { value: converted };
    return {
      error: new AppError("validation_failed", explain(schema as SchemaShape, converted, what, check)),
    };
  };
}

/** What Node's HTTP parser cannot read never becomes a request: answered on the bare socket. */
function answerClientError(error: Error & { code?: string }, socket: import("node:net").Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const code =
    error.code === "ERR_HTTP_REQUEST_TIMEOUT"
      ? "request_timeout"
      : error.code === "HPE_HEADER_OVERFLOW"
        ? "request_header_too_large"
        : "bad_request";
  const failure = toAppError(new AppError(code));
  const body = JSON.stringify({ success: false, code: failure.code, message: failure.message });
  socket.end(
    `HTTP/1.1 ${failure.status} Error\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
