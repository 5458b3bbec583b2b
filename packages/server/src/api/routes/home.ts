import { createHash } from "node:crypto";
import { sipUris } from "../../edge/sip-uris.ts";
import type { Api } from "../api.ts";
import { presentedToken } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";

const STYLE =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem;color:#1c2024;background:#fff}" +
  "code{background:#f1f3f5;padding:.1em .3em;border-radius:.2em}" +
  "@media(prefers-color-scheme:dark){body{color:#e6e8ea;background:#16181a}code{background:#26292c}a{color:#8ab4f8}}";
const STYLE_HASH = createHash("sha256").update(STYLE).digest("base64");
export const HOME_CSP = `default-src 'none'; style-src 'sha256-${STYLE_HASH}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

function page(body: string): string {
  return (
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>Ringdown</title><style>${STYLE}</style></head><body><h1>Ringdown runs</h1>${body}</body></html>`
  );
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function listOf(items: readonly string[]): string {
  return `<ul>${items.map((item) => `<li><code>${escapeHtml(item)}</code></li>`).join("")}</ul>`;
}

/** A page that says that Ringdown runs; whom to dial it says only to who shows a token. */
export function homeRoutes(app: Api, { store, status }: Pick<ApiDependencies, "store" | "status">): void {
  app.route({
    method: "GET",
    url: "/",
    schema: { hide: true },
    handler: async (request, reply) => {
      const { ready, draining } = status();
      const token = presentedToken(request);
      const known = token === undefined ? undefined : await store.tokens.verify(token);
      let body =
        `<p>It ${draining ? "is draining and takes no new calls" : ready ? "takes calls" : "is starting"}.</p>` +
        `<p><a href="/api/v2/docs">API reference</a> · <a href="/api/v2/openapi.json">OpenAPI 3.1</a></p>`;
      if (known === undefined) {
        body +=
          "<p>With an API token this page also says where it listens and which agents can be dialled.</p>";
      } else {
        const agents = await store.agents.list({ organizationId: known.organizationId });
        body += `<h2>Listens on</h2>${listOf(status().listeners)}`;
        body += `<h2>Agents</h2>${listOf(agents.items.flatMap((agent) => sipUris(agent, status())))}`;
      }
      return reply
        .header("Content-Security-Policy", HOME_CSP)
        .type("text/html; charset=utf-8")
        .send(page(body));
    },
  });
}
