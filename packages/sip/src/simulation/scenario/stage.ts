import { serialiseHost } from "../../message/uri.ts";
import type { RegistrationRunner } from "../../registration/registration-runner.ts";
import type { IncomingCall } from "../../user-agent/call.ts";
import { createProxy, type Locate } from "../proxy.ts";
import { createRegistrar, createRegistration, type Registrar } from "../registrar.ts";
import { type RuleBook, watchRules } from "../rule-book.ts";
import { createSimulation, type Endpoint, type Simulation } from "../simulation.ts";
import type { AnyStation, Station } from "../station.ts";
import type {
  Action,
  Link,
  Name,
  RegisterAction,
  Scenario,
  Side,
  StreamOrDatagram,
  TimedCall,
} from "./scenario.ts";
import { offers, WatchedLeg } from "./watched-leg.ts";

const callHeader = "X-Call";

/** One call of a scenario, with all legs that it made. */
export class StagedCall {
  readonly action: TimedCall;
  caller: WatchedLeg | undefined;
  readonly callees: WatchedLeg[] = [];
  isAnswered = false;
  /** Somebody in it has restarted. */
  wasInterrupted = false;

  constructor(action: TimedCall) {
    this.action = action;
  }

  /** The leg that somebody on that side would take for the call. */
  leg(side: Side): WatchedLeg | undefined {
    if (side === "caller") return this.caller;
    return this.callees.find((leg) => leg.isUp) ?? this.callees.at(-1);
  }

  get legs(): WatchedLeg[] {
    return this.caller === undefined ? this.callees : [this.caller, ...this.callees];
  }
}

/** The endpoints of a scenario, and those who act on them. */
export class Stage {
  readonly simulation: Simulation;
  readonly rules: RuleBook;
  readonly calls = new Map<number, StagedCall>();
  /** OPTIONS whose result is awaited: who asked, in which life. */
  readonly asked: { readonly by: Endpoint; readonly incarnation: number; results: number }[] = [];
  readonly #links: readonly Link[];
  readonly #stations = new Map<Name, AnyStation>();
  readonly #phones = new Map<Name, Endpoint>();
  readonly #registrar: Station<Registrar> | undefined;
  /** By phone; those of an earlier life are forgotten. */
  readonly #registrations = new Map<Name, { runner: RegistrationRunner; action: RegisterAction }>();

  constructor(scenario: Scenario, log: boolean) {
    const { seed, family, network } = scenario;
    this.#links = scenario.links;
    const simulation = createSimulation({ seed, family, network, log });
    this.simulation = simulation;
    this.rules = watchRules(simulation, { introductions: true });
    scenario.phones.forEach((name, index) => {
      const onInvite = (leg: IncomingCall) => this.#ring(name, leg);
      const phone = simulation.endpoint(name, { onInvite }, { port: 5061 + index });
      this.#phones.set(name, phone);
      this.#stations.set(name, phone);
    });
    if (scenario.hasRegistrar) {
      this.#registrar = createRegistrar(simulation, "registrar", {}, { port: 5080 });
      this.#stations.set("registrar", this.#registrar);
    }
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

  get registrations(): RegistrationRunner[] {
    return [...this.#registrations.values()].map(({ runner }) => runner);
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
      case "options":
        this.#options(action);
        return;
      case "register":
        this.#register(action);
        return;
      case "unregister":
        void this.#registrations.get(action.who)?.runner.stop();
        return;
      case "restart":
        this.#restart(action.who);
        return;
      default:
        this.#trouble(action);
    }
  }

  #call(action: TimedCall): void {
    const { from, callees, way, transport, withOffer, ringTimeout } = action;
    const phone = this.#phones.get(from);
    const first = this.#phones.get(callees[0]?.phone ?? "");
    const proxy = this.#stations.get("proxy");
    const next = way === "direct" ? first : proxy;
    if (phone === undefined || first === undefined || next === undefined) return;
    this.rules.introduce(phone, next);
    const user = way === "registered" ? first.name : `call-${action.call}`;
    const uri = `sip:${user}@${serialiseHost(next.address)}:${next.port}`;
    const call = new StagedCall(action);
    this.calls.set(action.call, call);
    const leg = phone.userAgent.invite({
      requestUri: uri,
      from: `<sip:${from}@example.org>`,
      to: `<${uri}>`,
      target: { transport, address: next.address, port: next.port },
      headers: [[callHeader, String(action.call)]],
      ...(withOffer && { sdp: offers.resume }),
      ...(ringTimeout !== undefined && { ringTimeout }),
    });
    call.caller = new WatchedLeg(phone, leg, action, this.rules);
    call.caller.expectAnswer(leg, withOffer, () => {
      call.isAnswered = true;
    });
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
    const { leg } = watched;
    if (action.kind === "info") leg.sendInfo("application/dtmf-relay", "Signal=5\r\nDuration=100\r\n");
    else {
      const sdp = action.direction && offers[action.direction];
      if (action.method === "UPDATE") leg.update(sdp);
      else leg.reinvite(sdp);
    }
  }

  #options({ from, to, transport }: { from: Name; to: Name; transport: StreamOrDatagram }): void {
    const [phone, other] = [this.#phones.get(from), this.#phones.get(to)];
    if (phone === undefined || other === undefined) return;
    this.rules.introduce(phone, other);
    const uri = `sip:${to}@${serialiseHost(other.address)}:${other.port}`;
    const question = { by: phone, incarnation: phone.incarnation, results: 0 };
    this.asked.push(question);
    phone.userAgent.request({
      ...{ method: "OPTIONS", requestUri: uri, from: `<sip:${from}@example.org>`, to: `<${uri}>` },
      target: other.target(transport),
    }).onResult = () => question.results++;
  }

  #register(action: RegisterAction): void {
    const { who, transport, expires, keepAlive } = action;
    const phone = this.#phones.get(who);
    const registrar = this.#registrar;
    if (phone === undefined || registrar === undefined) return;
    this.rules.introduce(phone, registrar);
    const proxy = this.#stations.get("proxy");
    if (proxy !== undefined) this.rules.introduce(proxy, phone);
    const runner = createRegistration(phone, registrar, { transport, config: { expires, keepAlive } });
    this.#registrations.set(who, { runner, action });
    runner.start();
  }

  #restart(who: Name): void {
    const station = this.#stations.get(who);
    if (station === undefined) return;
    for (const call of this.calls.values()) {
      if (who === "proxy" || call.legs.some((leg) => leg.endpoint.name === who)) call.wasInterrupted = true;
    }
    station.restart();
    const registration = this.#registrations.get(who);
    this.#registrations.delete(who);
    if (registration !== undefined && registration.runner.state.state !== "unregistered")
      this.#register(registration.action);
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
