// The registrations of this node's agents: started, changed, found by what comes in over them, taken back.
import {
  type Address,
  type CredentialsFor,
  type Flow,
  type RegistrationState,
  type SendTarget,
  targetKey,
} from "@ringdown/sip";
import { canonicalAddress } from "../edge/address.ts";
import type { RegistrationContact } from "../edge/judge-invite.ts";
import { AppError } from "../errors.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { Agent, RegistrationRecord } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { Index } from "./index-of-sets.ts";
import {
  type LiveOptions,
  LiveRegistration,
  type Password,
  UnreadablePassword,
} from "./live-registration.ts";
import { Pacer } from "./pacer.ts";
import type { RegistrationNetwork } from "./registration-network.ts";
import { askedAor, changedSettings, type RegistrationInput } from "./registration-settings.ts";
import { aorUri, aorUser, isSameBinding } from "./registration-uris.ts";
import { type RegistrationView, registrationView } from "./registration-view.ts";

export interface RegistrationsOptions {
  readonly store: Pick<Store, "registrations" | "agents">;
  readonly secrets: Pick<Secrets, "seal" | "unseal">;
  readonly network: RegistrationNetwork;
  /** ms, monotonic. */
  now(): number;
  /** ms since 1970. */
  today(): number;
  after(ms: number, action: () => void): () => void;
  random(): number;
  randomToken(bytes: number): string;
  /** Who keeps what a registration says and hears, by its Call-ID. */
  readonly messages?: {
    claim(sipCallId: string, agentId: string): void;
    release(sipCallId: string): void;
  };
  /** How a registration stands is another than before. */
  onChange?(record: RegistrationRecord): void;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

/** What a call out by an agent's registration needs. */
export interface RegistrationLine {
  /** URI for From: `sip:1001@pbx.example`. */
  readonly aor: string;
  /** Host for the Request-URI and To of what is dialled at the PBX. */
  readonly domain: string;
  /** In the order to be tried. */
  readonly targets: readonly SendTarget[];
  /** Route values, in order (RFC 3608). */
  readonly serviceRoute: readonly string[];
  readonly credentials: CredentialsFor;
}

/** ms between the attempts of registrations at one place: 50 a second, or what gets all of them round in half a minute. */
const SPACING_MS = 20;
const ROUND_MS = 30_000;
/** ms between those that are taken back at a shutdown. */
const FAREWELL_SPACING_MS = 5;
/** ms that taking back may take: a DELETE and a shutdown wait for it. */
const FAREWELL_MS = 3_000;
const CONTACT_TOKEN_BYTES = 12;

export class Registrations {
  readonly #options: RegistrationsOptions;
  readonly #live = new Map<string, LiveRegistration>();
  readonly #byContact = new Map<string, LiveRegistration>();
  /** By the registrar's addresses, and by where the last REGISTER went. */
  readonly #byAddress = new Index<LiveRegistration>();
  readonly #byTarget = new Index<LiveRegistration>();
  readonly #liveOptions: LiveOptions;
  /** Changes one after the other: each begins with what the one before left. */
  #changes: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Who waits for the first answers. */
  readonly #beginners = new Set<() => void>();

  constructor(options: RegistrationsOptions) {
    this.#options = options;
    const pacer = new Pacer({
      now: () => options.now(),
      after: (ms, action) => options.after(ms, action),
      spacing: () => Math.min(SPACING_MS, ROUND_MS / Math.max(1, this.#live.size)),
    });
    this.#liveOptions = {
      network: options.network,
      now: () => options.now(),
      after: (ms, action) => options.after(ms, action),
      random: () => options.random(),
      randomToken: (bytes) => options.randomToken(bytes),
      turn: (uri) => pacer.turn(uri),
      onState: (live, before) => this.#stateChanged(live, before),
      onAddresses: (live, before) => this.#byAddress.move(live, before, live.addresses),
    };
    options.store.agents.onChange(({ type, agent }) => {
      if (type === "deleted") void this.#drop(agent.id, FAREWELL_MS);
    });
  }

  /** Registers all that are in the store, one after the other. */
  async start(): Promise<void> {
    const { store, log } = this.#options;
    const unreadable: UnreadablePassword[] = [];
    for (const record of await store.registrations.list()) {
      if (this.#closed || this.#live.has(record.agentId)) continue;
      const password = this.#unsealed(record);
      if (password instanceof UnreadablePassword) unreadable.push(password);
      this.#begin(record, password);
    }
    const [first] = unreadable;
    if (first !== undefined) {
      log.error(
        { code: "secret_unreadable", registrations: unreadable.length },
        `passwords of registrations cannot be read, these stay unregistered: ${first.why}`,
      );
    }
  }

  get size(): number {
    return this.#live.size;
  }

  /** Resolves when each registration has had its first answer, or none came in `limitMs`. */
  async begun(limitMs: number): Promise<void> {
    if (!this.#isBeginning()) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        cancel();
        this.#beginners.delete(done);
        resolve();
      };
      const cancel = this.#options.after(limitMs, done);
      this.#beginners.add(done);
    });
  }

