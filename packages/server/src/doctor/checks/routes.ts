// Outbound routes: where they lead, and what is said there.

import { readRoute } from "../../routes/outbound-routes.ts";
import type { RouteTestNetwork } from "../../routes/route-test.ts";
import { type RouteTest, testRoute } from "../../routes/route-test.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";

/** By a network of our own, where no node can be asked. @throws AppError outbound_route_invalid */
export function testByUs(route: string, network: RouteTestNetwork): Promise<RouteTest> {
  return testRoute(readRoute(route), network);
}

export function judgeRoute(route: string, test: RouteTest, hasPassword: boolean): Finding {
  const { targets, reachable, verdict } = test;
  const check = "route";
  const [first] = targets;
  const place = ({ transport, address, port }: RouteTest["targets"][number]) =>
    `${transport} ${address.includes(":") ? `[${address}]` : address}:${port}`;
  if (first === undefined)
    return fail(check, `${route}: ${verdict}`, "Correct the route, or its name in DNS.");
  if (!reachable) {
    return fail(
      check,
      `${route}: ${place(first)} ${first.verdict}`,
      "Calls by it will fail: see whether it is up, and what it lets in.",
    );
  }
  const refusing = targets.filter(({ status }) => status === 403);
  const [refusal] = refusing;
  if (refusal !== undefined && refusing.length === targets.filter(({ status }) => status !== null).length) {
    return fail(
      check,
      `${route}: ${place(refusal)} answered 403.`,
      "It does not let our address in: ask its operator to list it.",
    );
  }
  const trouble = targets.find(
    ({ status }) =>
      status === null ||
      status === 403 ||
      status === 503 ||
      ((status === 401 || status === 407) && !hasPassword),
  );
  if (trouble === undefined) return ok(check, `${route}: ${place(first)} ${first.verdict}`);
  const asksForMore = trouble.status === 401 || trouble.status === 407;
  return warn(
    check,
    `${route}: ${place(trouble)} ${trouble.verdict}`,
    asksForMore
      ? "Where it asks that of calls too, set the route's username and password."
      : "Calls pass it by where another target answers.",
  );
}
