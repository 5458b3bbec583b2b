// One agent's registration while it runs: the machine of `@ringdown/sip` with what the node knows around it.
import {
  type Address,
  type Flow,
  RegistrationRunner,
  type RegistrationState,
  type SendTarget,
} from "@ringdown/sip";
import { targetText } from "../config/endpoint.ts";
import { canonicalAddress } from "../edge/address.ts";
import type { RegistrationOutcome, RegistrationRecord } from "../store/records.ts";
import { ExtensionNews } from "./extension-news.ts";
import { type FaultCode, faultHint } from "./registration-faults.ts";
import type { LocatedRegistrar, RegistrationNetwork } from "./registration-network.ts";
import { aorUri, nextHopUri, registrarUri } from "./registration-uris.ts";

/** A password that is in the database but cannot be unsealed. */
export class UnreadablePassword {
  /** A sentence that says why. */
  readonly why: string;
  constructor(why: string) {
    this.why = why;
  }
}

export type Password = string | null | UnreadablePassword;

export interface LiveOptions {
  readonly network: RegistrationNetwork;
  /** ms, monotonic. */
  now(): number;
  after(ms: number, action: () => void): () => void;
  /** [0, 1) */
  random(): number;
  /** That many bytes as hexadecimal digits, unpredictable. */
  randomToken(bytes: number): string;
  /** Resolves when an attempt may begin. */
  turn(uri: string): Promise<void>;
  onState(live: LiveRegistration, before: RegistrationState): void;
  /** The registrar's addresses are others than before. */
  onAddresses(live: LiveRegistration, before: ReadonlySet<string>): void;
}

/**
 * Seconds asked for. A registrar that restarts without a memory, so quickly that nobody notices, is registered at again
 * after 90 % of it.
 */
const EXPIRES = 300;
const NEWS_FAREWELL_MS = 3_000;

export class LiveRegistration {
  record: RegistrationRecord;
  /** Of the registrar, canonical: where calls for this registration come from. */
  addresses: ReadonlySet<string> = new Set();
  readonly #options: LiveOptions;
  readonly #runner: RegistrationRunner;
  #password: Password;
  #state: RegistrationState;
  #located: LocatedRegistrar | undefined;
  #locatedUri: string | undefined;
  #news: ExtensionNews | undefined;
  #stopped = false;
  /** Taken back: what is still under way is nobody's any more. */
  #isGone = false;

