export { seededRandom } from "./random.ts";
export {
  createSimulation,
  type Endpoint,
  type EndpointHandlers,
  forEachSeed,
  type NetworkConditions,
  type Packet,
  Simulation,
  type SimulationOptions,
} from "./simulation.ts";
