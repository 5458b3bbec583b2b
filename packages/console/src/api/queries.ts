// What the pages ask for, by name: events from the server say which of it is no longer true.
import { infiniteQueryOptions, QueryClient, queryOptions } from "@tanstack/react-query";
import { ApiError, api, ask } from "./client.ts";
import type { CapturesAnswer } from "./types.ts";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      // What the server refused it refuses again.
      retry: (count, error) =>
        count < 2 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
    },
  },
});

/** The session, or null where nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ["session"],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: async () => {
    try {
      return await ask(api.GET("/api/v2/session"));
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: async () => (await ask(api.GET("/api/v2/status"))).status,
});

export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: async () => (await ask(api.GET("/api/v2/agents", { params: { query: { limit: 200 } } }))).agents,
});

export const agentQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id],
    queryFn: async () => (await ask(api.GET("/api/v2/agents/{id}", { params: { path: { id } } }))).agent,
  });

/** What an agent is to be, or null where nothing is kept aside. */
export const agentDraftQuery = (id: string) =>
  queryOptions({
    queryKey: ["agents", id, "draft"],
    queryFn: async () => {
      try {
        return (await ask(api.GET("/api/v2/agents/{id}/draft", { params: { path: { id } } }))).draft;
      } catch (error) {
        if (error instanceof ApiError && error.code === "draft_not_found") return null;
        throw error;
      }
    },
  });

export const agentVersionsQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: ["agents", id, "versions"],
    initialPageParam: "",
    queryFn: async ({ pageParam }) => {
      const query = { limit: 20, ...(pageParam === "" ? {} : { after: pageParam }) };
      return await ask(api.GET("/api/v2/agents/{id}/versions", { params: { path: { id }, query } }));
    },
    getNextPageParam: ({ next }) => next,
  });

/** It never changes. */
export const agentVersionQuery = (id: string, number: number) =>
  queryOptions({
    queryKey: ["agentVersion", id, number],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const path = { id, number: String(number) };
      return (await ask(api.GET("/api/v2/agents/{id}/versions/{number}", { params: { path } }))).version;
    },
  });

/** An agent's registration, or null where he has none. */
export const registrationQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["registrations", agentId],
    queryFn: async () => {
      try {
        const query = { targetAccountId: agentId };
        return (await ask(api.GET("/api/v2/sip/registration", { params: { query } }))).registration;
      } catch (error) {
        if (error instanceof ApiError && error.code === "registration_not_found") return null;
        throw error;
      }
    },
  });

/** Its last SIP messages. Below its own: its news make it old too. */
export const registrationCapturesQuery = (agentId: string) =>
  queryOptions({
    queryKey: ["registrations", agentId, "captures"],
    queryFn: async () => {
      const query = { targetAccountId: agentId };
      // As JSON, where nothing else is asked for.
      const answer = await ask(api.GET("/api/v2/sip/registration/captures", { params: { query } }));
      return (answer as CapturesAnswer).captures ?? [];
    },
  });

export const registrationsQuery = queryOptions({
  queryKey: ["registrations"],
  queryFn: async () => (await ask(api.GET("/api/v2/sip/registrations"))).registrations,
});

export const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => (await ask(api.GET("/api/v2/tokens"))).tokens,
});

export const accessListQuery = queryOptions({
  queryKey: ["accessList"],
  queryFn: async () => (await ask(api.GET("/api/v2/sip/ipWhitelist"))).whitelist,
});

export const routesQuery = queryOptions({
  queryKey: ["outboundRoutes"],
  queryFn: async () => (await ask(api.GET("/api/v2/sip/outboundRoutes"))).outboundRoutes,
});

export const allowedDestinationsQuery = queryOptions({
  queryKey: ["allowedDestinations"],
  queryFn: async () => (await ask(api.GET("/api/v2/sip/allowedDestinations"))).allowedDestinations,
});

export const secretsQuery = queryOptions({
  queryKey: ["secrets"],
  queryFn: async () => (await ask(api.GET("/api/v2/secrets"))).secrets,
});

export const webhooksQuery = queryOptions({
  queryKey: ["webhooks"],
  queryFn: async () => (await ask(api.GET("/api/v2/webhooks"))).webhooks,
});

export interface DeliverySearch {
  webhookId?: string | undefined;
  state?: "pending" | "delivered" | "failed" | undefined;
}

