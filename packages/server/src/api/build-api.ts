import fastify, { type FastifyInstance } from "fastify";
import type { ApiDependencies } from "./dependencies.ts";

export async function buildApi(_dependencies: ApiDependencies): Promise<FastifyInstance> {
  return fastify() as unknown as FastifyInstance;
}
