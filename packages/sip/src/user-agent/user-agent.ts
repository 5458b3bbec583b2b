import { SessionTimer } from "../dialog/session-timer.ts";
import type { Flow, SendTarget } from "../environment.ts";
import { SipUserAgentError } from "../errors.ts";
import { createRequest } from "../message/create.ts";
import { cseq as requestCSeq, type SipRequest } from "../message/message.ts";
import type { FramingErrorCode } from "../message/stream-framer.ts";
import type { LoneReferOptions, OutgoingRefer } from "../refer/refer.ts";
import { AgentCore, asFlow, targetOf } from "./agent-core.ts";
import { createDigest, startAuthorized } from "./authorized-request.ts";
import type { InviteOptions, OutgoingCall } from "./call.ts";
import { acceptValue } from "./capabilities.ts";
import { ClientRequest, type RequestOptions } from "./client-request.ts";
import { defaultRingTimeout } from "./core.ts";
import type { DialogUsage } from "./dialog-usage.ts";
import type { Counters, IncomingRequest, UserAgentOptions } from "./options.ts";
import { OutboundCall } from "./outgoing-call.ts";
import { Receiver } from "./receiver.ts";
import { answerRequest } from "./server-request.ts";
import { timerLines } from "./session-refresh.ts";

/** How much the user agent holds; all zero when nothing is under way. */
export interface StateSize {
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  readonly dialogs: number;
  readonly ignored: number;
  readonly timers: number;
}

/**
 * SIP on top of an environment: messages in, calls out. It does nothing but in `receive`, `wake`, `connectionClosed` and
 * in commands, and never waits.
 */
export class UserAgent {
  readonly #core: AgentCore;
  readonly #receiver: Receiver;

  constructor(options: UserAgentOptions) {
    this.#core = new AgentCore(options);
    this.#receiver = new Receiver(this.#core);
  }

  /** One datagram, or one message cut from a stream. */
  receive(bytes: Buffer, flow: Flow): void {
    this.#guard(() => this.#receiver.receive(bytes, flow));
  }

  /** A stream's next message has no end that can be found; `head` is its header block, or the first part of that. */
  unreadable(head: Buffer, flow: Flow, code: FramingErrorCode): void {
    this.#guard(() => this.#receiver.unreadable(head, flow, code));
  }

  /** The time asked for by `Environment.setAlarm` has come. */
  wake(): void {
    const { timers, environment } = this.#core;
    this.#guard(() => timers.fire(environment.now()));
  }

  /** Requests that wait for their answer over that connection fail at once; calls go on by a new connection. */
  connectionClosed(flow: Flow, error?: Error): void {
    const { connectionId } = flow;
    if (connectionId !== undefined) this.#guard(() => this.#core.failConnection(connectionId, error));
  }

  /**
   * Starts a call. Handlers set before the next `receive` or `wake` miss nothing.
   * @throws SipUserAgentError too_many_calls, no_target
   * @throws SipParseError where a URI or header value cannot be written
   */
  invite(options: InviteOptions): OutgoingCall {
    const core = this.#core;
    if (core.legs.size >= core.limits.dialogs) throw new SipUserAgentError("too_many_calls");
    const target = targetOf(options);
    const flow = asFlow(target);
    const localTag = core.randomToken(8);
    const { sdp } = options;
    const timer = new SessionTimer(core.sessionTimers);
    const request = createRequest("INVITE", options.requestUri, {
      from: `${options.from};tag=${localTag}`,
      to: options.to,
      callId: options.callId ?? core.randomToken(16),
      cseq: 1,
      ...(options.maxForwards !== undefined && { maxForwards: options.maxForwards }),
      headers: [
        ...core.capabilities.inviteHeaders,
        ["Accept", acceptValue],
        ...timerLines(timer),
        ...(options.headers ?? []),
      ],
      ...(sdp !== undefined && { body: sdp, contentType: "application/sdp" }),
    });
    core.identify(request);
    const ringTimeout = options.ringTimeout ?? defaultRingTimeout;
    const { credentials, responseTimeout } = options;
    const call = new OutboundCall(core, {
      ...{ request, flow, target, ringTimeout, responseTimeout, credentials, timer },
    });
    core.legs.set(localTag, call);
    return call;
  }

  /**
   * Sends a request outside any dialog.
   * @throws SipUserAgentError no_target
   * @throws SipParseError where a URI or header value cannot be written
   */
  request(options: RequestOptions): ClientRequest {
    const core = this.#core;
    const target = targetOf(options);
    const { body, contentType } = options;
    const request = createRequest(options.method, options.requestUri, {
      from: `${options.from};tag=${core.randomToken(8)}`,
      to: options.to,
      callId: options.callId ?? core.randomToken(16),
      cseq: options.cseq ?? 1,
      ...(options.maxForwards !== undefined && { maxForwards: options.maxForwards }),
      ...(options.headers && { headers: options.headers }),
      ...(body !== undefined && { body }),
      ...(contentType !== undefined && { contentType }),
    });
    core.identify(request);
    const { credentials } = options;
    const digest = credentials && createDigest(core, credentials);
    let { seq } = requestCSeq(request);
    const nextSeq = () => ++seq;
    return new ClientRequest((user) => startAuthorized(core, digest, request, target, user, { nextSeq }));
  }

  /**
   * Sends a REFER outside any dialog; its reports make one of their own (RFC 7647 §4).
   * @throws SipUserAgentError no_target
   * @throws SipParseError where a URI or header value cannot be written
   */
  refer(options: LoneReferOptions): OutgoingRefer {
    return this.#core.referOutside(options);
  }

  /** Sends a request that was made elsewhere, outside any dialog: complete but for its Via. */
  transact(request: SipRequest, target: Flow | SendTarget): ClientRequest {
    const core = this.#core;
    core.identify(request);
    return new ClientRequest((user) => core.startClient(request, target, user));
  }

  /**
   * From now on requests with that Call-ID and To tag go to `onRequest`: of a dialog, or one to be, that is no call
   * (RFC 6665 §4.1.2.4: NOTIFY makes a subscription's). What it does not answer gets 481.
   * @returns what ends it
   */
  openDialog(options: {
    readonly callId: string;
    readonly localTag: string;
    onRequest(request: IncomingRequest): void;
  }): () => void {
    const core = this.#core;
    const { callId, localTag } = options;
    const usage: DialogUsage = {
      callId,
      localTag,
      receive: (request, flow) => {
        const isTaken = answerRequest(core, request, flow, (incoming) => options.onRequest(incoming));
        if (!isTaken) core.respondStatelessly(request, flow, 481);
      },
    };
    core.usages.set(localTag, usage);
    return () => {
      if (core.usages.get(localTag) === usage) core.usages.delete(localTag);
    };
  }

  get counters(): Readonly<Counters> {
    return this.#core.counters;
  }

  stateSize(): StateSize {
    const { servers, clients, legs, usages, ignored, timers } = this.#core;
    return {
      serverTransactions: servers.size,
      clientTransactions: clients.size,
      dialogs: legs.size + usages.size,
      ignored: ignored.size,
      timers: timers.size,
    };
  }

  /** From now on new INVITEs get 503 with Retry-After; everything that stands goes on. */
  drain(): void {
    this.#receiver.draining = true;
  }

  /** A handler's fault must not take the other calls with it. */
  #guard(work: () => void): void {
    const { onError } = this.#core.options;
    try {
      work();
    } catch (error) {
      this.#core.counters.handlerErrors++;
      if (onError === undefined) throw error;
      onError(error);
    }
  }
}
