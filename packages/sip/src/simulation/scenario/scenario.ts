import type { NetworkConditions } from "../network.ts";

/** Names of endpoints; phones are user agents. */
export type Name = string;
export type Side = "caller" | "callee";
export type StreamOrDatagram = "udp" | "tcp";

export interface Phone {
  readonly name: Name;
  /** As `UserAgentOptions.reliableProvisionals`. */
  readonly reliable: "never" | "when-required" | "when-supported";
  /** Of its session timers, seconds; undefined: it knows none. */
  readonly interval: number | undefined;
}

export interface RingPlan {
  readonly after: number;
  readonly status: 180 | 183;
  readonly withSdp: boolean;
  /** undefined: as the phone does it. */
  readonly reliable: boolean | undefined;
}

/** What somebody does who is called. Times are ms after the INVITE came. */
export interface CalleePlan {
  readonly phone: Name;
  /** None: at once to the final answer. */
  readonly rings: readonly RingPlan[];
  readonly final:
    | { readonly kind: "accept" | "turn-away" | "ignore" | "nothing"; readonly after: number }
    | { readonly kind: "reject"; readonly after: number; readonly status: number };
}

export interface CallAction {
  readonly kind: "call";
  readonly call: number;
  readonly from: Name;
  /** One, or those whom the proxy tries. */
  readonly callees: readonly CalleePlan[];
  /** Registered: the proxy asks the registrar where the first callee is, and tries nobody else. */
  readonly way: "direct" | "proxy" | "registered";
  readonly transport: StreamOrDatagram;
  /** On the far side of the proxy. */
  readonly onward: StreamOrDatagram;
  readonly withOffer: boolean;
  /** ms until an answer is found for an offer that came late, or for a change. */
  readonly thinking: number;
  /** Whether changes of the session are accepted. */
  readonly agrees: boolean;
  /** Answers a re-INVITE by a reliable 183 first, where the other knows of those. */
  readonly ringsChanges: boolean;
  readonly ringTimeout: number | undefined;
  /** The INVITE is larger than a datagram should be (RFC 3261 §18.1.1). */
  readonly isBulky: boolean;
  /** Takes the second of those who answer, not the first. */
  readonly isPicky: boolean;
  /** Puts an offer into each PRACK where there is room for one. */
  readonly offersInPrack: boolean;
}

/** A side of a call asks the other to call somebody. */
export interface ReferAction {
  readonly call: number;
  readonly side: Side;
  readonly to: Name;
  /** A call of the same phone that the new one takes the place of, at its other side (attended transfer). */
  readonly replaces: number | undefined;
  readonly reports: boolean;
  /** What the one who is asked does. */
  readonly reply: "accept" | "reject" | "nothing";
  /** Whether the one who asks leaves the call when it hears of success. */
  readonly leaves: boolean;
}

export interface RegisterAction {
  readonly who: Name;
  readonly transport: StreamOrDatagram;
  /** Seconds asked for. */
  readonly expires: number;
  readonly keepAlive: "crlf" | "options" | "none";
}

export interface SubscribeAction {
  readonly who: Name;
  readonly transport: StreamOrDatagram;
  /** Seconds asked for. */
  readonly expires: number;
}

