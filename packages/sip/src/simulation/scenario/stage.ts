import type { SendTarget } from "../../environment.ts";
import { serialiseHost } from "../../message/uri.ts";
import type { IncomingCall, OutgoingCall } from "../../user-agent/call.ts";
import type { Endpoint, EndpointHandlers } from "../endpoint.ts";
import { createNotifier } from "../notifier.ts";
import { createProxy, type Locate } from "../proxy.ts";
import { createRegistrar, type Registrar } from "../registrar.ts";
import { type RuleBook, watchRules } from "../rule-book.ts";
import { createSimulation, type Simulation } from "../simulation.ts";
import type { AnyStation, Station } from "../station.ts";
import type { Action, Link, Name, Scenario, StreamOrDatagram, TimedCall } from "./scenario.ts";
import { StagedCall } from "./staged-call.ts";
import { Transfers } from "./transfers.ts";
import { Upkeep } from "./upkeep.ts";
import { offers, WatchedLeg } from "./watched-leg.ts";

const callHeader = "X-Call";
const padding = ["X-Padding", "x".repeat(1_300)] as const;

/** Something that somebody has asked, in which life, and how many results it had. */
export interface Question {
  readonly what: string;
  readonly by: Endpoint;
  readonly incarnation: number;
  results: number;
}

/** The endpoints of a scenario, and those who act on them. */
export class Stage {
  readonly simulation: Simulation;
  readonly rules: RuleBook;
  readonly calls = new Map<number, StagedCall>();
  /** What has to have a result, and one alone. */
  readonly questions: Question[] = [];
  /** Longest session interval of a phone, seconds; undefined for one that knows none. */
  readonly #intervals: ReadonlyMap<Name, number | undefined>;
  readonly #links: readonly Link[];
  readonly #transfers: Transfers;
  readonly #stations = new Map<Name, AnyStation>();
  readonly #phones = new Map<Name, Endpoint>();
  readonly #registrar: Station<Registrar> | undefined;
  readonly upkeep: Upkeep;