  constructor(record: RegistrationRecord, password: Password, options: LiveOptions) {
    this.record = record;
    this.#password = password;
    this.#options = options;
    const { network } = options;
    this.#runner = new RegistrationRunner(
      {
        aor: aorUri(record),
        registrar: registrarUri(record),
        proxy: nextHopUri(record),
        contactUser: record.contactToken,
        credentials: () => this.credentials(),
        expires: EXPIRES,
        keepAlive: "auto",
      },
      {
        userAgent: network.userAgent,
        contactFor: (target) => network.contactFor(target),
        sendRaw: (target, bytes) => network.sendRaw(target, bytes),
        now: () => options.now(),
        random: () => options.random(),
        randomToken: (bytes) => options.randomToken(bytes),
        setTimer: (ms, action) => options.after(ms, action),
        resolve: (uri) => this.#resolve(uri),
        onState: (state) => this.#changed(state),
      },
    );
    this.#state = this.#runner.state;
  }

  get state(): RegistrationState {
    return this.#state;
  }

  /** Of its REGISTERs. */
  get callId(): string {
    return this.#runner.callId;
  }

  /** `state`, but for what cannot even be tried. */
  get shownState(): RegistrationState["state"] {
    return this.#password instanceof UnreadablePassword ? "rejected" : this.#state.state;
  }

  get fault(): FaultCode | undefined {
    return this.#password instanceof UnreadablePassword ? "password_unreadable" : this.#state.fault;
  }

  /** What is wrong and what to do about it. */
  get hint(): string | undefined {
    if (this.#password instanceof UnreadablePassword) return this.#password.why;
    const { fault } = this.#state;
    if (fault === undefined) return undefined;
    return faultHint(fault, { ...this.#state, target: this.target, located: this.#located?.failure });
  }

  /** `transport:address:port` */
  get target(): string | undefined {
    const { target } = this.#state;
    return target && targetText(target);
  }

  get publicAddress(): Address | undefined {
    return this.#state.publicAddress;
  }

  /** Where a request of ours goes, in the order to be tried: first where we are registered. */
  get nextHops(): readonly SendTarget[] {
    const { target } = this.#state;
    const others = this.#located?.targets.filter((one) => !isSameTarget(one, target)) ?? [];
    return target === undefined ? others : [target, ...others];
  }

  get password(): Password {
    return this.#password;
  }

  credentials(): { username: string; password: string } | undefined {
    const { authUsername, username } = this.record;
    if (typeof this.#password !== "string") return undefined;
    return { username: authUsername ?? username, password: this.#password };
  }

  start(): void {
    if (!(this.#password instanceof UnreadablePassword)) this.#runner.start();
  }

  /** Other values of the same binding; what was refused is tried with them at once. */
  change(record: RegistrationRecord, password: Password): void {
    const unchanged =
      password === this.#password &&
      record.username === this.record.username &&
      record.authUsername === this.record.authUsername;
    this.record = record;
    this.#password = password;
    this.#attend(this.#state);
    if (unchanged && this.#state.state === "registered") return;
    this.#news?.retry();
    this.refresh();
  }

  /** Registers now. */
  refresh(): void {
    if (this.#stopped || this.#password instanceof UnreadablePassword) return;
    if (this.#state.state === "unregistered") this.#runner.start();
    else this.#runner.configure({});
  }

  /** @param within ms */
  async stop(within: number): Promise<void> {
    this.#stopped = true;
    await Promise.all([this.#news?.stop(within), this.#runner.stop(within)]);
    this.#isGone = true;
    this.#setAddresses(new Set());
  }

  /** What the PBX tells of the extension, where that is subscribed to. */
  get news(): ExtensionNews | undefined {
    return this.#news;
  }

  connectionClosed(flow: Flow): void {
    this.#runner.connectionClosed(flow);
  }

  /** What is kept of it over a restart; undefined while nothing is known. */
  outcome(at: string): RegistrationOutcome | undefined {
    const { state, lastCode, lastReason } = this.#state;
    if (state === "registering" || state === "unregistered") return undefined;
    return { state, lastCode: lastCode ?? null, lastReason: lastReason ?? null, at };
  }

  async #resolve(uri: string): Promise<readonly SendTarget[]> {
    await this.#options.turn(uri);
    this.#locatedUri = uri;
    return (await this.#locate(uri)).targets;
  }

  async #locate(uri: string): Promise<LocatedRegistrar> {
    const located = await this.#options.network.locate(uri);
    if (uri !== this.#locatedUri) return located;
    this.#located = located;
    this.#keepAddresses();
    return located;
  }

  #changed(state: RegistrationState): void {
    const before = this.#state;
    this.#state = state;
    const refreshed = state.state === "registered" && state.expiresAt !== before.expiresAt;
    this.#keepAddresses();
    this.#options.onState(this, before);
    this.#attend(before);
    // The machine goes on to where the binding is; calls may come from what DNS has named since.
    if (refreshed && this.#locatedUri !== undefined) void this.#locate(this.#locatedUri);
  }

  /** RFC 3842: begins with the first registration, goes on through all that happens to it, and follows our address. */
  #attend(before: RegistrationState): void {
    if (this.#stopped) return;
    if (!this.record.subscribe) {
      void this.#news?.stop(NEWS_FAREWELL_MS);
      this.#news = undefined;
      return;
    }
    if (this.#state.state !== "registered") return;
    if (this.#news === undefined) this.#news = this.#openNews();
    else if (before.state !== "registered" || before.contact !== this.#state.contact) this.#news.refresh();
  }

  #openNews(): ExtensionNews {
    const { network, now, after, random, randomToken } = this.#options;
    return new ExtensionNews({
      ...{ now, after, random, randomToken, userAgent: network.userAgent },
      aor: aorUri(this.record),
      contactUser: this.record.contactToken,
      credentials: () => this.credentials(),
      contactFor: (target) => this.publicAddress ?? network.contactFor(target),
      targets: () => this.nextHops,
      route: () => this.#state.serviceRoute,
    });
  }

  #keepAddresses(): void {
    const found = this.#located?.targets.map(({ address }) => canonicalAddress(address)) ?? [];
    const { target } = this.#state;
    const next = new Set(target === undefined ? found : [canonicalAddress(target.address), ...found]);
    if (!this.#isGone) this.#setAddresses(next);
  }

  #setAddresses(next: ReadonlySet<string>): void {
    const before = this.addresses;
    if (next.size === before.size && [...next].every((address) => before.has(address))) return;
    this.addresses = next;
    this.#options.onAddresses(this, before);
  }
}

function isSameTarget(one: SendTarget, other: SendTarget | undefined): boolean {
  return one.transport === other?.transport && one.address === other.address && one.port === other.port;
}
