import type { CallRecord } from "../store/records.ts";

/** What came of a call that no model has written of, by its record alone: in a few words, as a model's outcome is. */
export function plainOutcome({
  answeredAt,
  endCode,
  messages,
  timeline,
}: Pick<CallRecord, "answeredAt" | "endCode" | "messages" | "timeline">): string {
  if (answeredAt === null) return "not answered";
  const isThrough = timeline.some(({ type }) => type === "transfer_connected");
  if (isThrough || endCode === "handed_over") return "put through";
  if (endCode === "message_left") return "message left";
  if (messages.length > 0) return "message taken";
  const chosen = timeline.findLast(({ type }) => type === "function_chosen")?.name;
  if (typeof chosen === "string") return `asked for ${chosen}`;
  return endCode === "agent_goodbye" ? "goodbye said" : "nothing asked for";
}
