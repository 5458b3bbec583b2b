import { Dialog } from "../dialog/dialog.ts";
import { judgeTimer, type SessionTimerPolicy } from "../dialog/session-timer.ts";
import { type Flow, isReliable } from "../environment.ts";
import { SipParseError } from "../errors.ts";
import { createResponse } from "../message/create.ts";
import {
  callId,
  contacts,
  cseq,
  from,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  to,
} from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { salvage } from "../message/salvage.ts";
import type { FramingErrorCode } from "../message/stream-framer.ts";
import { isSipUri } from "../message/uri.ts";
import { receiveLoneRefer } from "../refer/lone-refer.ts";
import { replacedLeg } from "../refer/replaced-leg.ts";
import { InviteServerTransaction } from "../transaction/server-transaction.ts";
import {
  clientTransactionKey,
  isRfc2543,
  mergeKey,
  serverTransactionKey,
  traceKey,
} from "../transaction/transaction-key.ts";
import { stampReceived } from "../transport/via-received.ts";
import type { AgentCore } from "./agent-core.ts";
import { acceptValue } from "./capabilities.ts";
import type { DialogUsage } from "./dialog-usage.ts";
import { InboundCall } from "./incoming-call.ts";
import { Leg } from "./leg.ts";
import { checkRequest, type Refusal, refuseMethod } from "./request-checks.ts";
import { sdpBody } from "./sdp-body.ts";
import { answerRequest } from "./server-request.ts";
import { timerRequest } from "./session-refresh.ts";
import { SourceRate } from "./source-rate.ts";

const dialogMethods = new Set(["BYE", "INFO", "UPDATE", "NOTIFY", "PRACK"]);

/**
 * Taken in any order. A PRACK says by its RAck what it is for. A BYE that was overtaken, by a NOTIFY sent after it say,
 * still means the end: refused, it would leave a call behind that one side has forgotten.
 */
const mayBeLate = new Set(["PRACK", "BYE"]);

/** The way in: bytes to transactions, dialogs and calls; RFC 3261 §18.1.2, §18.2.1, §17, §8.2, §12.2.2 in that order. */
export class Receiver {
  draining = false;
  readonly #core: AgentCore;
  readonly #rate: SourceRate;

  constructor(core: AgentCore) {
    this.#core = core;
    this.#rate = new SourceRate(core.options.messageRate?.perSecond ?? 0);
  }

  receive(bytes: Buffer, flow: Flow): void {
    const { counters, options } = this.#core;
    counters.received++;
    if (this.#isTooMuch(flow)) {
      counters.overRate++;
      return;
    }
    let message: SipMessage;
    try {
      message = parseMessage(bytes, options.parseLimits && { limits: options.parseLimits });
    } catch (error) {
      if (!(error instanceof SipParseError)) throw error;
      this.#trace(bytes, flow, undefined);
      this.#malformed(error, flow);
      return;
    }
    this.#trace(bytes, flow, message);
    try {
      if (message.kind === "response") this.#receiveResponse(message, flow);
      else this.#receiveRequest(message, flow);
    } catch (error) {
      // What is parsed on demand may turn out broken late.
      if (!(error instanceof SipParseError)) throw error;
      if (message.kind === "request" && message.method !== "ACK") error.partial = message;
      this.#malformed(error, flow, true);
    }
  }

  /** §18.3: a request on a stream whose end cannot be found is answered where its head lets it be. */
  unreadable(head: Buffer, flow: Flow, code: FramingErrorCode): void {
    const { counters } = this.#core;
    counters.received++;
    if (this.#isTooMuch(flow)) {
      counters.overRate++;
      return;
    }
    this.#trace(head, flow, undefined);
    const error = framingFault(code);
    error.partial = salvage(head);
    this.#malformed(error, flow);
  }

