// A PBX with its clock and its network, all virtual, for tests of what runs registrations.
import type { TestContext } from "node:test";
import {
  type Address,
  type ClientRequest,
  createRequest,
  createResponse,
  DigestServer,
  type Flow,
  type IncomingRequest,
  type SendTarget,
  type SipRequest,
  type SipResponse,
} from "@ringdown/sip";
import { Secrets } from "../secrets/secrets.ts";
import { openStore } from "../store/open-store.ts";
import type { Agent } from "../store/records.ts";
import type { Store } from "../store/store.ts";
import { testFolder } from "../store/test-store.ts";
import type { LocatedRegistrar, RegistrationNetwork } from "./registration-network.ts";
import { Registrations } from "./registrations.ts";

interface Timer {
  readonly at: number;
  readonly action: () => void;
}

/** Time that passes only when it is told to. */
export class VirtualClock {
  now = 0;
  #timers: Timer[] = [];

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.now + ms, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  get timers(): number {
    return this.#timers.length;
  }

  /** Lets time pass, and what is promised come true in between. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await settled();
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== due);
      this.now = Math.max(this.now, due.at);
      due.action();
      await settled();
    }
    this.now = until;
  }

  /** Lets time pass until that is there. */
  async passUntil<Value>(promise: Promise<Value>): Promise<Value> {
    let isThere = false;
    const done = promise.finally(() => {
      isThere = true;
    });
    while (!isThere) await this.pass(100);
    return done;
  }
}

export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export const pbx: SendTarget = { transport: "udp", address: "192.0.2.1", port: 5060 };

export class TestPbx implements RegistrationNetwork {
  readonly clock: VirtualClock;
  readonly sent: { at: number; request: SipRequest; target: SendTarget }[] = [];
  readonly located: string[] = [];
  /** URIs of Contacts that are bound. */
  readonly bindings = new Set<string>();
  passwords = new Map([["1001", "secret"]]);
  isUp = true;
  /** In place of its own answer. */
  status: number | undefined;
  where: LocatedRegistrar = { targets: [pbx] };
  own: Address = { host: "10.0.0.7", port: 5060 };
  /** Where it sees us. */
  seenAs: Address | undefined;
  /** Body of its NOTIFY for message-summary. */
  summary = "Messages-Waiting: yes\r\nVoice-Message: 2/8 (0/2)\r\n";
  /** What it tells of calls; undefined: it does not offer that. */
  dialogInfo: string | undefined;
  /** What listens for the requests of a subscription, by Call-ID. */
  readonly #dialogs = new Map<string, (incoming: IncomingRequest) => void>();
  readonly #digest: DigestServer;

