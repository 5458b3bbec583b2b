import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from "@tanstack/react-router";
import { type CallSearch, type DeliverySearch, queryClient, sessionQuery } from "./api/queries.ts";
import { Failed, Loading } from "./components/page.tsx";
import { Shell } from "./components/shell.tsx";
import { NotFound } from "./pages/not-found.tsx";
import { SignIn } from "./pages/sign-in.tsx";
import { Welcome } from "./pages/welcome.tsx";

const root = createRootRoute({ component: Outlet, notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: ({ to }: Record<string, unknown>): { to?: string } =>
    // A path of ours and nothing else: whoever made the link does not choose where one lands.
    typeof to === "string" && /^\/(?![/\\])/.test(to) ? { to } : {},
  component: SignIn,
});

const welcome = createRoute({ getParentRoute: () => root, path: "/welcome", component: Welcome });

const inside = createRoute({
  getParentRoute: () => root,
  id: "inside",
  component: Shell,
  beforeLoad: async ({ location }) => {
    const session = await queryClient.ensureQueryData(sessionQuery);
    if (session !== null) return;
    throw redirect({ to: "/sign-in", search: location.href === "/" ? {} : { to: location.href } });
  },
});

const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
const oneOf = <Value extends string>(value: unknown, ...values: Value[]): Value | undefined =>
  values.find((one) => one === value);

const home = createRoute({
  getParentRoute: () => inside,
  path: "/",
  component: lazyRouteComponent(() => import("./pages/home.tsx"), "Home"),
});
const agents = createRoute({
  getParentRoute: () => inside,
  path: "/agents",
  component: lazyRouteComponent(() => import("./pages/agents.tsx"), "Agents"),
});
type AgentTab = "functions" | "turns" | "registration" | "versions";

const agent = createRoute({
  getParentRoute: () => inside,
  path: "/agents/$id",
  validateSearch: ({ tab, talk }: Record<string, unknown>): { tab?: AgentTab; talk?: true } => {
    const known = oneOf(tab, "functions", "turns", "registration", "versions");
    return { ...(known !== undefined && { tab: known }), ...(talk === true && { talk }) };
  },
  component: lazyRouteComponent(() => import("./pages/agent.tsx"), "AgentPage"),
});
const calls = createRoute({
  getParentRoute: () => inside,
  path: "/calls",
  validateSearch: (search: Record<string, unknown>): CallSearch => ({
    state: oneOf(search.state, "ringing", "active", "ended"),
    direction: oneOf(search.direction, "inbound", "outbound"),
    agentId: text(search.agentId),
    from: text(search.from),
    to: text(search.to),
    since: text(search.since),
    until: text(search.until),
  }),
  component: lazyRouteComponent(() => import("./pages/calls.tsx"), "Calls"),
});
const call = createRoute({
  getParentRoute: () => inside,
  path: "/calls/$id",
  component: lazyRouteComponent(() => import("./pages/call.tsx"), "CallPage"),
});
const rejected = createRoute({
  getParentRoute: () => inside,
  path: "/rejected",
  component: lazyRouteComponent(() => import("./pages/rejected.tsx"), "Rejected"),
});
const developer = createRoute({
  getParentRoute: () => inside,
  path: "/settings/developer",
  component: lazyRouteComponent(() => import("./pages/developer.tsx"), "Developer"),
});
const deliveries = createRoute({
  getParentRoute: () => inside,
  path: "/settings/webhooks",
  validateSearch: (search: Record<string, unknown>): DeliverySearch => ({
    webhookId: text(search.webhookId),
    state: oneOf(search.state, "pending", "delivered", "failed"),
  }),
  component: lazyRouteComponent(() => import("./pages/deliveries.tsx"), "Deliveries"),
});
const models = createRoute({
  getParentRoute: () => inside,
  path: "/settings/models",
  component: lazyRouteComponent(() => import("./pages/models.tsx"), "Models"),
});
const users = createRoute({
  getParentRoute: () => inside,
  path: "/settings/users",
  component: lazyRouteComponent(() => import("./pages/users.tsx"), "UsersPage"),
});

export const router = createRouter({
  routeTree: root.addChildren([
    signIn,
    welcome,
    inside.addChildren([home, agents, agent, calls, call, rejected, developer, deliveries, models, users]),
  ]),
  defaultPreload: "intent",
  defaultPendingComponent: () => <Loading what="the page" />,
  defaultErrorComponent: ({ error, reset }) => <Failed error={error} retry={reset} />,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
