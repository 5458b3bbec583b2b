// What a webhook says of a call: the record of facts §8, made from ours.
import type { Agent, CallRecord, JsonValue } from "../store/records.ts";
import type { WebhookType } from "../store/webhook-records.ts";
import { plainOutcome } from "./plain-outcome.ts";
import { transfersTold } from "./transfers-told.ts";

export interface PayloadContext {
  /** Undefined: he is not there any more. */
  agent: Pick<Agent, "id" | "username" | "phoneNumbers"> | undefined;
  /** Of the API, without a slash at its end: recordings are fetched there, with a token. */
  baseUrl: string;
}

/** Characters of all that was said; what is longer is cut at a turn, and said so. */
const MAX_DIALOG = 200_000;
const MAX_FUNCTIONS = 200;
const speakers = { agent: "Agent", user: "Caller", person: "Person" } as const;

export type CallPayload = { [name: string]: JsonValue };

/** Of a call that has come (`incoming`) or ended (`conversation`). */
export function callPayload(
  type: WebhookType,
  call: CallRecord,
  { agent, baseUrl }: PayloadContext,
): CallPayload {
  const { id, direction, from, to, agentId, startedAt, answeredAt } = call;
  const isInbound = direction === "inbound";
  const username = agent?.username ?? agentId;
  const number = agent?.phoneNumbers[0] ?? null;
  const base: CallPayload = {
    type: "call",
    eventType: isInbound ? "inbound-call" : "outbound-call",
    webhookType: type,
    uuid: id,
    roomId: id,
    organizationId: call.organizationId,
    agentId,
    campaignId: agentId,
    direction,
    source: "sip",
    from: isInbound ? from : username,
    to: isInbound ? username : to,
    fromNumber: isInbound ? e164(from) : (e164(from) ?? number),
    toNumber: isInbound ? (e164(to) ?? number) : e164(to),
    timestamp: Math.floor(Date.parse(startedAt) / 1000),
    date: startedAt,
    sipCallId: call.sipCallId,
  };
  if (type === "incoming") return { ...base, status: "ringing" };
  const { turns, isCut } = spoken(call);
  return {
    ...base,
    status: call.endCode ?? "ended",
    duration: call.duration ?? 0,
    missedCall: answeredAt === null,
    answeredAt,
    endedAt: call.endedAt,
    endedBy: call.endedBy,
    endReason: call.endReason,
    summary: call.report?.summary ?? null,
    agentOutcome: call.report?.outcome ?? plainOutcome(call),
    collectedData: call.report?.collectedData ?? {},
    callDialog: turns.map(({ role, content }) => ({ role, content })),
    conversation: turns.map(({ role, content }) => `${speakers[role]}: ${content}`).join("\n"),
    callDialogTruncated: isCut,
    functionsRun: functionsRun(call),
    transfers: transfersTold(call.timeline),
    recordingUrl: call.recording === null ? null : `${baseUrl}/api/v2/calls/${id}/recording`,
    attachments: call.messages.map((_, index) => ({
      "content-type": "audio/wav",
      filename: `message-${index + 1}.wav`,
      "content-url": `${baseUrl}/api/v2/calls/${id}/messages/${index + 1}/recording`,
      attachmentType: "voicemail",
    })),
    voicemailRecording:
      call.messages.length === 0 ? null : `${baseUrl}/api/v2/calls/${id}/messages/1/recording`,
  };
}

function e164(text: string): string | null {
  return /^\+[1-9]\d{6,14}$/.test(text) ? text : null;
}

function spoken({ callDialog }: CallRecord): { turns: CallRecord["callDialog"]; isCut: boolean } {
  let rest = MAX_DIALOG;
  const fits = callDialog.findIndex(({ content }) => {
    rest -= content.length;
    return rest < 0;
  });
  return fits < 0 ? { turns: callDialog, isCut: false } : { turns: callDialog.slice(0, fits), isCut: true };
}

function functionsRun({ timeline }: CallRecord): JsonValue[] {
  return timeline
    .filter(({ type }) => type === "function_run")
    .slice(0, MAX_FUNCTIONS)
    .map(({ at, name = null, arguments: given = null, output = null, failed = false }) => ({
      at,
      name,
      arguments: given,
      output,
      failed,
    }));
}
