import { type FileHandle, open, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { Type } from "@fastify/type-provider-typebox";
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

export function recordingRoutes(
  app: Api,
  { store, config }: Pick<ApiDependencies, "store" | "config">,
): void {
  app.route({
    method: ["GET", "HEAD"],
    url: "/calls/:id/recording",
    schema: {
      tags: ["Calls"],
      summary: "Get a call's recording (WAV, left the caller, right the agent), also while it runs",
      params: IdParams,
      querystring: query({}),
      produces: ["audio/wav"],
      response: answers(
        { 200: Type.Any({ description: "WAV" }), 206: Type.Any({ description: "A part of it" }) },
        404,
        416,
      ),
    },
    handler: async (request, reply) => {
      const call = await findCall(store, accountFor(request), request.params.id);
      if (call.recording === null) throw new AppError("recording_not_found");
      const handle = await openBelow(config.dataDir, call.recording);
      try {
        return await sendFile(handle, call.id, request, reply);
      } catch (error) {
        await handle.close();
        throw error;
      }
    },
  });
}
