// A caller who says nothing: asked whether he is there, and after some such prompts said goodbye to.

export interface SilenceOptions {
  /** Seconds. */
  timeout: number;
  /** Prompts without an answer until the goodbye; 0: never. */
  prompts: number;
  after(ms: number, action: () => void): () => void;
  onPrompt(): void;
  onGoodbye(): void;
}

/** Counts while nobody speaks; the caller's word or key begins anew. */
export class SilencePrompts {
  readonly #options: SilenceOptions;
  #prompted = 0;
  #cancel: (() => void) | undefined;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  /** Nobody speaks from here on. */
  quiet(): void {
    this.busy();
    const { after, timeout } = this.#options;
    this.#cancel = after(timeout * 1000, () => this.#silent());
  }

  /** Somebody does. */
  busy(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** The caller has said something, or pressed a key. */
  heard(): void {
    this.#prompted = 0;
  }

  #silent(): void {
    this.#cancel = undefined;
    const { prompts, onPrompt, onGoodbye } = this.#options;
    if (prompts > 0 && this.#prompted >= prompts) {
      onGoodbye();
      return;
    }
    this.#prompted += 1;
    onPrompt();
  }
}
