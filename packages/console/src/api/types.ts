import type { paths } from "./schema.d.ts";

type Get<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;
type Body<Path extends keyof paths, Method extends "post" | "patch" | "put"> = paths[Path] extends {
  [M in Method]: { requestBody: { content: { "application/json": infer Content } } };
}
  ? Content
  : never;

export type Session = Get<"/api/v2/session">;
export type User = Session["user"];
export type Agent = Get<"/api/v2/agents/{id}">["agent"];
export type AgentPatch = Body<"/api/v2/agents/{id}", "patch">;
export type AgentDraft = Get<"/api/v2/agents/{id}/draft">["draft"];
export type AgentVersion = Get<"/api/v2/agents/{id}/versions/{number}">["version"];
export type AgentFunction = Agent["functions"][number];
export type ChatMessage = Body<"/api/v2/agents/{id}/chat", "post">["messages"][number];
export type Call = Get<"/api/v2/calls/{id}">["call"];
export type CapturesAnswer = Get<"/api/v2/sip/captures">;
export type CapturedMessage = NonNullable<Get<"/api/v2/sip/captures">["captures"]>[number];
export type RejectedCall = Get<"/api/v2/rejectedCalls">["rejectedCalls"][number];
export type Registration = Get<"/api/v2/sip/registration">["registration"];
export type RegistrationBody = Body<"/api/v2/sip/registration", "post">;
export type OutboundRoute = Get<"/api/v2/sip/outboundRoutes">["outboundRoutes"][number];
export type AllowedDestinations = Get<"/api/v2/sip/allowedDestinations">["allowedDestinations"];
export type Provider = Get<"/api/v2/providers">["providers"][number];
export type AccessEntry = Get<"/api/v2/sip/ipWhitelist">["whitelist"][number];
export type Webhook = Get<"/api/v2/webhooks">["webhooks"][number];
export type WebhookDelivery = Get<"/api/v2/webhooks/deliveries">["deliveries"][number];
export type Secret = Get<"/api/v2/secrets">["secrets"][number];
export type Token = Get<"/api/v2/tokens">["tokens"][number];
export type NodeStatus = Get<"/api/v2/status">["status"];
