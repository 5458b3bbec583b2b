export {
  type Application,
  type CallOptions,
  type Endpoint,
  type EndpointHandlers,
  plainAudio,
} from "./endpoint.ts";
export type { Attached, Intercept, NetworkConditions, NetworkObserver, Packet } from "./network.ts";
export { createNotifier, createSubscription, Notifier } from "./notifier.ts";
export { createProxy, ForkingProxy, type Locate } from "./proxy.ts";
export { seededRandom } from "./random.ts";
export { createRegistrar, createRegistration, Registrar, type RegistrarOptions } from "./registrar.ts";
export { type Breach, breachText, RuleBook, type RuleBookOptions, watchRules } from "./rule-book.ts";
export {
  createSimulation,
  forEachSeed,
  type PlaceOptions,
  Simulation,
  type SimulationOptions,
} from "./simulation.ts";
export { type AnyStation, type Resident, Station } from "./station.ts";