  constructor(clock: VirtualClock) {
    this.clock = clock;
    this.#digest = new DigestServer({
      ...{ realm: "pbx.example", secret: "0123456789abcdef", randomToken: (bytes) => "a".repeat(2 * bytes) },
      account: (username) => {
        const password = this.passwords.get(username);
        return password === undefined ? undefined : { username, password };
      },
    });
  }

  get registers(): SipRequest[] {
    return this.sent.map(({ request }) => request).filter(({ method }) => method === "REGISTER");
  }

  readonly userAgent = {
    transact: (request: SipRequest, target: SendTarget): ClientRequest => {
      this.sent.push({ at: this.clock.now, request, target });
      const response = this.isUp ? this.#answer(request) : undefined;
      const asked: Partial<ClientRequest> = {};
      this.clock.after(response === undefined ? 32_000 : 10, () =>
        asked.onResult?.({ status: response?.status ?? 408, response }),
      );
      return asked as ClientRequest;
    },
    openDialog: (options: { callId: string; onRequest(incoming: IncomingRequest): void }) => {
      this.#dialogs.set(options.callId, (incoming) => options.onRequest(incoming));
      return () => void this.#dialogs.delete(options.callId);
    },
  };

  /** The subscriptions that stand. */
  get subscribed(): number {
    return this.#dialogs.size;
  }

  #notify(subscribe: SipRequest): void {
    const [callId = "", from = "", to = ""] = ["Call-ID", "From", "To"].map((name) =>
      subscribe.headers.get(name),
    );
    const event = subscribe.headers.get("Event") ?? "";
    const isOver = subscribe.headers.get("Expires") === "0";
    const request = createRequest("NOTIFY", "sip:x@10.0.0.7", {
      ...{ from: to.includes("tag=") ? to : `${to};tag=pbx`, to: from, callId, cseq: this.sent.length + 1 },
      headers: [
        ["Event", event],
        ["Subscription-State", isOver ? "terminated;reason=timeout" : "active;expires=600"],
        ["Contact", "<sip:pbx@192.0.2.1>"],
      ],
      ...(event === "dialog"
        ? { body: this.dialogInfo ?? "", contentType: "application/dialog-info+xml" }
        : { body: this.summary, contentType: "application/simple-message-summary" }),
    });
    const flow: Flow = {
      ...{ transport: "udp", localAddress: "10.0.0.7", localPort: 5060 },
      ...{ remoteAddress: "192.0.2.1", remotePort: 5060 },
    };
    this.#dialogs.get(callId)?.({ request, flow, defer: () => {}, respond: () => {} });
  }

  contactFor(): Address {
    return this.own;
  }

  async locate(uri: string): Promise<LocatedRegistrar> {
    this.located.push(uri);
    return this.where;
  }

  sendRaw(): void {}

  #answer(request: SipRequest): SipResponse {
    const { host, port } = this.seenAs ?? this.own;
    const stamped = { ...request, headers: request.headers.clone() };
    stamped.headers.prepend("Via", `SIP/2.0/UDP x;branch=z9hG4bKx;received=${host};rport=${port}`);
    const respond = (status: number, headers: readonly (readonly [string, string])[] = []) =>
      createResponse(stamped, status, undefined, { headers, toTag: "pbx" });
    if (this.status !== undefined) return respond(this.status);
    if (request.method === "SUBSCRIBE") {
      const isOffered = request.headers.get("Event") !== "dialog" || this.dialogInfo !== undefined;
      if (!isOffered) return respond(489);
      this.clock.after(20, () => this.#notify(request));
      return respond(200, [
        ["Expires", request.headers.get("Expires") ?? ""],
        ["Contact", "<sip:pbx@192.0.2.1>"],
      ]);
    }
    if (request.method !== "REGISTER") return respond(200);
    const verdict = this.#digest.verify(request, this.clock.now);
    if (!verdict.ok) return respond(401, this.#digest.challenge(this.clock.now, verdict.stale));
    const expires = request.headers.get("Expires") ?? "";
    for (const value of request.headers.getAll("Contact")) {
      const uri = /<([^>]+)>/.exec(value)?.[1] ?? "";
      if (expires === "0" || value.includes("expires=0")) this.bindings.delete(uri);
      else this.bindings.add(uri);
    }
    return respond(200, [["Expires", expires]]);
  }
}

export interface RegistrationScene {
  readonly clock: VirtualClock;
  readonly network: TestPbx;
  readonly store: Store;
  readonly organizationId: string;
  readonly agent: Agent;
  readonly registrations: Registrations;
  readonly keyPath: string;
  readonly lines: string[];
  /** Another one over the same store, as after a restart. */
  restarted(): Registrations;
}

export async function registrationScene(test: TestContext): Promise<RegistrationScene> {
  const clock = new VirtualClock();
  const network = new TestPbx(clock);
  const store = await openStore(":memory:");
  test.after(() => store.close());
  const { id: organizationId } = await store.organizations.create({ name: "First" });
  const agent = await store.agents.create(organizationId, { username: "sales" });
  const keyPath = `${testFolder(test)}/secret.key`;
  const lines: string[] = [];
  const line = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  let tokens = 0;
  const restarted = () =>
    new Registrations({
      ...{ store, network, secrets: new Secrets({ path: keyPath }) },
      now: () => clock.now,
      today: () => Date.parse("2026-11-23T18:00:00.000Z") + clock.now,
      after: (ms, action) => clock.after(ms, action),
      random: () => 0.5,
      randomToken: (bytes) => (++tokens).toString(16).padStart(2 * bytes, "f"),
      log: { info: line, warn: line, error: line },
    });
  return {
    ...{ clock, network, store, organizationId, agent, keyPath, lines, restarted },
    registrations: restarted(),
  };
}
