import { type TSchema, Type } from "@fastify/type-provider-typebox";
import { wavHeader, wavLongestData } from "@ringdown/media";
import type { FastifyRequest } from "fastify";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, IdParams, query } from "../schemas.ts";
import { findCall } from "./calls.ts";

/** Bytes that may wait for a listener who does not read, 2 s; what comes then is dropped, for it is live. */
const MAX_WAITING = 64 * 1024;

const Wav: TSchema = Type.Unsafe({
  description: "WAV without an end, 16-bit at 8 kHz: left the caller, right what the caller hears",
  content: { "audio/wav": { schema: { description: "It ends with the call" } } },
});

/** Ms between two looks whether the token or the session still counts. */
const LOOK_MS = 60_000;

export function listeningRoutes(
  app: Api,
  { store, calls }: Pick<ApiDependencies, "store" | "calls">,
  stillCounts: (request: FastifyRequest) => Promise<boolean>,
): void {
  app.route({
    method: "GET",
    url: "/calls/:id/audio",
    // Nobody listens by asking what there is.
    exposeHeadRoute: false,
    schema: {
      tags: ["Calls"],
      summary: "Listen to a call while it runs",
      description: "Who listens stands in the call's timeline. Nobody in the call is told.",
      operationId: "listenToCall",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Wav }, 404, 409),
    },
    handler: async (request, reply) => {
      const account = accountFor(request);
      const { id } = await findCall(store, account, request.params.id);
      const { raw } = reply;
      const stop = calls.overhear(
        id,
        {
          onAudio: (pcm) => {
            if (raw.writableLength < MAX_WAITING) raw.write(pcm);
          },
          onEnd: () => raw.end(),
        },
        account.by,
      );
      reply.hijack();
      const looks = setInterval(() => {
        stillCounts(request).then(
          (counts) => counts || raw.end(),
          () => raw.end(),
        );
      }, LOOK_MS);
      raw.on("error", () => undefined);
      raw.on("close", () => {
        clearInterval(looks);
        stop();
      });
      raw.writeHead(200, {
        "Content-Type": "audio/wav",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Accel-Buffering": "no",
      });
      raw.write(wavHeader({ sampleRate: 8_000, channels: 2 }, wavLongestData));
    },
  });
}
