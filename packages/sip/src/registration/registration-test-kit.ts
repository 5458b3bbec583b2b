import assert from "node:assert/strict";
import { type AuthFault, DigestServer, type DigestServerOptions } from "../auth/digest-server.ts";
import type { SendTarget } from "../environment.ts";
import { createResponse } from "../message/create.ts";
import { callId, contacts, cseq, type SipRequest, type SipResponse } from "../message/message.ts";
import { serialiseUri } from "../message/uri.ts";
import { seededRandom } from "../simulation/random.ts";
import { Registration } from "./registration.ts";
import type {
  Address,
  RegistrationConfig,
  RegistrationInput,
  RegistrationOutput,
  RegistrationState,
} from "./registration-types.ts";

export const minute = 60_000;
export const own: Address = { host: "10.0.0.7", port: 5060 };
export const target: SendTarget = { transport: "udp", address: "192.0.2.1", port: 5060 };

export function tokens(random: () => number): (bytes: number) => string {
  return (bytes) => Array.from({ length: 2 * bytes }, () => Math.floor(random() * 16).toString(16)).join("");
}

/** What becomes of a request: its answer, or none, or it cannot even be sent. */
export type Fate = SipResponse | "lost" | "broken";

/** A registrar as RFC 3261 §10.3 has it, in memory, with its moods. */
export class FakeRegistrar {
  password = "secret";
  isUp = true;
  minExpires = 60;
  /** Longest life that it grants, seconds. */
  maxExpires = 3_600;
  /** Where it sees the client; undefined: where the client says it is. */
  seenAs: Address | undefined;
  /** In place of what it would do. */
  moods: ((request: SipRequest, now: number) => Fate | undefined)[] = [];
  /** Header lines on its 200s. */
  extra: (readonly [string, string])[] = [];
  readonly faults: AuthFault[] = [];
  readonly bindings = new Map<string, number>();
  #digest: DigestServer;
  readonly #options: Partial<DigestServerOptions>;
  #restarts = 0;

  constructor(options: Partial<DigestServerOptions> = {}) {
    this.#options = options;
    this.#digest = this.#newDigest();
  }

  restart(): void {
    this.#restarts++;
    this.#digest = this.#newDigest();
    this.bindings.clear();
  }

