import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { type TSchema, Type } from "@fastify/type-provider-typebox";
import type { FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import { readRange } from "../byte-range.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, IdParams, query } from "../schemas.ts";
import { findCall } from "./calls.ts";

/** Opens a file below the data folder; a path that leads out of it, by `..` or by a link, is none. */
async function openBelow(dataDir: string, path: string): Promise<FileHandle> {
  try {
    const root = await realpath(dataDir);
    const file = await realpath(join(root, path));
    if (!file.startsWith(root + sep) || !file.toLowerCase().endsWith(".wav"))
      throw new AppError("recording_not_found");
    // Looked at before it is opened: opening a pipe would wait for its other end.
    if (!(await stat(file)).isFile()) throw new AppError("recording_not_found");
    return await open(file, "r");
  } catch (error) {
    if (error instanceof AppError) throw error;
    throw new AppError("recording_not_found", { cause: error });
  }
}

async function sendFile(handle: FileHandle, id: string, request: FastifyRequest, reply: FastifyReply) {
  const { size } = await handle.stat();
  reply
    .header("Accept-Ranges", "bytes")
    // A call that runs still writes to it.
    .header("Cache-Control", "no-store")
    .header("Content-Disposition", `inline; filename="${id}.wav"`);
  // There is no validator for If-Range to match, so its condition is false (RFC 9110 §13.1.5).
  const range = readRange(
    request.headers["if-range"] === undefined ? request.headers.range : undefined,
    size,
  );
  if (range.kind === "unsatisfiable") {
    reply.header("Content-Range", `bytes */${size}`);
    throw new AppError("range_not_satisfiable");
  }
  const start = range.kind === "part" ? range.start : 0;
  const end = range.kind === "part" ? range.end : size - 1;
  if (range.kind === "part") reply.code(206).header("Content-Range", `bytes ${start}-${end}/${size}`);
  reply.type("audio/wav").header("Content-Length", end - start + 1);
  if (request.method === "HEAD" || size === 0) {
    await handle.close();
    return reply.send("");
  }
  // Closes the handle at its end, and when the client goes away.
  return reply.send(handle.createReadStream({ start, end }));
}

/** An answer of audio; the failures beside it are JSON like all others. */
function wav(description: string): TSchema {
  return Type.Unsafe({ description, content: { "audio/wav": { schema: { description } } } });
}

const audio = answers({ 200: wav("WAV"), 206: wav("A part of it") }, 404, 416);

const MessageParams = Type.Object({
  ...IdParams.properties,
  number: Type.String({
    pattern: "^[1-9][0-9]{0,3}$",
    description: "Its place in the call's `messages`, from 1",
    "x-must": "a whole number from 1",
  }),
});

export function recordingRoutes(
  app: Api,
  { store, config }: Pick<ApiDependencies, "store" | "config">,
): void {
  const serve = async (path: string | null, name: string, request: FastifyRequest, reply: FastifyReply) => {
    if (path === null) throw new AppError("recording_not_found");
    const handle = await openBelow(config.dataDir, path);
    try {
      return await sendFile(handle, name, request, reply);
    } catch (error) {
      await handle.close();
      throw error;
    }
  };

  app.route({
    method: ["GET", "HEAD"],
    url: "/calls/:id/recording",
    schema: {
      tags: ["Calls"],
      summary: "Get a call's recording (WAV, left the caller, right the agent), also while it runs",
      params: IdParams,
      querystring: query({}),
      response: audio,
    },
    handler: async (request, reply) => {
      const call = await findCall(store, accountFor(request), request.params.id);
      return serve(call.recording, call.id, request, reply);
    },
  });

  app.route({
    method: ["GET", "HEAD"],
    url: "/calls/:id/messages/:number/recording",
    schema: {
      tags: ["Calls"],
      summary: "Get a message that the caller left (WAV)",
      params: MessageParams,
      querystring: query({}),
      response: audio,
    },
    handler: async (request, reply) => {
      const { id, number } = request.params;
      const call = await findCall(store, accountFor(request), id);
      const message = call.messages[Number(number) - 1];
      if (message === undefined) throw new AppError("message_not_found");
      return serve(message.recording, `${call.id}-message-${number}`, request, reply);
    },
  });
}
