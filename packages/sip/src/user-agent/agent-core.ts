import { defaultSessionTimerPolicy, type SessionTimerPolicy } from "../dialog/session-timer.ts";
import { type Environment, type Flow, isFlow, isReliable, type SendTarget } from "../environment.ts";
import { SipUserAgentError } from "../errors.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.ts";
import { topVia } from "../message/message.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { serialiseHost } from "../message/uri.ts";
import { LoneReferClient } from "../refer/lone-refer.ts";
import type { IncomingRefer, LoneReferOptions, OutgoingRefer } from "../refer/refer.ts";
import { ClientTransaction, type ClientUser } from "../transaction/client-transaction.ts";
import { ExpiringSet } from "../transaction/expiring-set.ts";
import { defaultTimerValues, type MachineConfig, type TimerValues } from "../transaction/machine.ts";
import {
  InviteServerTransaction,
  NonInviteServerTransaction,
  type ServerTransaction,
  type ServerTransactionOptions,
} from "../transaction/server-transaction.ts";
import { TimerQueue } from "../transaction/timer-queue.ts";
import { serverTransactionKey, traceKey } from "../transaction/transaction-key.ts";
import { TransactionTable } from "../transaction/transaction-table.ts";
import { responseTarget } from "../transport/via-received.ts";
import { ByConnection } from "./by-connection.ts";
import { Capabilities } from "./capabilities.ts";
import { contactValue } from "./contact.ts";
import { type Core, defaultRingTimeout, type EarlyCall, prolongEvery } from "./core.ts";
import type { DialogUsage } from "./dialog-usage.ts";
import { LargeRequests } from "./large-requests.ts";
import type { Leg } from "./leg.ts";
import { LoneRequest } from "./lone-request.ts";
import { type Counters, defaultLimits, type UserAgentLimits, type UserAgentOptions } from "./options.ts";
import { StatelessResponder } from "./stateless.ts";

/** The tables, the timers and the way out that all parts of one user agent share. */
export class AgentCore implements Core {
  readonly options: UserAgentOptions;
  readonly environment: Environment;
  readonly limits: UserAgentLimits;
  readonly timerValues: TimerValues;
  readonly capabilities: Capabilities;
  readonly sessionTimers: SessionTimerPolicy;
  readonly timers: TimerQueue;
  readonly servers: TransactionTable<ServerTransaction>;
  readonly clients: TransactionTable<ClientTransaction>;
  /** By our tag, which is unguessable and ours to keep unique. */
  readonly legs = new Map<string, Leg>();
  /** By our tag as well. */
  readonly usages = new Map<string, DialogUsage>();
  readonly ignored: ExpiringSet;
  readonly counters: Counters = {
    received: 0,
    sent: 0,
    malformed: 0,
    dropped: 0,
    retransmissionsReceived: 0,
    retransmissionsSent: 0,
    overload: 0,
    handlerErrors: 0,
    overRate: 0,
  };
  readonly #stateless: StatelessResponder;
  readonly #machineConfig: { readonly reliable: MachineConfig; readonly unreliable: MachineConfig };
  /** Client transactions that wait for answers over a connection, to fail them when it closes. */
  readonly #waiting = new ByConnection<ClientTransaction>();
  readonly large: LargeRequests;
  readonly sentBy = (target: Flow | SendTarget): string => {
    const { host, port } = this.options.contactFor(asFlow(target));
    return `${serialiseHost(host)}:${port}`;
  };
  readonly early = new ByConnection<EarlyCall>();

