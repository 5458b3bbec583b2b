// What a stand-in does when it is asked: its answers in order, and how they go wrong.

/**
 * - `refuse`: an answer of 500
 * - `unauthorised`: 401, as with a wrong key
 * - `quota`: 429
 * - `hang`: no answer, ever
 * - `drop`: the connection breaks in the middle of the answer
 * - `garbage`: an answer that is not what the protocol has
 */
export type Fault = "refuse" | "unauthorised" | "quota" | "hang" | "drop" | "garbage";

export interface Faulty {
  fault?: Fault;
  /** ms before anything is answered. */
  delayMs?: number;
}

/** Answers that were laid down, one for each request; when they are used up, what `otherwise` makes of the request. */
export class Script<Answer, Asked> {
  /** Every request, oldest first. */
  readonly asked: Asked[] = [];
  readonly #answers: Answer[] = [];
  readonly #waiting = new Set<() => void>();
  otherwise: (asked: Asked) => Answer;

  constructor(otherwise: (asked: Asked) => Answer) {
    this.otherwise = otherwise;
  }

  /** Lays down further answers. */
  add(...answers: Answer[]): void {
    this.#answers.push(...answers);
  }

  /** What the next request is answered. */
  next(asked: Asked): Answer {
    this.asked.push(asked);
    for (const wake of this.#waiting) wake();
    return this.#answers.shift() ?? this.otherwise(asked);
  }

  /** Resolves when so many requests have come in all. */
  async count(requests: number): Promise<void> {
    while (this.asked.length < requests) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }
}
