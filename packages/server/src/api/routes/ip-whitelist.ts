import { Type } from "@fastify/type-provider-typebox";
import { isVeryWide, parseNetwork } from "../../edge/address.ts";
import { AppError } from "../../errors.ts";
import type { AccessEntry } from "../../store/records.ts";
import type { Api } from "../api.ts";
import { accountFor } from "../authentication.ts";
import type { ApiDependencies } from "../dependencies.ts";
import { answers, query, success, WhitelistItem } from "../schemas.ts";

const tags = ["Access list"];
const List = success({ message: Type.String(), whitelist: Type.Array(WhitelistItem) });
const Ip = Type.String({ maxLength: 200, description: "IPv4, IPv6, or a network in CIDR form" });

function shown({ organizationId, label, createdAt, ip }: AccessEntry) {
  return { userId: organizationId, label, timestamp: Math.floor(Date.parse(createdAt) / 1000), ip };
}

export function ipWhitelistRoutes(app: Api, { store }: Pick<ApiDependencies, "store">): void {
  const list = async (organizationId: string) => (await store.accessList.list(organizationId)).map(shown);

  app.route({
    method: "GET",
    url: "/sip/ipWhitelist",
    schema: {
      tags,
      summary: "List the addresses that may send calls to the agents",
      operationId: "listIpWhitelist",
      querystring: query({}),
      response: answers({ 200: List }),
    },
    handler: async (request) => {
      const whitelist = await list(accountFor(request).organizationId);
      return { success: true, message: `The access list holds ${whitelist.length}.`, whitelist };
    },
  });

  app.route({
    method: "POST",
    url: "/sip/ipWhitelist",
    schema: {
      tags,
      summary: "Add an address or a network; it counts from the next INVITE",
      operationId: "addIpWhitelist",
      querystring: query({}),
      body: Type.Object(
        {
          ip: Ip,
          label: Type.String({ maxLength: 200 }),
          confirm: Type.Optional(
            Type.Boolean({
              description: "true: a very wide network (IPv4 below /8, IPv6 below /32) is meant",
            }),
          ),
        },
        { additionalProperties: false },
      ),
      response: answers({ 200: List, 201: List }, 409, 413, 415),
    },
    handler: async (request, reply) => {
      const { organizationId } = accountFor(request);
      const { ip, label, confirm = false } = request.body;
      const reading = parseNetwork(ip);
      if (!reading.ok) throw new AppError("ip_invalid", reading.reason);
      if (isVeryWide(reading.network) && !confirm) {
        throw new AppError(
          "ip_too_wide",
          `ip ${reading.network.text} lets a large part of the internet send calls: if that is meant, ` +
            'send it again with "confirm": true.',
        );
      }
      const { entry, created } = await store.accessList.add(organizationId, { ip, label });
      return reply.code(created ? 201 : 200).send({
        success: true,
        message: created
          ? `${entry.ip} may send calls now.`
          : `${entry.ip} was in the list; its label is set.`,
        whitelist: await list(organizationId),
      });
    },
  });

  app.route({
    method: "DELETE",
    url: "/sip/ipWhitelist",
    schema: {
      tags,
      summary: "Remove an address or a network; it counts from the next INVITE",
      operationId: "deleteIpWhitelist",
      querystring: query({ ip: Type.Optional(Ip) }),
      body: Type.Optional(Type.Object({ ip: Ip }, { additionalProperties: false })),
      response: answers({ 200: List }, 404, 413, 415),
    },
    handler: async (request) => {
      const { organizationId } = accountFor(request);
      // The facts give it in the body; some clients cannot send one with DELETE.
      const ip = request.body?.ip ?? request.query.ip;
      if (ip === undefined) throw new AppError("validation_failed", "ip is missing.");
      const removed = await store.accessList.remove(organizationId, ip);
      if (!removed) throw new AppError("ip_not_found", `The access list has no entry ${JSON.stringify(ip)}.`);
      return { success: true, message: "Removed.", whitelist: await list(organizationId) };
    },
  });
}
