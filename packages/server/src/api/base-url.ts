import type { FastifyRequest } from "fastify";
import type { Config } from "../config/config.ts";
import { bracketed } from "../config/endpoint.ts";

/** Where this API is, for URLs in its answers: as configured, else as the client itself reached it. */
export function baseUrl(config: Pick<Config, "publicUrl" | "http">, request: FastifyRequest): string {
  if (config.publicUrl !== undefined) return config.publicUrl;
  const host = request.headers.host ?? "";
  // Anything may stand in a Host header; what is not host:port is not echoed.
  if (/^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/.test(host))
    return `${request.protocol}://${host}`;
  return `http://${bracketed(config.http.host)}:${config.http.port}`;
}
