export type { Attached, Intercept, NetworkConditions, NetworkObserver, Packet } from "./network.ts";
export { seededRandom } from "./random.ts";
export {
  createSimulation,
  type Endpoint,
  type EndpointHandlers,
  forEachSeed,
  type PlaceOptions,
  Simulation,
  type SimulationOptions,
} from "./simulation.ts";
export { type AnyStation, type Resident, Station } from "./station.ts";
