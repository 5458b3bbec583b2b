import { type TSchema, Type } from "@fastify/type-provider-typebox";
import { asText, asTransactions, shownMessage } from "../../captures/capture-formats.ts";
import { pcapOf } from "../../captures/pcap.ts";
import type { CallCapture } from "../../captures/sip-captures.ts";
import { AppError } from "../../errors.ts";
import type { Api } from "../api.ts";
import { type Account, accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Nullable, query, success, Time } from "../schemas.ts";

/** Call-IDs in one question: those of the legs of a call. */
const MOST_CALL_IDS = 20;

const Message = Type.Object({
  at: Time,
  direction: Type.Enum(["in", "out"]),
  transport: Type.Enum(["udp", "tcp", "tls", "ws", "wss"]),
  source: Type.String({ description: "host:port; 0.0.0.0 or port 0: chosen by the system" }),
  destination: Type.String(),
  transaction: Nullable(
    Type.String({ description: "The same for all messages of one transaction; null: not known" }),
  ),
  line: Type.String({ description: "The start line" }),
  message: Type.String({ description: "Secrets are masked by as many x" }),
});

const Transaction = Type.Object({
  id: Nullable(Type.String()),
  method: Type.String(),
  source: Type.String({ description: "Who asked" }),
  destination: Type.String(),
  startedAt: Time,
  endedAt: Time,
  status: Nullable(Type.Integer({ description: "Final status; null: there was none" })),
  messages: Type.Array(Message),
});

const Answer: TSchema = Type.Unsafe({
  description: "By `format`: json {captures}, transaction {transactions}, text, or a pcap file",
  content: {
    "application/json": {
      schema: success({
        captures: Type.Optional(Type.Array(Message)),
        transactions: Type.Optional(Type.Array(Transaction)),
      }),
    },
    "text/plain": { schema: { type: "string" } },
    "application/vnd.tcpdump.pcap": {
      schema: { description: "For Wireshark; the network headers are made up" },
    },
  },
});

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
        format: Type.Optional(Type.Enum(["text", "pcap", "json", "transaction"], { default: "json" })),
      }),
      response: answers({ 200: Answer }, 404),
    },
    handler: async (request, reply) => {
      const account = accountFor(request);
      const { sipCallId, from = 0, to = Number.MAX_SAFE_INTEGER, format = "json" } = request.query;
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
      const name = `${(wanted[0] ?? "").replace(/[^\w.-]+/g, "_").slice(0, 100)}`;
      reply.header("Cache-Control", "no-store");
      switch (format) {
        case "text":
          return reply.type("text/plain; charset=utf-8").send(asText(found));
        case "pcap":
          return reply
            .type("application/vnd.tcpdump.pcap")
            .header("Content-Disposition", `attachment; filename="${name}.pcap"`)
            .send(pcapOf(found));
        case "transaction":
          return { success: true, transactions: asTransactions(found) };
        default:
          return { success: true, captures: found.map(shownMessage) };
      }
    },
  });
}
