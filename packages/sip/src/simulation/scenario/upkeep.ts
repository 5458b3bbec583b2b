import type { RegistrationRunner } from "../../registration/registration-runner.ts";
import type { SubscriptionRunner } from "../../subscription/subscription-runner.ts";
import type { Endpoint } from "../endpoint.ts";
import { createSubscription, type Notifier } from "../notifier.ts";
import { createRegistration, type Registrar } from "../registrar.ts";
import type { RuleBook } from "../rule-book.ts";
import type { Simulation } from "../simulation.ts";
import type { Station } from "../station.ts";
import type { Name, RegisterAction, SubscribeAction } from "./scenario.ts";

interface Registered {
  readonly runner: RegistrationRunner;
  readonly action: RegisterAction;
  isWanted: boolean;
}

interface Subscribed {
  readonly runner: SubscriptionRunner;
  readonly action: SubscribeAction;
  isWanted: boolean;
  /** Messages that the phone was last told of. */
  heard: number | undefined;
}

/** What phones keep alive for hours: registrations and subscriptions, by phone. */
export class Upkeep {
  readonly #simulation: Simulation;
  readonly #rules: RuleBook;
  readonly #registrar: Station<Registrar> | undefined;
  readonly #notifier: Station<Notifier> | undefined;
  readonly #registered = new Map<Name, Registered>();
  readonly #subscribed = new Map<Name, Subscribed>();

  constructor(
    simulation: Simulation,
    rules: RuleBook,
    servers: { registrar: Station<Registrar> | undefined; notifier: Station<Notifier> | undefined },
  ) {
    this.#simulation = simulation;
    this.#rules = rules;
    this.#registrar = servers.registrar;
    this.#notifier = servers.notifier;
  }

  register(phone: Endpoint, action: RegisterAction): void {
    const registrar = this.#registrar;
    if (registrar === undefined) return;
    this.#rules.introduce(phone, registrar);
    const { transport, expires, keepAlive } = action;
    const runner = createRegistration(phone, registrar, { transport, config: { expires, keepAlive } });
    this.#registered.set(phone.name, { runner, action, isWanted: true });
    runner.start();
  }

  unregister(name: Name): void {
    const one = this.#registered.get(name);
    if (one === undefined) return;
    one.isWanted = false;
    void one.runner.stop();
  }

  subscribe(phone: Endpoint, action: SubscribeAction): void {
    const notifier = this.#notifier;
    if (notifier === undefined) return;
    this.#rules.introduce(phone, notifier);
    const { transport, expires } = action;
    const subscribed: Subscribed = {
      runner: createSubscription(phone, notifier, {
        transport,
        config: { expires },
        onNotification: ({ body }) => {
          subscribed.heard = Number(/Voice-Message: (\d+)/.exec(body.toString())?.[1]);
        },
      }),
      ...{ action, isWanted: true, heard: undefined },
    };
    this.#subscribed.set(phone.name, subscribed);
    subscribed.runner.start();
  }

  unsubscribe(name: Name): void {
    const one = this.#subscribed.get(name);
    if (one === undefined) return;
    one.isWanted = false;
    void one.runner.stop();
  }

  changeState(): void {
    this.#notifier?.resident.change();
  }

  /** It begins its new life with what it was to keep up. */
  restarted(phone: Endpoint): void {
    const { name } = phone;
    const registered = this.#registered.get(name);
    this.#registered.delete(name);
    if (registered?.isWanted === true) this.register(phone, registered.action);
    const subscribed = this.#subscribed.get(name);
    this.#subscribed.delete(name);
    if (subscribed?.isWanted === true) this.subscribe(phone, subscribed.action);
  }

  /**
   * Over a perfect network everything stands again in time, whatever was before.
   * @param patience ms: the longest life of what the other side has forgotten, and the longest pause after failures
   */
  checkRecovery(patience: number): void {
    this.changeState();
    this.#simulation.run(this.#simulation.now + 10_000);
    if (this.#unwell().length === 0) return;
    this.#simulation.run(this.#simulation.now + patience);
    for (const [name, text] of this.#unwell()) this.#rules.report("what is kept up recovers", name, text);
  }

  /** Takes all back. @returns says whether something of it was left, once all is over */
  stop(): () => void {
    const registered = [...this.#registered].filter(([, { runner }]) => runner.state.state === "registered");
    for (const name of this.#registered.keys()) this.unregister(name);
    for (const name of this.#subscribed.keys()) this.unsubscribe(name);
    return () => {
      for (const [name] of registered) {
        if ((this.#registrar?.resident.locate(name) ?? []).length > 0)
          this.#rules.report("what is kept up is taken back", name, "has left a binding behind");
      }
    };
  }

  /** Who is not as it should be, and what it says. */
  #unwell(): [Name, string][] {
    const list: [Name, string][] = [];
    for (const [name, { runner, isWanted }] of this.#registered) {
      const { state } = runner.state;
      const bindings = this.#registrar?.resident.locate(name).length ?? 0;
      if (isWanted && (state !== "registered" || bindings === 0))
        list.push([name, `is ${state} with ${bindings} bindings`]);
    }
    for (const [name, { runner, isWanted, heard }] of this.#subscribed) {
      const { state } = runner.state;
      const messages = this.#notifier?.resident.messages;
      if (isWanted && (state !== "active" || heard !== messages))
        list.push([name, `is ${state} and has heard of ${heard} of ${messages} messages`]);
    }
    return list;
  }
}
