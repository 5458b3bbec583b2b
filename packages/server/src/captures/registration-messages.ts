// The last SIP messages of each agent's registration, in memory alone: a registrar is talked with for months, and of interest is what it
// said last.
import type { CapturedMessage } from "./captured-message.ts";

/** Kept of one registration: some refreshes, each of which is two messages or four. */
const MOST_MESSAGES = 40;
/** Of one message; what is longer is cut. */
const MOST_MESSAGE_BYTES = 8_192;
/** Of one registration, and of all together, who share it. */
const MOST_BYTES = 65_536;
const MOST_BYTES_OF_ALL = 16 * 1024 * 1024;

interface Log {
  messages: CapturedMessage[];
  bytes: number;
  /** How many Call-IDs are the agent's: two while one registration takes the place of another. */
  callIds: number;
}

export class RegistrationMessages {
  /** By Call-ID. */
  readonly #agents = new Map<string, string>();
  /** By agent. */
  readonly #logs = new Map<string, Log>();

  /** What goes by under this Call-ID is of the agent's registration from here on. */
  claim(sipCallId: string, agentId: string): void {
    if (this.#agents.has(sipCallId)) return;
    this.#agents.set(sipCallId, agentId);
    const log = this.#logs.get(agentId);
    if (log === undefined) this.#logs.set(agentId, { messages: [], bytes: 0, callIds: 1 });
    else log.callIds += 1;
  }

  /** That registration is over. The last of an agent takes what was kept with it. */
  release(sipCallId: string): void {
    const agentId = this.#agents.get(sipCallId);
    const log = agentId === undefined ? undefined : this.#logs.get(agentId);
    if (agentId === undefined || log === undefined) return;
    this.#agents.delete(sipCallId);
    log.callIds -= 1;
    if (log.callIds === 0) this.#logs.delete(agentId);
  }

  has(sipCallId: string): boolean {
    return this.#agents.has(sipCallId);
  }

  /** Does nothing with one that is of no registration. */
  add(sipCallId: string, message: CapturedMessage): void {
    const log = this.#logs.get(this.#agents.get(sipCallId) ?? "");
    if (log === undefined) return;
    const text = message.text.slice(0, MOST_MESSAGE_BYTES);
    log.messages.push({ ...message, text });
    log.bytes += text.length;
    const most = Math.min(MOST_BYTES, MOST_BYTES_OF_ALL / this.#logs.size);
    while (log.messages.length > MOST_MESSAGES || (log.bytes > most && log.messages.length > 1)) {
      log.bytes -= log.messages.shift()?.text.length ?? 0;
    }
  }

  /** In order of time. */
  of(agentId: string): readonly CapturedMessage[] {
    return [...(this.#logs.get(agentId)?.messages ?? [])];
  }
}
