import assert from "node:assert/strict";
import type { Flow, SendTarget } from "../environment.ts";
import { createRequest, createResponse } from "../message/create.ts";
import { cseq, type SipRequest } from "../message/message.ts";
import { tokens } from "../registration/registration-test-kit.ts";
import { seededRandom } from "../simulation/random.ts";
import { Subscription } from "./subscription.ts";
import type {
  Notification,
  SubscriptionConfig,
  SubscriptionInput,
  SubscriptionOptions,
  SubscriptionOutput,
  SubscriptionStatus,
} from "./subscription-types.ts";

export const target: SendTarget = { transport: "udp", address: "192.0.2.1", port: 5060 };
const flow: Flow = {
  ...{ transport: "udp", localAddress: "10.0.0.7", localPort: 5060 },
  ...{ remoteAddress: "192.0.2.1", remotePort: 5060 },
};

export interface NotifyParts {
  readonly state?: string;
  readonly tag?: string;
  readonly event?: string;
  readonly body?: string;
  readonly contentType?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly method?: string;
  readonly seq?: number;
}

/** A machine whose clock, server and notifier are the test itself. */
export class Scene {
  readonly machine: Subscription;
  now = 0;
  targets: readonly SendTarget[] = [target];
  readonly resolved: string[] = [];
  readonly sent: { readonly id: number; readonly request: SipRequest; readonly target: SendTarget }[] = [];
  readonly notifications: Notification[] = [];
  readonly states: SubscriptionStatus[] = [];
  /** Tag and Call-ID that are listened for. */
  listening: { readonly callId: string; readonly localTag: string } | undefined;
  #timer: number | undefined;
  #answers = new Map<number, { status: number; headers: readonly (readonly [string, string])[] }>();
  #serial = 0;
  #notifySeq = 0;
  readonly #inputs: SubscriptionInput[] = [];

  constructor(
    config: Partial<SubscriptionConfig> = {},
    options: Partial<SubscriptionOptions> = {},
    seed = 1,
  ) {
    const random = seededRandom(seed);
    this.machine = new Subscription(
      {
        ...{ resource: "sip:1001@example.org", event: "message-summary", contactUser: "u-7f3a9c" },
        credentials: () => ({ username: "1001", password: "secret" }),
        ...config,
      },
      {
        ...{ random, randomToken: tokens(random), contactFor: () => ({ host: "10.0.0.7", port: 5060 }) },
        ...options,
      },
    );
  }

  get state(): SubscriptionStatus {
    return this.machine.state;
  }

  do(input: SubscriptionInput): void {
    this.#inputs.push(input);
    if (this.#inputs.length > 1) return;
    for (let next: SubscriptionInput | undefined = input; next !== undefined; next = this.#inputs[0]) {
      for (const output of this.machine.handle(next, this.now)) this.#carryOut(output);
      this.#inputs.shift();
    }
  }

  /** Lets time pass until something is sent. @returns ms */
  awaitSent(limit = 24 * 3_600_000): number {
    const { length } = this.sent;
    const since = this.now;
    while (this.sent.length === length && this.#timer !== undefined && this.#timer < since + limit) {
      this.pass(this.#timer - this.now);
    }
    assert.ok(this.sent.length > length, "something is sent");
    return this.now - since;
  }

  /** Lets time pass, ms. */
  pass(ms: number): void {
    const until = this.now + ms;
    for (let count = 0; this.#timer !== undefined && this.#timer <= until; count++) {
      assert.ok(count < 10_000, "it comes to rest");
      this.now = Math.max(this.now, this.#timer);
      this.#timer = undefined;
      this.do({ type: "timer" });
    }
    this.now = until;
  }

  /** What was sent last. */
  get last(): SipRequest {
    const last = this.sent.at(-1);
    assert.ok(last !== undefined, "something was sent");
    return last.request;
  }

  /** The server's answer to what was sent last. */
  respond(status: number, headers: readonly (readonly [string, string])[] = []): void {
    const last = this.sent.at(-1);
    assert.ok(last !== undefined);
    const request = { ...last.request, headers: last.request.headers.clone() };
    request.headers.prepend("Via", "SIP/2.0/UDP 10.0.0.7;branch=z9hG4bKx");
    const response = createResponse(request, status, undefined, { toTag: "server", headers });
    this.do({ type: "response", id: last.id, response });
  }

  lose(cause: "timeout" | "transport-error" = "timeout"): void {
    this.do({ type: "failure", id: this.sent.at(-1)?.id ?? 0, cause });
  }

  /** A NOTIFY to the tag that is listened for. @returns the status of its answer */
  notify(parts: NotifyParts = {}): number {
    const id = ++this.#serial;
    const { method = "NOTIFY", body, contentType = "application/simple-message-summary" } = parts;
    const request = createRequest(method, "sip:u-7f3a9c@10.0.0.7", {
      via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKn",
      from: `<sip:1001@example.org>;tag=${parts.tag ?? "notifier"}`,
      to: `<sip:1001@example.org>;tag=${this.listening?.localTag ?? "gone"}`,
      callId: this.listening?.callId ?? "gone",
      cseq: parts.seq ?? ++this.#notifySeq,
      headers: [
        ["Event", parts.event ?? "message-summary"],
        ["Subscription-State", parts.state ?? "active;expires=3600"],
        ["Contact", "<sip:notifier@192.0.2.1>"],
        ...(parts.headers ?? []),
      ],
      ...(body !== undefined && { body, contentType }),
    });
    this.do({ type: "request", id, request, flow });
    const answer = this.#answers.get(id);
    assert.ok(answer !== undefined, "each request is answered at once");
    return answer.status;
  }

  get answerHeaders(): readonly (readonly [string, string])[] {
    return this.#answers.get(this.#serial)?.headers ?? [];
  }

  /** Subscribed: SUBSCRIBE, its 200 and the first NOTIFY. */
  subscribed(state?: string): this {
    this.do({ type: "start" });
    this.respond(200, [["Expires", "3600"]]);
    assert.equal(this.notify(state === undefined ? {} : { state }), 200);
    return this;
  }

  #carryOut(output: SubscriptionOutput): void {
    switch (output.type) {
      case "listen":
        this.listening = output;
        return;
      case "listen-no-more":
        this.listening = undefined;
        return;
      case "resolve":
        this.resolved.push(output.uri);
        this.do({ type: "targets", targets: this.targets });
        return;
      case "send":
        // One Call-ID a subscription, and numbers that grow (RFC 3261 §12.2.1.1).
        for (const { request } of this.sent) {
          if (request.headers.get("Call-ID") !== output.request.headers.get("Call-ID")) continue;
          assert.ok(cseq(request).seq < cseq(output.request).seq);
        }
        this.sent.push(output);
        return;
      case "answer":
        assert.ok(!this.#answers.has(output.id), "each request is answered once");
        this.#answers.set(output.id, output);
        return;
      case "notification":
        this.notifications.push(output.notification);
        return;
      case "set-timer":
        this.#timer = output.at;
        return;
      case "state":
        this.states.push(output.state);
    }
  }
}
