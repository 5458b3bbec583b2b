import { createHash, randomBytes } from "node:crypto";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { SiteFile } from "../../console/console-site.ts";
import type { Api } from "../api.ts";
import type { ApiDependencies } from "../dependencies.ts";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1c2024;background:#fff}" +
  "pre{background:#f1f3f5;padding:.6em;border-radius:.3em;white-space:pre-wrap}" +
  "@media(prefers-color-scheme:dark){body{color:#e6e8ea;background:#16181a}pre{background:#26292c}a{color:#8ab4f8}}";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
export const NOTICE_CSP = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** Scripts from here alone; styles that scripts make carry the nonce of the page (CSP level 3 §2.3.1). */
function pageCsp(nonce: string): string {
  return (
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; font-src 'self'; ` +
    "connect-src 'self'; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A page without a script, while there is no console. */
function notice(body: string, refreshSeconds?: number): string {
  const refresh =
    refreshSeconds === undefined ? "" : `<meta http-equiv="refresh" content="${refreshSeconds}">`;
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${refresh}` +
    `<title>Ringdown</title><style>${STYLE}</style></head><body><h1>Ringdown runs</h1>${body}</body></html>`
  );
}

const API_LINKS = `<p><a href="/api/v2/docs">API reference</a> · <a href="/api/v2/openapi.json">OpenAPI 3.1</a></p>`;

/** The console at `/`: its files, and its one page for every other address that a browser's address bar asks for. */
export function consoleRoutes(app: Api, { console: site }: Pick<ApiDependencies, "console">): void {
  const page = (reply: FastifyReply): FastifyReply => {
    const state = site?.state();
    if (state?.kind === "ready") {
      const nonce = randomBytes(16).toString("base64");
      const index = state.files.get("/index.html")?.bytes.toString("utf8") ?? "";
      return reply
        .headers({
          "Content-Security-Policy": pageCsp(nonce),
          "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
        })
        .type("text/html; charset=utf-8")
        .send(index.replace("%NONCE%", nonce));
    }
    reply.header("Content-Security-Policy", NOTICE_CSP).type("text/html; charset=utf-8");
    if (state === undefined)
      return reply.send(notice(`<p>The console is switched off here.</p>${API_LINKS}`));
    if (state.kind === "building") {
      return reply.send(notice("<p>Its console is being built: some seconds more.</p>", 2));
    }
    return reply.send(
      notice(
        `<p>Its console could not be built; calls and API do without it. After mending it, start Ringdown again.</p>` +
          `<pre>${escapeHtml(state.why)}</pre>${API_LINKS}`,
      ),
    );
  };

  app.route({
    method: "GET",
    url: "/",
    schema: { hide: true },
    handler: async (_request, reply) => page(reply),
  });
  app.route({
    method: "GET",
    url: "/assets/*",
    schema: { hide: true },
    config: { rateLimit: false as const },
    handler: async (request, reply) => {
      const state = site?.state();
      const file = state?.kind === "ready" ? state.files.get(request.url.split("?", 1)[0] ?? "") : undefined;
      if (file === undefined) return reply.callNotFound();
      // Their names hold a hash of what is in them.
      reply.headers({ "Cache-Control": "public, max-age=31536000, immutable", Vary: "Accept-Encoding" });
      const { encoding, bytes } = packed(file, request);
      if (encoding !== undefined) reply.header("Content-Encoding", encoding);
      return reply.type(file.type).send(bytes);
    },
  });
  app.decorate("consolePage", page);
}

function packed(
  { bytes, gzip, brotli }: SiteFile,
  request: FastifyRequest,
): { encoding: string | undefined; bytes: Buffer } {
  const taken = String(request.headers["accept-encoding"] ?? "");
  if (brotli !== undefined && /\bbr\b/.test(taken)) return { encoding: "br", bytes: brotli };
  if (gzip !== undefined && /\bgzip\b/.test(taken)) return { encoding: "gzip", bytes: gzip };
  return { encoding: undefined, bytes };
}

/** Whether a browser goes to one of the console's own addresses, such as /calls/call_…. */
export function isConsoleAddress({ method, url, headers }: FastifyRequest): boolean {
  const wantsPage = method === "GET" && String(headers.accept ?? "").includes("text/html");
  return wantsPage && !url.startsWith("/api/") && !url.startsWith("/assets/");
}

declare module "fastify" {
  interface FastifyInstance {
    consolePage(reply: FastifyReply): FastifyReply;
  }
}