  #isTooMuch(flow: Flow): boolean {
    const { messageRate } = this.#core.options;
    if (messageRate === undefined || !messageRate.limits(flow)) return false;
    return !this.#rate.take(flow.remoteAddress, this.#core.now()).ok;
  }

  #trace(bytes: Buffer, flow: Flow, message: SipMessage | undefined): void {
    const { trace } = this.#core.options;
    if (trace === undefined) return;
    const transaction = message && traceKey(message, "in");
    trace({ at: this.#core.now(), direction: "in", flow, message, transaction, bytes });
  }

  #malformed(error: SipParseError, flow: Flow, stamped = false): void {
    const core = this.#core;
    core.counters.malformed++;
    const { partial } = error;
    // An ACK is never answered (§17); a response neither.
    if (partial === undefined || partial.method === "ACK" || !this.#mayAnswer(flow, partial.method)) return;
    if (!stamped) stampReceived(partial, flow);
    // RFC 4475 §3.1.2.18: that the method is unknown says more than that CSeq has another.
    const refusal =
      error.code === "cseq_method_mismatch" ? refuseMethod(partial.method, core.capabilities) : undefined;
    if (refusal?.status === 501) core.respondStatelessly(partial, flow, 501, undefined, refusal.headers);
    else {
      const reason = error.status === 400 ? reasonOf(error) : undefined;
      core.respondStatelessly(partial, flow, error.status, reason);
    }
  }

  #mayAnswer(flow: Flow, method: string | undefined): boolean {
    return this.#core.options.screen(flow, method) === "answer";
  }

  #drop(): void {
    this.#core.counters.dropped++;
  }

  #receiveResponse(response: SipResponse, flow: Flow): void {
    // §8.1.3.3: a response with more than one Via was not meant for us.
    const vias = response.headers.getAll("Via");
    if (vias.length > 1 || vias[0]?.includes(",") === true) {
      this.#drop();
      return;
    }
    const key = clientTransactionKey(response);
    const transaction = key === undefined ? undefined : this.#core.clients.get(key);
    if (transaction === undefined) this.#drop();
    else transaction.receive(response, flow);
  }

  #receiveRequest(request: SipRequest, flow: Flow): void {
    const core = this.#core;
    stampReceived(request, flow);
    const key = serverTransactionKey(request);
    const known = core.servers.get(key);
    if (request.method === "ACK") {
      if (known instanceof InviteServerTransaction && known.state !== "accepted") known.acknowledged();
      else this.#receiveAck(request);
      return;
    }
    if (known !== undefined) {
      core.counters.retransmissionsReceived++;
      known.repeated();
      return;
    }
    if (core.ignored.has(key)) {
      core.counters.retransmissionsReceived++;
      return;
    }
    const toTag = to(request).params.get("tag");
    if (request.method === "CANCEL") this.#receiveCancel(request, flow);
    else if (toTag !== undefined) this.#receiveInDialog(request, flow, toTag);
    else if (request.method === "INVITE") this.#receiveInvite(request, flow);
    else this.#receiveOther(request, flow);
  }

  #receiveAck(request: SipRequest): void {
    const leg = this.#legOf(request, to(request).params.get("tag"));
    if (leg === undefined) this.#drop();
    else leg.receiveAck(request);
  }

  /** RFC 3261 §9.2. */
  #receiveCancel(request: SipRequest, flow: Flow): void {
    const core = this.#core;
    const inviteKey = serverTransactionKey(request, "INVITE");
    const invite = core.servers.get(inviteKey);
    if (invite instanceof InviteServerTransaction) {
      const transaction = core.createServer(request, flow);
      const toTag = invite.localTag;
      const response = createResponse(request, 200, undefined, toTag === undefined ? {} : { toTag });
      core.identify(response);
      transaction.respond(response);
      if (invite.state === "proceeding") invite.user?.onCancel(request);
    } else if (core.ignored.has(inviteKey) || !this.#mayAnswer(flow, "CANCEL")) this.#drop();
    else core.respondStatelessly(request, flow, 481);
  }

  #legOf(request: SipRequest, toTag: string | undefined): Leg | undefined {
    const leg = toTag === undefined ? undefined : this.#core.legs.get(toTag);
    if (leg === undefined || leg.callId !== callId(request)) return undefined;
    return leg.sessionOf(from(request).params.get("tag") ?? "") === undefined ? undefined : leg;
  }

  #usageOf(request: SipRequest, toTag: string): DialogUsage | undefined {
    const usage = this.#core.usages.get(toTag);
    return usage?.callId === callId(request) ? usage : undefined;
  }

  /**
   * The first that comes of a dialog that an INVITE of ours has made: the response that would have told of it is lost, and
   * will be said again, as will this. 481 would end a call that both sides want.
   */
  #isAhead(request: SipRequest, flow: Flow, toTag: string): boolean {
    const leg = this.#core.legs.get(toTag);
    if (leg === undefined || leg.callId !== callId(request) || request.method === "BYE") return false;
    return !isReliable(flow.transport) && leg.mayComeToKnow(from(request).params.get("tag") ?? "");
  }

  #receiveInDialog(request: SipRequest, flow: Flow, toTag: string): void {
    const core = this.#core;
    const leg = this.#legOf(request, toTag);
    const session = leg?.sessionOf(from(request).params.get("tag") ?? "");
    const usage = leg === undefined ? this.#usageOf(request, toTag) : undefined;
    if (session === undefined && usage === undefined) {
      if (this.#isAhead(request, flow, toTag)) this.#drop();
      else if (this.#mayAnswer(flow, request.method)) core.respondStatelessly(request, flow, 481);
      else this.#drop();
      return;
    }
    // Twice the limit: a call that stands keeps working when new ones are refused.
    if (core.servers.size >= 2 * core.limits.transactions) {
      this.#refuseForLoad(request, flow);
      return;
    }
    const refusal = checkRequest(request, core.capabilities);
    if (refusal !== undefined) {
      this.#refuseFinally(request, flow, refusal);
      return;
    }
    if (usage !== undefined) {
      usage.receive(request, flow);
      return;
    }
    // A target or session refresh that cannot be read is refused before anything is kept of it.
    if (request.method === "INVITE" || request.method === "UPDATE") {
      contacts(request);
      if (core.sessionTimers.use !== "never") timerRequest(request);
    }
    // §12.2.2: out of order.
    if (session?.dialog.acceptSequence(cseq(request).seq) === false && !mayBeLate.has(request.method)) {
      this.#refuseFinally(request, flow, { status: 500, headers: [] });
      return;
    }
    if (session !== undefined) leg?.receive(request, flow, session);
  }

  #receiveInvite(request: SipRequest, flow: Flow): void {
    const core = this.#core;
    // Before any work: under load what is refused has to cost least.
    const full = core.servers.isFull || core.legs.size >= core.limits.dialogs;
    if (full || this.draining) {
      if (full) core.counters.overload++;
      if (this.#mayAnswer(flow, "INVITE")) this.#refuseForLoad(request, flow);
      else this.#drop();
      return;
    }
    const refusal =
      checkRequest(request, core.capabilities) ??
      checkContact(request) ??
      checkTimer(request, core.sessionTimers);
    if (refusal !== undefined) {
      if (this.#mayAnswer(flow, "INVITE")) this.#refuse(request, flow, refusal);
      else this.#drop();
      return;
    }
    const merge = mergeKey(request);
    if (core.servers.isMerged(merge, serverTransactionKey(request))) {
      if (this.#mayAnswer(flow, "INVITE")) core.respondStatelessly(request, flow, 482);
      else this.#drop();
      return;
    }
    const replaces = core.options.replaces === true ? replacedLeg(core, request) : undefined;
    if (replaces !== undefined && !(replaces instanceof Leg)) {
      // In a transaction: which calls there are may be another matter when it is repeated.
      if (this.#mayAnswer(flow, "INVITE")) this.#refuseFinally(request, flow, replaces, merge);
      else this.#drop();
      return;
    }
    const body = sdpBody(request);
    const offer = body.kind === "sdp" ? body.sdp : undefined;
    // Before the transaction: a Contact or Record-Route that cannot be read gets 400 and leaves nothing behind.
    const dialog = Dialog.asServer(request, core.randomToken(8), flow.transport === "tls");
    const transaction = core.createInviteServer(request, flow, merge);
    const call = new InboundCall(core, { request, flow, transaction, dialog, offer, replaces });
    core.legs.set(call.localTag, call);
    try {
      core.options.onInvite(call);
    } catch (error) {
      call.reject(500);
      throw error;
    }
    call.trying();
  }

  #receiveOther(request: SipRequest, flow: Flow): void {
    const core = this.#core;
    if (!this.#mayAnswer(flow, request.method)) {
      this.#drop();
      return;
    }
    if (core.servers.isFull) {
      core.counters.overload++;
      this.#refuseForLoad(request, flow);
      return;
    }
    const refusal = checkRequest(request, core.capabilities);
    if (refusal !== undefined) {
      this.#refuse(request, flow, refusal);
      return;
    }
    const isRefer = request.method === "REFER" && core.options.onRefer !== undefined;
    if (isRefer || core.options.onRequest !== undefined) {
      const merge = mergeKey(request);
      if (core.servers.isMerged(merge, serverTransactionKey(request))) {
        core.respondStatelessly(request, flow, 482);
        return;
      }
      if (isRefer) {
        if (core.legs.size + core.usages.size >= core.limits.dialogs) this.#refuseForLoad(request, flow);
        else receiveLoneRefer(core, request, flow, merge);
        return;
      }
      if (answerRequest(core, request, flow, (incoming) => core.options.onRequest?.(incoming), merge)) return;
    }
    // Stateless, §8.2.7: nothing is kept for what costs as little to answer again.
    if (request.method === "OPTIONS") {
      core.respondStatelessly(request, flow, 200, undefined, [
        ...core.capabilities.headers,
        ["Accept", acceptValue],
        ["Accept-Encoding", "identity"],
      ]);
    }
    // Without a To tag these are about a dialog or subscription that cannot be (§12.2.2, RFC 6665 §4.1.3).
    else if (dialogMethods.has(request.method)) {
      core.respondStatelessly(request, flow, 481);
    } else core.respondStatelessly(request, flow, 405, undefined, [["Allow", core.capabilities.allow]]);
  }

  #refuse(request: SipRequest, flow: Flow, refusal: Refusal): void {
    this.#core.respondStatelessly(request, flow, refusal.status, refusal.reason, refusal.headers);
  }

  /** In a transaction: what it is judged by may be gone when the request is repeated, and the answer is to be the same. */
  #refuseFinally(
    request: SipRequest,
    flow: Flow,
    { status, reason, headers }: Refusal,
    merge?: string,
  ): void {
    const core = this.#core;
    const isInvite = request.method === "INVITE";
    const transaction = isInvite
      ? core.createInviteServer(request, flow, merge)
      : core.createServer(request, flow);
    const response = createResponse(request, status, reason, { headers, toTag: core.randomToken(8) });
    core.identify(response);
    transaction.respond(response);
  }

  #refuseForLoad(request: SipRequest, flow: Flow): void {
    const seconds = String(this.#core.options.retryAfter ?? 10);
    this.#core.respondStatelessly(request, flow, 503, undefined, [["Retry-After", seconds]]);
  }
}

