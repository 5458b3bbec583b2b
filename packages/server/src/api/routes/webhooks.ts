import { Type } from "@fastify/type-provider-typebox";
import { AppError } from "../../errors.ts";
import { OutgoingError } from "../../outgoing-http/outgoing-error.ts";
import { newId } from "../../store/ids.ts";
import {
  DELIVERY_STATES,
  type DeliveryFilters,
  WEBHOOK_TYPES,
  type WebhookDelivery,
  type WebhookRecord,
  type WebhookType,
} from "../../store/webhook-records.ts";
import { GIVE_UP_MS } from "../../webhooks/retry-schedule.ts";
import { newWebhookSecret, PREVIOUS_SECRET_MS, secretPurpose } from "../../webhooks/signature.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import {
  answers,
  Closed,
  Done,
  IdParams,
  Next,
  Nullable,
  pageQuery,
  query,
  success,
  Time,
} from "../schemas.ts";

const tags = ["Webhooks"];

const Url = Type.String({
  minLength: 1,
  maxLength: 2048,
  description: "https: or http:; redirects are not followed",
});

const Webhook = Type.Object({
  id: Type.String(),
  userId: Type.String({ description: "The organization" }),
  url: Type.String(),
  label: Type.String(),
  type: Type.Enum([...WEBHOOK_TYPES]),
  state: Type.Enum(["active", "gone"], {
    description: "gone: it answered 410; nothing is sent until it is added again",
  }),
  disabledAt: Nullable(Time),
  previousSecretUntil: Nullable(Time),
  timestamp: Type.Integer({ description: "Unix seconds" }),
});

const list = { message: Type.String(), webhooks: Type.Array(Webhook) };
const List = success(list);
const Added = success({
  ...list,
  secret: Nullable(
    Type.String({
      description: "What deliveries are signed with: only here, never again; null: the webhook was there",
    }),
  ),
});

const Delivery = Type.Object({
  id: Type.String({ description: "As in X-Ringdown-Delivery: the same in each attempt" }),
  webhookId: Type.String(),
  url: Type.String(),
  event: Type.Enum([...WEBHOOK_TYPES]),
  callId: Type.String(),
  state: Type.Enum([...DELIVERY_STATES]),
  attempts: Type.Integer(),
  createdAt: Time,
  nextAttemptAt: Nullable(Time),
  lastAttemptAt: Nullable(Time),
  lastStatus: Nullable(Type.Integer({ description: "HTTP; null: there was no answer" })),
  lastError: Nullable(Type.String()),
  deliveredAt: Nullable(Time),
});

function shown({
  id,
  organizationId,
  url,
  label,
  type,
  disabledAt,
  previousUntil,
  createdAt,
}: WebhookRecord) {
  return {
    ...{ id, userId: organizationId, url, label, type, disabledAt, previousSecretUntil: previousUntil },
    state: disabledAt === null ? ("active" as const) : ("gone" as const),
    timestamp: Math.floor(Date.parse(createdAt) / 1000),
  };
}

function shownDelivery({ organizationId: _, body: __, dueAt, giveUpAt: ___, ...delivery }: WebhookDelivery) {
  return { ...delivery, nextAttemptAt: delivery.state === "pending" ? new Date(dueAt).toISOString() : null };
}

type Dependencies = Pick<ApiDependencies, "store" | "secrets" | "outgoing" | "webhooks">;

