/**
 * Collects messages for the other process and sends those of one turn of the event loop as one array: a write to the
 * pipe costs more than all that is in it. Everything that one round of packets brings is so one write, and nothing waits
 * longer than that round.
 */
export class Outbox<Message> {
  readonly #send: (messages: Message[]) => void;
  #waiting: Message[] = [];

  constructor(send: (messages: Message[]) => void) {
    this.#send = send;
  }

  put(message: Message): void {
    this.#waiting.push(message);
    if (this.#waiting.length === 1) setImmediate(() => this.flush());
  }

  /** Sends what waits now. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const messages = this.#waiting;
    this.#waiting = [];
    this.#send(messages);
  }
}