export type Deed =
  | CallAction
  | {
      readonly kind: "hang-up";
      readonly call: number;
      readonly side: Side;
      readonly reason: string | undefined;
    }
  /** Offers something, or asks for an offer. */
  | {
      readonly kind: "change";
      readonly call: number;
      readonly side: Side;
      readonly method: "INVITE" | "UPDATE";
      readonly direction: "hold" | "resume" | undefined;
    }
  | { readonly kind: "info"; readonly call: number; readonly side: Side }
  /** Ends the first phone that rings for the caller, and no other. */
  | { readonly kind: "leave-fork"; readonly call: number }
  | (ReferAction & { readonly kind: "refer" })
  | { readonly kind: "options"; readonly from: Name; readonly to: Name; readonly transport: StreamOrDatagram }
  | (RegisterAction & { readonly kind: "register" })
  | { readonly kind: "unregister"; readonly who: Name }
  | (SubscribeAction & { readonly kind: "subscribe" })
  | { readonly kind: "unsubscribe"; readonly who: Name }
  /** What subscribers are told of changes. */
  | { readonly kind: "change-state" }
  | { readonly kind: "restart"; readonly who: Name }
  | {
      readonly kind: "partition";
      readonly from: Name;
      readonly to: Name;
      readonly oneWay: boolean;
      /** ms */
      readonly lasts: number;
    }
  | { readonly kind: "reset"; readonly from: Name; readonly to: Name };

interface Timed {
  /** Virtual ms. */
  readonly at: number;
}

export type Action = Deed & Timed;
export type TimedCall = CallAction & Timed;

export interface Link {
  readonly between: readonly [Name, Name];
  readonly conditions: NetworkConditions;
}

/** All that happens in one run, as data: what it says again, and a part of it that still fails, are the same kind of thing. */
export interface Scenario {
  /** Of names, tags, branches and the network's luck. */
  readonly seed: number;
  readonly family: "ipv4" | "ipv6";
  readonly phones: readonly Phone[];
  /** "proxy" is there. */
  readonly hasProxy: boolean;
  /** "registrar" is there. */
  readonly hasRegistrar: boolean;
  /** "notifier" is there. */
  readonly hasNotifier: boolean;
  readonly network: NetworkConditions;
  readonly links: readonly Link[];
  /** In order of time. */
  readonly actions: readonly Action[];
}

/** Nothing is lost, repeated or overtaken, nobody restarts and no connection breaks: all has to go as it was meant. */
export function isCalm({ network, links, actions }: Scenario): boolean {
  const conditions = [network, ...links.map((link) => link.conditions)];
  const steady = conditions.every(
    ({ loss, duplication, minDelay, maxDelay }) => loss === 0 && duplication === 0 && minDelay === maxDelay,
  );
  const rough = new Set(["restart", "partition", "reset"]);
  return steady && !actions.some(({ kind }) => rough.has(kind));
}

/** Names of those who are no phones. */
export function othersIn({
  hasProxy,
  hasRegistrar,
  hasNotifier,
}: Pick<Scenario, "hasProxy" | "hasRegistrar" | "hasNotifier">): Name[] {
  return [
    ...(hasProxy ? ["proxy"] : []),
    ...(hasRegistrar ? ["registrar"] : []),
    ...(hasNotifier ? ["notifier"] : []),
  ];
}

/** One action a line, as it would be told. */
export function scenarioText(scenario: Scenario): string {
  const { seed, family, phones, network, links, actions } = scenario;
  const others = othersIn(scenario);
  return [
    `seed ${seed}, ${family}, ${[...phones.map(phoneText), ...others].join(", ")}`,
    `network ${conditionsText(network)}`,
    ...links.map(
      ({ between, conditions }) => `between ${between.join(" and ")} ${conditionsText(conditions)}`,
    ),
    ...actions.map(({ at, ...deed }) => `${String(at).padStart(8)}  ${deedText(deed)}`),
  ].join("\n");
}

function phoneText({ name, reliable, interval }: Phone): string {
  return `${name} (100rel ${reliable}, ${interval === undefined ? "no session timer" : `session timer ${interval} s`})`;
}

function conditionsText({ loss, duplication, minDelay, maxDelay }: NetworkConditions): string {
  return `loses ${loss}, repeats ${duplication}, takes ${minDelay} to ${maxDelay} ms`;
}

function deedText({ kind, ...rest }: Deed): string {
  const parts = Object.entries(rest)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name} ${typeof value === "object" ? JSON.stringify(value) : value}`);
  return `${kind}: ${parts.join(", ")}`;
}
