import type { Environment, Flow, SendTarget } from "../environment.ts";
import { SipParseError } from "../errors.ts";
import { createResponse } from "../message/create.ts";
import { cseq, maxForwards, type SipRequest, type SipResponse, topVia } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { serialiseMessage } from "../message/serialise.ts";
import { serialiseHost } from "../message/uri.ts";
import { ClientTransaction, type ClientUser } from "../transaction/client-transaction.ts";
import { defaultTimerValues } from "../transaction/machine.ts";
import type { TransactionContext } from "../transaction/runner.ts";
import {
  InviteServerTransaction,
  NonInviteServerTransaction,
  type ServerTransaction,
} from "../transaction/server-transaction.ts";
import { TimerQueue } from "../transaction/timer-queue.ts";
import { clientTransactionKey, serverTransactionKey } from "../transaction/transaction-key.ts";
import { TransactionTable } from "../transaction/transaction-table.ts";
import { responseTarget, stampReceived } from "../transport/via-received.ts";
import { ForkedInvite } from "./forked-invite.ts";
import { type Home, onward, upstreamOf, withoutTopVia } from "./forwarding.ts";
import type { PlaceOptions, Simulation } from "./simulation.ts";
import type { Resident, Station } from "./station.ts";

/** Which URIs a user of the proxy's own address is reached by; all are tried at once. None is a 404. */
export type Locate = (user: string) => readonly string[];

const machineConfig = {
  reliable: { timers: defaultTimerValues, reliable: true },
  unreliable: { timers: defaultTimerValues, reliable: false },
};

/**
 * A forking proxy that keeps transactions and stays in the path of dialogs (RFC 3261 §16), so that simulated calls have
 * forks, route sets and more than one Via. It judges nothing and authenticates nobody.
 */
export class ForkingProxy implements Resident, TransactionContext {
  readonly timers: TimerQueue;
  readonly timerValues = defaultTimerValues;
  readonly now: () => number;
  readonly #environment: Environment;
  readonly #home: Home;
  readonly #locate: Locate;
  readonly #servers = new TransactionTable<ServerTransaction>(Number.POSITIVE_INFINITY);
  readonly #clients = new TransactionTable<ClientTransaction>(Number.POSITIVE_INFINITY);

  constructor(environment: Environment, home: Home, locate: Locate) {
    this.#environment = environment;
    this.#home = home;
    this.#locate = locate;
    this.now = () => environment.now();
    this.timers = new TimerQueue((at) => environment.setAlarm(at));
  }

  stateSize(): { serverTransactions: number; clientTransactions: number; timers: number } {
    return {
      serverTransactions: this.#servers.size,
      clientTransactions: this.#clients.size,
      timers: this.timers.size,
    };
  }

  receive(bytes: Buffer, flow: Flow): void {
    try {
      const message = parseMessage(bytes);
      if (message.kind === "response") this.#receiveResponse(message, flow);
      else this.#receiveRequest(message, flow);
    } catch (error) {
      // What cannot be read is nobody's.
      if (!(error instanceof SipParseError)) throw error;
    }
  }

  wake(): void {
    this.timers.fire(this.now());
  }

  /** Requests that went by it are failed by their sending, or by time. */
  connectionClosed(): void {}

  randomToken(bytes: number): string {
    return this.#environment.randomToken(bytes);
  }

  /** For the To of a response of its own. */
  tag(): string {
    return this.randomToken(8);
  }

  transmit(
    target: Flow | SendTarget,
    bytes: Buffer,
    _message: unknown,
    _transaction: unknown,
    onError?: (error: Error) => void,
  ): void {
    this.#environment.send(target, bytes, onError);
  }

