import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { AppError, type ErrorCode } from "../errors.ts";
import { isBusy } from "../store/database-error.ts";

/** Fastify's own errors that a client can cause, by their code. */
const FROM_FASTIFY: Record<string, ErrorCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "payload_too_large",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "unsupported_media_type",
  FST_ERR_CTP_INVALID_JSON_BODY: "json_malformed",
  FST_ERR_CTP_EMPTY_JSON_BODY: "json_malformed",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "bad_request",
  FST_ERR_BAD_URL: "bad_request",
  FST_ERR_ASYNC_CONSTRAINT: "bad_request",
  FST_ERR_MAX_PARAM_LENGTH: "route_not_found",
};

/** The AppError that stands for any error; what is ours alone becomes `internal_error`. */
export function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (isBusy(error)) return new AppError("database_busy", { cause: error });
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : FROM_FASTIFY[code];
  if (known !== undefined) return new AppError(known, { cause: error });
  if (error instanceof SyntaxError && statusCode === 400)
    return new AppError("json_malformed", { cause: error });
  if (statusCode === 413) return new AppError("payload_too_large", { cause: error });
  if (statusCode === 415) return new AppError("unsupported_media_type", { cause: error });
  if (statusCode === 429) return new AppError("too_many_requests", { cause: error });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new AppError("bad_request", { cause: error });
  }
  return new AppError("internal_error", { cause: error });
}

/** `{success: false, code, message}`, and the log has the rest where the fault is ours. */
export function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = toAppError(error);
  if (failure.status >= 500 && failure.code !== "not_ready") {
    request.log.error({ err: error, code: failure.code, url: request.url }, "request failed");
  }
  return reply
    .code(failure.status)
    .type("application/json; charset=utf-8")
    .send({ success: false, code: failure.code, message: failure.message });
}
