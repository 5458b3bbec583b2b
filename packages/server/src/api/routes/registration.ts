import { type TSchema, Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import type { RegistrationView } from "../../registrations/registration-view.ts";
import { REGISTRATION_TRANSPORTS } from "../../store/records.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import { answerCaptures, CaptureFormat, CapturesAnswer } from "../captured-messages.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, Done, Nullable, query, success, Time } from "../schemas.ts";
import { agentFor } from "../target-agent.ts";

const tags = ["Registration"];

function Text(maxLength: number, description: string) {
  return Type.String({
    maxLength,
    pattern: "^[^\\u0000-\\u001f\\u007f]*$",
    description,
    "x-must": `a text of at most ${maxLength} characters, none of them a control character`,
  });
}

const optional = <Schema extends TSchema>(schema: Schema) => Type.Optional(Nullable(schema));

const identity = {
  aor: Type.Optional(
    Text(320, '"1001@pbx.example"; built of username and sipRealm if left out; of one agent on the system'),
  ),
  username: Type.Optional(Text(128, "The extension; the AOR's user if left out")),
  sipRealm: Type.Optional(Text(253, "The registrar's domain; the AOR's if left out")),
};

const Body = Type.Object(
  {
    ...identity,
    authUsername: optional(Text(128, "Name for authentication, where that is not the username")),
    password: optional(
      Text(256, "Kept encrypted, never shown. Left out: it stays as it is, unless the AOR is another one"),
    ),
    proxy: optional(Text(260, "host or host:port where REGISTER is sent, in place of the domain")),
    port: optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description:
          "A port in proxy wins; without any DNS is asked for SRV, and it is 5060 where there is none",
      }),
    ),
    transport: Type.Optional(Text(8, "udp (default), tcp or tls, in any case")),
    subscribe: Type.Optional(
      Type.Boolean({ description: "Whether to subscribe to message-summary (RFC 3842)" }),
    ),
  },
  { additionalProperties: false },
);

const SubscriptionState = Type.Enum([
  "subscribing",
  "pending",
  "active",
  "rejected",
  "unreachable",
  "unsubscribed",
]);

const RegistrationSchema = Type.Object({
  agentId: Type.String(),
  aor: Type.String(),
  username: Type.String(),
  authUsername: Nullable(Type.String()),
  hasPassword: Type.Boolean(),
  sipRealm: Type.String(),
  proxy: Nullable(Type.String()),
  port: Nullable(Type.Integer()),
  transport: Type.Enum([...REGISTRATION_TRANSPORTS]),
  subscribe: Type.Boolean(),
  state: Type.Enum(["registering", "registered", "rejected", "unreachable", "unregistered"]),
  fault: Nullable(Type.String({ description: "Stable code of what keeps it from being registered" })),
  hint: Nullable(Type.String({ description: "What is wrong and what to do about it" })),
  lastCode: Nullable(Type.Integer({ description: "Status of the registrar's last answer" })),
  lastReason: Nullable(Type.String()),
  expiresAt: Nullable(Time),
  nextAttemptAt: Nullable(Time),
  target: Nullable(Type.String({ description: "transport:address:port that was asked" })),
  publicAddress: Nullable(
    Type.String({ description: "address:port where the registrar sees us; null: our own address" }),
  ),
  voicemail: Nullable(
    Type.Object(
      {
        state: SubscriptionState,
        lastCode: Nullable(Type.Integer({ description: "Status of the last answer to SUBSCRIBE" })),
        waiting: Nullable(Type.Boolean({ description: "Whether messages are waiting; null: not told yet" })),
        newMessages: Nullable(Type.Integer()),
        oldMessages: Nullable(Type.Integer()),
      },
      { description: "What the PBX tells of the extension's voicemail, where subscribe is true" },
    ),
  ),
  calls: Nullable(
    Type.Object(
      {
        state: SubscriptionState,
        lastCode: Nullable(Type.Integer({ description: "489: the PBX does not offer it" })),
        dialogs: Type.Array(
          Type.Object({
            state: Type.String({ description: "trying, proceeding, early, confirmed" }),
            direction: Nullable(Type.Enum(["inbound", "outbound"])),
            remote: Nullable(Type.String({ description: "A SIP URI, as the PBX writes it" })),
          }),
        ),
      },
      {
        description:
          "What the PBX tells of the extension's calls, on whatever phone, where subscribe is true",
      },
    ),
  ),
  createdAt: Time,
  updatedAt: Time,
});

const One = success({ message: Type.String(), registration: RegistrationSchema });