export function webhookRoutes(app: Api, { store, secrets, outgoing, webhooks }: Dependencies): void {
  const listed = (organizationId: string) => store.webhooks.list(organizationId).map(shown);

  app.route({
    method: "GET",
    url: "/webhooks",
    schema: {
      tags,
      summary: "List the webhooks",
      operationId: "listWebhooks",
      querystring: query({}),
      response: answers({ 200: List }),
    },
    handler: async (request) => {
      const all = listed(accountFor(request).organizationId);
      return { success: true, message: `There are ${all.length} webhooks.`, webhooks: all };
    },
  });

  app.route({
    method: "POST",
    url: "/webhooks/:id/secret",
    schema: {
      tags,
      summary: "Give a webhook another secret; for a day the one before signs as well",
      description:
        "The signature by the secret before is in X-Ringdown-Signature-Previous meanwhile, so a receiver that looks at both misses nothing.",
      operationId: "changeWebhookSecret",
      params: IdParams,
      querystring: query({}),
      response: answers(
        { 200: success({ message: Type.String(), webhook: Webhook, secret: Type.String() }) },
        404,
        503,
      ),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const { id } = request.params;
      const secret = newWebhookSecret();
      const hook = await store.webhooks.changeSecret(
        ...([organizationId, id, secrets.seal(secret, secretPurpose(id))] as const),
        new Date(Date.now() + PREVIOUS_SECRET_MS).toISOString(),
      );
      if (hook === undefined) throw new AppError("webhook_not_found");
      const message = "Deliveries are signed with it; for a day the one before signs as well.";
      return { success: true, message, webhook: shown(hook), secret };
    },
  });

  app.route({
    method: "POST",
    url: "/webhooks",
    schema: {
      tags,
      summary: "Have calls told to a URL; one that is there is switched on again",
      operationId: "addWebhook",
      querystring: query({}),
      body: Type.Object(
        {
          url: Url,
          label: Type.Optional(Type.String({ maxLength: 200 })),
          type: Type.Enum([...WEBHOOK_TYPES], {
            description: "conversation: a call has ended; incoming: one has come, and is not answered yet",
          }),
        },
        Closed,
      ),
      response: answers({ 200: Added, 201: Added }, 409, 413, 415, 503),
    },
    handler: async (request, reply) => {
      const { organizationId } = accountFor(request);
      const { url, label = "", type } = request.body;
      try {
        outgoing.check(url);
      } catch (error) {
        if (error instanceof OutgoingError) throw new AppError("webhook_invalid", `url: ${error.message}`);
        throw error;
      }
      const id = newId("whk");
      const secret = newWebhookSecret();
      const { created } = await store.webhooks.add({
        ...{ id, organizationId, url, label, type: type as WebhookType, disabledAt: null },
        sealedSecret: secrets.seal(secret, secretPurpose(id)),
        ...{ previousSealedSecret: null, previousUntil: null },
        createdAt: new Date().toISOString(),
      });
      return reply.code(created ? 201 : 200).send({
        success: true,
        message: created
          ? "It is told of calls from now on. The secret is shown here alone: keep it."
          : "It was there; its label is set, and it is switched on.",
        webhooks: listed(organizationId),
        secret: created ? secret : null,
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/webhooks",
    schema: {
      tags,
      summary: "Delete the webhooks of a URL; what was to be sent there is given up",
      operationId: "deleteWebhook",
      querystring: query({ url: Type.Optional(Url) }),
      body: Type.Optional(Type.Object({ url: Url }, Closed)),
      response: answers({ 200: List }, 404, 413, 415),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const url = request.body?.url ?? request.query.url;
      if (url === undefined) throw new AppError("validation_failed", "url is missing.");
      const removed = await store.webhooks.remove(organizationId, url);
      if (removed === 0) throw new AppError("webhook_not_found");
      return { success: true, message: "Deleted.", webhooks: listed(organizationId) };
    },
  });

  app.route({
    method: "GET",
    url: "/webhooks/deliveries",
    schema: {
      tags,
      summary: "List what was sent, or is to be, newest first; kept for 14 days",
      operationId: "listWebhookDeliveries",
      querystring: query({
        webhookId: Type.Optional(Type.String({ maxLength: 64 })),
        state: Type.Optional(Type.Enum([...DELIVERY_STATES])),
        ...pageQuery,
      }),
      response: answers({ 200: success({ deliveries: Type.Array(Delivery), next: Next }) }),
    },
    handler: async (request) => {
      const { limit, after, webhookId, state } = request.query;
      const filters: DeliveryFilters = {
        ...(webhookId === undefined ? {} : { webhookId }),
        ...(state === undefined ? {} : { state: state as NonNullable<DeliveryFilters["state"]> }),
      };
      const page = await store.deliveries.list(accountFor(request).organizationId, filters, {
        ...(limit === undefined ? {} : { limit }),
        ...(after === undefined ? {} : { after }),
      });
      return { success: true, deliveries: page.items.map(shownDelivery), next: page.next };
    },
  });

  app.route({
    method: "POST",
    url: "/webhooks/deliveries/:id/resend",
    schema: {
      tags,
      summary: "Send a delivery again, with the same id and body",
      operationId: "resendWebhookDelivery",
      params: IdParams,
      querystring: query({}),
      response: answers({ 200: Done }, 404, 409),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      const { id } = request.params;
      const delivery = await store.deliveries.get(organizationId, id);
      if (delivery === undefined) throw new AppError("delivery_not_found");
      const hook = store.webhooks.list(organizationId).find((one) => one.id === delivery.webhookId);
      if (hook === undefined || hook.disabledAt !== null) {
        throw new AppError("webhook_not_found", "Its webhook is not there any more: add it again.");
      }
      const now = Date.now();
      if (!(await store.deliveries.resend(organizationId, id, now, now + GIVE_UP_MS))) {
        throw new AppError("delivery_pending");
      }
      webhooks.wake();
      return { success: true, message: "It is sent again." };
    },
  });
}
