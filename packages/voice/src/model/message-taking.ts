// A message of the caller's after a tone, as a function of the agent's takes it.
import { MessageRecorder } from "../attendant/message-recorder.ts";
import { beep } from "../audio/tones.ts";
import type { TakenMessage } from "../conversation.ts";
import type { LegPort } from "../leg-port.ts";

export interface MessageTakingOptions {
  leg: LegPort;
  /** Where the next one goes; undefined: nowhere. */
  path(): string | undefined;
  playClip(pcm: Int16Array): Promise<boolean>;
  onStarted(): void;
  onTaken(message: TakenMessage): void;
  onFailed(error: unknown): void;
}

export class MessageTaking {
  readonly #options: MessageTakingOptions;
  #end: (() => void) | undefined;
  #taking: Promise<unknown> | undefined;
  #stopped = false;

  constructor(options: MessageTakingOptions) {
    this.#options = options;
  }

  get running(): boolean {
    return this.#end !== undefined;
  }

  /** Ends the message that is being left: "#", or the call. */
  finish(): void {
    this.#end?.();
  }

  /** No further one. Resolves when what was being left is kept. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.finish();
    await this.#taking;
  }

  /** @returns its seconds; undefined: nothing was said, or it could not be kept */
  take(maxSeconds: number): Promise<number | undefined> {
    const taking = this.#take(maxSeconds);
    this.#taking = taking;
    return taking;
  }

  async #take(maxSeconds: number): Promise<number | undefined> {
    const { leg, path, playClip, onStarted, onTaken, onFailed } = this.#options;
    const file = path();
    if (file === undefined || this.#stopped || this.running) return undefined;
    const over = new Promise<void>((resolve) => {
      this.#end = resolve;
    });
    try {
      await playClip(beep(leg.sampleRate));
      if (this.#stopped) return undefined;
      onStarted();
      const recorder = new MessageRecorder(leg, file, maxSeconds, () => this.finish());
      await over;
      const message = await recorder.finish();
      if (message === undefined) return undefined;
      onTaken(message);
      return message.seconds;
    } catch (error) {
      onFailed(error);
      return undefined;
    } finally {
      this.#end = undefined;
    }
  }
}