  constructor(options: UserAgentOptions) {
    const { environment } = options;
    this.options = options;
    this.environment = environment;
    this.capabilities = new Capabilities(options);
    this.sessionTimers = { ...defaultSessionTimerPolicy, ...options.sessionTimers };
    this.limits = { ...defaultLimits, ...options.limits };
    this.timerValues = { ...defaultTimerValues, ...options.timers };
    this.#machineConfig = {
      reliable: { timers: this.timerValues, reliable: true },
      unreliable: { timers: this.timerValues, reliable: false },
    };
    this.timers = new TimerQueue(
      (at) => environment.setAlarm(at),
      [
        ...usualDurations(this.timerValues),
        // When a session timer of our own interval refreshes, and when it expires.
        500 * this.sessionTimers.interval,
        1000 * (this.sessionTimers.interval - 32),
      ],
    );
    this.servers = new TransactionTable(this.limits.transactions);
    this.clients = new TransactionTable(this.limits.transactions);
    // Its last repetition may have been on its way for longer than the first.
    const { t1, t4 } = this.timerValues;
    this.ignored = new ExpiringSet(this.timers, 64 * t1 + t4, this.limits.ignored);
    this.large = new LargeRequests(options.udpRequestLimit ?? 1_300, 2 * this.timerValues.t1, () =>
      this.now(),
    );
    this.#stateless = new StatelessResponder(Number.parseInt(environment.randomToken(4), 16));
  }

  get isTraced(): boolean {
    return this.options.trace !== undefined;
  }

  now(): number {
    return this.environment.now();
  }

  randomToken(bytes: number): string {
    return this.environment.randomToken(bytes);
  }

  transmit(
    target: Flow | SendTarget,
    bytes: Buffer,
    message: SipMessage | undefined,
    transaction: string | undefined,
    onError?: (error: Error) => void,
  ): void {
    this.counters.sent++;
    if (message === undefined) this.counters.retransmissionsSent++;
    this.options.trace?.({ at: this.now(), direction: "out", flow: target, message, transaction, bytes });
    this.environment.send(target, bytes, onError);
  }

  startClient(
    request: SipRequest,
    target: Flow | SendTarget,
    user: ClientUser,
    branch?: string,
  ): ClientTransaction {
    const detour = this.large.detour(target);
    let waitsOn: number | undefined;
    const forget = (ended: ClientTransaction): void => this.#waiting.delete(waitsOn, ended);
    const transaction = new ClientTransaction({
      context: this,
      table: this.clients,
      request,
      target,
      sentBy: this.sentBy,
      user,
      timers: this.timerValues,
      ...(branch !== undefined && { branch }),
      onEnd: forget,
      ...(detour !== undefined && {
        detour: {
          limit: this.large.limit,
          target: detour,
          onRefused: (refused: ClientTransaction) => {
            forget(refused);
            this.large.refused(detour);
          },
        },
      }),
    });
    waitsOn = this.#connectionTo(transaction.target);
    if (!transaction.isOver) this.#waiting.add(waitsOn, transaction);
    return transaction;
  }

  sendAlone(request: SipRequest, target: Flow | SendTarget): LoneRequest {
    this.identify(request);
    return new LoneRequest(this, request, target);
  }

  createInviteServer(request: SipRequest, flow: Flow, merge?: string): InviteServerTransaction {
    return new InviteServerTransaction(this.#serverOptions(request, flow, merge));
  }

  createServer(request: SipRequest, flow: Flow, merge?: string): NonInviteServerTransaction {
    return new NonInviteServerTransaction(this.#serverOptions(request, flow, merge));
  }

  /** Answers and forgets. */
  respondStatelessly(
    request: Pick<SipRequest, "method" | "headers">,
    flow: Flow,
    status: number,
    reason?: string,
    headers?: readonly (readonly [name: string, value: string])[],
  ): void {
    const response = this.#stateless.respond(request, status, reason, headers);
    this.identify(response);
    const target = responseTarget(topVia(request), flow);
    this.transmit(
      target,
      serialiseMessage(response),
      response,
      this.options.trace && traceKey(response, "out"),
    );
  }

  contact(flow: Flow, user: string | undefined, request: SipRequest): string {
    return contactValue(this.options.contactFor(flow), user, flow.transport, request);
  }

  identify(message: SipRequest | SipResponse): void {
    const { serverHeader } = this.options;
    if (serverHeader === undefined) return;
    message.headers.append(message.kind === "request" ? "User-Agent" : "Server", serverHeader);
  }

  turnAway(
    transaction: InviteServerTransaction,
    request: SipRequest,
    flow: Flow,
    status: number,
    headers?: readonly (readonly [name: string, value: string])[],
  ): void {
    transaction.abandon();
    this.respondStatelessly(request, flow, status, undefined, headers);
  }

  ignore(transaction: InviteServerTransaction): void {
    transaction.abandon();
    this.ignored.add(transaction.key, this.now());
  }

  showRefer(refer: IncomingRefer): void {
    this.options.onRefer?.(refer);
  }

  referOutside(options: LoneReferOptions): OutgoingRefer {
    return new LoneReferClient(this, options).refer;
  }

  /** The call with these tags, as we see them; also one that is over and lingers. */
  findLeg(callId: string, localTag: string, remoteTag: string): Leg | undefined {
    const leg = this.legs.get(localTag);
    if (leg?.callId !== callId) return undefined;
    // RFC 3891 §6.1: "0" stands for no tag, too.
    const isKnown = leg.sessionOf(remoteTag) ?? (remoteTag === "0" ? leg.sessionOf("") : undefined);
    return isKnown === undefined ? undefined : leg;
  }

  release(leg: Leg): void {
    this.legs.delete(leg.localTag);
  }

  /** No response can come over that connection any more, and none of ours can go. */
  failConnection(id: number, error?: Error): void {
    for (const transaction of this.#waiting.take(id)) transaction.transportError(error);
    for (const call of this.early.take(id)) call.connectionLost();
  }

  #serverOptions(request: SipRequest, flow: Flow, merge: string | undefined): ServerTransactionOptions {
    return {
      context: this,
      table: this.servers,
      key: serverTransactionKey(request),
      mergeKey: merge,
      target: responseTarget(topVia(request), flow),
      config: this.#machineConfig,
    };
  }

  /** The connection that a message was just sent by. */
  #connectionTo(target: Flow | SendTarget): number | undefined {
    if (!isReliable(target.transport)) return undefined;
    return this.environment.connectionTo?.(target) ?? target.connectionId;
  }
}

/** What transactions, repeated 2xx and ringing calls set their timers to, ms. */
function usualDurations({ t1, t2, t4 }: TimerValues): number[] {
  return [t1, 2 * t1, 4 * t1, 8 * t1, 64 * t1, t2, t4, prolongEvery, defaultRingTimeout];
}

/** A flow as far as it is known before anything has come back. */
export function asFlow(target: Flow | SendTarget): Flow {
  if (isFlow(target)) return target;
  const flow = {
    transport: target.transport,
    localAddress: target.localAddress ?? "",
    localPort: target.localPort ?? 0,
    remoteAddress: target.address,
    remotePort: target.port,
  };
  return target.connectionId === undefined ? flow : { ...flow, connectionId: target.connectionId };
}

/** @throws SipUserAgentError no_target */
export function targetOf(options: { readonly flow?: Flow; readonly target?: SendTarget }): Flow | SendTarget {
  const target = options.target ?? options.flow;
  if (target === undefined) throw new SipUserAgentError("no_target");
  return target;
}