  startClient(request: SipRequest, target: SendTarget, user: ClientUser, branch?: string): ClientTransaction {
    return new ClientTransaction({
      context: this,
      table: this.#clients,
      request,
      target,
      sentBy: () => this.#sentBy,
      user,
      timers: this.timerValues,
      ...(branch !== undefined && { branch }),
    });
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    const { host, port } = topVia(response);
    if (host !== this.#home.address || port !== this.#home.port) return;
    const key = clientTransactionKey(response);
    const transaction = key === undefined ? undefined : this.#clients.get(key);
    if (transaction !== undefined) transaction.receive(response, flow);
    // Strays of an INVITE are not passed on (RFC 6026 §8.6).
    else if (cseq(response).method !== "INVITE" && withoutTopVia(response.headers))
      this.#environment.send(upstreamOf(response.headers), serialiseMessage(response));
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    stampReceived(request, flow);
    const known = this.#servers.get(serverTransactionKey(request));
    if (request.method === "ACK") {
      if (known instanceof InviteServerTransaction && known.state !== "accepted") known.acknowledged();
      else this.#forwardAlone(request, flow);
    } else if (known !== undefined) known.repeated();
    else if (maxForwards(request) === 0) this.#serve(request, flow, 483);
    else if (request.method === "CANCEL") this.#cancel(request, flow);
    else if (request.method === "INVITE") {
      const server = new InviteServerTransaction(this.#serverOptions(request, flow));
      new ForkedInvite(this, request, server, this.#onward(request, flow));
    } else this.#forward(request, flow);
  }

  /** §16.10. */
  #cancel(request: SipRequest, flow: Flow): void {
    const invite = this.#servers.get(serverTransactionKey(request, "INVITE"));
    if (!(invite instanceof InviteServerTransaction)) {
      this.#serve(request, flow, 481);
      return;
    }
    this.#serve(request, flow, 200);
    if (invite.state === "proceeding") invite.user?.onCancel(request);
  }

  /** A request that is no INVITE goes to one place; that it gets no answer its sender finds out (RFC 4320 §4.2). */
  #forward(request: SipRequest, flow: Flow): void {
    const [first] = this.#onward(request, flow);
    if (first === undefined) {
      this.#serve(request, flow, 404);
      return;
    }
    const server = new NonInviteServerTransaction(this.#serverOptions(request, flow));
    this.startClient(first.request, first.target, {
      onResponse: (response) => {
        const headers = response.headers.clone();
        withoutTopVia(headers);
        if (response.status > 100) server.respond({ ...response, headers });
      },
      onClientFailure: () => server.transportError(),
    });
  }

  /** An ACK to a 2xx, or to what is not known any more. */
  #forwardAlone(request: SipRequest, flow: Flow): void {
    const [first] = this.#onward(request, flow);
    if (first === undefined || maxForwards(request) === 0) return;
    const { transport } = first.target;
    const branch = `z9hG4bK${this.randomToken(12)}`;
    first.request.headers.prepend(
      "Via",
      `SIP/2.0/${transport.toUpperCase()} ${this.#sentBy};branch=${branch};rport`,
    );
    this.#environment.send(first.target, serialiseMessage(first.request));
  }

  #onward(request: SipRequest, flow: Flow) {
    return onward(this.#home, request, flow.transport, this.#locate);
  }

  /** Answers by itself. */
  #serve(request: SipRequest, flow: Flow, status: number): void {
    const response = createResponse(request, status, undefined, { toTag: this.tag() });
    if (request.method === "INVITE")
      new InviteServerTransaction(this.#serverOptions(request, flow)).respond(response);
    else new NonInviteServerTransaction(this.#serverOptions(request, flow)).respond(response);
  }

  #serverOptions(request: SipRequest, flow: Flow) {
    return {
      context: this,
      table: this.#servers,
      key: serverTransactionKey(request),
      mergeKey: undefined,
      target: responseTarget(topVia(request), flow),
      config: machineConfig,
    };
  }

  get #sentBy(): string {
    return `${serialiseHost(this.#home.address)}:${this.#home.port}`;
  }
}

/** A proxy with an address of its own in that simulation. */
export function createProxy(
  simulation: Simulation,
  name: string,
  locate: Locate,
  place?: PlaceOptions,
): Station<ForkingProxy> {
  return simulation.station(
    name,
    (environment, station) => new ForkingProxy(environment, station, locate),
    place,
  );
}
