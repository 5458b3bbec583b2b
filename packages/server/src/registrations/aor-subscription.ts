import {
  type Address,
  type CredentialsFor,
  type SendTarget,
  SubscriptionRunner,
  type SubscriptionStatus,
} from "@ringdown/sip";
import type { RegistrationNetwork } from "./registration-network.ts";

export interface AorSubscriptionOptions {
  /** Whose news, and who asks: a SIP URI. */
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

/** What a PBX tells of a registered extension: a subscription to an event package of its own AOR (RFC 6665). */
export class AorSubscription {
  readonly #runner: SubscriptionRunner;

  /** Begins at once. @param event the package. @param onBody each notification's body, which may be anything */
  constructor(event: string, options: AorSubscriptionOptions, onBody: (body: Buffer) => void) {
    this.#runner = new SubscriptionRunner(
      {
        ...{ resource: options.aor, event },
        ...{ contactUser: options.contactUser, credentials: options.credentials },
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
        onNotification: ({ body }) => onBody(body),
      },
    );
    this.#runner.start();
  }

  get status(): SubscriptionStatus {
    return this.#runner.state;
  }

  /** Other credentials, or a PBX that has them now: tried at once. */
  retry(): void {
    this.#runner.configure({});
  }

  /** Our address is another one, or the way was lost and is back; or all is to be told again. */
  refresh(): void {
    this.#runner.refresh();
  }

  /** @param within ms */
  stop(within: number): Promise<void> {
    return this.#runner.stop(within);
  }
}