export function registrationRoutes(
  app: Api,
  { store, registrations, captures }: Pick<ApiDependencies, "store" | "registrations" | "captures">,
): void {
  const found = (agentId: string): RegistrationView => {
    const registration = registrations.view(agentId);
    if (registration === undefined) throw new AppError("registration_not_found");
    return registration;
  };

  app.route({
    method: "GET",
    url: "/sip/registration",
    schema: {
      tags,
      summary: "Get an agent's registration and how it stands",
      operationId: "getRegistration",
      querystring: query({}),
      response: answers({ 200: One }, 404),
    },
    handler: async (request) => {
      const registration = found((await agentFor(request, store)).id);
      return { success: true, message: sentence(registration), registration };
    },
  });

  app.route({
    method: "GET",
    url: "/sip/registrations",
    schema: {
      tags,
      summary: "List the registrations of all agents and how they stand",
      operationId: "listRegistrations",
      querystring: query({}),
      response: answers({ 200: success({ registrations: Type.Array(RegistrationSchema) }) }),
    },
    handler: async (request) => {
      const { organizationId, agent } = accountFor(request);
      const records = (await store.registrations.list()).filter(
        (record) =>
          record.organizationId === organizationId && (agent === undefined || record.agentId === agent.id),
      );
      return {
        success: true,
        registrations: records.flatMap(({ agentId }) => registrations.view(agentId) ?? []),
      };
    },
  });

  app.route({
    method: "GET",
    url: "/sip/registration/captures",
    schema: {
      tags,
      summary: "Get the last SIP messages between an agent's registration and the registrar",
      operationId: "getRegistrationCaptures",
      querystring: query({ format: CaptureFormat }),
      response: answers({ 200: CapturesAnswer }, 404),
    },
    handler: async (request, reply) => {
      const { id, username } = await agentFor(request, store);
      found(id);
      const messages = captures.registrations.of(id);
      return answerCaptures(reply, messages, request.query.format, `registration-${username}`);
    },
  });

  app.route({
    method: "POST",
    url: "/sip/registration",
    schema: {
      tags,
      summary: "Register an agent at a PBX, or change its registration; it counts at once",
      operationId: "putRegistration",
      querystring: query({}),
      body: Body,
      response: answers({ 200: One, 201: One }, 409, 413, 415, 503),
    },
    handler: async (request, reply) => {
      const agent = await agentFor(request, store);
      const { created } = await registrations.put(agent, request.body);
      const registration = found(agent.id);
      const done = created ? "made" : "changed";
      return reply.code(created ? 201 : 200).send({
        success: true,
        message: `The registration is ${done}: ${sentence(registration)}`,
        registration,
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/sip/registration",
    schema: {
      tags,
      summary: "Take an agent's registration back and forget it",
      operationId: "deleteRegistration",
      querystring: query({}),
      response: answers({ 200: Done }, 404),
    },
    handler: async (request) => {
      const removed = await registrations.remove((await agentFor(request, store)).id);
      if (!removed) throw new AppError("registration_not_found");
      return { success: true, message: "The registration is deleted." };
    },
  });

  app.route({
    method: "POST",
    url: "/sip/registration/refresh",
    schema: {
      tags,
      summary: "Register now, whatever was waited for",
      operationId: "refreshRegistration",
      querystring: query({}),
      response: answers({ 200: One }, 404, 413, 415),
    },
    handler: async (request) => {
      const { id } = await agentFor(request, store);
      registrations.refresh(id);
      const registration = found(id);
      return { success: true, message: sentence(registration), registration };
    },
  });

  app.route({
    method: "POST",
    url: "/sip/registration/available",
    schema: {
      tags,
      summary: "Ask whether an AOR is free",
      operationId: "isAorAvailable",
      querystring: query({}),
      body: Type.Object(identity, { additionalProperties: false }),
      response: answers({ 200: success({ available: Type.Boolean(), message: Type.String() }) }, 413, 415),
    },
    handler: async (request) => {
      const { aor, available } = await registrations.available(request.body, accountFor(request).agent?.id);
      const message = `The AOR ${aor} is ${available ? "free" : "taken by an agent's registration"}.`;
      return { success: true, available, message };
    },
  });
}

/** How it stands, for a person. */
function sentence(registration: RegistrationView): string {
  const { state, lastCode, lastReason, target, expiresAt, hint } = registration;
  if (state === "registered") return `registered at ${target} until ${expiresAt}.`;
  if (state === "registering") return "registering.";
  const answer = lastCode === null ? "" : ` ${lastCode} ${lastReason ?? ""}`.trimEnd();
  return `${state}${answer}${hint === null ? "." : `: ${hint}`}`;
}
