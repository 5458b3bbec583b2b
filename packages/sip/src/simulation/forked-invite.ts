import type { Flow, SendTarget } from "../environment.ts";
import { createRequest, createResponse } from "../message/create.ts";
import { cseq, type SipRequest, type SipResponse } from "../message/message.ts";
import type { ClientTransaction, ClientUser } from "../transaction/client-transaction.ts";
import type { FailureCause } from "../transaction/machine.ts";
import type { InviteServerTransaction, InviteServerUser } from "../transaction/server-transaction.ts";
import type { Timer, TimerOwner } from "../transaction/timer-queue.ts";
import { type Onward, withoutTopVia } from "./forwarding.ts";
import type { ForkingProxy } from "./proxy.ts";

/** ms, timer C (RFC 3261 §16.6 step 11): how long a branch may ring without saying so again. */
const timerC = 180_001;

const nobody: ClientUser = { onResponse: () => {}, onClientFailure: () => {} };

/** An INVITE that a proxy has sent on, to one place or to several: RFC 3261 §16.7, §16.8, §16.10. */
export class ForkedInvite implements InviteServerUser {
  readonly proxy: ForkingProxy;
  readonly request: SipRequest;
  readonly #server: InviteServerTransaction;
  readonly #branches: Branch[];

  constructor(
    proxy: ForkingProxy,
    request: SipRequest,
    server: InviteServerTransaction,
    onward: readonly Onward[],
  ) {
    this.proxy = proxy;
    this.request = request;
    this.#server = server;
    server.user = this;
    server.respond(createResponse(request, 100));
    this.#branches = onward.map((one) => new Branch(this, one));
    if (onward.length === 0) this.refuse(404);
  }

  onCancel(): void {
    for (const branch of this.#branches) branch.cancel();
  }

  onServerFailure(): void {
    this.onCancel();
  }

  provisional(response: SipResponse): void {
    this.#send(response);
  }

  /** A 2xx goes on whatever was answered before it: each fork's is another dialog. */
  succeeded(response: SipResponse, by: Branch): void {
    this.#send(response);
    for (const branch of this.#branches) if (branch !== by) branch.cancel();
  }

  /** One branch has come to an end without success. */
  settle(): void {
    const finals = this.#branches.map((branch) => branch.final);
    if (finals.some((final) => final !== undefined && final.status >= 600)) this.onCancel();
    if (finals.includes(undefined) || this.#branches.some((branch) => branch.hasSucceeded)) return;
    const [best] = finals.filter((final) => final !== undefined).toSorted((a, b) => rank(a) - rank(b));
    if (best !== undefined) this.#send(best);
  }

  refuse(status: number): void {
    this.#server.respond(createResponse(this.request, status, undefined, { toTag: this.proxy.tag() }));
  }

  #send(response: SipResponse): void {
    this.#server.respond(response);
  }
}

class Branch implements ClientUser, TimerOwner {
  /** Its refusal, ready to be sent on, or what stands for one. */
  final: SipResponse | undefined;
  hasSucceeded = false;
  readonly #invite: ForkedInvite;
  readonly #target: SendTarget;
  #transaction: ClientTransaction | undefined;
  #hasProvisional = false;
  #isCancelWanted = false;
  #isCancelled = false;
  #timer: Timer | undefined;

  constructor(invite: ForkedInvite, { request, target }: Onward) {
    this.#invite = invite;
    this.#target = target;
    this.#startTimer(timerC);
    const transaction = invite.proxy.startClient(request, target, this);
    if (!this.#isOver) this.#transaction = transaction;
  }

  onResponse(response: SipResponse, _flow: Flow): void {
    const { status } = response;
    const onward = { ...response, headers: response.headers.clone() };
    withoutTopVia(onward.headers);
    if (status < 200) {
      this.#hasProvisional = true;
      if (this.#isCancelWanted) this.#sendCancel();
      if (status === 100 || this.#isOver) return;
      if (!this.#isCancelled) this.#startTimer(timerC);
      this.#invite.provisional(onward);
    } else if (status < 300) {
      this.#stopTimer();
      this.hasSucceeded = true;
      this.#invite.succeeded(onward, this);
    } else this.#end(onward);
  }

  onClientFailure(cause: FailureCause): void {
    this.#endBySelf(cause === "timeout" ? 408 : 500);
  }

  onTimer(): void {
    this.#timer = undefined;
    if (this.#hasProvisional && !this.#isCancelled) {
      this.cancel();
      return;
    }
    this.#transaction?.abandon();
    this.#endBySelf(this.#isCancelled ? 487 : 408);
  }

  cancel(): void {
    if (this.#isOver || this.#isCancelled) return;
    if (this.#hasProvisional) this.#sendCancel();
    else this.#isCancelWanted = true;
  }

  get #isOver(): boolean {
    return this.final !== undefined || this.hasSucceeded;
  }

  /** §9.1: a branch that does not end within 64·T1 after that counts as cancelled. */
  #sendCancel(): void {
    const transaction = this.#transaction;
    this.#isCancelWanted = false;
    if (transaction === undefined || this.#isCancelled || this.#isOver) return;
    this.#isCancelled = true;
    const { headers, uriText } = transaction.request;
    const cancel = createRequest("CANCEL", uriText, {
      from: headers.get("From") ?? "",
      to: headers.get("To") ?? "",
      callId: headers.get("Call-ID") ?? "",
      cseq: cseq(transaction.request).seq,
    });
    for (const route of headers.getAll("Route")) cancel.headers.append("Route", route);
    const { proxy } = this.#invite;
    proxy.startClient(cancel, this.#target, nobody, transaction.branch);
    this.#startTimer(64 * proxy.timerValues.t1);
  }

  #endBySelf(status: number): void {
    const { request, proxy } = this.#invite;
    this.#end(createResponse(request, status, undefined, { toTag: proxy.tag() }));
  }

  #end(final: SipResponse): void {
    this.#stopTimer();
    if (this.#isOver) return;
    this.final = final;
    this.#invite.settle();
  }

  #startTimer(after: number): void {
    const { timers, now } = this.#invite.proxy;
    timers.cancel(this.#timer);
    this.#timer = timers.set(now(), after, this, "C");
  }

  #stopTimer(): void {
    this.#invite.proxy.timers.cancel(this.#timer);
    this.#timer = undefined;
  }
}

/** §16.7 step 6: a 6xx before all, else the lowest class, and in it the first that says what to do. */
function rank({ status }: SipResponse): number {
  return status >= 600 ? 0 : status;
}
