// Made from the OpenAPI document by build/make-types.ts: not to be edited.

export interface paths {
    "/api/v2/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Who is signed in in this browser */
        get: operations["getSession"];
        put?: never;
        /** Sign in: the answer sets a cookie */
        post: operations["signIn"];
        /** Sign out */
        delete: operations["signOut"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/session/link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Whose password a one-time link sets */
        post: operations["readPasswordLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/session/password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set a password, by a one-time link or by the present one; all other sessions of the user end */
        put: operations["setPassword"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Follow what changes: calls, registrations, refusals, webhooks, settings */
        get: operations["followEvents"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the agents */
        get: operations["listAgents"];
        put?: never;
        /** Create an agent; it takes calls at once */
        post: operations["createAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an agent */
        get: operations["getAgent"];
        put?: never;
        post?: never;
        /** Delete an agent; its calls stay */
        delete: operations["deleteAgent"];
        options?: never;
        head?: never;
        /** Change an agent; fields left out keep their value */
        patch: operations["updateAgent"];
        trace?: never;
    };
    "/api/v2/agents/{id}/draft": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get what the agent is to be, and is not yet */
        get: operations["getAgentDraft"];
        /**
         * Keep changes aside: no call has them before they are published
         * @description The whole draft: what an earlier one had is gone. Fields left out stay as the agent has them.
         */
        put: operations["putAgentDraft"];
        post?: never;
        /** Give up the draft; the agent stays as it is */
        delete: operations["deleteAgentDraft"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}/publish": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put the draft in force: it counts from the next call */
        post: operations["publishAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}/versions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what the agent was at each change, newest first; the last 100 are kept */
        get: operations["listAgentVersions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}/versions/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get all that the agent was */
        get: operations["getAgentVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}/versions/{number}/restore": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the agent again what it was; that is a version of its own
         * @description Name and numbers stay as they are: they are how the agent is reached.
         */
        post: operations["restoreAgentVersion"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}/chat": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Chat with an agent by text, as it would talk on the phone */
        post: operations["chatWithAgent"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/ipWhitelist": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the addresses that may send calls to the agents */
        get: operations["listIpWhitelist"];
        put?: never;
        /** Add an address or a network; it counts from the next INVITE */
        post: operations["addIpWhitelist"];
        /** Remove an address or a network; it counts from the next INVITE */
        delete: operations["deleteIpWhitelist"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/registration": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an agent's registration and how it stands */
        get: operations["getRegistration"];
        put?: never;
        /** Register an agent at a PBX, or change its registration; it counts at once */
        post: operations["putRegistration"];
        /** Take an agent's registration back and forget it */
        delete: operations["deleteRegistration"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/registrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the registrations of all agents and how they stand */
        get: operations["listRegistrations"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/registration/captures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the last SIP messages between an agent's registration and the registrar */
        get: operations["getRegistrationCaptures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/registration/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Register now, whatever was waited for */
        post: operations["refreshRegistration"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/registration/available": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask whether an AOR is free */
        post: operations["isAorAvailable"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/outboundRoutes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List where outbound calls go, in the order in which it is tried */
        get: operations["listOutboundRoutes"];
        put?: never;
        /** Add an outbound route; it counts from the next call */
        post: operations["addOutboundRoute"];
        /** Remove an outbound route by its string */
        delete: operations["deleteOutboundRoute"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/outboundRoutes/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Show what a call by a route would do: DNS, targets, and what each says to OPTIONS */
        post: operations["testOutboundRoute"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/outboundRoutes/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get an outbound route */
        get: operations["getOutboundRoute"];
        put?: never;
        post?: never;
        /** Remove an outbound route */
        delete: operations["removeOutboundRoute"];
        options?: never;
        head?: never;
        /** Change an outbound route, its place in the order, its credentials or its caller ID */
        patch: operations["updateOutboundRoute"];
        trace?: never;
    };
    "/api/v2/sip/allowedDestinations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show what the organization's agents may call */
        get: operations["getAllowedDestinations"];
        /** Set what the organization's agents may call; what is left out is the default; it counts from the next call */
        put: operations["setAllowedDestinations"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/providers": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the providers of models and voices, and which of them can be used */
        get: operations["listProviders"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/providers/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set a provider's key or address; it counts from the next call */
        put: operations["setProvider"];
        post?: never;
        /** Forget what was set of a provider; what the environment has counts again */
        delete: operations["deleteProvider"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/providers/{name}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask the provider whether it takes the key */
        post: operations["testProvider"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/secrets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the secrets that functions send along, without their values */
        get: operations["listSecrets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/secrets/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Set a secret: functions of agents send it as {{secret:NAME}}, to these hosts alone */
        put: operations["setSecret"];
        post?: never;
        /** Forget a secret; functions that send it fail from then on */
        delete: operations["deleteSecret"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/mcp/tools": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Ask an MCP server now for the tools that it offers */
        post: operations["listMcpTools"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/webhooks": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the webhooks */
        get: operations["listWebhooks"];
        put?: never;
        /** Have calls told to a URL; one that is there is switched on again */
        post: operations["addWebhook"];
        /** Delete the webhooks of a URL; what was to be sent there is given up */
        delete: operations["deleteWebhook"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/webhooks/{id}/secret": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Give a webhook another secret; for a day the one before signs as well
         * @description The signature by the secret before is in X-Ringdown-Signature-Previous meanwhile, so a receiver that looks at both misses nothing.
         */
        post: operations["changeWebhookSecret"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/webhooks/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List what was sent, or is to be, newest first; kept for 14 days */
        get: operations["listWebhookDeliveries"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/webhooks/deliveries/{id}/resend": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send a delivery again, with the same id and body */
        post: operations["resendWebhookDelivery"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/agents/{id}/softphone": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** A line by which a browser calls the agent: SIP over WebSocket, audio by WebRTC */
        post: operations["openSoftphone"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the API tokens, masked */
        get: operations["listTokens"];
        put?: never;
        /** Make an API token; it is shown in this answer and never again */
        post: operations["createToken"];
        /** Delete an API token, named by itself, its id or its masked form */
        delete: operations["deleteToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List who may sign in */
        get: operations["listUsers"];
        put?: never;
        /** Add a user; the answer has a one-time link by which he sets his password */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/users/{id}/passwordLink": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make a one-time link by which a user sets a new password; the old one counts until then */
        post: operations["makePasswordLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Delete a user; his sessions end at once */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /** Change what a user may do */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/api/v2/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List calls, newest first */
        get: operations["listCalls"];
        put?: never;
        /** Have an agent call somebody, now; how it goes is in the call's record */
        post: operations["placeCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a call */
        get: operations["getCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/hangup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** End a call */
        post: operations["hangUpCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/transfer": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Put the caller through to a person; how it goes is in the call's timeline */
        post: operations["transferCall"];
        /** Give a transfer up: the caller is back with the agent */
        delete: operations["cancelTransfer"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/dtmf": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Send digits on a call */
        post: operations["sendDtmf"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/say": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Have the agent say a text on a call, after what it is saying; answered when it has been said */
        post: operations["sayOnCall"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/rejectedCalls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List refused calls, newest first, each with what to do about it */
        get: operations["listRejectedCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/sip/captures": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get the SIP messages of a call by its SIP Call-ID */
        get: operations["getSipCaptures"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a call's recording (WAV, left the caller, right the agent), also while it runs */
        get: {
            parameters: {
                query?: {
                    /** @description An organization or an agent; the token's organization if left out */
                    targetAccountId?: string;
                };
                header?: never;
                path: {
                    id: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description WAV */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "audio/wav": unknown;
                    };
                };
                /** @description A part of it */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "audio/wav": unknown;
                    };
                };
                default: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/messages/{number}/recording": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Get a message that the caller left (WAV) */
        get: {
            parameters: {
                query?: {
                    /** @description An organization or an agent; the token's organization if left out */
                    targetAccountId?: string;
                };
                header?: never;
                path: {
                    id: string;
                    /** @description Its place in the call's `messages`, from 1 */
                    number: string;
                };
                cookie?: never;
            };
            requestBody?: never;
            responses: {
                /** @description WAV */
                200: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "audio/wav": unknown;
                    };
                };
                /** @description A part of it */
                206: {
                    headers: {
                        [name: string]: unknown;
                    };
                    content: {
                        "audio/wav": unknown;
                    };
                };
                default: components["responses"]["Failure"];
            };
        };
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/calls/{id}/audio": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Listen to a call while it runs
         * @description Who listens stands in the call's timeline. Nobody in the call is told.
         */
        get: operations["listenToCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** What this node does now */
        get: operations["getStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: never;
    responses: {
        /** @description It failed */
        Failure: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": {
                    /** @constant */
                    success: false;
                    code: string;
                    message: string;
                };
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getSession: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        user: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        };
                        organization: {
                            id: string;
                            name: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    signIn: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    username: string;
                    password: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        user: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        };
                        organization: {
                            id: string;
                            name: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    signOut: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    readPasswordLink: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description What stands behind the # of the link */
                    link: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        username: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    setPassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    password: string;
                    /** @description What stands behind the # of the link */
                    link?: string;
                    present?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        user: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        };
                        organization: {
                            id: string;
                            name: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    followEvents: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Server-sent events, each with a JSON object as data. `call`: {id, agentId, state}, at most five times a second a call; `registration`: {agentId}; `rejectedCall`: {}; `webhookDelivery`: {}, one was tried; `settings`: {path}, what was changed by the API; after `hello`, which begins each stream, all that is shown should be asked for anew */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listAgents: {
        parameters: {
            query?: {
                /** @description Items a page; 50 if left out */
                limit?: number;
                /** @description The `next` of the page before */
                after?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        agents: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @description What callers dial */
                            sipUris: string[];
                            /**
                             * @description E.164, each of one agent on the system
                             * @default []
                             */
                            phoneNumbers: string[];
                            /** @default  */
                            title: string;
                            /** @default  */
                            description: string;
                            /**
                             * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                             * @default attendant
                             * @enum {unknown}
                             */
                            mode: "attendant" | "echo" | "pipeline" | "realtime";
                            /** @default [] */
                            functions: ({
                                /** @enum {string} */
                                type: "say";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                text: string;
                            } | {
                                /** @enum {string} */
                                type: "takeMessage";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                prompt?: string;
                                /** @description Longest message, in seconds */
                                maxSeconds?: number;
                            } | {
                                /** @enum {string} */
                                type: "sendDtmf";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description DTMF (RFC 4733 events 0 to 15) */
                                digits: string;
                            } | {
                                /** @enum {string} */
                                type: "transfer";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                destination: string | string[];
                                /** @description Spoken to who answers, alone */
                                transferNotification?: string;
                                /** @description Name of the function that follows where nobody could be had */
                                fallback?: string;
                            } | {
                                /** @enum {string} */
                                type: "endCall";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                farewell?: string;
                            } | {
                                /** @enum {string} */
                                type: "http";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                description: string;
                                /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                parameters?: {
                                    [key: string]: unknown;
                                };
                                /**
                                 * @description GET if left out
                                 * @enum {unknown}
                                 */
                                method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                            } | {
                                /** @enum {string} */
                                type: "mcp";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                                /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                tools?: string[];
                            })[];
                            /**
                             * @description The greeting
                             * @default
                             */
                            welcomeMessage: string;
                            /** @default  */
                            agentInstructions: string;
                            /**
                             * @default en-US
                             * @enum {unknown}
                             */
                            agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                            agentVoice: string | null;
                            /**
                             * @description IANA name
                             * @default UTC
                             */
                            timezone: string;
                            /**
                             * @description Seconds of silence before the caller is asked whether he is there
                             * @default 13
                             */
                            callerResponseTimeout: number;
                            /**
                             * @description Such questions, unanswered, before the call is ended; 0: never
                             * @default 3
                             */
                            callerResponseTimeoutHangupCounter: number;
                            /** @default 3 */
                            interruptionWordCount: number;
                            /**
                             * @description Seconds the agent must have spoken before a voice interrupts it
                             * @default 3
                             */
                            interruptionMinimumSpeakingTime: number;
                            agentModel: string | null;
                            agentModelFallback: string | null;
                            agentSttEngine: string | null;
                            agentS2SEngine: string | null;
                            /**
                             * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                             * @default 500
                             */
                            speechProcessingDelay: number;
                            /**
                             * @description Milliseconds between words that end a turn
                             * @default 1200
                             */
                            speakingTimeout: number;
                            /**
                             * @description Milliseconds from the answer to the first word
                             * @default 0
                             */
                            waitOnAnswer: number;
                            /**
                             * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                             * @default 8
                             */
                            waitToGreetTimeout: number;
                            /**
                             * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                             * @default continue
                             * @enum {unknown}
                             */
                            onMachine: "continue" | "hangUp" | "leaveMessage";
                            /**
                             * @description Left on a machine after its beep; empty: the greeting
                             * @default
                             */
                            machineMessage: string;
                            /**
                             * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                             * @default false
                             */
                            confirmTransfers: boolean;
                            /**
                             * @description Seconds for that
                             * @default 30
                             */
                            transferConfirmTimeout: number;
                            /**
                             * @description Who answers a transfer sees the agent's number; else the caller's
                             * @default false
                             */
                            useAgentNumberForTransfers: boolean;
                            /**
                             * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                             * @default bridge
                             * @enum {unknown}
                             */
                            transferMode: "bridge" | "refer";
                            /**
                             * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                             * @default true
                             */
                            transferReferFallback: boolean;
                            /**
                             * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                             * @default false
                             */
                            attendedTransfers: boolean;
                            attendedTransferBridgeTrigger: string | null;
                            /**
                             * @description The agent goes on listening and writing down after it has put the caller through
                             * @default false
                             */
                            monitorTransfers: boolean;
                            /**
                             * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                             * @default music
                             * @enum {unknown}
                             */
                            transferAudio: "ringback" | "music";
                            /**
                             * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                             * @default true
                             */
                            acceptTransfers: boolean;
                            preAnswerRingTime: number | null;
                            /**
                             * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                             * @default true
                             */
                            callSummary: boolean;
                            /**
                             * @description What is to be written down of each call, for `collectedData`
                             * @default []
                             */
                            reportingFields: {
                                key: string;
                                label: string;
                                /** @description What the value is to say, for the model */
                                instructions?: string;
                                values: {
                                    /** @enum {unknown} */
                                    kind: "boolean" | "number" | "text";
                                } | {
                                    /** @enum {string} */
                                    kind: "choices";
                                    choices: string[];
                                };
                            }[];
                            /**
                             * @description Whether calls are recorded
                             * @default true
                             */
                            recording: boolean;
                            /**
                             * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                             * @default true
                             * @enum {unknown}
                             */
                            autoRecordingNotification: "true" | "false" | "always";
                            /** @default This call is being recorded. */
                            recordingNotificationPhrase: string;
                            maxCallDuration: number | null;
                            maxConcurrentCalls: number | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                        /** @description Give it as `after` to get the next page; null: this is the last */
                        next: string | null;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    createAgent: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Unique on the system in any case */
                    username: string;
                    /**
                     * @description E.164, each of one agent on the system
                     * @default []
                     */
                    phoneNumbers?: string[];
                    /** @default  */
                    title?: string;
                    /** @default  */
                    description?: string;
                    /**
                     * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                     * @default attendant
                     * @enum {unknown}
                     */
                    mode?: "attendant" | "echo" | "pipeline" | "realtime";
                    /** @default [] */
                    functions?: ({
                        /** @enum {string} */
                        type: "say";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        text: string;
                    } | {
                        /** @enum {string} */
                        type: "takeMessage";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        prompt?: string;
                        /** @description Longest message, in seconds */
                        maxSeconds?: number;
                    } | {
                        /** @enum {string} */
                        type: "sendDtmf";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description DTMF (RFC 4733 events 0 to 15) */
                        digits: string;
                    } | {
                        /** @enum {string} */
                        type: "transfer";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description As the target of a call out; of several the next is tried where one cannot be had */
                        destination: string | string[];
                        /** @description Spoken to who answers, alone */
                        transferNotification?: string;
                        /** @description Name of the function that follows where nobody could be had */
                        fallback?: string;
                    } | {
                        /** @enum {string} */
                        type: "endCall";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        farewell?: string;
                    } | {
                        /** @enum {string} */
                        type: "http";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                        description: string;
                        /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                        parameters?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description GET if left out
                         * @enum {unknown}
                         */
                        method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                        /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                        url: string;
                        /** @description With {{secret:NAME}} where a key belongs */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description Seconds for the whole answer; 10 if left out */
                        timeout?: number;
                    } | {
                        /** @enum {string} */
                        type: "mcp";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                        url: string;
                        /** @description With {{secret:NAME}} where a key belongs */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description Seconds for the whole answer; 10 if left out */
                        timeout?: number;
                        /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                        tools?: string[];
                    })[];
                    /**
                     * @description The greeting
                     * @default
                     */
                    welcomeMessage?: string;
                    /** @default  */
                    agentInstructions?: string;
                    /**
                     * @default en-US
                     * @enum {unknown}
                     */
                    agentLang?: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                    agentVoice?: string | null;
                    /**
                     * @description IANA name
                     * @default UTC
                     */
                    timezone?: string;
                    /**
                     * @description Seconds of silence before the caller is asked whether he is there
                     * @default 13
                     */
                    callerResponseTimeout?: number;
                    /**
                     * @description Such questions, unanswered, before the call is ended; 0: never
                     * @default 3
                     */
                    callerResponseTimeoutHangupCounter?: number;
                    /** @default 3 */
                    interruptionWordCount?: number;
                    /**
                     * @description Seconds the agent must have spoken before a voice interrupts it
                     * @default 3
                     */
                    interruptionMinimumSpeakingTime?: number;
                    agentModel?: string | null;
                    agentModelFallback?: string | null;
                    agentSttEngine?: string | null;
                    agentS2SEngine?: string | null;
                    /**
                     * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                     * @default 500
                     */
                    speechProcessingDelay?: number;
                    /**
                     * @description Milliseconds between words that end a turn
                     * @default 1200
                     */
                    speakingTimeout?: number;
                    /**
                     * @description Milliseconds from the answer to the first word
                     * @default 0
                     */
                    waitOnAnswer?: number;
                    /**
                     * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                     * @default 8
                     */
                    waitToGreetTimeout?: number;
                    /**
                     * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                     * @default continue
                     * @enum {unknown}
                     */
                    onMachine?: "continue" | "hangUp" | "leaveMessage";
                    /**
                     * @description Left on a machine after its beep; empty: the greeting
                     * @default
                     */
                    machineMessage?: string;
                    /**
                     * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                     * @default false
                     */
                    confirmTransfers?: boolean;
                    /**
                     * @description Seconds for that
                     * @default 30
                     */
                    transferConfirmTimeout?: number;
                    /**
                     * @description Who answers a transfer sees the agent's number; else the caller's
                     * @default false
                     */
                    useAgentNumberForTransfers?: boolean;
                    /**
                     * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                     * @default bridge
                     * @enum {unknown}
                     */
                    transferMode?: "bridge" | "refer";
                    /**
                     * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                     * @default true
                     */
                    transferReferFallback?: boolean;
                    /**
                     * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                     * @default false
                     */
                    attendedTransfers?: boolean;
                    attendedTransferBridgeTrigger?: string | null;
                    /**
                     * @description The agent goes on listening and writing down after it has put the caller through
                     * @default false
                     */
                    monitorTransfers?: boolean;
                    /**
                     * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                     * @default music
                     * @enum {unknown}
                     */
                    transferAudio?: "ringback" | "music";
                    /**
                     * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                     * @default true
                     */
                    acceptTransfers?: boolean;
                    preAnswerRingTime?: number | null;
                    /**
                     * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                     * @default true
                     */
                    callSummary?: boolean;
                    /**
                     * @description What is to be written down of each call, for `collectedData`
                     * @default []
                     */
                    reportingFields?: {
                        key: string;
                        label: string;
                        /** @description What the value is to say, for the model */
                        instructions?: string;
                        values: {
                            /** @enum {unknown} */
                            kind: "boolean" | "number" | "text";
                        } | {
                            /** @enum {string} */
                            kind: "choices";
                            choices: string[];
                        };
                    }[];
                    /**
                     * @description Whether calls are recorded
                     * @default true
                     */
                    recording?: boolean;
                    /**
                     * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                     * @default true
                     * @enum {unknown}
                     */
                    autoRecordingNotification?: "true" | "false" | "always";
                    /** @default This call is being recorded. */
                    recordingNotificationPhrase?: string;
                    maxCallDuration?: number | null;
                    maxConcurrentCalls?: number | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        agent: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @description What callers dial */
                            sipUris: string[];
                            /**
                             * @description E.164, each of one agent on the system
                             * @default []
                             */
                            phoneNumbers: string[];
                            /** @default  */
                            title: string;
                            /** @default  */
                            description: string;
                            /**
                             * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                             * @default attendant
                             * @enum {unknown}
                             */
                            mode: "attendant" | "echo" | "pipeline" | "realtime";
                            /** @default [] */
                            functions: ({
                                /** @enum {string} */
                                type: "say";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                text: string;
                            } | {
                                /** @enum {string} */
                                type: "takeMessage";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                prompt?: string;
                                /** @description Longest message, in seconds */
                                maxSeconds?: number;
                            } | {
                                /** @enum {string} */
                                type: "sendDtmf";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description DTMF (RFC 4733 events 0 to 15) */
                                digits: string;
                            } | {
                                /** @enum {string} */
                                type: "transfer";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                destination: string | string[];
                                /** @description Spoken to who answers, alone */
                                transferNotification?: string;
                                /** @description Name of the function that follows where nobody could be had */
                                fallback?: string;
                            } | {
                                /** @enum {string} */
                                type: "endCall";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                farewell?: string;
                            } | {
                                /** @enum {string} */
                                type: "http";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                description: string;
                                /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                parameters?: {
                                    [key: string]: unknown;
                                };
                                /**
                                 * @description GET if left out
                                 * @enum {unknown}
                                 */
                                method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                            } | {
                                /** @enum {string} */
                                type: "mcp";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                                /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                tools?: string[];
                            })[];
                            /**
                             * @description The greeting
                             * @default
                             */
                            welcomeMessage: string;
                            /** @default  */
                            agentInstructions: string;
                            /**
                             * @default en-US
                             * @enum {unknown}
                             */
                            agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                            agentVoice: string | null;
                            /**
                             * @description IANA name
                             * @default UTC
                             */
                            timezone: string;
                            /**
                             * @description Seconds of silence before the caller is asked whether he is there
                             * @default 13
                             */
                            callerResponseTimeout: number;
                            /**
                             * @description Such questions, unanswered, before the call is ended; 0: never
                             * @default 3
                             */
                            callerResponseTimeoutHangupCounter: number;
                            /** @default 3 */
                            interruptionWordCount: number;
                            /**
                             * @description Seconds the agent must have spoken before a voice interrupts it
                             * @default 3
                             */
                            interruptionMinimumSpeakingTime: number;
                            agentModel: string | null;
                            agentModelFallback: string | null;
                            agentSttEngine: string | null;
                            agentS2SEngine: string | null;
                            /**
                             * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                             * @default 500
                             */
                            speechProcessingDelay: number;
                            /**
                             * @description Milliseconds between words that end a turn
                             * @default 1200
                             */
                            speakingTimeout: number;
                            /**
                             * @description Milliseconds from the answer to the first word
                             * @default 0
                             */
                            waitOnAnswer: number;
                            /**
                             * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                             * @default 8
                             */
                            waitToGreetTimeout: number;
                            /**
                             * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                             * @default continue
                             * @enum {unknown}
                             */
                            onMachine: "continue" | "hangUp" | "leaveMessage";
                            /**
                             * @description Left on a machine after its beep; empty: the greeting
                             * @default
                             */
                            machineMessage: string;
                            /**
                             * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                             * @default false
                             */
                            confirmTransfers: boolean;
                            /**
                             * @description Seconds for that
                             * @default 30
                             */
                            transferConfirmTimeout: number;
                            /**
                             * @description Who answers a transfer sees the agent's number; else the caller's
                             * @default false
                             */
                            useAgentNumberForTransfers: boolean;
                            /**
                             * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                             * @default bridge
                             * @enum {unknown}
                             */
                            transferMode: "bridge" | "refer";
                            /**
                             * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                             * @default true
                             */
                            transferReferFallback: boolean;
                            /**
                             * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                             * @default false
                             */
                            attendedTransfers: boolean;
                            attendedTransferBridgeTrigger: string | null;
                            /**
                             * @description The agent goes on listening and writing down after it has put the caller through
                             * @default false
                             */
                            monitorTransfers: boolean;
                            /**
                             * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                             * @default music
                             * @enum {unknown}
                             */
                            transferAudio: "ringback" | "music";
                            /**
                             * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                             * @default true
                             */
                            acceptTransfers: boolean;
                            preAnswerRingTime: number | null;
                            /**
                             * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                             * @default true
                             */
                            callSummary: boolean;
                            /**
                             * @description What is to be written down of each call, for `collectedData`
                             * @default []
                             */
                            reportingFields: {
                                key: string;
                                label: string;
                                /** @description What the value is to say, for the model */
                                instructions?: string;
                                values: {
                                    /** @enum {unknown} */
                                    kind: "boolean" | "number" | "text";
                                } | {
                                    /** @enum {string} */
                                    kind: "choices";
                                    choices: string[];
                                };
                            }[];
                            /**
                             * @description Whether calls are recorded
                             * @default true
                             */
                            recording: boolean;
                            /**
                             * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                             * @default true
                             * @enum {unknown}
                             */
                            autoRecordingNotification: "true" | "false" | "always";
                            /** @default This call is being recorded. */
                            recordingNotificationPhrase: string;
                            maxCallDuration: number | null;
                            maxConcurrentCalls: number | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getAgent: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        agent: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @description What callers dial */
                            sipUris: string[];
                            /**
                             * @description E.164, each of one agent on the system
                             * @default []
                             */
                            phoneNumbers: string[];
                            /** @default  */
                            title: string;
                            /** @default  */
                            description: string;
                            /**
                             * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                             * @default attendant
                             * @enum {unknown}
                             */
                            mode: "attendant" | "echo" | "pipeline" | "realtime";
                            /** @default [] */
                            functions: ({
                                /** @enum {string} */
                                type: "say";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                text: string;
                            } | {
                                /** @enum {string} */
                                type: "takeMessage";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                prompt?: string;
                                /** @description Longest message, in seconds */
                                maxSeconds?: number;
                            } | {
                                /** @enum {string} */
                                type: "sendDtmf";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description DTMF (RFC 4733 events 0 to 15) */
                                digits: string;
                            } | {
                                /** @enum {string} */
                                type: "transfer";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                destination: string | string[];
                                /** @description Spoken to who answers, alone */
                                transferNotification?: string;
                                /** @description Name of the function that follows where nobody could be had */
                                fallback?: string;
                            } | {
                                /** @enum {string} */
                                type: "endCall";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                farewell?: string;
                            } | {
                                /** @enum {string} */
                                type: "http";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                description: string;
                                /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                parameters?: {
                                    [key: string]: unknown;
                                };
                                /**
                                 * @description GET if left out
                                 * @enum {unknown}
                                 */
                                method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                            } | {
                                /** @enum {string} */
                                type: "mcp";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                                /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                tools?: string[];
                            })[];
                            /**
                             * @description The greeting
                             * @default
                             */
                            welcomeMessage: string;
                            /** @default  */
                            agentInstructions: string;
                            /**
                             * @default en-US
                             * @enum {unknown}
                             */
                            agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                            agentVoice: string | null;
                            /**
                             * @description IANA name
                             * @default UTC
                             */
                            timezone: string;
                            /**
                             * @description Seconds of silence before the caller is asked whether he is there
                             * @default 13
                             */
                            callerResponseTimeout: number;
                            /**
                             * @description Such questions, unanswered, before the call is ended; 0: never
                             * @default 3
                             */
                            callerResponseTimeoutHangupCounter: number;
                            /** @default 3 */
                            interruptionWordCount: number;
                            /**
                             * @description Seconds the agent must have spoken before a voice interrupts it
                             * @default 3
                             */
                            interruptionMinimumSpeakingTime: number;
                            agentModel: string | null;
                            agentModelFallback: string | null;
                            agentSttEngine: string | null;
                            agentS2SEngine: string | null;
                            /**
                             * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                             * @default 500
                             */
                            speechProcessingDelay: number;
                            /**
                             * @description Milliseconds between words that end a turn
                             * @default 1200
                             */
                            speakingTimeout: number;
                            /**
                             * @description Milliseconds from the answer to the first word
                             * @default 0
                             */
                            waitOnAnswer: number;
                            /**
                             * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                             * @default 8
                             */
                            waitToGreetTimeout: number;
                            /**
                             * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                             * @default continue
                             * @enum {unknown}
                             */
                            onMachine: "continue" | "hangUp" | "leaveMessage";
                            /**
                             * @description Left on a machine after its beep; empty: the greeting
                             * @default
                             */
                            machineMessage: string;
                            /**
                             * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                             * @default false
                             */
                            confirmTransfers: boolean;
                            /**
                             * @description Seconds for that
                             * @default 30
                             */
                            transferConfirmTimeout: number;
                            /**
                             * @description Who answers a transfer sees the agent's number; else the caller's
                             * @default false
                             */
                            useAgentNumberForTransfers: boolean;
                            /**
                             * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                             * @default bridge
                             * @enum {unknown}
                             */
                            transferMode: "bridge" | "refer";
                            /**
                             * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                             * @default true
                             */
                            transferReferFallback: boolean;
                            /**
                             * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                             * @default false
                             */
                            attendedTransfers: boolean;
                            attendedTransferBridgeTrigger: string | null;
                            /**
                             * @description The agent goes on listening and writing down after it has put the caller through
                             * @default false
                             */
                            monitorTransfers: boolean;
                            /**
                             * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                             * @default music
                             * @enum {unknown}
                             */
                            transferAudio: "ringback" | "music";
                            /**
                             * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                             * @default true
                             */
                            acceptTransfers: boolean;
                            preAnswerRingTime: number | null;
                            /**
                             * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                             * @default true
                             */
                            callSummary: boolean;
                            /**
                             * @description What is to be written down of each call, for `collectedData`
                             * @default []
                             */
                            reportingFields: {
                                key: string;
                                label: string;
                                /** @description What the value is to say, for the model */
                                instructions?: string;
                                values: {
                                    /** @enum {unknown} */
                                    kind: "boolean" | "number" | "text";
                                } | {
                                    /** @enum {string} */
                                    kind: "choices";
                                    choices: string[];
                                };
                            }[];
                            /**
                             * @description Whether calls are recorded
                             * @default true
                             */
                            recording: boolean;
                            /**
                             * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                             * @default true
                             * @enum {unknown}
                             */
                            autoRecordingNotification: "true" | "false" | "always";
                            /** @default This call is being recorded. */
                            recordingNotificationPhrase: string;
                            maxCallDuration: number | null;
                            maxConcurrentCalls: number | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteAgent: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    updateAgent: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Unique on the system in any case */
                    username?: string;
                    /**
                     * @description E.164, each of one agent on the system
                     * @default []
                     */
                    phoneNumbers?: string[];
                    /** @default  */
                    title?: string;
                    /** @default  */
                    description?: string;
                    /**
                     * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                     * @default attendant
                     * @enum {unknown}
                     */
                    mode?: "attendant" | "echo" | "pipeline" | "realtime";
                    /** @default [] */
                    functions?: ({
                        /** @enum {string} */
                        type: "say";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        text: string;
                    } | {
                        /** @enum {string} */
                        type: "takeMessage";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        prompt?: string;
                        /** @description Longest message, in seconds */
                        maxSeconds?: number;
                    } | {
                        /** @enum {string} */
                        type: "sendDtmf";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description DTMF (RFC 4733 events 0 to 15) */
                        digits: string;
                    } | {
                        /** @enum {string} */
                        type: "transfer";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description As the target of a call out; of several the next is tried where one cannot be had */
                        destination: string | string[];
                        /** @description Spoken to who answers, alone */
                        transferNotification?: string;
                        /** @description Name of the function that follows where nobody could be had */
                        fallback?: string;
                    } | {
                        /** @enum {string} */
                        type: "endCall";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        farewell?: string;
                    } | {
                        /** @enum {string} */
                        type: "http";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                        description: string;
                        /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                        parameters?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description GET if left out
                         * @enum {unknown}
                         */
                        method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                        /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                        url: string;
                        /** @description With {{secret:NAME}} where a key belongs */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description Seconds for the whole answer; 10 if left out */
                        timeout?: number;
                    } | {
                        /** @enum {string} */
                        type: "mcp";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                        url: string;
                        /** @description With {{secret:NAME}} where a key belongs */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description Seconds for the whole answer; 10 if left out */
                        timeout?: number;
                        /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                        tools?: string[];
                    })[];
                    /**
                     * @description The greeting
                     * @default
                     */
                    welcomeMessage?: string;
                    /** @default  */
                    agentInstructions?: string;
                    /**
                     * @default en-US
                     * @enum {unknown}
                     */
                    agentLang?: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                    agentVoice?: string | null;
                    /**
                     * @description IANA name
                     * @default UTC
                     */
                    timezone?: string;
                    /**
                     * @description Seconds of silence before the caller is asked whether he is there
                     * @default 13
                     */
                    callerResponseTimeout?: number;
                    /**
                     * @description Such questions, unanswered, before the call is ended; 0: never
                     * @default 3
                     */
                    callerResponseTimeoutHangupCounter?: number;
                    /** @default 3 */
                    interruptionWordCount?: number;
                    /**
                     * @description Seconds the agent must have spoken before a voice interrupts it
                     * @default 3
                     */
                    interruptionMinimumSpeakingTime?: number;
                    agentModel?: string | null;
                    agentModelFallback?: string | null;
                    agentSttEngine?: string | null;
                    agentS2SEngine?: string | null;
                    /**
                     * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                     * @default 500
                     */
                    speechProcessingDelay?: number;
                    /**
                     * @description Milliseconds between words that end a turn
                     * @default 1200
                     */
                    speakingTimeout?: number;
                    /**
                     * @description Milliseconds from the answer to the first word
                     * @default 0
                     */
                    waitOnAnswer?: number;
                    /**
                     * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                     * @default 8
                     */
                    waitToGreetTimeout?: number;
                    /**
                     * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                     * @default continue
                     * @enum {unknown}
                     */
                    onMachine?: "continue" | "hangUp" | "leaveMessage";
                    /**
                     * @description Left on a machine after its beep; empty: the greeting
                     * @default
                     */
                    machineMessage?: string;
                    /**
                     * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                     * @default false
                     */
                    confirmTransfers?: boolean;
                    /**
                     * @description Seconds for that
                     * @default 30
                     */
                    transferConfirmTimeout?: number;
                    /**
                     * @description Who answers a transfer sees the agent's number; else the caller's
                     * @default false
                     */
                    useAgentNumberForTransfers?: boolean;
                    /**
                     * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                     * @default bridge
                     * @enum {unknown}
                     */
                    transferMode?: "bridge" | "refer";
                    /**
                     * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                     * @default true
                     */
                    transferReferFallback?: boolean;
                    /**
                     * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                     * @default false
                     */
                    attendedTransfers?: boolean;
                    attendedTransferBridgeTrigger?: string | null;
                    /**
                     * @description The agent goes on listening and writing down after it has put the caller through
                     * @default false
                     */
                    monitorTransfers?: boolean;
                    /**
                     * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                     * @default music
                     * @enum {unknown}
                     */
                    transferAudio?: "ringback" | "music";
                    /**
                     * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                     * @default true
                     */
                    acceptTransfers?: boolean;
                    preAnswerRingTime?: number | null;
                    /**
                     * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                     * @default true
                     */
                    callSummary?: boolean;
                    /**
                     * @description What is to be written down of each call, for `collectedData`
                     * @default []
                     */
                    reportingFields?: {
                        key: string;
                        label: string;
                        /** @description What the value is to say, for the model */
                        instructions?: string;
                        values: {
                            /** @enum {unknown} */
                            kind: "boolean" | "number" | "text";
                        } | {
                            /** @enum {string} */
                            kind: "choices";
                            choices: string[];
                        };
                    }[];
                    /**
                     * @description Whether calls are recorded
                     * @default true
                     */
                    recording?: boolean;
                    /**
                     * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                     * @default true
                     * @enum {unknown}
                     */
                    autoRecordingNotification?: "true" | "false" | "always";
                    /** @default This call is being recorded. */
                    recordingNotificationPhrase?: string;
                    maxCallDuration?: number | null;
                    maxConcurrentCalls?: number | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        agent: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @description What callers dial */
                            sipUris: string[];
                            /**
                             * @description E.164, each of one agent on the system
                             * @default []
                             */
                            phoneNumbers: string[];
                            /** @default  */
                            title: string;
                            /** @default  */
                            description: string;
                            /**
                             * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                             * @default attendant
                             * @enum {unknown}
                             */
                            mode: "attendant" | "echo" | "pipeline" | "realtime";
                            /** @default [] */
                            functions: ({
                                /** @enum {string} */
                                type: "say";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                text: string;
                            } | {
                                /** @enum {string} */
                                type: "takeMessage";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                prompt?: string;
                                /** @description Longest message, in seconds */
                                maxSeconds?: number;
                            } | {
                                /** @enum {string} */
                                type: "sendDtmf";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description DTMF (RFC 4733 events 0 to 15) */
                                digits: string;
                            } | {
                                /** @enum {string} */
                                type: "transfer";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                destination: string | string[];
                                /** @description Spoken to who answers, alone */
                                transferNotification?: string;
                                /** @description Name of the function that follows where nobody could be had */
                                fallback?: string;
                            } | {
                                /** @enum {string} */
                                type: "endCall";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                farewell?: string;
                            } | {
                                /** @enum {string} */
                                type: "http";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                description: string;
                                /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                parameters?: {
                                    [key: string]: unknown;
                                };
                                /**
                                 * @description GET if left out
                                 * @enum {unknown}
                                 */
                                method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                            } | {
                                /** @enum {string} */
                                type: "mcp";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                                /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                tools?: string[];
                            })[];
                            /**
                             * @description The greeting
                             * @default
                             */
                            welcomeMessage: string;
                            /** @default  */
                            agentInstructions: string;
                            /**
                             * @default en-US
                             * @enum {unknown}
                             */
                            agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                            agentVoice: string | null;
                            /**
                             * @description IANA name
                             * @default UTC
                             */
                            timezone: string;
                            /**
                             * @description Seconds of silence before the caller is asked whether he is there
                             * @default 13
                             */
                            callerResponseTimeout: number;
                            /**
                             * @description Such questions, unanswered, before the call is ended; 0: never
                             * @default 3
                             */
                            callerResponseTimeoutHangupCounter: number;
                            /** @default 3 */
                            interruptionWordCount: number;
                            /**
                             * @description Seconds the agent must have spoken before a voice interrupts it
                             * @default 3
                             */
                            interruptionMinimumSpeakingTime: number;
                            agentModel: string | null;
                            agentModelFallback: string | null;
                            agentSttEngine: string | null;
                            agentS2SEngine: string | null;
                            /**
                             * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                             * @default 500
                             */
                            speechProcessingDelay: number;
                            /**
                             * @description Milliseconds between words that end a turn
                             * @default 1200
                             */
                            speakingTimeout: number;
                            /**
                             * @description Milliseconds from the answer to the first word
                             * @default 0
                             */
                            waitOnAnswer: number;
                            /**
                             * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                             * @default 8
                             */
                            waitToGreetTimeout: number;
                            /**
                             * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                             * @default continue
                             * @enum {unknown}
                             */
                            onMachine: "continue" | "hangUp" | "leaveMessage";
                            /**
                             * @description Left on a machine after its beep; empty: the greeting
                             * @default
                             */
                            machineMessage: string;
                            /**
                             * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                             * @default false
                             */
                            confirmTransfers: boolean;
                            /**
                             * @description Seconds for that
                             * @default 30
                             */
                            transferConfirmTimeout: number;
                            /**
                             * @description Who answers a transfer sees the agent's number; else the caller's
                             * @default false
                             */
                            useAgentNumberForTransfers: boolean;
                            /**
                             * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                             * @default bridge
                             * @enum {unknown}
                             */
                            transferMode: "bridge" | "refer";
                            /**
                             * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                             * @default true
                             */
                            transferReferFallback: boolean;
                            /**
                             * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                             * @default false
                             */
                            attendedTransfers: boolean;
                            attendedTransferBridgeTrigger: string | null;
                            /**
                             * @description The agent goes on listening and writing down after it has put the caller through
                             * @default false
                             */
                            monitorTransfers: boolean;
                            /**
                             * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                             * @default music
                             * @enum {unknown}
                             */
                            transferAudio: "ringback" | "music";
                            /**
                             * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                             * @default true
                             */
                            acceptTransfers: boolean;
                            preAnswerRingTime: number | null;
                            /**
                             * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                             * @default true
                             */
                            callSummary: boolean;
                            /**
                             * @description What is to be written down of each call, for `collectedData`
                             * @default []
                             */
                            reportingFields: {
                                key: string;
                                label: string;
                                /** @description What the value is to say, for the model */
                                instructions?: string;
                                values: {
                                    /** @enum {unknown} */
                                    kind: "boolean" | "number" | "text";
                                } | {
                                    /** @enum {string} */
                                    kind: "choices";
                                    choices: string[];
                                };
                            }[];
                            /**
                             * @description Whether calls are recorded
                             * @default true
                             */
                            recording: boolean;
                            /**
                             * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                             * @default true
                             * @enum {unknown}
                             */
                            autoRecordingNotification: "true" | "false" | "always";
                            /** @default This call is being recorded. */
                            recordingNotificationPhrase: string;
                            maxCallDuration: number | null;
                            maxConcurrentCalls: number | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getAgentDraft: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        draft: {
                            at: string;
                            /** @description A user's name, an API token, or empty: not known */
                            by: string;
                            /** @description Fields that would be others than they are now */
                            changed: string[];
                            settings: {
                                username?: string;
                                /**
                                 * @description E.164, each of one agent on the system
                                 * @default []
                                 */
                                phoneNumbers?: string[];
                                /** @default  */
                                title?: string;
                                /** @default  */
                                description?: string;
                                /**
                                 * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                                 * @default attendant
                                 * @enum {unknown}
                                 */
                                mode?: "attendant" | "echo" | "pipeline" | "realtime";
                                /** @default [] */
                                functions?: ({
                                    /** @enum {string} */
                                    type: "say";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    text: string;
                                } | {
                                    /** @enum {string} */
                                    type: "takeMessage";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    prompt?: string;
                                    /** @description Longest message, in seconds */
                                    maxSeconds?: number;
                                } | {
                                    /** @enum {string} */
                                    type: "sendDtmf";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description DTMF (RFC 4733 events 0 to 15) */
                                    digits: string;
                                } | {
                                    /** @enum {string} */
                                    type: "transfer";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                    destination: string | string[];
                                    /** @description Spoken to who answers, alone */
                                    transferNotification?: string;
                                    /** @description Name of the function that follows where nobody could be had */
                                    fallback?: string;
                                } | {
                                    /** @enum {string} */
                                    type: "endCall";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    farewell?: string;
                                } | {
                                    /** @enum {string} */
                                    type: "http";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                    description: string;
                                    /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                    parameters?: {
                                        [key: string]: unknown;
                                    };
                                    /**
                                     * @description GET if left out
                                     * @enum {unknown}
                                     */
                                    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                    /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                    url: string;
                                    /** @description With {{secret:NAME}} where a key belongs */
                                    headers?: {
                                        [key: string]: string;
                                    };
                                    /** @description Seconds for the whole answer; 10 if left out */
                                    timeout?: number;
                                } | {
                                    /** @enum {string} */
                                    type: "mcp";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                    url: string;
                                    /** @description With {{secret:NAME}} where a key belongs */
                                    headers?: {
                                        [key: string]: string;
                                    };
                                    /** @description Seconds for the whole answer; 10 if left out */
                                    timeout?: number;
                                    /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                    tools?: string[];
                                })[];
                                /**
                                 * @description The greeting
                                 * @default
                                 */
                                welcomeMessage?: string;
                                /** @default  */
                                agentInstructions?: string;
                                /**
                                 * @default en-US
                                 * @enum {unknown}
                                 */
                                agentLang?: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                                agentVoice?: string | null;
                                /**
                                 * @description IANA name
                                 * @default UTC
                                 */
                                timezone?: string;
                                /**
                                 * @description Seconds of silence before the caller is asked whether he is there
                                 * @default 13
                                 */
                                callerResponseTimeout?: number;
                                /**
                                 * @description Such questions, unanswered, before the call is ended; 0: never
                                 * @default 3
                                 */
                                callerResponseTimeoutHangupCounter?: number;
                                /** @default 3 */
                                interruptionWordCount?: number;
                                /**
                                 * @description Seconds the agent must have spoken before a voice interrupts it
                                 * @default 3
                                 */
                                interruptionMinimumSpeakingTime?: number;
                                agentModel?: string | null;
                                agentModelFallback?: string | null;
                                agentSttEngine?: string | null;
                                agentS2SEngine?: string | null;
                                /**
                                 * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                                 * @default 500
                                 */
                                speechProcessingDelay?: number;
                                /**
                                 * @description Milliseconds between words that end a turn
                                 * @default 1200
                                 */
                                speakingTimeout?: number;
                                /**
                                 * @description Milliseconds from the answer to the first word
                                 * @default 0
                                 */
                                waitOnAnswer?: number;
                                /**
                                 * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                                 * @default 8
                                 */
                                waitToGreetTimeout?: number;
                                /**
                                 * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                                 * @default continue
                                 * @enum {unknown}
                                 */
                                onMachine?: "continue" | "hangUp" | "leaveMessage";
                                /**
                                 * @description Left on a machine after its beep; empty: the greeting
                                 * @default
                                 */
                                machineMessage?: string;
                                /**
                                 * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                                 * @default false
                                 */
                                confirmTransfers?: boolean;
                                /**
                                 * @description Seconds for that
                                 * @default 30
                                 */
                                transferConfirmTimeout?: number;
                                /**
                                 * @description Who answers a transfer sees the agent's number; else the caller's
                                 * @default false
                                 */
                                useAgentNumberForTransfers?: boolean;
                                /**
                                 * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                                 * @default bridge
                                 * @enum {unknown}
                                 */
                                transferMode?: "bridge" | "refer";
                                /**
                                 * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                                 * @default true
                                 */
                                transferReferFallback?: boolean;
                                /**
                                 * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                                 * @default false
                                 */
                                attendedTransfers?: boolean;
                                attendedTransferBridgeTrigger?: string | null;
                                /**
                                 * @description The agent goes on listening and writing down after it has put the caller through
                                 * @default false
                                 */
                                monitorTransfers?: boolean;
                                /**
                                 * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                                 * @default music
                                 * @enum {unknown}
                                 */
                                transferAudio?: "ringback" | "music";
                                /**
                                 * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                                 * @default true
                                 */
                                acceptTransfers?: boolean;
                                preAnswerRingTime?: number | null;
                                /**
                                 * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                                 * @default true
                                 */
                                callSummary?: boolean;
                                /**
                                 * @description What is to be written down of each call, for `collectedData`
                                 * @default []
                                 */
                                reportingFields?: {
                                    key: string;
                                    label: string;
                                    /** @description What the value is to say, for the model */
                                    instructions?: string;
                                    values: {
                                        /** @enum {unknown} */
                                        kind: "boolean" | "number" | "text";
                                    } | {
                                        /** @enum {string} */
                                        kind: "choices";
                                        choices: string[];
                                    };
                                }[];
                                /**
                                 * @description Whether calls are recorded
                                 * @default true
                                 */
                                recording?: boolean;
                                /**
                                 * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                                 * @default true
                                 * @enum {unknown}
                                 */
                                autoRecordingNotification?: "true" | "false" | "always";
                                /** @default This call is being recorded. */
                                recordingNotificationPhrase?: string;
                                maxCallDuration?: number | null;
                                maxConcurrentCalls?: number | null;
                            };
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    putAgentDraft: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Unique on the system in any case */
                    username?: string;
                    /**
                     * @description E.164, each of one agent on the system
                     * @default []
                     */
                    phoneNumbers?: string[];
                    /** @default  */
                    title?: string;
                    /** @default  */
                    description?: string;
                    /**
                     * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                     * @default attendant
                     * @enum {unknown}
                     */
                    mode?: "attendant" | "echo" | "pipeline" | "realtime";
                    /** @default [] */
                    functions?: ({
                        /** @enum {string} */
                        type: "say";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        text: string;
                    } | {
                        /** @enum {string} */
                        type: "takeMessage";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        prompt?: string;
                        /** @description Longest message, in seconds */
                        maxSeconds?: number;
                    } | {
                        /** @enum {string} */
                        type: "sendDtmf";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description DTMF (RFC 4733 events 0 to 15) */
                        digits: string;
                    } | {
                        /** @enum {string} */
                        type: "transfer";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description As the target of a call out; of several the next is tried where one cannot be had */
                        destination: string | string[];
                        /** @description Spoken to who answers, alone */
                        transferNotification?: string;
                        /** @description Name of the function that follows where nobody could be had */
                        fallback?: string;
                    } | {
                        /** @enum {string} */
                        type: "endCall";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        farewell?: string;
                    } | {
                        /** @enum {string} */
                        type: "http";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                        description: string;
                        /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                        parameters?: {
                            [key: string]: unknown;
                        };
                        /**
                         * @description GET if left out
                         * @enum {unknown}
                         */
                        method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                        /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                        url: string;
                        /** @description With {{secret:NAME}} where a key belongs */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description Seconds for the whole answer; 10 if left out */
                        timeout?: number;
                    } | {
                        /** @enum {string} */
                        type: "mcp";
                        /** @description Unique in the agent, in any case */
                        name: string;
                        /** @description The digit that chooses it in an attendant's menu */
                        key?: string;
                        /** @description When it applies, in a few words */
                        condition?: string;
                        /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                        url: string;
                        /** @description With {{secret:NAME}} where a key belongs */
                        headers?: {
                            [key: string]: string;
                        };
                        /** @description Seconds for the whole answer; 10 if left out */
                        timeout?: number;
                        /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                        tools?: string[];
                    })[];
                    /**
                     * @description The greeting
                     * @default
                     */
                    welcomeMessage?: string;
                    /** @default  */
                    agentInstructions?: string;
                    /**
                     * @default en-US
                     * @enum {unknown}
                     */
                    agentLang?: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                    agentVoice?: string | null;
                    /**
                     * @description IANA name
                     * @default UTC
                     */
                    timezone?: string;
                    /**
                     * @description Seconds of silence before the caller is asked whether he is there
                     * @default 13
                     */
                    callerResponseTimeout?: number;
                    /**
                     * @description Such questions, unanswered, before the call is ended; 0: never
                     * @default 3
                     */
                    callerResponseTimeoutHangupCounter?: number;
                    /** @default 3 */
                    interruptionWordCount?: number;
                    /**
                     * @description Seconds the agent must have spoken before a voice interrupts it
                     * @default 3
                     */
                    interruptionMinimumSpeakingTime?: number;
                    agentModel?: string | null;
                    agentModelFallback?: string | null;
                    agentSttEngine?: string | null;
                    agentS2SEngine?: string | null;
                    /**
                     * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                     * @default 500
                     */
                    speechProcessingDelay?: number;
                    /**
                     * @description Milliseconds between words that end a turn
                     * @default 1200
                     */
                    speakingTimeout?: number;
                    /**
                     * @description Milliseconds from the answer to the first word
                     * @default 0
                     */
                    waitOnAnswer?: number;
                    /**
                     * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                     * @default 8
                     */
                    waitToGreetTimeout?: number;
                    /**
                     * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                     * @default continue
                     * @enum {unknown}
                     */
                    onMachine?: "continue" | "hangUp" | "leaveMessage";
                    /**
                     * @description Left on a machine after its beep; empty: the greeting
                     * @default
                     */
                    machineMessage?: string;
                    /**
                     * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                     * @default false
                     */
                    confirmTransfers?: boolean;
                    /**
                     * @description Seconds for that
                     * @default 30
                     */
                    transferConfirmTimeout?: number;
                    /**
                     * @description Who answers a transfer sees the agent's number; else the caller's
                     * @default false
                     */
                    useAgentNumberForTransfers?: boolean;
                    /**
                     * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                     * @default bridge
                     * @enum {unknown}
                     */
                    transferMode?: "bridge" | "refer";
                    /**
                     * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                     * @default true
                     */
                    transferReferFallback?: boolean;
                    /**
                     * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                     * @default false
                     */
                    attendedTransfers?: boolean;
                    attendedTransferBridgeTrigger?: string | null;
                    /**
                     * @description The agent goes on listening and writing down after it has put the caller through
                     * @default false
                     */
                    monitorTransfers?: boolean;
                    /**
                     * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                     * @default music
                     * @enum {unknown}
                     */
                    transferAudio?: "ringback" | "music";
                    /**
                     * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                     * @default true
                     */
                    acceptTransfers?: boolean;
                    preAnswerRingTime?: number | null;
                    /**
                     * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                     * @default true
                     */
                    callSummary?: boolean;
                    /**
                     * @description What is to be written down of each call, for `collectedData`
                     * @default []
                     */
                    reportingFields?: {
                        key: string;
                        label: string;
                        /** @description What the value is to say, for the model */
                        instructions?: string;
                        values: {
                            /** @enum {unknown} */
                            kind: "boolean" | "number" | "text";
                        } | {
                            /** @enum {string} */
                            kind: "choices";
                            choices: string[];
                        };
                    }[];
                    /**
                     * @description Whether calls are recorded
                     * @default true
                     */
                    recording?: boolean;
                    /**
                     * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                     * @default true
                     * @enum {unknown}
                     */
                    autoRecordingNotification?: "true" | "false" | "always";
                    /** @default This call is being recorded. */
                    recordingNotificationPhrase?: string;
                    maxCallDuration?: number | null;
                    maxConcurrentCalls?: number | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        draft: {
                            at: string;
                            /** @description A user's name, an API token, or empty: not known */
                            by: string;
                            /** @description Fields that would be others than they are now */
                            changed: string[];
                            settings: {
                                username?: string;
                                /**
                                 * @description E.164, each of one agent on the system
                                 * @default []
                                 */
                                phoneNumbers?: string[];
                                /** @default  */
                                title?: string;
                                /** @default  */
                                description?: string;
                                /**
                                 * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                                 * @default attendant
                                 * @enum {unknown}
                                 */
                                mode?: "attendant" | "echo" | "pipeline" | "realtime";
                                /** @default [] */
                                functions?: ({
                                    /** @enum {string} */
                                    type: "say";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    text: string;
                                } | {
                                    /** @enum {string} */
                                    type: "takeMessage";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    prompt?: string;
                                    /** @description Longest message, in seconds */
                                    maxSeconds?: number;
                                } | {
                                    /** @enum {string} */
                                    type: "sendDtmf";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description DTMF (RFC 4733 events 0 to 15) */
                                    digits: string;
                                } | {
                                    /** @enum {string} */
                                    type: "transfer";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                    destination: string | string[];
                                    /** @description Spoken to who answers, alone */
                                    transferNotification?: string;
                                    /** @description Name of the function that follows where nobody could be had */
                                    fallback?: string;
                                } | {
                                    /** @enum {string} */
                                    type: "endCall";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    farewell?: string;
                                } | {
                                    /** @enum {string} */
                                    type: "http";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                    description: string;
                                    /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                    parameters?: {
                                        [key: string]: unknown;
                                    };
                                    /**
                                     * @description GET if left out
                                     * @enum {unknown}
                                     */
                                    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                    /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                    url: string;
                                    /** @description With {{secret:NAME}} where a key belongs */
                                    headers?: {
                                        [key: string]: string;
                                    };
                                    /** @description Seconds for the whole answer; 10 if left out */
                                    timeout?: number;
                                } | {
                                    /** @enum {string} */
                                    type: "mcp";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                    url: string;
                                    /** @description With {{secret:NAME}} where a key belongs */
                                    headers?: {
                                        [key: string]: string;
                                    };
                                    /** @description Seconds for the whole answer; 10 if left out */
                                    timeout?: number;
                                    /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                    tools?: string[];
                                })[];
                                /**
                                 * @description The greeting
                                 * @default
                                 */
                                welcomeMessage?: string;
                                /** @default  */
                                agentInstructions?: string;
                                /**
                                 * @default en-US
                                 * @enum {unknown}
                                 */
                                agentLang?: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                                agentVoice?: string | null;
                                /**
                                 * @description IANA name
                                 * @default UTC
                                 */
                                timezone?: string;
                                /**
                                 * @description Seconds of silence before the caller is asked whether he is there
                                 * @default 13
                                 */
                                callerResponseTimeout?: number;
                                /**
                                 * @description Such questions, unanswered, before the call is ended; 0: never
                                 * @default 3
                                 */
                                callerResponseTimeoutHangupCounter?: number;
                                /** @default 3 */
                                interruptionWordCount?: number;
                                /**
                                 * @description Seconds the agent must have spoken before a voice interrupts it
                                 * @default 3
                                 */
                                interruptionMinimumSpeakingTime?: number;
                                agentModel?: string | null;
                                agentModelFallback?: string | null;
                                agentSttEngine?: string | null;
                                agentS2SEngine?: string | null;
                                /**
                                 * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                                 * @default 500
                                 */
                                speechProcessingDelay?: number;
                                /**
                                 * @description Milliseconds between words that end a turn
                                 * @default 1200
                                 */
                                speakingTimeout?: number;
                                /**
                                 * @description Milliseconds from the answer to the first word
                                 * @default 0
                                 */
                                waitOnAnswer?: number;
                                /**
                                 * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                                 * @default 8
                                 */
                                waitToGreetTimeout?: number;
                                /**
                                 * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                                 * @default continue
                                 * @enum {unknown}
                                 */
                                onMachine?: "continue" | "hangUp" | "leaveMessage";
                                /**
                                 * @description Left on a machine after its beep; empty: the greeting
                                 * @default
                                 */
                                machineMessage?: string;
                                /**
                                 * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                                 * @default false
                                 */
                                confirmTransfers?: boolean;
                                /**
                                 * @description Seconds for that
                                 * @default 30
                                 */
                                transferConfirmTimeout?: number;
                                /**
                                 * @description Who answers a transfer sees the agent's number; else the caller's
                                 * @default false
                                 */
                                useAgentNumberForTransfers?: boolean;
                                /**
                                 * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                                 * @default bridge
                                 * @enum {unknown}
                                 */
                                transferMode?: "bridge" | "refer";
                                /**
                                 * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                                 * @default true
                                 */
                                transferReferFallback?: boolean;
                                /**
                                 * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                                 * @default false
                                 */
                                attendedTransfers?: boolean;
                                attendedTransferBridgeTrigger?: string | null;
                                /**
                                 * @description The agent goes on listening and writing down after it has put the caller through
                                 * @default false
                                 */
                                monitorTransfers?: boolean;
                                /**
                                 * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                                 * @default music
                                 * @enum {unknown}
                                 */
                                transferAudio?: "ringback" | "music";
                                /**
                                 * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                                 * @default true
                                 */
                                acceptTransfers?: boolean;
                                preAnswerRingTime?: number | null;
                                /**
                                 * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                                 * @default true
                                 */
                                callSummary?: boolean;
                                /**
                                 * @description What is to be written down of each call, for `collectedData`
                                 * @default []
                                 */
                                reportingFields?: {
                                    key: string;
                                    label: string;
                                    /** @description What the value is to say, for the model */
                                    instructions?: string;
                                    values: {
                                        /** @enum {unknown} */
                                        kind: "boolean" | "number" | "text";
                                    } | {
                                        /** @enum {string} */
                                        kind: "choices";
                                        choices: string[];
                                    };
                                }[];
                                /**
                                 * @description Whether calls are recorded
                                 * @default true
                                 */
                                recording?: boolean;
                                /**
                                 * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                                 * @default true
                                 * @enum {unknown}
                                 */
                                autoRecordingNotification?: "true" | "false" | "always";
                                /** @default This call is being recorded. */
                                recordingNotificationPhrase?: string;
                                maxCallDuration?: number | null;
                                maxConcurrentCalls?: number | null;
                            };
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteAgentDraft: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    publishAgent: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        agent: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @description What callers dial */
                            sipUris: string[];
                            /**
                             * @description E.164, each of one agent on the system
                             * @default []
                             */
                            phoneNumbers: string[];
                            /** @default  */
                            title: string;
                            /** @default  */
                            description: string;
                            /**
                             * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                             * @default attendant
                             * @enum {unknown}
                             */
                            mode: "attendant" | "echo" | "pipeline" | "realtime";
                            /** @default [] */
                            functions: ({
                                /** @enum {string} */
                                type: "say";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                text: string;
                            } | {
                                /** @enum {string} */
                                type: "takeMessage";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                prompt?: string;
                                /** @description Longest message, in seconds */
                                maxSeconds?: number;
                            } | {
                                /** @enum {string} */
                                type: "sendDtmf";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description DTMF (RFC 4733 events 0 to 15) */
                                digits: string;
                            } | {
                                /** @enum {string} */
                                type: "transfer";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                destination: string | string[];
                                /** @description Spoken to who answers, alone */
                                transferNotification?: string;
                                /** @description Name of the function that follows where nobody could be had */
                                fallback?: string;
                            } | {
                                /** @enum {string} */
                                type: "endCall";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                farewell?: string;
                            } | {
                                /** @enum {string} */
                                type: "http";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                description: string;
                                /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                parameters?: {
                                    [key: string]: unknown;
                                };
                                /**
                                 * @description GET if left out
                                 * @enum {unknown}
                                 */
                                method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                            } | {
                                /** @enum {string} */
                                type: "mcp";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                                /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                tools?: string[];
                            })[];
                            /**
                             * @description The greeting
                             * @default
                             */
                            welcomeMessage: string;
                            /** @default  */
                            agentInstructions: string;
                            /**
                             * @default en-US
                             * @enum {unknown}
                             */
                            agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                            agentVoice: string | null;
                            /**
                             * @description IANA name
                             * @default UTC
                             */
                            timezone: string;
                            /**
                             * @description Seconds of silence before the caller is asked whether he is there
                             * @default 13
                             */
                            callerResponseTimeout: number;
                            /**
                             * @description Such questions, unanswered, before the call is ended; 0: never
                             * @default 3
                             */
                            callerResponseTimeoutHangupCounter: number;
                            /** @default 3 */
                            interruptionWordCount: number;
                            /**
                             * @description Seconds the agent must have spoken before a voice interrupts it
                             * @default 3
                             */
                            interruptionMinimumSpeakingTime: number;
                            agentModel: string | null;
                            agentModelFallback: string | null;
                            agentSttEngine: string | null;
                            agentS2SEngine: string | null;
                            /**
                             * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                             * @default 500
                             */
                            speechProcessingDelay: number;
                            /**
                             * @description Milliseconds between words that end a turn
                             * @default 1200
                             */
                            speakingTimeout: number;
                            /**
                             * @description Milliseconds from the answer to the first word
                             * @default 0
                             */
                            waitOnAnswer: number;
                            /**
                             * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                             * @default 8
                             */
                            waitToGreetTimeout: number;
                            /**
                             * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                             * @default continue
                             * @enum {unknown}
                             */
                            onMachine: "continue" | "hangUp" | "leaveMessage";
                            /**
                             * @description Left on a machine after its beep; empty: the greeting
                             * @default
                             */
                            machineMessage: string;
                            /**
                             * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                             * @default false
                             */
                            confirmTransfers: boolean;
                            /**
                             * @description Seconds for that
                             * @default 30
                             */
                            transferConfirmTimeout: number;
                            /**
                             * @description Who answers a transfer sees the agent's number; else the caller's
                             * @default false
                             */
                            useAgentNumberForTransfers: boolean;
                            /**
                             * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                             * @default bridge
                             * @enum {unknown}
                             */
                            transferMode: "bridge" | "refer";
                            /**
                             * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                             * @default true
                             */
                            transferReferFallback: boolean;
                            /**
                             * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                             * @default false
                             */
                            attendedTransfers: boolean;
                            attendedTransferBridgeTrigger: string | null;
                            /**
                             * @description The agent goes on listening and writing down after it has put the caller through
                             * @default false
                             */
                            monitorTransfers: boolean;
                            /**
                             * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                             * @default music
                             * @enum {unknown}
                             */
                            transferAudio: "ringback" | "music";
                            /**
                             * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                             * @default true
                             */
                            acceptTransfers: boolean;
                            preAnswerRingTime: number | null;
                            /**
                             * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                             * @default true
                             */
                            callSummary: boolean;
                            /**
                             * @description What is to be written down of each call, for `collectedData`
                             * @default []
                             */
                            reportingFields: {
                                key: string;
                                label: string;
                                /** @description What the value is to say, for the model */
                                instructions?: string;
                                values: {
                                    /** @enum {unknown} */
                                    kind: "boolean" | "number" | "text";
                                } | {
                                    /** @enum {string} */
                                    kind: "choices";
                                    choices: string[];
                                };
                            }[];
                            /**
                             * @description Whether calls are recorded
                             * @default true
                             */
                            recording: boolean;
                            /**
                             * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                             * @default true
                             * @enum {unknown}
                             */
                            autoRecordingNotification: "true" | "false" | "always";
                            /** @default This call is being recorded. */
                            recordingNotificationPhrase: string;
                            maxCallDuration: number | null;
                            maxConcurrentCalls: number | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listAgentVersions: {
        parameters: {
            query?: {
                /** @description Items a page; 50 if left out */
                limit?: number;
                /** @description The `next` of the page before */
                after?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        versions: {
                            /** @description From 1 */
                            number: number;
                            at: string;
                            /** @description A user's name, an API token, or empty: not known */
                            by: string;
                            /** @description Fields that differ from the version before */
                            changed: string[];
                        }[];
                        /** @description Give it as `after` to get the next page; null: this is the last */
                        next: string | null;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getAgentVersion: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        version: {
                            /** @description From 1 */
                            number: number;
                            at: string;
                            /** @description A user's name, an API token, or empty: not known */
                            by: string;
                            /** @description Fields that differ from the version before */
                            changed: string[];
                            settings: {
                                username: string;
                                /**
                                 * @description E.164, each of one agent on the system
                                 * @default []
                                 */
                                phoneNumbers: string[];
                                /** @default  */
                                title: string;
                                /** @default  */
                                description: string;
                                /**
                                 * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                                 * @default attendant
                                 * @enum {unknown}
                                 */
                                mode: "attendant" | "echo" | "pipeline" | "realtime";
                                /** @default [] */
                                functions: ({
                                    /** @enum {string} */
                                    type: "say";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    text: string;
                                } | {
                                    /** @enum {string} */
                                    type: "takeMessage";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    prompt?: string;
                                    /** @description Longest message, in seconds */
                                    maxSeconds?: number;
                                } | {
                                    /** @enum {string} */
                                    type: "sendDtmf";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description DTMF (RFC 4733 events 0 to 15) */
                                    digits: string;
                                } | {
                                    /** @enum {string} */
                                    type: "transfer";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                    destination: string | string[];
                                    /** @description Spoken to who answers, alone */
                                    transferNotification?: string;
                                    /** @description Name of the function that follows where nobody could be had */
                                    fallback?: string;
                                } | {
                                    /** @enum {string} */
                                    type: "endCall";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    farewell?: string;
                                } | {
                                    /** @enum {string} */
                                    type: "http";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                    description: string;
                                    /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                    parameters?: {
                                        [key: string]: unknown;
                                    };
                                    /**
                                     * @description GET if left out
                                     * @enum {unknown}
                                     */
                                    method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                    /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                    url: string;
                                    /** @description With {{secret:NAME}} where a key belongs */
                                    headers?: {
                                        [key: string]: string;
                                    };
                                    /** @description Seconds for the whole answer; 10 if left out */
                                    timeout?: number;
                                } | {
                                    /** @enum {string} */
                                    type: "mcp";
                                    /** @description Unique in the agent, in any case */
                                    name: string;
                                    /** @description The digit that chooses it in an attendant's menu */
                                    key?: string;
                                    /** @description When it applies, in a few words */
                                    condition?: string;
                                    /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                    url: string;
                                    /** @description With {{secret:NAME}} where a key belongs */
                                    headers?: {
                                        [key: string]: string;
                                    };
                                    /** @description Seconds for the whole answer; 10 if left out */
                                    timeout?: number;
                                    /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                    tools?: string[];
                                })[];
                                /**
                                 * @description The greeting
                                 * @default
                                 */
                                welcomeMessage: string;
                                /** @default  */
                                agentInstructions: string;
                                /**
                                 * @default en-US
                                 * @enum {unknown}
                                 */
                                agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                                agentVoice: string | null;
                                /**
                                 * @description IANA name
                                 * @default UTC
                                 */
                                timezone: string;
                                /**
                                 * @description Seconds of silence before the caller is asked whether he is there
                                 * @default 13
                                 */
                                callerResponseTimeout: number;
                                /**
                                 * @description Such questions, unanswered, before the call is ended; 0: never
                                 * @default 3
                                 */
                                callerResponseTimeoutHangupCounter: number;
                                /** @default 3 */
                                interruptionWordCount: number;
                                /**
                                 * @description Seconds the agent must have spoken before a voice interrupts it
                                 * @default 3
                                 */
                                interruptionMinimumSpeakingTime: number;
                                agentModel: string | null;
                                agentModelFallback: string | null;
                                agentSttEngine: string | null;
                                agentS2SEngine: string | null;
                                /**
                                 * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                                 * @default 500
                                 */
                                speechProcessingDelay: number;
                                /**
                                 * @description Milliseconds between words that end a turn
                                 * @default 1200
                                 */
                                speakingTimeout: number;
                                /**
                                 * @description Milliseconds from the answer to the first word
                                 * @default 0
                                 */
                                waitOnAnswer: number;
                                /**
                                 * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                                 * @default 8
                                 */
                                waitToGreetTimeout: number;
                                /**
                                 * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                                 * @default continue
                                 * @enum {unknown}
                                 */
                                onMachine: "continue" | "hangUp" | "leaveMessage";
                                /**
                                 * @description Left on a machine after its beep; empty: the greeting
                                 * @default
                                 */
                                machineMessage: string;
                                /**
                                 * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                                 * @default false
                                 */
                                confirmTransfers: boolean;
                                /**
                                 * @description Seconds for that
                                 * @default 30
                                 */
                                transferConfirmTimeout: number;
                                /**
                                 * @description Who answers a transfer sees the agent's number; else the caller's
                                 * @default false
                                 */
                                useAgentNumberForTransfers: boolean;
                                /**
                                 * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                                 * @default bridge
                                 * @enum {unknown}
                                 */
                                transferMode: "bridge" | "refer";
                                /**
                                 * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                                 * @default true
                                 */
                                transferReferFallback: boolean;
                                /**
                                 * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                                 * @default false
                                 */
                                attendedTransfers: boolean;
                                attendedTransferBridgeTrigger: string | null;
                                /**
                                 * @description The agent goes on listening and writing down after it has put the caller through
                                 * @default false
                                 */
                                monitorTransfers: boolean;
                                /**
                                 * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                                 * @default music
                                 * @enum {unknown}
                                 */
                                transferAudio: "ringback" | "music";
                                /**
                                 * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                                 * @default true
                                 */
                                acceptTransfers: boolean;
                                preAnswerRingTime: number | null;
                                /**
                                 * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                                 * @default true
                                 */
                                callSummary: boolean;
                                /**
                                 * @description What is to be written down of each call, for `collectedData`
                                 * @default []
                                 */
                                reportingFields: {
                                    key: string;
                                    label: string;
                                    /** @description What the value is to say, for the model */
                                    instructions?: string;
                                    values: {
                                        /** @enum {unknown} */
                                        kind: "boolean" | "number" | "text";
                                    } | {
                                        /** @enum {string} */
                                        kind: "choices";
                                        choices: string[];
                                    };
                                }[];
                                /**
                                 * @description Whether calls are recorded
                                 * @default true
                                 */
                                recording: boolean;
                                /**
                                 * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                                 * @default true
                                 * @enum {unknown}
                                 */
                                autoRecordingNotification: "true" | "false" | "always";
                                /** @default This call is being recorded. */
                                recordingNotificationPhrase: string;
                                maxCallDuration: number | null;
                                maxConcurrentCalls: number | null;
                            };
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    restoreAgentVersion: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
                number: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        agent: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @description What callers dial */
                            sipUris: string[];
                            /**
                             * @description E.164, each of one agent on the system
                             * @default []
                             */
                            phoneNumbers: string[];
                            /** @default  */
                            title: string;
                            /** @default  */
                            description: string;
                            /**
                             * @description attendant: built in, no key; pipeline: by a language model (see providers); realtime: by a speech-to-speech model; echo: the caller hears himself
                             * @default attendant
                             * @enum {unknown}
                             */
                            mode: "attendant" | "echo" | "pipeline" | "realtime";
                            /** @default [] */
                            functions: ({
                                /** @enum {string} */
                                type: "say";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                text: string;
                            } | {
                                /** @enum {string} */
                                type: "takeMessage";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                prompt?: string;
                                /** @description Longest message, in seconds */
                                maxSeconds?: number;
                            } | {
                                /** @enum {string} */
                                type: "sendDtmf";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description DTMF (RFC 4733 events 0 to 15) */
                                digits: string;
                            } | {
                                /** @enum {string} */
                                type: "transfer";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description As the target of a call out; of several the next is tried where one cannot be had */
                                destination: string | string[];
                                /** @description Spoken to who answers, alone */
                                transferNotification?: string;
                                /** @description Name of the function that follows where nobody could be had */
                                fallback?: string;
                            } | {
                                /** @enum {string} */
                                type: "endCall";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                farewell?: string;
                            } | {
                                /** @enum {string} */
                                type: "http";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description What it does and answers: the model chooses by it. Agents by models (pipeline, realtime) have it */
                                description: string;
                                /** @description JSON schema of an object: what the model gives it, and what that is checked by */
                                parameters?: {
                                    [key: string]: unknown;
                                };
                                /**
                                 * @description GET if left out
                                 * @enum {unknown}
                                 */
                                method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
                                /** @description {name} is a required parameter, {{secret:NAME}} a secret, neither in the host. Other parameters go into the query, or as JSON into the body of POST, PUT and PATCH */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                            } | {
                                /** @enum {string} */
                                type: "mcp";
                                /** @description Unique in the agent, in any case */
                                name: string;
                                /** @description The digit that chooses it in an attendant's menu */
                                key?: string;
                                /** @description When it applies, in a few words */
                                condition?: string;
                                /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                                url: string;
                                /** @description With {{secret:NAME}} where a key belongs */
                                headers?: {
                                    [key: string]: string;
                                };
                                /** @description Seconds for the whole answer; 10 if left out */
                                timeout?: number;
                                /** @description Which of its tools the agent has; all if left out. Agents by models (pipeline, realtime) have them, as NAME.TOOL */
                                tools?: string[];
                            })[];
                            /**
                             * @description The greeting
                             * @default
                             */
                            welcomeMessage: string;
                            /** @default  */
                            agentInstructions: string;
                            /**
                             * @default en-US
                             * @enum {unknown}
                             */
                            agentLang: "en-US" | "multi" | "es-MX" | "es-ES" | "es-US";
                            agentVoice: string | null;
                            /**
                             * @description IANA name
                             * @default UTC
                             */
                            timezone: string;
                            /**
                             * @description Seconds of silence before the caller is asked whether he is there
                             * @default 13
                             */
                            callerResponseTimeout: number;
                            /**
                             * @description Such questions, unanswered, before the call is ended; 0: never
                             * @default 3
                             */
                            callerResponseTimeoutHangupCounter: number;
                            /** @default 3 */
                            interruptionWordCount: number;
                            /**
                             * @description Seconds the agent must have spoken before a voice interrupts it
                             * @default 3
                             */
                            interruptionMinimumSpeakingTime: number;
                            agentModel: string | null;
                            agentModelFallback: string | null;
                            agentSttEngine: string | null;
                            agentS2SEngine: string | null;
                            /**
                             * @description Milliseconds of silence after which the caller's turn is over where it sounds finished; speakingTimeout where not
                             * @default 500
                             */
                            speechProcessingDelay: number;
                            /**
                             * @description Milliseconds between words that end a turn
                             * @default 1200
                             */
                            speakingTimeout: number;
                            /**
                             * @description Milliseconds from the answer to the first word
                             * @default 0
                             */
                            waitOnAnswer: number;
                            /**
                             * @description Seconds that an agent that calls with waitToGreet waits for the person's first words at most
                             * @default 8
                             */
                            waitToGreetTimeout: number;
                            /**
                             * @description Where a machine answers the agent's call: talk on; hang up; leave machineMessage after the beep. The last two make the agent wait until it is told who answered, about a second after a person's first words
                             * @default continue
                             * @enum {unknown}
                             */
                            onMachine: "continue" | "hangUp" | "leaveMessage";
                            /**
                             * @description Left on a machine after its beep; empty: the greeting
                             * @default
                             */
                            machineMessage: string;
                            /**
                             * @description Who answers a transfer presses 1 to take the call, 2 to decline, 3 to have a call back told
                             * @default false
                             */
                            confirmTransfers: boolean;
                            /**
                             * @description Seconds for that
                             * @default 30
                             */
                            transferConfirmTimeout: number;
                            /**
                             * @description Who answers a transfer sees the agent's number; else the caller's
                             * @default false
                             */
                            useAgentNumberForTransfers: boolean;
                            /**
                             * @description bridge: Ringdown calls the person and joins the two; refer: the caller's PBX is asked to (REFER)
                             * @default bridge
                             * @enum {unknown}
                             */
                            transferMode: "bridge" | "refer";
                            /**
                             * @description Where the caller's PBX refuses a REFER, or does not tell what came of it: by a call of Ringdown's
                             * @default true
                             */
                            transferReferFallback: boolean;
                            /**
                             * @description The agent stays with the caller until who answers says the trigger, or presses 1; goes before confirmTransfers
                             * @default false
                             */
                            attendedTransfers: boolean;
                            attendedTransferBridgeTrigger: string | null;
                            /**
                             * @description The agent goes on listening and writing down after it has put the caller through
                             * @default false
                             */
                            monitorTransfers: boolean;
                            /**
                             * @description What a caller hears who waits to be put through: music, or the ringing of his country; quietly where the agent stays with him
                             * @default music
                             * @enum {unknown}
                             */
                            transferAudio: "ringback" | "music";
                            /**
                             * @description Whether the other side may transfer its end of a call (REFER, Replaces): the agent follows
                             * @default true
                             */
                            acceptTransfers: boolean;
                            preAnswerRingTime: number | null;
                            /**
                             * @description Whether the agent's language model writes a summary and the outcome after each call in which somebody spoke; agents of mode pipeline
                             * @default true
                             */
                            callSummary: boolean;
                            /**
                             * @description What is to be written down of each call, for `collectedData`
                             * @default []
                             */
                            reportingFields: {
                                key: string;
                                label: string;
                                /** @description What the value is to say, for the model */
                                instructions?: string;
                                values: {
                                    /** @enum {unknown} */
                                    kind: "boolean" | "number" | "text";
                                } | {
                                    /** @enum {string} */
                                    kind: "choices";
                                    choices: string[];
                                };
                            }[];
                            /**
                             * @description Whether calls are recorded
                             * @default true
                             */
                            recording: boolean;
                            /**
                             * @description Whether recording is told: to all, to none, or (true) where the caller's number may require it
                             * @default true
                             * @enum {unknown}
                             */
                            autoRecordingNotification: "true" | "false" | "always";
                            /** @default This call is being recorded. */
                            recordingNotificationPhrase: string;
                            maxCallDuration: number | null;
                            maxConcurrentCalls: number | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    chatWithAgent: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description All of the chat so far, oldest first: what the user and the agent have said, and the functions that were run. None: the agent greets */
                    messages: ({
                        /** @enum {unknown} */
                        role: "user" | "agent";
                        content: string;
                    } | {
                        /** @enum {string} */
                        role: "function";
                        name: string;
                        /** @description JSON, as the event had it */
                        arguments: string;
                        output: string;
                    })[];
                    /** @description With the agent's draft, where there is one; false if left out */
                    draft?: boolean;
                    /** @description The number that the agent takes the caller's for; one for fiction if left out */
                    from?: string;
                    /** @description What the agent is told of the person */
                    context?: string;
                    /** @description What it is told of this one talk */
                    taskContext?: string;
                };
            };
        };
        responses: {
            /** @description Server-sent events, each with a JSON object as data. `text`: {text}, the next piece; `function`: {id, name, arguments}, the agent calls one; `functionResult`: {id, name, output, failed, ms, wouldHave}, what the model was told, and, of functions that need a phone, what a call would have done; at last `end`: {outcome: open | transferred | ended, usage: {promptTokens, completionTokens}}, or `error`: {code, message} */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listIpWhitelist: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        whitelist: {
                            /** @description The organization */
                            userId: string;
                            label: string;
                            /** @description Unix seconds */
                            timestamp: number;
                            /** @description Canonical: an address, or network/length */
                            ip: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    addIpWhitelist: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description IPv4, IPv6, or a network in CIDR form */
                    ip: string;
                    label: string;
                    /** @description true: a very wide network (IPv4 below /8, IPv6 below /32) is meant */
                    confirm?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        whitelist: {
                            /** @description The organization */
                            userId: string;
                            label: string;
                            /** @description Unix seconds */
                            timestamp: number;
                            /** @description Canonical: an address, or network/length */
                            ip: string;
                        }[];
                    };
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        whitelist: {
                            /** @description The organization */
                            userId: string;
                            label: string;
                            /** @description Unix seconds */
                            timestamp: number;
                            /** @description Canonical: an address, or network/length */
                            ip: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteIpWhitelist: {
        parameters: {
            query?: {
                /** @description IPv4, IPv6, or a network in CIDR form */
                ip?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description IPv4, IPv6, or a network in CIDR form */
                    ip: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        whitelist: {
                            /** @description The organization */
                            userId: string;
                            label: string;
                            /** @description Unix seconds */
                            timestamp: number;
                            /** @description Canonical: an address, or network/length */
                            ip: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getRegistration: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        registration: {
                            agentId: string;
                            aor: string;
                            username: string;
                            authUsername: string | null;
                            hasPassword: boolean;
                            sipRealm: string;
                            proxy: string | null;
                            port: number | null;
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls";
                            subscribe: boolean;
                            /** @enum {unknown} */
                            state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
                            fault: string | null;
                            hint: string | null;
                            lastCode: number | null;
                            lastReason: string | null;
                            expiresAt: string | null;
                            nextAttemptAt: string | null;
                            target: string | null;
                            publicAddress: string | null;
                            voicemail: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                waiting: boolean | null;
                                newMessages: number | null;
                                oldMessages: number | null;
                            } | null;
                            calls: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                dialogs: {
                                    /** @description trying, proceeding, early, confirmed */
                                    state: string;
                                    direction: ("inbound" | "outbound") | null;
                                    remote: string | null;
                                }[];
                            } | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    putRegistration: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description "1001@pbx.example"; built of username and sipRealm if left out; of one agent on the system */
                    aor?: string;
                    /** @description The extension; the AOR's user if left out */
                    username?: string;
                    /** @description The registrar's domain; the AOR's if left out */
                    sipRealm?: string;
                    authUsername?: string | null;
                    password?: string | null;
                    proxy?: string | null;
                    port?: number | null;
                    /** @description udp (default), tcp or tls, in any case */
                    transport?: string;
                    /** @description Whether to subscribe to message-summary (RFC 3842) */
                    subscribe?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        registration: {
                            agentId: string;
                            aor: string;
                            username: string;
                            authUsername: string | null;
                            hasPassword: boolean;
                            sipRealm: string;
                            proxy: string | null;
                            port: number | null;
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls";
                            subscribe: boolean;
                            /** @enum {unknown} */
                            state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
                            fault: string | null;
                            hint: string | null;
                            lastCode: number | null;
                            lastReason: string | null;
                            expiresAt: string | null;
                            nextAttemptAt: string | null;
                            target: string | null;
                            publicAddress: string | null;
                            voicemail: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                waiting: boolean | null;
                                newMessages: number | null;
                                oldMessages: number | null;
                            } | null;
                            calls: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                dialogs: {
                                    /** @description trying, proceeding, early, confirmed */
                                    state: string;
                                    direction: ("inbound" | "outbound") | null;
                                    remote: string | null;
                                }[];
                            } | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        registration: {
                            agentId: string;
                            aor: string;
                            username: string;
                            authUsername: string | null;
                            hasPassword: boolean;
                            sipRealm: string;
                            proxy: string | null;
                            port: number | null;
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls";
                            subscribe: boolean;
                            /** @enum {unknown} */
                            state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
                            fault: string | null;
                            hint: string | null;
                            lastCode: number | null;
                            lastReason: string | null;
                            expiresAt: string | null;
                            nextAttemptAt: string | null;
                            target: string | null;
                            publicAddress: string | null;
                            voicemail: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                waiting: boolean | null;
                                newMessages: number | null;
                                oldMessages: number | null;
                            } | null;
                            calls: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                dialogs: {
                                    /** @description trying, proceeding, early, confirmed */
                                    state: string;
                                    direction: ("inbound" | "outbound") | null;
                                    remote: string | null;
                                }[];
                            } | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteRegistration: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listRegistrations: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        registrations: {
                            agentId: string;
                            aor: string;
                            username: string;
                            authUsername: string | null;
                            hasPassword: boolean;
                            sipRealm: string;
                            proxy: string | null;
                            port: number | null;
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls";
                            subscribe: boolean;
                            /** @enum {unknown} */
                            state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
                            fault: string | null;
                            hint: string | null;
                            lastCode: number | null;
                            lastReason: string | null;
                            expiresAt: string | null;
                            nextAttemptAt: string | null;
                            target: string | null;
                            publicAddress: string | null;
                            voicemail: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                waiting: boolean | null;
                                newMessages: number | null;
                                oldMessages: number | null;
                            } | null;
                            calls: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                dialogs: {
                                    /** @description trying, proceeding, early, confirmed */
                                    state: string;
                                    direction: ("inbound" | "outbound") | null;
                                    remote: string | null;
                                }[];
                            } | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getRegistrationCaptures: {
        parameters: {
            query?: {
                format?: "text" | "pcap" | "json" | "transaction";
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By `format`: json {captures}, transaction {transactions}, text, or a pcap file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        captures?: {
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            at: string;
                            /** @enum {unknown} */
                            direction: "in" | "out";
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls" | "ws" | "wss";
                            /** @description host:port; 0.0.0.0 or port 0: chosen by the system */
                            source: string;
                            destination: string;
                            transaction: string | null;
                            /** @description The start line */
                            line: string;
                            /** @description Secrets are masked by as many x */
                            message: string;
                        }[];
                        transactions?: {
                            id: string | null;
                            method: string;
                            /** @description Who asked */
                            source: string;
                            destination: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            startedAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            endedAt: string;
                            status: number | null;
                            messages: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                /** @enum {unknown} */
                                direction: "in" | "out";
                                /** @enum {unknown} */
                                transport: "udp" | "tcp" | "tls" | "ws" | "wss";
                                /** @description host:port; 0.0.0.0 or port 0: chosen by the system */
                                source: string;
                                destination: string;
                                transaction: string | null;
                                /** @description The start line */
                                line: string;
                                /** @description Secrets are masked by as many x */
                                message: string;
                            }[];
                        }[];
                    };
                    "text/plain": string;
                    "application/vnd.tcpdump.pcap": unknown;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    refreshRegistration: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        registration: {
                            agentId: string;
                            aor: string;
                            username: string;
                            authUsername: string | null;
                            hasPassword: boolean;
                            sipRealm: string;
                            proxy: string | null;
                            port: number | null;
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls";
                            subscribe: boolean;
                            /** @enum {unknown} */
                            state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
                            fault: string | null;
                            hint: string | null;
                            lastCode: number | null;
                            lastReason: string | null;
                            expiresAt: string | null;
                            nextAttemptAt: string | null;
                            target: string | null;
                            publicAddress: string | null;
                            voicemail: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                waiting: boolean | null;
                                newMessages: number | null;
                                oldMessages: number | null;
                            } | null;
                            calls: {
                                /** @enum {unknown} */
                                state: "subscribing" | "pending" | "active" | "rejected" | "unreachable" | "unsubscribed";
                                lastCode: number | null;
                                dialogs: {
                                    /** @description trying, proceeding, early, confirmed */
                                    state: string;
                                    direction: ("inbound" | "outbound") | null;
                                    remote: string | null;
                                }[];
                            } | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    isAorAvailable: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description "1001@pbx.example"; built of username and sipRealm if left out; of one agent on the system */
                    aor?: string;
                    /** @description The extension; the AOR's user if left out */
                    username?: string;
                    /** @description The registrar's domain; the AOR's if left out */
                    sipRealm?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        available: boolean;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listOutboundRoutes: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        /** @description The routes as strings, in order */
                        routes: string[];
                        /** @description The same with all that is set of them */
                        outboundRoutes: {
                            id: string;
                            /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                            route: string;
                            position: number;
                            username: string | null;
                            hasPassword: boolean;
                            callerId: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    addOutboundRoute: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                    route: string;
                    /** @description 0 is tried first; beyond the end is the end */
                    position?: number;
                    username?: string | null;
                    password?: string | null;
                    callerId?: string | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        /** @description The routes as strings, in order */
                        routes: string[];
                        /** @description The same with all that is set of them */
                        outboundRoutes: {
                            id: string;
                            /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                            route: string;
                            position: number;
                            username: string | null;
                            hasPassword: boolean;
                            callerId: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                    };
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        /** @description The routes as strings, in order */
                        routes: string[];
                        /** @description The same with all that is set of them */
                        outboundRoutes: {
                            id: string;
                            /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                            route: string;
                            position: number;
                            username: string | null;
                            hasPassword: boolean;
                            callerId: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteOutboundRoute: {
        parameters: {
            query?: {
                /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                route?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                    route: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        /** @description The routes as strings, in order */
                        routes: string[];
                        /** @description The same with all that is set of them */
                        outboundRoutes: {
                            id: string;
                            /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                            route: string;
                            position: number;
                            username: string | null;
                            hasPassword: boolean;
                            callerId: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    testOutboundRoute: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                    route: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        /** @description What an INVITE to +15550100 would ask for */
                        requestUri: string;
                        /** @description What is looked up */
                        nextHop: string;
                        /** @description DNS questions, answers and decisions, a line each */
                        trace: string[];
                        /** @description In the order in which a call tries them */
                        targets: {
                            transport: string;
                            address: string;
                            port: number;
                            priority: number | null;
                            weight: number | null;
                            ttl: number | null;
                            status: number | null;
                            reason: string | null;
                            ms: number;
                            verdict: string;
                        }[];
                        reachable: boolean;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getOutboundRoute: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        outboundRoute: {
                            id: string;
                            /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                            route: string;
                            position: number;
                            username: string | null;
                            hasPassword: boolean;
                            callerId: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    removeOutboundRoute: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    updateOutboundRoute: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                    route?: string;
                    /** @description 0 is tried first; beyond the end is the end */
                    position?: number;
                    username?: string | null;
                    password?: string | null;
                    callerId?: string | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        outboundRoute: {
                            id: string;
                            /** @description `{host}[:{port}][;transport=udp|tcp|tls][;proxyAddress={host}[:{port}]]` */
                            route: string;
                            position: number;
                            username: string | null;
                            hasPassword: boolean;
                            callerId: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getAllowedDestinations: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        allowedDestinations: {
                            countries: string[] | null;
                            /** @description Whether premium-rate numbers may be called */
                            premiumRate: boolean;
                            /** @description Whether satellite and other global networks may be called */
                            satellite: boolean;
                            /** @description Whether emergency numbers may be called: +1911, ext:112 and the like */
                            emergency: boolean;
                            /** @description Numbers (+19005550100), or what they begin with (+1900*), that may be called in spite of all that */
                            allowed: string[];
                            /** @description The same for what may not be called. The closest entry counts, this list where both are as close */
                            blocked: string[];
                            /** @description Hosts that sip:user@host may lead to; no other */
                            sipHosts: string[];
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    setAllowedDestinations: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    countries?: string[] | null;
                    /** @description Whether premium-rate numbers may be called */
                    premiumRate?: boolean;
                    /** @description Whether satellite and other global networks may be called */
                    satellite?: boolean;
                    /** @description Whether emergency numbers may be called: +1911, ext:112 and the like */
                    emergency?: boolean;
                    /** @description Numbers (+19005550100), or what they begin with (+1900*), that may be called in spite of all that */
                    allowed?: string[];
                    /** @description The same for what may not be called. The closest entry counts, this list where both are as close */
                    blocked?: string[];
                    /** @description Hosts that sip:user@host may lead to; no other */
                    sipHosts?: string[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        allowedDestinations: {
                            countries: string[] | null;
                            /** @description Whether premium-rate numbers may be called */
                            premiumRate: boolean;
                            /** @description Whether satellite and other global networks may be called */
                            satellite: boolean;
                            /** @description Whether emergency numbers may be called: +1911, ext:112 and the like */
                            emergency: boolean;
                            /** @description Numbers (+19005550100), or what they begin with (+1900*), that may be called in spite of all that */
                            allowed: string[];
                            /** @description The same for what may not be called. The closest entry counts, this list where both are as close */
                            blocked: string[];
                            /** @description Hosts that sip:user@host may lead to; no other */
                            sipHosts: string[];
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listProviders: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        providers: {
                            /** @enum {unknown} */
                            name: "openai" | "anthropic" | "google" | "groq" | "xai" | "deepgram" | "elevenlabs" | "local";
                            source: ("organization" | "environment") | null;
                            /** @description The key itself is never shown */
                            hasKey: boolean;
                            baseUrl: string | null;
                            /** @description What an agent may use it for */
                            services: ("llm" | "stt" | "tts" | "realtime")[];
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    setProvider: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                name: "openai" | "anthropic" | "google" | "groq" | "xai" | "deepgram" | "elevenlabs" | "local";
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    apiKey?: string | null;
                    baseUrl?: string | null;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        provider: {
                            /** @enum {unknown} */
                            name: "openai" | "anthropic" | "google" | "groq" | "xai" | "deepgram" | "elevenlabs" | "local";
                            source: ("organization" | "environment") | null;
                            /** @description The key itself is never shown */
                            hasKey: boolean;
                            baseUrl: string | null;
                            /** @description What an agent may use it for */
                            services: ("llm" | "stt" | "tts" | "realtime")[];
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteProvider: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                name: "openai" | "anthropic" | "google" | "groq" | "xai" | "deepgram" | "elevenlabs" | "local";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        provider: {
                            /** @enum {unknown} */
                            name: "openai" | "anthropic" | "google" | "groq" | "xai" | "deepgram" | "elevenlabs" | "local";
                            source: ("organization" | "environment") | null;
                            /** @description The key itself is never shown */
                            hasKey: boolean;
                            baseUrl: string | null;
                            /** @description What an agent may use it for */
                            services: ("llm" | "stt" | "tts" | "realtime")[];
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    testProvider: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                name: "openai" | "anthropic" | "google" | "groq" | "xai" | "deepgram" | "elevenlabs" | "local";
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        ok: boolean;
                        /** @description Its HTTP status; 0: it was not reached */
                        status: number;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listSecrets: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        secrets: {
                            name: string;
                            /** @description Where it may be sent */
                            hosts: string[];
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    setSecret: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Sealed at rest; no answer of the API has it */
                    value: string;
                    /** @description Names or addresses it may be sent to, such as api.example.com; with a port: to that one alone */
                    hosts: string[];
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        secret: {
                            name: string;
                            /** @description Where it may be sent */
                            hosts: string[];
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            updatedAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteSecret: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listMcpTools: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Of a server of the Model Context Protocol (Streamable HTTP); {{secret:NAME}} is a secret, not in the host */
                    url: string;
                    /** @description With {{secret:NAME}} where a key belongs */
                    headers?: {
                        [key: string]: string;
                    };
                    /** @description Seconds for the whole answer; 10 if left out */
                    timeout?: number;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        /** @description As it calls itself */
                        server: string;
                        /** @description Of the protocol, as agreed on */
                        version: string;
                        tools: {
                            name: string;
                            description: string;
                            /** @description JSON schema of what it takes */
                            parameters?: {
                                [key: string]: unknown;
                            };
                            /** @description Why no agent can have it */
                            fault?: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listWebhooks: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        webhooks: {
                            id: string;
                            /** @description The organization */
                            userId: string;
                            url: string;
                            label: string;
                            /** @enum {unknown} */
                            type: "conversation" | "incoming";
                            /**
                             * @description gone: it answered 410; nothing is sent until it is added again
                             * @enum {unknown}
                             */
                            state: "active" | "gone";
                            disabledAt: string | null;
                            previousSecretUntil: string | null;
                            /** @description Unix seconds */
                            timestamp: number;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    addWebhook: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description https: or http:; redirects are not followed */
                    url: string;
                    label?: string;
                    /**
                     * @description conversation: a call has ended; incoming: one has come, and is not answered yet
                     * @enum {unknown}
                     */
                    type: "conversation" | "incoming";
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        webhooks: {
                            id: string;
                            /** @description The organization */
                            userId: string;
                            url: string;
                            label: string;
                            /** @enum {unknown} */
                            type: "conversation" | "incoming";
                            /**
                             * @description gone: it answered 410; nothing is sent until it is added again
                             * @enum {unknown}
                             */
                            state: "active" | "gone";
                            disabledAt: string | null;
                            previousSecretUntil: string | null;
                            /** @description Unix seconds */
                            timestamp: number;
                        }[];
                        secret: string | null;
                    };
                };
            };
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        webhooks: {
                            id: string;
                            /** @description The organization */
                            userId: string;
                            url: string;
                            label: string;
                            /** @enum {unknown} */
                            type: "conversation" | "incoming";
                            /**
                             * @description gone: it answered 410; nothing is sent until it is added again
                             * @enum {unknown}
                             */
                            state: "active" | "gone";
                            disabledAt: string | null;
                            previousSecretUntil: string | null;
                            /** @description Unix seconds */
                            timestamp: number;
                        }[];
                        secret: string | null;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteWebhook: {
        parameters: {
            query?: {
                /** @description https: or http:; redirects are not followed */
                url?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description https: or http:; redirects are not followed */
                    url: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        webhooks: {
                            id: string;
                            /** @description The organization */
                            userId: string;
                            url: string;
                            label: string;
                            /** @enum {unknown} */
                            type: "conversation" | "incoming";
                            /**
                             * @description gone: it answered 410; nothing is sent until it is added again
                             * @enum {unknown}
                             */
                            state: "active" | "gone";
                            disabledAt: string | null;
                            previousSecretUntil: string | null;
                            /** @description Unix seconds */
                            timestamp: number;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    changeWebhookSecret: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        webhook: {
                            id: string;
                            /** @description The organization */
                            userId: string;
                            url: string;
                            label: string;
                            /** @enum {unknown} */
                            type: "conversation" | "incoming";
                            /**
                             * @description gone: it answered 410; nothing is sent until it is added again
                             * @enum {unknown}
                             */
                            state: "active" | "gone";
                            disabledAt: string | null;
                            previousSecretUntil: string | null;
                            /** @description Unix seconds */
                            timestamp: number;
                        };
                        secret: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listWebhookDeliveries: {
        parameters: {
            query?: {
                webhookId?: string;
                state?: "pending" | "delivered" | "failed";
                /** @description Items a page; 50 if left out */
                limit?: number;
                /** @description The `next` of the page before */
                after?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        deliveries: {
                            /** @description As in X-Ringdown-Delivery: the same in each attempt */
                            id: string;
                            webhookId: string;
                            url: string;
                            /** @enum {unknown} */
                            event: "conversation" | "incoming";
                            callId: string;
                            /** @enum {unknown} */
                            state: "pending" | "delivered" | "failed";
                            attempts: number;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                            nextAttemptAt: string | null;
                            lastAttemptAt: string | null;
                            lastStatus: number | null;
                            lastError: string | null;
                            deliveredAt: string | null;
                        }[];
                        /** @description Give it as `after` to get the next page; null: this is the last */
                        next: string | null;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    resendWebhookDelivery: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    openSoftphone: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Who calls, as the call's record and the agent have it; `browser` if left out */
                    from?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        line: {
                            /** @description Path and query of the WebSocket that speaks SIP (RFC 7118), at this API's own host. It opens once, within a minute */
                            socketPath: string;
                            /** @description Whom to call by it: this agent, and nobody else */
                            uri: string;
                            expiresAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listTokens: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        tokens: {
                            id: string;
                            /** @description Masked; whole only in the answer that made it */
                            token: string;
                            description: string;
                            /** @enum {string} */
                            type: "admin";
                            /** @description Unix seconds */
                            timestamp: number;
                            /** @description The organization */
                            userId: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    createToken: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @enum {string} */
                    type?: "admin";
                    description?: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        token: {
                            id: string;
                            /** @description Masked; whole only in the answer that made it */
                            token: string;
                            description: string;
                            /** @enum {string} */
                            type: "admin";
                            /** @description Unix seconds */
                            timestamp: number;
                            /** @description The organization */
                            userId: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteToken: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listUsers: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        users: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        }[];
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    createUser: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description Unique on the system in any case; a mail address is one */
                    username: string;
                    /**
                     * @description owner: may change all; viewer: may look
                     * @enum {unknown}
                     */
                    role: "owner" | "viewer";
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        user: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        };
                        /** @description Sets his password, once; hand it over in private */
                        link: string;
                        /**
                         * Format: date-time
                         * @description ISO 8601, UTC, with milliseconds
                         */
                        linkExpiresAt: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    makePasswordLink: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        user: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        };
                        /** @description Sets his password, once; hand it over in private */
                        link: string;
                        /**
                         * Format: date-time
                         * @description ISO 8601, UTC, with milliseconds
                         */
                        linkExpiresAt: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    deleteUser: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    updateUser: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description owner: may change all; viewer: may look
                     * @enum {unknown}
                     */
                    role: "owner" | "viewer";
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        user: {
                            id: string;
                            organizationId: string;
                            username: string;
                            /** @enum {unknown} */
                            role: "owner" | "viewer";
                            passwordSetAt: string | null;
                            lastSignInAt: string | null;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            createdAt: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listCalls: {
        parameters: {
            query?: {
                state?: "ringing" | "active" | "ended";
                direction?: "inbound" | "outbound";
                agentId?: string;
                /** @description The whole of it, or what it begins with and a *: +1512* */
                from?: string;
                /** @description The whole of it, or what it begins with and a *: +1512* */
                to?: string;
                /** @description ISO 8601, of startedAt */
                since?: string;
                /** @description ISO 8601, of startedAt */
                until?: string;
                /** @description Items a page; 50 if left out */
                limit?: number;
                /** @description The `next` of the page before */
                after?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        calls: {
                            id: string;
                            organizationId: string;
                            /** @description The first leg's Call-ID */
                            sipCallId: string;
                            /** @enum {unknown} */
                            direction: "inbound" | "outbound";
                            /** @enum {unknown} */
                            state: "ringing" | "active" | "ended";
                            agentId: string;
                            from: string;
                            to: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            startedAt: string;
                            answeredAt: string | null;
                            endedAt: string | null;
                            duration: number | null;
                            endedBy: ("caller" | "agent" | "system") | null;
                            endCode: string | null;
                            endReason: string | null;
                            codec: string | null;
                            legs: {
                                [key: string]: unknown;
                            }[];
                            callDialog: {
                                /**
                                 * @description person: whom the caller has been put through to (`monitorTransfers`)
                                 * @enum {unknown}
                                 */
                                role: "agent" | "user" | "person";
                                content: string;
                                startedAt: string;
                                endedAt: string;
                                interrupted?: boolean;
                            }[];
                            timeline: {
                                [key: string]: unknown;
                            }[];
                            recording: string | null;
                            /** @description What the caller left by takeMessage, in order */
                            messages: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                seconds: number;
                                /** @description URL of the WAV */
                                recording: string;
                            }[];
                            quality: {
                                [key: string]: unknown;
                            } | null;
                            /** @description Of one call that has ended: how its audio was, oldest first, a sample each 5 s and fewer in long calls */
                            qualitySamples?: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                /** @description How long the time is that ended at that moment */
                                seconds: number;
                                packetsReceived: number;
                                /** @description Of the packets sent here: never came */
                                lostPercent?: number;
                                /** @description Came too late to be played */
                                latePercent?: number;
                                /** @description RFC 3550; the highest in that time, as all ms here */
                                jitterMs?: number;
                                /** @description What the jitter buffer held back */
                                bufferMs?: number;
                                /** @description By RTCP */
                                roundTripMs?: number;
                                /** @description Estimated quality heard here, 1 to 4.5 (E-model, simplified) */
                                mos?: number;
                                /** @description Of the packets sent there, as the other side reports by RTCP */
                                remoteLostPercent?: number;
                                /** @description As the other side reports */
                                remoteJitterMs?: number;
                                /** @description Estimated quality heard by the other side */
                                remoteMos?: number;
                            }[];
                            report: {
                                summary: string | null;
                                outcome: string | null;
                                collectedData: {
                                    [key: string]: string | number | boolean | null;
                                };
                                /** @description Why there is less than was asked for */
                                error?: string;
                                usage: {
                                    promptTokens: number;
                                    completionTokens: number;
                                };
                            } | null;
                            /** @description Of one call that has ended: why one side heard nothing or little, and what to do, what matters most first; empty: the audio was well */
                            audioFindings?: {
                                code: string;
                                sentence: string;
                            }[];
                        }[];
                        /** @description Give it as `after` to get the next page; null: this is the last */
                        next: string | null;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    placeCall: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description +E.164, ext:1002 or pbx:1002, sip:user@host, or an agent's username; then commas (a second each) and digits to be dialled after the answer: +15125550100,,,12 */
                    target: string;
                    /** @description The number that is shown, in place of the route's or the agent's first */
                    callerId?: string;
                    /** @description What is said first, in place of the welcomeMessage */
                    greeting?: string;
                    /** @description Speak after the person did (at the latest after waitToGreetTimeout) */
                    waitToGreet?: boolean;
                    /** @description What the agent is told of the person */
                    context?: string;
                    /** @description What the agent is told of this one call */
                    taskContext?: string;
                    /** @description Seconds it may ring; 45 if left out */
                    ringSeconds?: number;
                };
            };
        };
        responses: {
            /** @description Default Response */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                        call: {
                            id: string;
                            organizationId: string;
                            /** @description The first leg's Call-ID */
                            sipCallId: string;
                            /** @enum {unknown} */
                            direction: "inbound" | "outbound";
                            /** @enum {unknown} */
                            state: "ringing" | "active" | "ended";
                            agentId: string;
                            from: string;
                            to: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            startedAt: string;
                            answeredAt: string | null;
                            endedAt: string | null;
                            duration: number | null;
                            endedBy: ("caller" | "agent" | "system") | null;
                            endCode: string | null;
                            endReason: string | null;
                            codec: string | null;
                            legs: {
                                [key: string]: unknown;
                            }[];
                            callDialog: {
                                /**
                                 * @description person: whom the caller has been put through to (`monitorTransfers`)
                                 * @enum {unknown}
                                 */
                                role: "agent" | "user" | "person";
                                content: string;
                                startedAt: string;
                                endedAt: string;
                                interrupted?: boolean;
                            }[];
                            timeline: {
                                [key: string]: unknown;
                            }[];
                            recording: string | null;
                            /** @description What the caller left by takeMessage, in order */
                            messages: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                seconds: number;
                                /** @description URL of the WAV */
                                recording: string;
                            }[];
                            quality: {
                                [key: string]: unknown;
                            } | null;
                            /** @description Of one call that has ended: how its audio was, oldest first, a sample each 5 s and fewer in long calls */
                            qualitySamples?: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                /** @description How long the time is that ended at that moment */
                                seconds: number;
                                packetsReceived: number;
                                /** @description Of the packets sent here: never came */
                                lostPercent?: number;
                                /** @description Came too late to be played */
                                latePercent?: number;
                                /** @description RFC 3550; the highest in that time, as all ms here */
                                jitterMs?: number;
                                /** @description What the jitter buffer held back */
                                bufferMs?: number;
                                /** @description By RTCP */
                                roundTripMs?: number;
                                /** @description Estimated quality heard here, 1 to 4.5 (E-model, simplified) */
                                mos?: number;
                                /** @description Of the packets sent there, as the other side reports by RTCP */
                                remoteLostPercent?: number;
                                /** @description As the other side reports */
                                remoteJitterMs?: number;
                                /** @description Estimated quality heard by the other side */
                                remoteMos?: number;
                            }[];
                            report: {
                                summary: string | null;
                                outcome: string | null;
                                collectedData: {
                                    [key: string]: string | number | boolean | null;
                                };
                                /** @description Why there is less than was asked for */
                                error?: string;
                                usage: {
                                    promptTokens: number;
                                    completionTokens: number;
                                };
                            } | null;
                            /** @description Of one call that has ended: why one side heard nothing or little, and what to do, what matters most first; empty: the audio was well */
                            audioFindings?: {
                                code: string;
                                sentence: string;
                            }[];
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getCall: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        call: {
                            id: string;
                            organizationId: string;
                            /** @description The first leg's Call-ID */
                            sipCallId: string;
                            /** @enum {unknown} */
                            direction: "inbound" | "outbound";
                            /** @enum {unknown} */
                            state: "ringing" | "active" | "ended";
                            agentId: string;
                            from: string;
                            to: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            startedAt: string;
                            answeredAt: string | null;
                            endedAt: string | null;
                            duration: number | null;
                            endedBy: ("caller" | "agent" | "system") | null;
                            endCode: string | null;
                            endReason: string | null;
                            codec: string | null;
                            legs: {
                                [key: string]: unknown;
                            }[];
                            callDialog: {
                                /**
                                 * @description person: whom the caller has been put through to (`monitorTransfers`)
                                 * @enum {unknown}
                                 */
                                role: "agent" | "user" | "person";
                                content: string;
                                startedAt: string;
                                endedAt: string;
                                interrupted?: boolean;
                            }[];
                            timeline: {
                                [key: string]: unknown;
                            }[];
                            recording: string | null;
                            /** @description What the caller left by takeMessage, in order */
                            messages: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                seconds: number;
                                /** @description URL of the WAV */
                                recording: string;
                            }[];
                            quality: {
                                [key: string]: unknown;
                            } | null;
                            /** @description Of one call that has ended: how its audio was, oldest first, a sample each 5 s and fewer in long calls */
                            qualitySamples?: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                /** @description How long the time is that ended at that moment */
                                seconds: number;
                                packetsReceived: number;
                                /** @description Of the packets sent here: never came */
                                lostPercent?: number;
                                /** @description Came too late to be played */
                                latePercent?: number;
                                /** @description RFC 3550; the highest in that time, as all ms here */
                                jitterMs?: number;
                                /** @description What the jitter buffer held back */
                                bufferMs?: number;
                                /** @description By RTCP */
                                roundTripMs?: number;
                                /** @description Estimated quality heard here, 1 to 4.5 (E-model, simplified) */
                                mos?: number;
                                /** @description Of the packets sent there, as the other side reports by RTCP */
                                remoteLostPercent?: number;
                                /** @description As the other side reports */
                                remoteJitterMs?: number;
                                /** @description Estimated quality heard by the other side */
                                remoteMos?: number;
                            }[];
                            report: {
                                summary: string | null;
                                outcome: string | null;
                                collectedData: {
                                    [key: string]: string | number | boolean | null;
                                };
                                /** @description Why there is less than was asked for */
                                error?: string;
                                usage: {
                                    promptTokens: number;
                                    completionTokens: number;
                                };
                            } | null;
                            /** @description Of one call that has ended: why one side heard nothing or little, and what to do, what matters most first; empty: the audio was well */
                            audioFindings?: {
                                code: string;
                                sentence: string;
                            }[];
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    hangUpCall: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": Record<string, never>;
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    transferCall: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description As the target of a call out; of several the next is tried where one cannot be had */
                    destination: string | string[];
                    /** @description Spoken to who answers, alone, before the caller is put through */
                    transferNotification?: string;
                    /** @description Who answers presses 1 to take the call, 2 to decline, 3 to have the caller told of a call back */
                    confirm?: boolean;
                    /**
                     * @description As the agent's transferMode, which it is if left out
                     * @enum {unknown}
                     */
                    mode?: "bridge" | "refer";
                    /** @description As the agent's attendedTransfers, which it is if left out */
                    attended?: boolean;
                    /** @description Seconds for that; 30 if left out */
                    confirmTimeout?: number;
                    /** @description 30 if left out */
                    ringSeconds?: number;
                    /** @description Who answers sees the agent's number; else the caller's, where it is one */
                    useAgentNumber?: boolean;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    cancelTransfer: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    sendDtmf: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description DTMF (RFC 4733 events 0 to 15) */
                    digits: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    sayOnCall: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    text: string;
                };
            };
        };
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        message: string;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listRejectedCalls: {
        parameters: {
            query?: {
                /** @description Items a page; 50 if left out */
                limit?: number;
                /** @description The `next` of the page before */
                after?: string;
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        rejectedCalls: {
                            id: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            at: string;
                            source: string;
                            transport: string;
                            from: string;
                            to: string;
                            code: string;
                            /** @description The SIP status sent; 0: none was */
                            status: number;
                            /** @description What to do about it */
                            hint: string;
                            /** @description Refusals right after it that were counted only, as they came too fast */
                            suppressed: number;
                        }[];
                        /** @description Give it as `after` to get the next page; null: this is the last */
                        next: string | null;
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getSipCaptures: {
        parameters: {
            query: {
                /** @description `legs[].sipCallId` of a call; up to 20, separated by commas */
                sipCallId: string;
                /** @description Epoch milliseconds */
                from?: number;
                /** @description Epoch milliseconds */
                to?: number;
                format?: "text" | "pcap" | "json" | "transaction";
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description By `format`: json {captures}, transaction {transactions}, text, or a pcap file */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        captures?: {
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            at: string;
                            /** @enum {unknown} */
                            direction: "in" | "out";
                            /** @enum {unknown} */
                            transport: "udp" | "tcp" | "tls" | "ws" | "wss";
                            /** @description host:port; 0.0.0.0 or port 0: chosen by the system */
                            source: string;
                            destination: string;
                            transaction: string | null;
                            /** @description The start line */
                            line: string;
                            /** @description Secrets are masked by as many x */
                            message: string;
                        }[];
                        transactions?: {
                            id: string | null;
                            method: string;
                            /** @description Who asked */
                            source: string;
                            destination: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            startedAt: string;
                            /**
                             * Format: date-time
                             * @description ISO 8601, UTC, with milliseconds
                             */
                            endedAt: string;
                            status: number | null;
                            messages: {
                                /**
                                 * Format: date-time
                                 * @description ISO 8601, UTC, with milliseconds
                                 */
                                at: string;
                                /** @enum {unknown} */
                                direction: "in" | "out";
                                /** @enum {unknown} */
                                transport: "udp" | "tcp" | "tls" | "ws" | "wss";
                                /** @description host:port; 0.0.0.0 or port 0: chosen by the system */
                                source: string;
                                destination: string;
                                transaction: string | null;
                                /** @description The start line */
                                line: string;
                                /** @description Secrets are masked by as many x */
                                message: string;
                            }[];
                        }[];
                    };
                    "text/plain": string;
                    "application/vnd.tcpdump.pcap": unknown;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listenToCall: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description WAV without an end, 16-bit at 8 kHz: left the caller, right what the caller hears */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "audio/wav": unknown;
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getStatus: {
        parameters: {
            query?: {
                /** @description An organization or an agent; the token's organization if left out */
                targetAccountId?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Default Response */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @enum {boolean} */
                        success: true;
                        status: {
                            ready: boolean;
                            draining: boolean;
                            listeners: string[];
                            databaseOpen: boolean;
                            callsRunning: number;
                            domain: string;
                            publicAddress: string;
                        };
                    };
                };
            };
            default: components["responses"]["Failure"];
        };
    };
}
