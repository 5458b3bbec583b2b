import { contactUri, Dialog } from "../dialog/dialog.ts";
import { nextHopTarget } from "../dialog/next-hop.ts";
import type { Flow, SendTarget } from "../environment.ts";
import { callId, cseq, from, recordRoutes, type SipRequest } from "../message/message.ts";
import { serialiseNameAddr } from "../message/name-addr.ts";
import { serialiseUri } from "../message/uri.ts";

/** The dialog that the first NOTIFY makes (RFC 6665 §4.4.1), from the subscriber's side. */
export class NotifierDialog {
  /** When it was made, ms. */
  readonly since: number;
  readonly dialog: Dialog;
  #flow: Flow;
  /** Nothing stood in the way of the last NOTIFY. */
  #direct: boolean;

  /**
   * @param localSeq CSeq number of our last SUBSCRIBE
   * @throws SipParseError where Contact or Record-Route cannot be read
   */
  constructor(notify: SipRequest, flow: Flow, names: { localTag: string; localSeq: number }, now: number) {
    const { headers } = notify;
    this.since = now;
    this.#flow = flow;
    this.#direct = isDirect(notify);
    this.dialog = new Dialog({
      ...names,
      callId: callId(notify),
      remoteTag: from(notify).params.get("tag") ?? "",
      localAddress: headers.get("To") ?? "",
      remoteAddress: headers.get("From") ?? "",
      remoteSeq: cseq(notify).seq,
      // Whoever gets the request that makes the dialog takes the routes as they stand (RFC 3261 §12.1.1).
      routeSet: recordRoutes(notify).map(serialiseNameAddr),
      remoteTarget: contactUri(notify) ?? serialiseUri(from(notify).uri),
      secure: false,
    });
  }

  /** A further NOTIFY. @returns the status of its answer: 481 of another fork than the first, 500 out of order, else 200 */
  admit(notify: SipRequest, flow: Flow): number {
    const { dialog } = this;
    if ((from(notify).params.get("tag") ?? "") !== dialog.remoteTag) return 481;
    if (!dialog.acceptSequence(cseq(notify).seq)) return 500;
    dialog.refreshTarget(notify);
    this.#flow = flow;
    this.#direct = isDirect(notify);
    return 200;
  }

  /** Where our next request goes. */
  target(): SendTarget {
    const { dialog } = this;
    return nextHopTarget(dialog.nextHop(), this.#flow, this.#direct && dialog.routeSet.length === 0);
  }
}

function isDirect(notify: SipRequest): boolean {
  return notify.headers.list("Via").length === 1;
}
