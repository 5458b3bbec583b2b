// `ringdown route-test ROUTE`: what a call by this route would do, without a running node.
import { createSipStack } from "@ringdown/sip";
import { bracketed } from "../config/endpoint.ts";
import { readConfig } from "../config/read-config.ts";
import { AppError } from "../errors.ts";
import { readRoute } from "../routes/outbound-routes.ts";
import { testRoute } from "../routes/route-test.ts";
import { createRouteTestNetwork } from "../routes/route-test-network.ts";

/** Exit code 0: a target answered; 1: none did; 2: the route is no route. */
export async function routeTestCommand(text: string): Promise<void> {
  let route: ReturnType<typeof readRoute>;
  try {
    route = readRoute(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
    return;
  }
  const { dns } = readConfig(process.env).config;
  const stack = await createSipStack({
    listeners: [
      { protocol: "udp", host: "0.0.0.0", port: 0 },
      { protocol: "tcp", host: "0.0.0.0", port: 0 },
    ],
    transport: { samePort: true },
    screen: () => "drop",
    onInvite: (call) => call.ignore(),
    ...(dns && { locate: { dns: { servers: [`${bracketed(dns.address)}:${dns.port}`] } } }),
  });
  try {
    const test = await testRoute(route, createRouteTestNetwork(stack));
    const lines = [
      `A call to +15550100 asks for ${test.requestUri}, by ${test.nextHop}.`,
      ...test.trace,
      "",
      ...test.targets.map(
        ({ transport, address, port, priority, weight, verdict }, index) =>
          `${index + 1}. ${transport} ${bracketed(address)}:${port}${priority === null ? "" : ` (priority ${priority}, weight ${weight})`} ${verdict}`,
      ),
      test.verdict,
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
    process.exitCode = test.reachable ? 0 : 1;
  } finally {
    await stack.close();
  }
}
