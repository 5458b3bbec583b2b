import { isIPv6 } from "node:net";
import type { Flow, SendTarget } from "./environment.ts";
import type { LocateResult } from "./locate/locator.ts";
import { RegistrationRunner } from "./registration/registration-runner.ts";
import type { RegistrationConfig, RegistrationState } from "./registration/registration-types.ts";
import { SubscriptionRunner } from "./subscription/subscription-runner.ts";
import type {
  Notification,
  SubscriptionConfig,
  SubscriptionStatus,
} from "./subscription/subscription-types.ts";
import { SystemLocator, type SystemLocatorOptions } from "./system-locator.ts";
import { createEnvironment } from "./transport/environment.ts";
import { withoutZone } from "./transport/local-address.ts";
import type { TransportOptions } from "./transport/options.ts";
import { type Listener, SipTransport } from "./transport/sip-transport.ts";
import { asFlow } from "./user-agent/agent-core.ts";
import type { UserAgentOptions } from "./user-agent/options.ts";
import { UserAgent } from "./user-agent/user-agent.ts";

export interface SipStackOptions extends Omit<UserAgentOptions, "environment" | "contactFor"> {
  readonly listeners: readonly Listener[];
  readonly transport?: TransportOptions;
  /** By default the listener's own address and port, as the remote sees them. */
  readonly contactFor?: UserAgentOptions["contactFor"];
  /** A connection was closed, whoever opened it: the user agent knows already. */
  readonly onConnectionClosed?: (flow: Flow) => void;
  /** How servers are found; by default by the system's DNS servers, over TLS and the transports and families that are listened on. */
  readonly locate?: Partial<SystemLocatorOptions>;
}

export interface SipStack {
  readonly userAgent: UserAgent;
  readonly transport: SipTransport;
  /**
   * Where requests for a URI go, in the order to try it (RFC 3263), with every step of the decision.
   * @throws SipParseError, RangeError as rejections, where it is no SIP URI
   */
  locate(uri: string): Promise<LocateResult>;
  /** What `locate` asks; tell its `health` how attempts went. */
  readonly locator: SystemLocator;
  /**
   * Keeps an address-of-record registered from now on, until its `stop`. Times of its state are on the calendar's clock.
   * `contactUser` left out is drawn: calls for this registration come with it in their Request-URI.
   * @throws SipParseError where the AOR is no URI
   */
  register(
    config: Omit<RegistrationConfig, "contactUser"> & Partial<Pick<RegistrationConfig, "contactUser">>,
    onState?: (state: RegistrationState) => void,
  ): RegistrationRunner;
  /**
   * Keeps a subscription to somebody's state standing (RFC 6665) until its `stop`; `expires: 0` fetches the state once.
   * `onNotification` has each state that comes. Times of the status are on the calendar's clock; `contactUser` left out is drawn.
   * @throws SipParseError where resource or subscriber are no URIs
   */
  subscribe(
    config: Omit<SubscriptionConfig, "contactUser"> & Partial<Pick<SubscriptionConfig, "contactUser">>,
    handlers?: {
      onNotification?(notification: Notification): void;
      onState?(state: SubscriptionStatus): void;
    },
  ): SubscriptionRunner;
  /** Closes the sockets and stops the clock. Calls get no BYE from this; registrations and subscriptions are not taken back. */
  close(): Promise<void>;
}

/**
 * A user agent on real sockets.
 * @throws SipTransportError listen_failed, tls_settings
 */
export async function createSipStack(options: SipStackOptions): Promise<SipStack> {
  const {
    listeners,
    transport: transportOptions,
    contactFor,
    onConnectionClosed,
    locate: locateOptions,
    ...handlers
  } = options;
  let agent: UserAgent | undefined;
  const registrations = new Set<RegistrationRunner>();
  const timers = new Set<NodeJS.Timeout>();
  const transport = await SipTransport.bind(
    listeners,
    {
      receive: (bytes, flow) => agent?.receive(bytes, flow),
      connectionClosed: (flow, error) => {
        agent?.connectionClosed(flow, error);
        onConnectionClosed?.(flow);
        for (const registration of registrations) registration.connectionClosed(flow);
      },
      unreadable: (head, flow, code) => agent?.unreadable(head, flow, code),
    },
    transportOptions,
  );
  const environment = createEnvironment(transport, () => agent?.wake());
  const bound = transport.bound;
  const addressTowards = contactFor ?? ((flow: Flow) => ownAddress(flow, bound, transport));
  const userAgent = new UserAgent({ ...handlers, environment, contactFor: addressTowards });
  agent = userAgent;
  const locator = new SystemLocator({ ...reach(bound), ...locateOptions });
  // What keeps something up at a server runs with this.
  const upkeep = {
    userAgent,
    now: () => Date.now(),
    random: () => environment.random(),
    randomToken: (bytes: number) => environment.randomToken(bytes),
    contactFor: (target: SendTarget) => addressTowards(asFlow(target)),
    setTimer: (after: number, action: () => void) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        action();
      }, after);
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
    resolve: async (uri: string) => (await locator.locate(uri)).targets,
  };
  return {
    userAgent,
    transport,
    locator,
    locate: (uri) => locator.locate(uri),
    register(config, onState) {
      const registration = new RegistrationRunner(
        { contactUser: environment.randomToken(12), ...config },
        {
          ...upkeep,
          sendRaw: (target, bytes) => transport.send(target, bytes),
          onState: (state) => {
            if (state.state === "unregistered") registrations.delete(registration);
            else registrations.add(registration);
            onState?.(state);
          },
        },
      );
      registration.start();
      return registration;
    },
    subscribe(config, handlers) {
      const subscription = new SubscriptionRunner(
        { contactUser: environment.randomToken(12), ...config },
        { ...upkeep, ...handlers },
      );
      subscription.start();
      return subscription;
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      registrations.clear();
      locator.close();
      environment.close();
      await transport.close();
    },
  };
}

/** What we can send by: what we listen on, and TLS, where answers and calls come back by the connection that we open. */
function reach(bound: readonly Listener[]): Pick<SystemLocatorOptions, "transports" | "families"> {
  const has = (protocol: Listener["protocol"]) => bound.some((listener) => listener.protocol === protocol);
  const isV6 = bound.map(({ host }) => isIPv6(host));
  return {
    transports: [...(["udp", "tcp"] as const).filter(has), "tls"],
    families: ([4, 6] as const).filter((family) => isV6.includes(family === 6)),
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