export const deliveriesQuery = ({ webhookId, state }: DeliverySearch) =>
  infiniteQueryOptions({
    queryKey: ["webhookDeliveries", webhookId, state],
    initialPageParam: "",
    queryFn: async ({ pageParam }) => {
      const query = {
        limit: 50,
        ...(webhookId === undefined ? {} : { webhookId }),
        ...(state === undefined ? {} : { state }),
        ...(pageParam === "" ? {} : { after: pageParam }),
      };
      return await ask(api.GET("/api/v2/webhooks/deliveries", { params: { query } }));
    },
    getNextPageParam: ({ next }) => next,
  });

export const providersQuery = queryOptions({
  queryKey: ["providers"],
  queryFn: async () => (await ask(api.GET("/api/v2/providers"))).providers,
});

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: async () => (await ask(api.GET("/api/v2/users"))).users,
});

/** The newest refusals, for who looks for one just now. */
export const recentRefusalsQuery = queryOptions({
  queryKey: ["rejectedCalls", "recent"],
  queryFn: async () =>
    (await ask(api.GET("/api/v2/rejectedCalls", { params: { query: { limit: 100 } } }))).rejectedCalls,
});

export const rejectedCallsQuery = infiniteQueryOptions({
  queryKey: ["rejectedCalls", "pages"],
  initialPageParam: "",
  queryFn: async ({ pageParam }) => {
    const query = { limit: 50, ...(pageParam === "" ? {} : { after: pageParam }) };
    return await ask(api.GET("/api/v2/rejectedCalls", { params: { query } }));
  },
  getNextPageParam: ({ next }) => next,
});

export interface CallSearch {
  state?: "ringing" | "active" | "ended" | undefined;
  direction?: "inbound" | "outbound" | undefined;
  agentId?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  since?: string | undefined;
  until?: string | undefined;
}

type Given = { [Name in keyof CallSearch]?: NonNullable<CallSearch[Name]> };

/** What is asked for a page of calls. @param after "" for the first */
export function callParameters(search: CallSearch, after: string, limit: number) {
  const given: Given = Object.fromEntries(
    Object.entries(search).filter(([, value]) => value !== undefined && value !== ""),
  );
  return { ...given, limit, ...(after === "" ? {} : { after }) };
}

export const callsQuery = (search: CallSearch) =>
  infiniteQueryOptions({
    queryKey: ["calls", "pages", search],
    initialPageParam: "",
    queryFn: async ({ pageParam }) => {
      const query = callParameters(search, pageParam, 50);
      return await ask(api.GET("/api/v2/calls", { params: { query } }));
    },
    getNextPageParam: ({ next }) => next,
  });

export const liveCallsQuery = queryOptions({
  queryKey: ["calls", "live"],
  queryFn: async () => {
    const of = async (state: "ringing" | "active") =>
      (await ask(api.GET("/api/v2/calls", { params: { query: { state, limit: 50 } } }))).calls;
    const [ringing, active] = await Promise.all([of("ringing"), of("active")]);
    return [...ringing, ...active].sort((a, b) => b.startedAt.localeCompare(a.startedAt));
  },
});

export const lastCallsQuery = queryOptions({
  queryKey: ["calls", "last"],
  queryFn: async () => (await ask(api.GET("/api/v2/calls", { params: { query: { limit: 5 } } }))).calls,
});

/** The newest call from a browser to an agent; null before there is one. */
export const browserCallQuery = (agentId: string, from: string) =>
  queryOptions({
    queryKey: ["calls", "browser", agentId, from],
    queryFn: async () => {
      const query = { agentId, from, limit: 1 };
      return (await ask(api.GET("/api/v2/calls", { params: { query } }))).calls[0] ?? null;
    },
  });

export const callQuery = (id: string) =>
  queryOptions({
    queryKey: ["calls", "one", id],
    queryFn: async () => (await ask(api.GET("/api/v2/calls/{id}", { params: { path: { id } } }))).call,
  });

/** The SIP messages of a call's legs; none where they are forgotten. */
export const capturesQuery = (id: string, callIds: string[]) =>
  queryOptions({
    // Below the call's own: its news make it old too.
    queryKey: ["calls", "one", id, "captures", callIds],
    queryFn: async () => {
      if (callIds.length === 0) return [];
      try {
        const query = { sipCallId: callIds.join(",") };
        // As JSON, where nothing else is asked for.
        const answer = await ask(api.GET("/api/v2/sip/captures", { params: { query } }));
        return (answer as CapturesAnswer).captures ?? [];
      } catch (error) {
        if (error instanceof ApiError && error.code === "captures_not_found") return [];
        throw error;
      }
    },
  });
