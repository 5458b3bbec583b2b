import type { DestinationSettings } from "../../store/records.ts";
import type { AgentDirectory, DestinationRepository } from "../../store/store.ts";
import { type Destination, parseDestination } from "./destination.ts";
import { judgeDestination } from "./destination-policy.ts";
import { defaultDestinationSettings, readDestinationSettings } from "./destination-settings.ts";

/** What the organizations of this node may dial. */
export class Destinations {
  readonly #store: DestinationRepository;
  readonly #agents: Pick<AgentDirectory, "find">;

  constructor(store: DestinationRepository, agents: Pick<AgentDirectory, "find">) {
    this.#store = store;
    this.#agents = agents;
  }

  /**
   * A destination that the organization may dial.
   * @throws AppError destination_invalid, destination_not_allowed: a sentence that says why
   */
  read(organizationId: string, text: string): Destination {
    const destination = parseDestination(text, { organizationId, agents: this.#agents });
    judgeDestination(destination, this.settings(organizationId));
    return destination;
  }

  settings(organizationId: string): DestinationSettings {
    return this.#store.get(organizationId) ?? defaultDestinationSettings;
  }

  /** In place of the present ones; what is left out is the default. @throws AppError validation_failed */
  async set(organizationId: string, input: Partial<DestinationSettings>): Promise<DestinationSettings> {
    const settings = readDestinationSettings(input);
    await this.#store.put(organizationId, settings);
    return settings;
  }
}