  constructor(scenario: Scenario, log: boolean) {
    const { seed, family, network } = scenario;
    this.#links = scenario.links;
    this.#intervals = new Map(scenario.phones.map(({ name, interval }) => [name, interval]));
    const transfers = new Transfers(this);
    this.#transfers = transfers;
    const simulation = createSimulation({ seed, family, network, log });
    this.simulation = simulation;
    this.rules = watchRules(simulation, { introductions: true });
    scenario.phones.forEach(({ name, reliable, interval }, index) => {
      const handlers: EndpointHandlers = {
        onInvite: (leg) => this.#ring(name, leg),
        onRefer: (refer) => transfers.asked(name, refer),
        replaces: true,
        reliableProvisionals: reliable,
        sessionTimers: interval === undefined ? { use: "never" } : { interval },
      };
      const phone = simulation.endpoint(name, handlers, { port: 5061 + index });
      this.#phones.set(name, phone);
      this.#stations.set(name, phone);
    });
    if (scenario.hasRegistrar) {
      this.#registrar = createRegistrar(simulation, "registrar", {}, { port: 5080 });
      this.#stations.set("registrar", this.#registrar);
    }
    const notifier = scenario.hasNotifier
      ? createNotifier(simulation, "notifier", { port: 5070 })
      : undefined;
    if (notifier !== undefined) this.#stations.set("notifier", notifier);
    this.upkeep = new Upkeep(simulation, this.rules, { registrar: this.#registrar, notifier });
    if (scenario.hasProxy) {
      const proxy = createProxy(simulation, "proxy", this.#locate, { port: 5090 });
      this.#stations.set("proxy", proxy);
    }
    for (const { between, conditions } of scenario.links) {
      const [a, b] = this.#pair(between[0], between[1]) ?? [];
      if (a !== undefined && b !== undefined) simulation.link(a, b, conditions);
    }
    for (const action of scenario.actions) simulation.at(action.at, () => this.#do(action));
  }

  /** From now on nothing is lost or repeated any more. */
  calm(): void {
    const perfect = { loss: 0, duplication: 0 };
    Object.assign(this.simulation.network, perfect);
    for (const { between } of this.#links) {
      const [a, b] = this.#pair(between[0], between[1]) ?? [];
      if (a !== undefined && b !== undefined) this.simulation.link(a, b, perfect);
    }
  }

  /** @returns the place to count the results of what somebody has just asked */
  ask(what: string, by: Endpoint): Question {
    const question = { what, by, incarnation: by.incarnation, results: 0 };
    this.questions.push(question);
    return question;
  }

  /** Whether a session timer runs in a call of these two. */
  hasTimer(...phones: Endpoint[]): boolean {
    return phones.every(({ name }) => this.#intervals.get(name) !== undefined);
  }

  phone(name: Name): Endpoint | undefined {
    return this.#phones.get(name);
  }

  #do(action: Action): void {
    switch (action.kind) {
      case "call":
        this.#call(action);
        return;
      case "hang-up":
        this.calls.get(action.call)?.leg(action.side)?.hangUp(action.reason);
        return;
      case "change":
      case "info":
        this.#inCall(action);
        return;
      case "leave-fork":
        this.calls.get(action.call)?.caller?.leave();
        return;
      case "refer":
        this.#transfers.ask(action);
        return;
      case "options":
        this.#options(action);
        return;
      case "register":
      case "subscribe":
        this.#keepUp(action);
        return;
      case "unregister":
        this.upkeep.unregister(action.who);
        return;
      case "unsubscribe":
        this.upkeep.unsubscribe(action.who);
        return;
      case "change-state":
        this.upkeep.changeState();
        return;
      case "restart":
        this.#restart(action.who);
        return;
      default:
        this.#trouble(action);
    }
  }

  #call(action: TimedCall): void {
    const { from, callees, way, transport } = action;
    const phone = this.#phones.get(from);
    const first = this.#phones.get(callees[0]?.phone ?? "");
    const proxy = this.#stations.get("proxy");
    const next = way === "direct" ? first : proxy;
    if (phone === undefined || first === undefined || next === undefined) return;
    this.rules.introduce(phone, next);
    const user = way === "registered" ? first.name : `call-${action.call}`;
    const uri = `sip:${user}@${serialiseHost(next.address)}:${next.port}`;
    this.dial(phone, action, uri, { transport, address: next.address, port: next.port }, []);
  }

  /** Has a phone call somebody. */
  dial(
    phone: Endpoint,
    action: TimedCall,
    uri: string,
    target: SendTarget,
    headers: readonly (readonly [name: string, value: string])[],
  ): { call: StagedCall; leg: OutgoingCall; watched: WatchedLeg } {
    const { withOffer, ringTimeout, isBulky } = action;
    const call = new StagedCall(action);
    this.calls.set(action.call, call);
    const leg = phone.userAgent.invite({
      requestUri: uri,
      from: `<sip:${phone.name}@example.org>`,
      to: `<${uri}>`,
      target,
      headers: [[callHeader, String(action.call)], ...(isBulky ? [padding] : []), ...headers],
      ...(withOffer && { sdp: offers.resume }),
      ...(ringTimeout !== undefined && { ringTimeout }),
    });
    const watched = new WatchedLeg(phone, leg, action, this.rules);
    call.caller = watched;
    watched.expectAnswer(leg, action, () => {
      call.isAnswered = true;
      watched.onAnswered?.();
    });
    return { call, leg, watched };
  }

  #ring(name: Name, leg: IncomingCall): void {
    const phone = this.#phones.get(name);
    const call = this.calls.get(Number(leg.request.headers.get(callHeader)));
    const plan = call?.action.callees.find((callee) => callee.phone === name);
    if (phone === undefined || call === undefined || plan === undefined) {
      leg.reject(404);
      return;
    }
    const watched = new WatchedLeg(phone, leg, call.action, this.rules);
    const others = call.callees.filter((other) => other.endpoint === phone && other.exists);
    // Whoever is turned away without a trace may come again, and whom a restarted proxy has not seen before.
    if (others.length > 0 && plan.final.kind !== "turn-away" && !call.wasInterrupted)
      this.rules.report("one INVITE, one call", name, `is called again by call ${call.action.call}`);
    call.callees.push(watched);
    watched.follow(leg, plan);
  }

  #inCall(action: Action & { kind: "change" | "info" }): void {
    const watched = this.calls.get(action.call)?.leg(action.side);
    if (watched?.exists !== true) return;
    const { leg, outgoing } = watched;
    if (action.kind === "info") leg.sendInfo("application/dtmf-relay", "Signal=5\r\nDuration=100\r\n");
    else {
      const sdp = action.direction && offers[action.direction];
      if (action.method === "UPDATE") (leg.state === "early" ? (outgoing?.forks[0] ?? leg) : leg).update(sdp);
      else leg.reinvite(sdp);
    }
  }

  #options({ from, to, transport }: { from: Name; to: Name; transport: StreamOrDatagram }): void {
    const [phone, other] = [this.#phones.get(from), this.#phones.get(to)];
    if (phone === undefined || other === undefined) return;
    this.rules.introduce(phone, other);
    const uri = `sip:${to}@${serialiseHost(other.address)}:${other.port}`;
    const question = this.ask("OPTIONS", phone);
    phone.userAgent.request({
      ...{ method: "OPTIONS", requestUri: uri, from: `<sip:${from}@example.org>`, to: `<${uri}>` },
      target: other.target(transport),
    }).onResult = () => question.results++;
  }

  #keepUp(action: Action & { kind: "register" | "subscribe" }): void {
    const phone = this.#phones.get(action.who);
    if (phone === undefined) return;
    const proxy = this.#stations.get("proxy");
    if (proxy !== undefined) this.rules.introduce(proxy, phone);
    if (action.kind === "register") this.upkeep.register(phone, action);
    else this.upkeep.subscribe(phone, action);
  }

