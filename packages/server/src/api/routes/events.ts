import { type TSchema, Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import type { LiveEvent } from "../../events/live-events.ts";
import type { Api } from "../api.ts";
import { type Account, accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { eventText, openEventStream } from "../event-stream.ts";
import { answers, query } from "../schemas.ts";

/** Streams at once of this node. */
const MAX_STREAMS = 200;
/** A line that says nothing keeps proxies and browsers from taking the stream for dead. Milliseconds. */
const BEAT_MS = 20_000;
/** Beats between two looks whether the token or the session still counts. */
const BEATS_A_LOOK = 3;

const Answer: TSchema = Type.Unsafe({
  description:
    "Server-sent events, each with a JSON object as data. `call`: {id, agentId, state}, at most five times a second a call; " +
    "`registration`: {agentId}; `rejectedCall`: {}; `webhookDelivery`: {}, one was tried; `settings`: {path}, what was changed by the API; after `hello`, which " +
    "begins each stream, all that is shown should be asked for anew",
  content: { "text/event-stream": { schema: { type: "string" } } },
});

/** Whether an event is of the agent that is asked for; settings are everybody's. */
function isFor({ agent }: Account, event: LiveEvent): boolean {
  return agent === undefined || !("agentId" in event) || event.agentId === agent.id;
}

/** What has changed, while it changes. */
export function eventRoutes(
  app: Api,
  { events }: Pick<ApiDependencies, "events">,
  stillCounts: (request: FastifyRequest) => Promise<boolean>,
): void {
  app.addHook("onResponse", async (request, reply) => {
    const looksOnly = request.method === "GET" || request.method === "HEAD";
    if (looksOnly || reply.statusCode >= 400 || request.account === null) return;
    if (request.routeOptions.url?.endsWith("/chat")) return;
    const path = (request.routeOptions.url ?? "").replace(/^\/api\/v2/, "");
    events.publish(request.account.organizationId, { type: "settings", path });
  });

  app.route({
    method: "GET",
    url: "/events",
    schema: {
      tags: ["Node"],
      summary: "Follow what changes: calls, registrations, refusals, webhooks, settings",
      operationId: "followEvents",
      querystring: query({}),
      response: answers({ 200: Answer }, 503),
    },
    handler: (request, reply) => {
      const account = accountFor(request);
      if (events.size >= MAX_STREAMS) throw new AppError("busy", "As many event streams are open as may be.");
      const stream = openEventStream(reply);
      stream.write(`retry: 3000\n\n${eventText({ type: "hello" })}`);
      const stop = events.subscribe(account.organizationId, (some) => {
        const text = some.filter((event) => isFor(account, event)).map(eventText);
        if (text.length > 0) stream.write(text.join(""));
      });
      let beats = 0;
      const beat = setInterval(() => {
        stream.beat();
        if (++beats % BEATS_A_LOOK !== 0) return;
        stillCounts(request).then(
          (counts) => counts || stream.end(),
          () => stream.end(),
        );
      }, BEAT_MS);
      stream.onClose(() => {
        clearInterval(beat);
        stop();
      });
    },
  });
}