  answer(request: SipRequest, now: number): Fate {
    if (!this.isUp) return "lost";
    const mood = this.moods[0]?.(request, now);
    if (mood !== undefined) {
      this.moods.shift();
      return mood;
    }
    const verdict = this.#digest.verify(request, now);
    if (!verdict.ok) {
      this.faults.push(verdict.code);
      return this.reply(request, verdict.status, this.#digest.challenge(now, verdict.stale));
    }
    const expires = Number(request.headers.get("Expires"));
    if (expires > 0 && expires < this.minExpires) {
      return this.reply(request, 423, [["Min-Expires", String(this.minExpires)]]);
    }
    const values = contacts(request);
    assert.ok(values !== "*");
    for (const { uri, params } of values) {
      const life = Math.min(this.maxExpires, Number(params.get("expires") ?? expires));
      if (life === 0) this.bindings.delete(serialiseUri(uri));
      else this.bindings.set(serialiseUri(uri), now + life * 1_000);
    }
    for (const [uri, until] of this.bindings) if (until <= now) this.bindings.delete(uri);
    const held = [...this.bindings].map(
      ([uri, until]) => ["Contact", `<${uri}>;expires=${Math.round((until - now) / 1_000)}`] as const,
    );
    return this.reply(request, 200, [...held, ...this.extra]);
  }

  reply(
    request: SipRequest,
    status: number,
    headers: readonly (readonly [string, string])[] = [],
  ): SipResponse {
    const seen = this.seenAs ?? own;
    const stamped = { ...request, headers: request.headers.clone() };
    const via = `SIP/2.0/UDP ${own.host}:${own.port};branch=z9hG4bKx;received=${seen.host};rport=${seen.port}`;
    stamped.headers.prepend("Via", via);
    return createResponse(stamped, status, undefined, { headers, toTag: "registrar" });
  }

  #newDigest(): DigestServer {
    return new DigestServer({
      realm: "example.org",
      secret: `secret of start ${this.#restarts}`,
      randomToken: tokens(seededRandom(99 + this.#restarts)),
      account: (username) => (username === "1001" ? { username, password: this.password } : undefined),
      ...this.#options,
    });
  }
}

export interface Sent {
  readonly at: number;
  readonly request: SipRequest;
  readonly target: SendTarget;
}

interface Event {
  readonly at: number;
  readonly action: () => void;
}

/** A machine with its clock, its names and its way to registrars, all virtual. */
export class Harness {
  now = 0;
  password = "secret";
  targets: readonly SendTarget[] = [target];
  /** What it knows of itself. */
  own: Address = own;
  readonly machine: Registration;
  readonly sent: Sent[] = [];
  readonly states: RegistrationState[] = [];
  readonly keepAlives: (RegistrationOutput & { type: "keep-alive"; at?: number })[] = [];
  readonly resolved: string[] = [];
  /** Fate of a request by where it is sent; by default the one registrar's answer. */
  route: (request: SipRequest, target: SendTarget) => Fate;
  #events: Event[] = [];
  #timer: Event | undefined;
  #inFlight: number | undefined;

  constructor(registrar: FakeRegistrar, config: Partial<RegistrationConfig> = {}, seed = 1) {
    const random = seededRandom(seed);
    this.route = (request) => registrar.answer(request, this.now);
    this.machine = new Registration(
      {
        aor: "sip:1001@example.org",
        contactUser: "u-7f3a9c",
        credentials: () => ({ username: "1001", password: this.password }),
        ...config,
      },
      { random, randomToken: tokens(random), contactFor: () => this.own },
    );
  }

  get state(): RegistrationState {
    return this.machine.state;
  }

  count(from = 0, until: number = Number.POSITIVE_INFINITY): number {
    return this.sent.filter(({ at }) => at >= from && at < until).length;
  }

  do(input: RegistrationInput): void {
    for (const output of this.machine.handle(input, this.now)) this.#carryOut(output);
  }

  at(time: number, action: () => void): void {
    this.#events.push({ at: Math.max(time, this.now), action });
  }

  run(until: number): void {
    for (;;) {
      const next = this.#events.reduce<Event | undefined>(
        (first, event) => (first === undefined || event.at < first.at ? event : first),
        undefined,
      );
      if (next === undefined || next.at > until) break;
      this.#events = this.#events.filter((event) => event !== next);
      this.now = next.at;
      next.action();
    }
    this.now = until;
  }

  #carryOut(output: RegistrationOutput): void {
    switch (output.type) {
      case "resolve":
        this.resolved.push(output.uri);
        this.at(this.now + 10, () => this.do({ type: "targets", targets: this.targets }));
        return;
      case "send":
        this.#send(output);
        return;
      case "set-timer": {
        this.#events = this.#events.filter((event) => event !== this.#timer);
        if (output.at === undefined) return;
        this.#timer = { at: Math.max(output.at, this.now), action: () => this.do({ type: "timer" }) };
        this.#events.push(this.#timer);
        return;
      }
      case "state":
        this.states.push(output.state);
        return;
      case "keep-alive":
        this.keepAlives.push({ ...output, at: this.now });
    }
  }

  #send({ id, request, target }: RegistrationOutput & { type: "send" }): void {
    const last = this.sent.at(-1);
    // RFC 3261 §10.2: one at a time, one Call-ID, numbers that grow.
    assert.equal(this.#inFlight, undefined);
    if (last !== undefined) {
      assert.equal(callId(request), callId(last.request));
      assert.equal(cseq(request).seq, cseq(last.request).seq + 1);
    }
    this.sent.push({ at: this.now, request, target });
    this.#inFlight = id;
    const fate = this.route(request, target);
    const wait = fate === "lost" ? 32_000 : 20;
    this.at(this.now + wait, () => {
      if (this.#inFlight === id) this.#inFlight = undefined;
      if (fate === "lost") this.do({ type: "failure", id, cause: "timeout" });
      else if (fate === "broken") {
        this.do({ type: "failure", id, cause: "transport-error", reason: "The wire is cut." });
      } else this.do({ type: "response", id, response: fate });
    });
  }
}
