import type { SipStack } from "@ringdown/sip";
import type { RouteTestNetwork } from "./route-test.ts";

/** Tests routes by a real stack. */
export function createRouteTestNetwork(stack: Pick<SipStack, "userAgent" | "locate">): RouteTestNetwork {
  return {
    locate: (uri) => stack.locate(uri),
    options: (uri, target) =>
      stack.userAgent.request({
        ...{ method: "OPTIONS", requestUri: uri, to: `<${uri}>`, target },
        from: "<sip:ringdown@anonymous.invalid>",
        headers: [["Accept", "application/sdp"]],
      }).result,
    now: () => performance.now(),
    wait: (ms) => {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      const timer = setTimeout(() => resolve(undefined), ms);
      return { over: promise, cancel: () => clearTimeout(timer) };
    },
  };
}
