import { voice } from "@livekit/agents";

/** The agent that a session sees: what the caller says goes to the attendant's machine, no model replies. */
export class AttendantAgent extends voice.Agent {
  readonly #onUtterance: (text: string) => void;

  constructor(onUtterance: (text: string) => void) {
    super({ instructions: "" });
    this.#onUtterance = onUtterance;
  }

  override async onUserTurnCompleted(
    ...[, message]: Parameters<voice.Agent["onUserTurnCompleted"]>
  ): Promise<void> {
    this.#onUtterance(message.textContent ?? "");
    throw new voice.StopResponse();
  }
}
