import { Dialog } from "../dialog/dialog.ts";
import { nextHopTarget } from "../dialog/next-hop.ts";
import type { Flow } from "../environment.ts";
import { referTo } from "../header/refer-to.ts";
import { targetDialog } from "../header/replaces.ts";
import { createRequest, createResponse } from "../message/create.ts";
import { callId, cseq, from, type SipRequest } from "../message/message.ts";
import { isSipUri } from "../message/uri.ts";
import type { ClientUser } from "../transaction/client-transaction.ts";
import type { NonInviteServerTransaction } from "../transaction/server-transaction.ts";
import { type AgentCore, asFlow, targetOf } from "../user-agent/agent-core.ts";
import { createDigest, startAuthorized } from "../user-agent/authorized-request.ts";
import type { DialogUsage } from "../user-agent/dialog-usage.ts";
import type { DialogCarrier } from "./dialog-carrier.ts";
import type { LoneReferOptions } from "./refer.ts";
import { ReferClient, referHeaders, reportedOn } from "./refer-client.ts";
import { ReferServer } from "./refer-server.ts";
import { showRefer } from "./referrals.ts";

type HeaderLines = readonly (readonly [name: string, value: string])[];

/** A REFER of ours outside any dialog, and the dialog that its first report makes (RFC 6665 §4.4.1). */
export class LoneReferClient implements DialogUsage {
  readonly refer: ReferClient;
  readonly callId: string;
  readonly localTag: string;
  readonly #core: AgentCore;
  #remoteTag: string | undefined;
  #remoteSeq = 0;

  /**
   * @throws SipUserAgentError no_target
   * @throws SipParseError where a URI or header value cannot be written
   */
  constructor(core: AgentCore, options: LoneReferOptions) {
    const target = targetOf(options);
    this.#core = core;
    this.callId = core.randomToken(16);
    this.localTag = core.randomToken(8);
    const headers = referHeaders(options.referTo, options);
    const request = createRequest("REFER", options.requestUri, {
      from: `${options.from};tag=${this.localTag}`,
      to: options.to,
      callId: this.callId,
      cseq: 1,
      headers: [...core.capabilities.headers, ...headers],
    });
    const { uri } = from(request);
    request.headers.append(
      "Contact",
      core.contact(asFlow(target), isSipUri(uri) ? uri.user : undefined, request),
    );
    core.identify(request);
    this.refer = new ReferClient(core, options, () => core.usages.delete(this.localTag));
    this.refer.seq = 1;
    core.usages.set(this.localTag, this);
    const { credentials } = options;
    startAuthorized(core, credentials && createDigest(core, credentials), request, target, this.refer, {
      nextSeq: () => this.refer.seq + 1,
      onRepeat: (repeated) => {
        this.refer.seq = cseq(repeated).seq;
      },
    });
  }

  receive(request: SipRequest, flow: Flow): void {
    const transaction = this.#core.createServer(request, flow);
    const status = this.#judge(request);
    const response = createResponse(request, status);
    if (status === 489) response.headers.append("Allow-Events", "refer");
    this.#core.identify(response);
    transaction.respond(response);
    if (status === 200) this.refer.receiveNotify(request);
  }

  #judge(request: SipRequest): number {
    if (request.method !== "NOTIFY") return 481;
    const tag = from(request).params.get("tag") ?? "";
    // A REFER that was forked: one of those that took it reports, the others are told that nobody listens.
    if (this.#remoteTag !== undefined && tag !== this.#remoteTag) return 481;
    const found = reportedOn([this.refer], request);
    if (typeof found === "number") return found;
    const { seq } = cseq(request);
    if (seq < this.#remoteSeq) return 500;
    this.#remoteTag = tag;
    this.#remoteSeq = seq;
    return 200;
  }
}

/**
 * A REFER outside any dialog, past the checks.
 * @throws SipParseError where Refer-To, Contact or Record-Route cannot be read; nothing is kept then
 */
export function receiveLoneRefer(core: AgentCore, request: SipRequest, flow: Flow, mergeKey: string): void {
  const target = referTo(request);
  const dialog = Dialog.asServer(request, core.randomToken(8), flow.transport === "tls");
  const about = targetDialog(request);
  const leg = about && core.findLeg(about.callId, about.localTag, about.remoteTag);
  const carrier = new LoneDialog(core, request, flow, dialog);
  const transaction = core.createServer(request, flow, mergeKey);
  const options = { request, flow, transaction, referTo: target, leg, isInDialog: false };
  const server = new ReferServer(carrier, options, () => core.usages.delete(carrier.localTag));
  carrier.refer = server;
  core.usages.set(carrier.localTag, carrier);
  showRefer(carrier, server);
}

/** The dialog that a REFER outside any other makes; the subscription is all it is for. */
class LoneDialog implements DialogCarrier, DialogUsage {
  readonly core: AgentCore;
  readonly dialog: Dialog;
  readonly callId: string;
  readonly localTag: string;
  readonly isClosing = false;
  refer: ReferServer | undefined;
  flow: Flow;
  readonly #request: SipRequest;
  readonly #user: string | undefined;
  readonly #direct: boolean;

  constructor(core: AgentCore, request: SipRequest, flow: Flow, dialog: Dialog) {
    this.core = core;
    this.dialog = dialog;
    this.callId = callId(request);
    this.localTag = dialog.localTag;
    this.flow = flow;
    this.#request = request;
    this.#user = isSipUri(request.uri) ? request.uri.user : undefined;
    this.#direct = dialog.routeSet.length === 0 && request.headers.list("Via").length === 1;
  }

  get contact(): string {
    return this.core.contact(this.flow, this.#user, this.#request);
  }

  transact(request: SipRequest, user: ClientUser): void {
    this.core.identify(request);
    const target = nextHopTarget(this.dialog.nextHop(), this.flow, this.#direct);
    this.core.startClient(request, target, user);
  }

  respond(
    transaction: NonInviteServerTransaction,
    request: SipRequest,
    status: number,
    headers?: HeaderLines,
  ): void {
    const toTag = this.localTag;
    const response = createResponse(request, status, undefined, { toTag, ...(headers && { headers }) });
    this.core.identify(response);
    transaction.respond(response);
  }

  receive(request: SipRequest, flow: Flow): void {
    const transaction = this.core.createServer(request, flow);
    const { dialog, refer } = this;
    if (from(request).params.get("tag") !== dialog.remoteTag || request.method !== "SUBSCRIBE") {
      this.respond(transaction, request, 481);
    } else if (!dialog.acceptSequence(cseq(request).seq)) this.respond(transaction, request, 500);
    else if (refer?.isSubscribedBy(request) === true) {
      this.flow = flow;
      refer.receiveSubscribe(request, transaction);
    } else this.respond(transaction, request, 403);
  }
}
