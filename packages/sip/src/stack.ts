import type { Flow } from "./environment.ts";
import { createEnvironment } from "./transport/environment.ts";
import { withoutZone } from "./transport/local-address.ts";
import type { TransportOptions } from "./transport/options.ts";
import { type Listener, SipTransport } from "./transport/sip-transport.ts";
import type { UserAgentOptions } from "./user-agent/options.ts";
import { UserAgent } from "./user-agent/user-agent.ts";

export interface SipStackOptions extends Omit<UserAgentOptions, "environment" | "contactFor"> {
  readonly listeners: readonly Listener[];
  readonly transport?: TransportOptions;
  /** By default the listener's own address and port, as the remote sees them. */
  readonly contactFor?: UserAgentOptions["contactFor"];
  /** A connection was closed, whoever opened it: the user agent knows already. */
  readonly onConnectionClosed?: (flow: Flow) => void;
}

export interface SipStack {
  readonly userAgent: UserAgent;
  readonly transport: SipTransport;
  /** Closes the sockets and stops the clock. Calls that stand get no BYE from this. */
  close(): Promise<void>;
}

/**
 * A user agent on real sockets.
 * @throws SipTransportError listen_failed
 */
export async function createSipStack(options: SipStackOptions): Promise<SipStack> {
  const { listeners, transport: transportOptions, contactFor, onConnectionClosed, ...handlers } = options;
  let agent: UserAgent | undefined;
  const transport = await SipTransport.bind(
    listeners,
    {
      receive: (bytes, flow) => agent?.receive(bytes, flow),
      connectionClosed: (flow, error) => {
        agent?.connectionClosed(flow, error);
        onConnectionClosed?.(flow);
      },
    },
    transportOptions,
  );
  const environment = createEnvironment(transport, () => agent?.wake());
  const bound = transport.bound;
  const userAgent = new UserAgent({
    ...handlers,
    environment,
    contactFor: contactFor ?? ((flow) => ownAddress(flow, bound, transport)),
  });
  agent = userAgent;
  return {
    userAgent,
    transport,
    close: async () => {
      environment.close();
      await transport.close();
    },
  };
}

/** A connection that we opened has a local port on which nobody listens: there the listener's stands in. */
function ownAddress(
  flow: Flow,
  bound: readonly Listener[],
  transport: SipTransport,
): { host: string; port: number } {
  const host =
    flow.localAddress === "" ? transport.localAddressFor(flow.remoteAddress) : withoutZone(flow.localAddress);
  let port: number | undefined;
  for (const listener of bound) {
    if (listener.protocol !== flow.transport) continue;
    if (listener.port === flow.localPort) return { host, port: listener.port };
    port ??= listener.port;
  }
  return { host, port: port ?? bound[0]?.port ?? 5060 };
}
