import { DialogTable, parseDialogInfo, type SubscriptionStatus, type WatchedDialog } from "@ringdown/sip";
import { AorSubscription, type AorSubscriptionOptions } from "./aor-subscription.ts";
import { type MessageSummary, parseMessageSummary } from "./message-summary.ts";

/**
 * What the PBX tells of a registered extension: its voicemail (message-summary, RFC 3842) and its calls, whoever has them on
 * whatever phone (dialog, RFC 4235). A PBX that offers only one of them, or none, harms nothing.
 */
export class ExtensionNews {
  readonly #mailbox: AorSubscription;
  readonly #calls: AorSubscription;
  readonly #dialogs = new DialogTable();
  #summary: MessageSummary | undefined;

  constructor(options: AorSubscriptionOptions) {
    this.#mailbox = new AorSubscription("message-summary", options, (body) => {
      this.#summary = parseMessageSummary(body) ?? this.#summary;
    });
    this.#calls = new AorSubscription("dialog", options, (body) => this.#dialogsTold(body));
  }

  /** `summary`: what was told last. */
  get voicemail(): { status: SubscriptionStatus; summary: MessageSummary | undefined } {
    return { status: this.#mailbox.status, summary: this.#summary };
  }

  get calls(): { status: SubscriptionStatus; dialogs: readonly WatchedDialog[] } {
    return { status: this.#calls.status, dialogs: this.#dialogs.dialogs };
  }

  retry(): void {
    this.#mailbox.retry();
    this.#calls.retry();
  }

  refresh(): void {
    this.#mailbox.refresh();
    this.#calls.refresh();
  }

  /** @param within ms */
  async stop(within: number): Promise<void> {
    await Promise.all([this.#mailbox.stop(within), this.#calls.stop(within)]);
  }

  #dialogsTold(body: Buffer): void {
    const info = parseDialogInfo(body);
    if (info === undefined) return;
    // PBXs that begin to count anew (a restart) say all of it.
    if (info.state === "full") this.#dialogs.forget();
    // RFC 4235 §4.3: what was missed comes with the answer to a refresh.
    if (this.#dialogs.take(info) === "gap") this.#calls.refresh();
  }
}
