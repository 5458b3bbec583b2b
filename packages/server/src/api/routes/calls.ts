import { Type } from "@fastify/type-provider-typebox";
import type { FastifyRequest } from "fastify";
import { type AudioFinding, audioFindings, saidAudio } from "../../calls/audio-findings.ts";
import { lastDescriptions } from "../../captures/captured-message.ts";
import { AppError } from "../../errors.ts";
import type { CallFilters, CallRecord } from "../../store/records.ts";
import type { Api } from "../api.ts";
import { type Account, accountFor } from "../authentication.ts";
import { baseUrl } from "../base-url.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { timeOf, withPlus } from "../query-values.ts";
import {
  answers,
  CallOutBody,
  CallSchema,
  Done,
  DtmfBody,
  IdParams,
  Next,
  pageQuery,
  query,
  RejectedCallSchema,
  SayBody,
  success,
  TransferBody,
} from "../schemas.ts";
import { agentFor } from "../target-agent.ts";

const tags = ["Calls"];
const When = Type.Optional(Type.String({ maxLength: 40, description: "ISO 8601, of startedAt" }));
const Party = Type.Optional(
  Type.String({ maxLength: 256, description: "The whole of it, or what it begins with and a *: +1512*" }),
);

const filters = {
  state: Type.Optional(Type.Enum(["ringing", "active", "ended"])),
  direction: Type.Optional(Type.Enum(["inbound", "outbound"])),
  agentId: Type.Optional(Type.String({ maxLength: 64 })),
  from: Party,
  to: Party,
  since: When,
  until: When,
};

