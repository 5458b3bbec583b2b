import { type TSchema, Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { E164_PATTERN } from "../../store/agent-fields.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { eventText, openEventStream } from "../event-stream.ts";
import { toAppError } from "../failure.ts";
import { answers, Closed, IdParams, query } from "../schemas.ts";
import { agentOf } from "../target-agent.ts";

/** Turns a minute of one organization: each one is billed by its provider. */
const TURNS_A_MINUTE = 60;
const BEAT_MS = 15_000;

const Message = Type.Union([
  Type.Object(
    { role: Type.Enum(["user", "agent"]), content: Type.String({ minLength: 1, maxLength: 20_000 }) },
    Closed,
  ),
  Type.Object(
    {
      role: Type.Literal("function"),
      name: Type.String({ minLength: 1, maxLength: 100 }),
      arguments: Type.String({ maxLength: 20_000, description: "JSON, as the event had it" }),
      output: Type.String({ maxLength: 20_000 }),
    },
    Closed,
  ),
]);

const Body = Type.Object(
  {
    messages: Type.Array(Message, {
      maxItems: 200,
      description:
        "All of the chat so far, oldest first: what the user and the agent have said, and the functions that were run. None: the agent greets",
    }),
    draft: Type.Optional(
      Type.Boolean({ description: "With the agent's draft, where there is one; false if left out" }),
    ),
    from: Type.Optional(
      Type.String({
        pattern: E164_PATTERN,
        "x-must": "an E.164 number",
        description: "The number that the agent takes the caller's for; one for fiction if left out",
      }),
    ),
    context: Type.Optional(
      Type.String({ maxLength: 20_000, description: "What the agent is told of the person" }),
    ),
    taskContext: Type.Optional(
      Type.String({ maxLength: 20_000, description: "What it is told of this one talk" }),
    ),
  },
  Closed,
);

const Answer: TSchema = Type.Unsafe({
  description:
    "Server-sent events, each with a JSON object as data. `text`: {text}, the next piece; `function`: {id, name, arguments}, the agent calls " +
    "one; `functionResult`: {id, name, output, failed, ms, wouldHave}, what the model was told, and, of functions that need a phone, what a call " +
    "would have done; at last `end`: {outcome: open | transferred | ended, usage: {promptTokens, completionTokens}}, or `error`: {code, message}",
  content: { "text/event-stream": { schema: { type: "string" } } },
});

export function chatRoutes(app: Api, { store, chats }: Pick<ApiDependencies, "store" | "chats">): void {
  app.route({
    method: "POST",
    url: "/agents/:id/chat",
    config: {
      rateLimit: {
        max: TURNS_A_MINUTE,
        timeWindow: 60_000,
        hook: "preHandler",
        keyGenerator: (request: FastifyRequest) => `chat ${accountFor(request).organizationId}`,
      },
    },
    schema: {
      tags: ["Agents"],
      summary: "Chat with an agent by text, as it would talk on the phone",
      operationId: "chatWithAgent",
      params: IdParams,
      querystring: query({}),
      body: Body,
      response: answers({ 200: Answer }, 404, 413, 415),
    },
    handler: async (request, reply) => {
      const agent = await agentOf(accountFor(request), store, request.params.id);
      const draft = request.body.draft === true ? await store.agentHistory.draft(agent.id) : undefined;
      const chat = chats.begin({ ...agent, ...draft?.settings }, request.body);
      const stream = openEventStream(reply);
      const gone = new AbortController();
      stream.onClose(() => gone.abort());
      const send = (event: { type: string }): void => stream.write(eventText(event));
      const beat = setInterval(() => stream.beat(), BEAT_MS);
      try {
        send({ type: "end", ...(await chat.run(send, gone.signal)) });
      } catch (error) {
        const { code, message, status } = toAppError(error);
        if (status >= 500 && code !== "chat_failed" && !gone.signal.aborted)
          request.log.error({ err: error, code }, "a chat failed");
        send({ type: "error", ...{ code, message } });
      } finally {
        clearInterval(beat);
        stream.end();
      }
    },
  });
}