  #isBeginning(): boolean {
    for (const { state } of this.#live.values()) if (state.state === "registering") return true;
    return false;
  }

  // For the API

  view(agentId: string): RegistrationView | undefined {
    const live = this.#live.get(agentId);
    return live && registrationView(live, this.#options);
  }

  /** @throws AppError validation_failed, aor_taken, secrets_unavailable */
  put(agent: Agent, input: RegistrationInput): Promise<{ created: boolean }> {
    return this.#inTurn(() => this.#put(agent, input));
  }

  /** Resolves when it is taken back, or that takes too long. False: there was none. */
  async remove(agentId: string): Promise<boolean> {
    const removed = await this.#inTurn(() => this.#options.store.registrations.delete(agentId));
    await this.#drop(agentId, FAREWELL_MS);
    return removed;
  }

  /** Registers now, whatever was waited for. False: there is none. */
  refresh(agentId: string): boolean {
    const live = this.#live.get(agentId);
    live?.refresh();
    return live !== undefined;
  }

  /**
   * Whether an AOR is free, for this agent where one is named.
   * @throws AppError validation_failed
   */
  async available(
    input: Pick<RegistrationInput, "aor" | "username" | "sipRealm">,
    agentId: string | undefined,
  ): Promise<{ aor: string; available: boolean }> {
    const aor = askedAor(input);
    const owner = await this.#options.store.registrations.ownerOf(aor);
    return { aor, available: owner === undefined || owner === agentId };
  }

  // For calls

  /** What registration an INVITE asks for by its Request-URI's user, our Contact's. */
  contact(user: string): RegistrationContact | undefined {
    const live = this.#byContact.get(user);
    const agent = live && this.#options.store.agents.directory().get(live.record.agentId);
    if (live === undefined || agent === undefined) return undefined;
    return {
      agent,
      extension: aorUser(live.record),
      isRegistrar: (source) => live.addresses.has(canonicalAddress(source)),
      seenAs: live.publicAddress,
    };
  }

  /** Whether the agent's registration is at a registrar with this address. */
  isRegistrarOf(agentId: string, address: string): boolean {
    return this.#live.get(agentId)?.addresses.has(canonicalAddress(address)) === true;
  }

  /** Whether any is. */
  isRegistrar(address: string): boolean {
    return this.#byAddress.has(canonicalAddress(address));
  }

  /** Where the registrar there sees us, where that is not our own address (RFC 3581): all registrations by one flow alike. */
  seenBy(registrar: SendTarget): Address | undefined {
    const [first] = this.#byTarget.get(targetKey(registrar)) ?? [];
    return first?.publicAddress;
  }

  /** undefined where the agent has no registration, or is not registered. */
  line(agentId: string): RegistrationLine | undefined {
    const live = this.#live.get(agentId);
    if (live === undefined || live.state.state !== "registered") return undefined;
    return {
      aor: aorUri(live.record),
      domain: live.record.sipRealm,
      targets: live.nextHops,
      serviceRoute: live.state.serviceRoute,
      credentials: () => live.credentials(),
    };
  }

  connectionClosed(flow: Flow): void {
    const { transport, remoteAddress: address, remotePort: port } = flow;
    for (const live of [...(this.#byTarget.get(targetKey({ transport, address, port })) ?? [])]) {
      live.connectionClosed(flow);
    }
  }

  /** Takes all back; resolves when that is done, or took too long. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const done of [...this.#beginners]) done();
    const { after } = this.#options;
    await Promise.all(
      [...this.#live.keys()].map(async (agentId, place) => {
        if (place > 0) await new Promise<void>((resolve) => after(place * FAREWELL_SPACING_MS, resolve));
        await this.#drop(agentId, FAREWELL_MS);
      }),
    );
  }

  // Changes

  #inTurn<Value>(change: () => Promise<Value>): Promise<Value> {
    const made = this.#changes.then(change);
    this.#changes = made.catch(() => undefined);
    return made;
  }

  async #put(agent: Agent, input: RegistrationInput): Promise<{ created: boolean }> {
    const { store, secrets, today, randomToken } = this.#options;
    const live = this.#live.get(agent.id);
    const before = live?.record;
    const { settings, password } = changedSettings(before, input);
    const stays = before !== undefined && isSameBinding(before, settings);
    const time = new Date(today()).toISOString();
    const record: RegistrationRecord = {
      ...settings,
      agentId: agent.id,
      organizationId: agent.organizationId,
      sealedPassword:
        password === undefined
          ? (before?.sealedPassword ?? null)
          : password && secrets.seal(password, purposeOf(agent.id)),
      contactToken: stays ? before.contactToken : randomToken(CONTACT_TOKEN_BYTES),
      outcome: stays ? before.outcome : null,
      createdAt: before?.createdAt ?? time,
      updatedAt: time,
    };
    await store.registrations.put(record);
    const plain = password === undefined ? (live?.password ?? null) : password;
    if (stays && live !== undefined) live.change(record, plain);
    else {
      // The old binding goes while the new one comes: their Contacts differ, so neither is in the other's way.
      void this.#drop(agent.id, FAREWELL_MS);
      if (!this.#closed) this.#begin(record, plain);
    }
    return { created: before === undefined };
  }

  #begin(record: RegistrationRecord, password: Password): void {
    const live = new LiveRegistration(record, password, this.#liveOptions);
    this.#live.set(record.agentId, live);
    this.#byContact.set(record.contactToken, live);
    this.#options.messages?.claim(live.callId, record.agentId);
    live.start();
  }

  async #drop(agentId: string, within: number): Promise<void> {
    const live = this.#live.get(agentId);
    if (live === undefined) return;
    this.#live.delete(agentId);
    await live.stop(within);
    this.#options.messages?.release(live.callId);
    // Not before: it may still have been called.
    this.#byContact.delete(live.record.contactToken);
    this.#byTarget.move(live, keysOf(live.state.target), []);
  }

  #unsealed({ agentId, sealedPassword }: RegistrationRecord): Password {
    if (sealedPassword === null) return null;
    try {
      return this.#options.secrets.unseal(sealedPassword, purposeOf(agentId));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      return new UnreadablePassword(error.message);
    }
  }

  // News

  #stateChanged(live: LiveRegistration, before: RegistrationState): void {
    const { state } = live;
    this.#byTarget.move(live, keysOf(before.target), keysOf(state.target));
    if (this.#beginners.size > 0 && !this.#isBeginning()) for (const done of [...this.#beginners]) done();
    if (this.#live.get(live.record.agentId) !== live) return;
    this.#options.onChange?.(live.record);
    if (state.state === before.state && state.fault === before.fault) return;
    const { store, log, today } = this.#options;
    const { agentId, aor } = live.record;
    const outcome = live.outcome(new Date(today()).toISOString());
    if (outcome === undefined) return;
    live.record = { ...live.record, outcome };
    store.registrations.noteOutcome(agentId, outcome);
    const fields = { agentId, aor, target: live.target, code: state.lastCode, reason: state.lastReason };
    if (state.state === "registered") log.info(fields, "registered");
    else log.warn({ ...fields, fault: state.fault }, `registration ${state.state}: ${live.hint}`);
  }
}

/** As its secret is sealed for. */
export function purposeOf(agentId: string): string {
  return `registration ${agentId}`;
}

function keysOf(target: SendTarget | undefined): string[] {
  return target === undefined ? [] : [targetKey(target)];
}