function filtersOf(
  asked: { [Name in keyof CallFilters]?: CallFilters[Name] | undefined },
  { agent }: Account,
): CallFilters {
  const found = {
    state: asked.state,
    direction: asked.direction,
    agentId: asked.agentId ?? agent?.id,
    from: withPlus(asked.from),
    to: withPlus(asked.to),
    since: timeOf("since", asked.since),
    until: timeOf("until", asked.until),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

export async function findCall(
  store: ApiDependencies["store"],
  account: Account,
  id: string,
): Promise<CallRecord> {
  const call = await store.calls.get(account.organizationId, id);
  if (call === undefined || (account.agent ?? { id: call.agentId }).id !== call.agentId) {
    throw new AppError("call_not_found");
  }
  return call;
}

type Dependencies = Pick<
  ApiDependencies,
  "store" | "calls" | "captures" | "config" | "destinations" | "outbound" | "transfers"
>;

export function callRoutes(
  app: Api,
  { store, calls, captures, config, destinations, outbound, transfers }: Dependencies,
): void {
  const shown = (call: CallRecord, request: FastifyRequest) => {
    const url = `${baseUrl(config, request)}/api/v2/calls/${call.id}`;
    return {
      ...call,
      recording: call.recording === null ? null : `${url}/recording`,
      messages: call.messages.map((message, index) => ({
        ...message,
        recording: `${url}/messages/${index + 1}/recording`,
      })),
    };
  };

  app.route({
    method: "GET",
    url: "/calls",
    schema: {
      tags,
      summary: "List calls, newest first",
      operationId: "listCalls",
      querystring: query({ ...filters, ...pageQuery }),
      response: answers({ 200: success({ calls: Type.Array(CallSchema), next: Next }) }),
    },
    handler: async (request) => {
      const account = accountFor(request);
      const { limit, after, ...asked } = request.query;
      if (account.agent !== undefined && asked.agentId !== undefined && asked.agentId !== account.agent.id) {
        return { success: true, calls: [], next: null };
      }
      const page = await store.calls.list(account.organizationId, filtersOf(asked, account), {
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      });
      return { success: true, calls: page.items.map((call) => shown(call, request)), next: page.next };
    },
  });

  app.route({
    method: "POST",
    url: "/calls",
    schema: {
      tags,
      summary: "Have an agent call somebody, now; how it goes is in the call's record",
      operationId: "placeCall",
      querystring: query({}),
      body: CallOutBody,
      response: answers({ 201: success({ message: Type.String(), call: CallSchema }) }, 409, 413, 415, 503),
    },
    handler: async (request, reply) => {
      const agent = await agentFor(request, store);
      const { organizationId } = agent;
      const { target: targetText, ...settings } = request.body;
      const target = destinations.read(organizationId, targetText);
      const { callId } = outbound.place({
        ...settings,
        ...{ organizationId, agentId: agent.id, target, targetText },
      });
      const call = await store.calls.get(organizationId, callId);
      if (call === undefined) throw new AppError("call_not_found");
      reply.code(201);
      return { success: true, message: `${targetText} is being called.`, call: shown(call, request) };
    },
  });

  app.route({
    method: "GET",
    url: "/calls/:id",
    schema: {
      tags,
      summary: "Get a call",
      operationId: "getCall",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: success({ call: CallSchema }) }, 404),
    },
    handler: async (request) => {
      const call = await findCall(store, accountFor(request), request.params.id);
      return { success: true, call: { ...shown(call, request), audioFindings: await findingsOf(call) } };
    },
  });

  /** With what the two sides said of their audio, where that is still kept. */
  const findingsOf = async (call: CallRecord): Promise<AudioFinding[]> => {
    const sipCallId = call.legs[0]?.sipCallId;
    const kept =
      typeof sipCallId === "string" && call.state === "ended"
        ? await captures.read(call.organizationId, [sipCallId])
        : [];
    const { theirs, ours } = lastDescriptions(kept.flatMap(({ messages }) => messages));
    return audioFindings({
      ...{ call, rtpPorts: config.rtpPorts },
      theirs: theirs === undefined ? undefined : saidAudio(theirs),
      ours: ours === undefined ? undefined : saidAudio(ours),
    });
  };

  /** A call that runs, or the answer that it does not. */
  const running = async (account: Account, id: string): Promise<string> => {
    const call = await findCall(store, account, id);
    if (call.state === "ended" || !calls.live(call.id)) {
      throw new AppError("call_not_active", "The call has ended: there is nobody to hear it.");
    }
    return call.id;
  };

  app.route({
    method: "POST",
    url: "/calls/:id/hangup",
    schema: {
      tags,
      summary: "End a call",
      operationId: "hangUpCall",
      params: IdParams,
      querystring: query({}),
      body: Type.Optional(Type.Object({}, { additionalProperties: false })),
      response: answers({ 200: Done }, 404, 409),
    },
    handler: async (request) => {
      await calls.hangUp(await running(accountFor(request), request.params.id));
      return { success: true, message: "The call is being ended." };
    },
  });

  app.route({
    method: "POST",
    url: "/calls/:id/transfer",
    schema: {
      tags,
      summary: "Put the caller through to a person; how it goes is in the call's timeline",
      operationId: "transferCall",
      params: IdParams,
      querystring: query({}),
      body: TransferBody,
      response: answers({ 200: Done }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      const { destination, ...settings } = request.body;
      const destinations = typeof destination === "string" ? [destination] : destination;
      transfers.start(await running(accountFor(request), request.params.id), { ...settings, destinations });
      return {
        success: true,
        message: `The caller is being put through to ${destinations.join(", then ")}.`,
      };
    },
  });

  app.route({
    method: "DELETE",
    url: "/calls/:id/transfer",
    schema: {
      tags,
      summary: "Give a transfer up: the caller is back with the agent",
      operationId: "cancelTransfer",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Done }, 404, 409),
    },
    handler: async (request) => {
      transfers.cancel(await running(accountFor(request), request.params.id));
      return { success: true, message: "The caller is back with the agent." };
    },
  });

  app.route({
    method: "POST",
    url: "/calls/:id/dtmf",
    schema: {
      tags,
      summary: "Send digits on a call",
      operationId: "sendDtmf",
      params: IdParams,
      querystring: query({}),
      body: DtmfBody,
      response: answers({ 200: Done }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      await calls.sendDtmf(await running(accountFor(request), request.params.id), request.body.digits);
      return { success: true, message: "The digits are sent." };
    },
  });

  app.route({
    method: "POST",
    url: "/calls/:id/say",
    schema: {
      tags,
      summary: "Have the agent say a text on a call, after what it is saying; answered when it has been said",
      operationId: "sayOnCall",
      params: IdParams,
      querystring: query({}),
      body: SayBody,
      response: answers({ 200: Done }, 404, 409, 413, 415),
    },
    handler: async (request) => {
      await calls.say(await running(accountFor(request), request.params.id), request.body.text);
      return { success: true, message: "The agent says it." };
    },
  });

  app.route({
    method: "GET",
    url: "/rejectedCalls",
    schema: {
      tags,
      summary: "List refused calls, newest first, each with what to do about it",
      operationId: "listRejectedCalls",
      querystring: query(pageQuery),
      response: answers({ 200: success({ rejectedCalls: Type.Array(RejectedCallSchema), next: Next }) }),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const { limit, after } = request.query;
      // What reached for nobody's agent is the operator's to see: the first organization's.
      const [operator] = await store.organizations.list();
      const page = await store.rejectedCalls.list(organizationId, {
        unowned: operator?.id === organizationId,
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      });
      const rejectedCalls = page.items.map(({ organizationId: _, ...rejected }) => rejected);
      return { success: true, rejectedCalls, next: page.next };
    },
  });
}