/**
 * §8.1.1.8: an INVITE has exactly one Contact, a SIP or SIPS URI. RFC 2543 let a client leave it out, and has it
 * reached by the URI of its From.
 */
function checkContact(request: SipRequest): Refusal | undefined {
  const values = contacts(request);
  if (values.length === 0 && isRfc2543(request) && isSipUri(from(request).uri)) return undefined;
  const uri = values === "*" || values.length !== 1 ? undefined : values[0]?.uri;
  if (uri !== undefined && isSipUri(uri)) return undefined;
  return { status: 400, reason: "Bad Request: one Contact with a SIP URI needed", headers: [] };
}

function framingFault(code: FramingErrorCode): SipParseError {
  switch (code) {
    case "body_too_large":
      return new SipParseError("message_too_large", 0);
    case "header_too_large":
      return new SipParseError("header_too_large", 0);
    case "missing_content_length":
      return new SipParseError("missing_header", 0, "Content-Length");
    case "malformed_content_length":
      return new SipParseError("malformed_header", 0, "Content-Length");
  }
}

/** RFC 4028 §9. */
function checkTimer(request: SipRequest, policy: SessionTimerPolicy): Refusal | undefined {
  if (policy.use === "never") return undefined;
  const verdict = judgeTimer(policy, timerRequest(request));
  if (!("tooSmall" in verdict)) return undefined;
  return { status: 422, headers: [["Min-SE", String(verdict.tooSmall)]] };
}

/** §21.4.1: the reason phrase should say what is wrong. */
function reasonOf(error: SipParseError): string {
  const what = error.code.replaceAll("_", " ");
  return `Bad Request: ${what}${error.header === undefined ? "" : ` in ${error.header}`}`;
}