  #restart(who: Name): void {
    const station = this.#stations.get(who);
    if (station === undefined) return;
    for (const call of this.calls.values()) {
      if (who === "proxy" || call.legs.some((leg) => leg.endpoint.name === who)) call.wasInterrupted = true;
    }
    station.restart();
    const phone = this.#phones.get(who);
    if (phone !== undefined) this.upkeep.restarted(phone);
  }

  #trouble(action: Action & { kind: "partition" | "reset" }): void {
    const { simulation } = this;
    const [from, to] = this.#pair(action.from, action.to) ?? [];
    if (from === undefined || to === undefined) return;
    if (action.kind === "reset") {
      simulation.closeConnections(from, to);
      return;
    }
    simulation.partition(from, to, { oneWay: action.oneWay });
    simulation.at(simulation.now + action.lasts, () => simulation.heal(from, to));
  }

  #pair(a: Name, b: Name): [AnyStation, AnyStation] | undefined {
    const [first, second] = [this.#stations.get(a), this.#stations.get(b)];
    return first === undefined || second === undefined ? undefined : [first, second];
  }

  readonly #locate: Locate = (user) => {
    const call = /^call-(\d+)$/.exec(user)?.[1];
    if (call === undefined) return this.#registrar?.resident.locate(user) ?? [];
    const action = this.calls.get(Number(call))?.action;
    const proxy = this.#stations.get("proxy");
    return (action?.callees ?? []).flatMap(({ phone: name }) => {
      const phone = this.#phones.get(name);
      if (phone === undefined || proxy === undefined) return [];
      this.rules.introduce(proxy, phone);
      const params = action?.onward === "tcp" ? ";transport=tcp" : "";
      return [`sip:${name}@${serialiseHost(phone.address)}:${phone.port}${params}`];
    });
  };
}
