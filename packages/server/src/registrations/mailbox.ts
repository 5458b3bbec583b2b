import {
  type Address,
  type CredentialsFor,
  type SendTarget,
  SubscriptionRunner,
  type SubscriptionStatus,
} from "@ringdown/sip";
import { type MessageSummary, parseMessageSummary } from "./message-summary.ts";
import type { RegistrationNetwork } from "./registration-network.ts";

export interface MailboxOptions {
  /** Whose voicemail, and who asks: a SIP URI. */
  readonly aor: string;
  readonly contactUser: string;
  readonly credentials: CredentialsFor;
  readonly userAgent: RegistrationNetwork["userAgent"];
  /** Where the PBX reaches us. */
  contactFor(target: SendTarget): Address;
  /** Where the registration is. */
  targets(): readonly SendTarget[];
  /** Route values (RFC 3608). */
  route(): readonly string[];
  now(): number;
  after(ms: number, action: () => void): () => void;
  random(): number;
  randomToken(bytes: number): string;
}

/** The voicemail of a registered extension, as its PBX tells of it: a subscription to message-summary (RFC 3842). */
export class Mailbox {
  readonly #runner: SubscriptionRunner;
  #summary: MessageSummary | undefined;

  constructor(options: MailboxOptions) {
    this.#runner = new SubscriptionRunner(
      {
        resource: options.aor,
        event: "message-summary",
        contactUser: options.contactUser,
        credentials: options.credentials,
      },
      {
        userAgent: options.userAgent,
        contactFor: (target) => options.contactFor(target),
        resolve: () => options.targets(),
        route: () => options.route(),
        now: () => options.now(),
        setTimer: (ms, action) => options.after(ms, action),
        random: () => options.random(),
        randomToken: (bytes) => options.randomToken(bytes),
        onNotification: ({ body }) => {
          this.#summary = parseMessageSummary(body) ?? this.#summary;
        },
      },
    );
    this.#runner.start();
  }

  get status(): SubscriptionStatus {
    return this.#runner.state;
  }

  /** What was told last. */
  get summary(): MessageSummary | undefined {
    return this.#summary;
  }

  /** Other credentials, or a PBX that has them now: tried at once. */
  retry(): void {
    this.#runner.configure({});
  }

  /** Our address is another one, or the way was lost and is back. */
  refresh(): void {
    this.#runner.refresh();
  }

  /** @param within ms */
  stop(within: number): Promise<void> {
    return this.#runner.stop(within);
  }
}
