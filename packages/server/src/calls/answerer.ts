// Who answered a call that we made, as the line tells: awaited by who decides by it.
import type { LegEvent } from "../worker/protocol.ts";

export type Answerer = "human" | "machine" | "unknown";

/** What has been learnt, and who waits for it. */
export class AnswererWatch {
  #who: Answerer | undefined;
  #reason = "";
  #mayRecord = false;
  #over = false;
  readonly #waiting = new Set<() => void>();

  note(event: LegEvent): void {
    if (event.type !== "timeline") return;
    const { name, fields } = event;
    if (name === "answered_by" && isAnswerer(fields.answeredBy)) {
      this.#who = fields.answeredBy;
      this.#reason = typeof fields.reason === "string" ? fields.reason : "";
    } else if (name === "beep_heard" || name === "machine_silent") this.#mayRecord = true;
    else return;
    this.#wake();
  }

  /** The call is over: nothing more comes. */
  close(): void {
    this.#over = true;
    this.#wake();
  }

  get who(): Answerer | undefined {
    return this.#who;
  }

  /** What told it: `beep`, `long_greeting`, `special_information` …; empty before. */
  get reason(): string {
    return this.#reason;
  }

  /** A machine's greeting is over, by its beep or by silence. */
  get mayRecord(): boolean {
    return this.#mayRecord;
  }

  /** Resolves when `isSo` of this watch, the call is over, or `limit` resolves. */
  async until(isSo: (watch: AnswererWatch) => boolean, limit: Promise<unknown>): Promise<void> {
    let isLate = false;
    void limit.then(() => {
      isLate = true;
      this.#wake();
    });
    while (!isSo(this) && !this.#over && !isLate) {
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

function isAnswerer(value: unknown): value is Answerer {
  return value === "human" || value === "machine" || value === "unknown";
}
