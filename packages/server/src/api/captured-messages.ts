// Captured SIP messages as an answer of the API, in the form that is asked for.
import { type TSchema, Type } from "@fastify/type-provider-typebox";
import type { FastifyReply } from "fastify";
import { asText, asTransactions, shownMessage } from "../captures/capture-formats.ts";
import type { CapturedMessage } from "../captures/captured-message.ts";
import { pcapOf } from "../captures/pcap.ts";
import { Nullable, success, Time } from "./schemas.ts";

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

export const CapturesAnswer: TSchema = Type.Unsafe({
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

export const CaptureFormat = Type.Optional(
  Type.Enum(["text", "pcap", "json", "transaction"], { default: "json" }),
);

/** @param name of a file, without its ending; what a file cannot be named with becomes `_` */
export function answerCaptures(
  reply: FastifyReply,
  messages: readonly CapturedMessage[],
  format: "text" | "pcap" | "json" | "transaction" | undefined,
  name: string,
) {
  const file = name.replace(/[^\w.-]+/g, "_").slice(0, 100);
  reply.header("Cache-Control", "no-store");
  switch (format) {
    case "text":
      return reply.type("text/plain; charset=utf-8").send(asText(messages));
    case "pcap":
      return reply
        .type("application/vnd.tcpdump.pcap")
        .header("Content-Disposition", `attachment; filename="${file}.pcap"`)
        .send(pcapOf(messages));
    case "transaction":
      return { success: true, transactions: asTransactions(messages) };
    default:
      return { success: true, captures: messages.map(shownMessage) };
  }
}
