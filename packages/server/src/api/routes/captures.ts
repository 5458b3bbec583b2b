import { Type } from "@fastify/type-provider-typebox";
import type { CallCapture } from "../../captures/sip-captures.ts";
import { AppError } from "../../errors.ts";
import type { Api } from "../api.ts";
import { type Account, accountFor } from "../authentication.ts";
import { answerCaptures, CaptureFormat, CapturesAnswer } from "../captured-messages.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, query } from "../schemas.ts";

/** Call-IDs in one question: those of the legs of a call. */
const MOST_CALL_IDS = 20;

export function captureRoutes(
  app: Api,
  { captures, store }: Pick<ApiDependencies, "captures" | "store">,
): void {
  /** Who asks for one agent gets the calls of that one. */
  const allowed = async ({ organizationId, agent }: Account, all: CallCapture[]): Promise<CallCapture[]> => {
    if (agent === undefined) return all;
    const calls = await Promise.all(all.map(({ callId }) => store.calls.get(organizationId, callId)));
    return all.filter((_one, index) => calls[index]?.agentId === agent.id);
  };

  app.route({
    method: "GET",
    url: "/sip/captures",
    schema: {
      tags: ["SIP"],
      summary: "Get the SIP messages of a call by its SIP Call-ID",
      operationId: "getSipCaptures",
      querystring: query({
        sipCallId: Type.String({
          minLength: 1,
          maxLength: 4_096,
          description: `\`legs[].sipCallId\` of a call; up to ${MOST_CALL_IDS}, separated by commas`,
        }),
        from: Type.Optional(Type.Integer({ minimum: 0, description: "Epoch milliseconds" })),
        to: Type.Optional(Type.Integer({ minimum: 0, description: "Epoch milliseconds" })),
        format: CaptureFormat,
      }),
      response: answers({ 200: CapturesAnswer }, 404),
    },
    handler: async (request, reply) => {
      const account = accountFor(request);
      const { sipCallId, from = 0, to = Number.MAX_SAFE_INTEGER, format } = request.query;
      const wanted = sipCallId
        .split(",")
        .map((one) => one.trim())
        .filter((one) => one !== "");
      if (wanted.length > MOST_CALL_IDS)
        throw new AppError(
          "validation_failed",
          `At most ${MOST_CALL_IDS} Call-IDs can be asked for at once.`,
        );
      const found = (await allowed(account, await captures.read(account.organizationId, wanted)))
        .flatMap(({ messages }) => messages)
        .filter(({ at }) => at >= from && at <= to)
        .sort((a, b) => a.at - b.at);
      if (found.length === 0) throw new AppError("captures_not_found");
      return answerCaptures(reply, found, format, wanted[0] ?? "");
    },
  });
}
