import type { SipResponse } from "../message/message.ts";
import type { FailureCause } from "../transaction/machine.ts";
import { statusOf } from "./core.ts";
import { sdpBody } from "./sdp-body.ts";
import type { Session } from "./session.ts";

/** The PRACKs that we send in one dialog, for reliable provisional responses to our INVITE: RFC 3262 §4. */
export class Pracks {
  readonly #session: Session;
  /** CSeq number of the INVITE, and RSeq of its newest response that was taken. */
  #seq = 0;
  #rseq = 0;
  /** The newest response has no PRACK yet. */
  isOwed = false;
  #underWay = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** A PRACK has no final response yet, or waits for our answer. */
  get isBusy(): boolean {
    return this.isOwed || this.#underWay > 0;
  }

  /** False for a response that came before, or whose predecessor is missing: both are left alone (§4). */
  take(seq: number, rseq: number): boolean {
    if (seq === this.#seq && rseq !== this.#rseq + 1) return false;
    this.#seq = seq;
    this.#rseq = rseq;
    this.isOwed = true;
    return true;
  }

  /** @param sdp our answer to the offer in the response, or a new offer of ours (§5); neither needs be */
  send(sdp?: string): void {
    if (!this.isOwed) return;
    this.isOwed = false;
    const session = this.#session;
    const meaning = sdp === undefined ? undefined : session.describe("PRACK", sdp);
    const body =
      sdp === undefined || meaning === undefined ? {} : { body: sdp, contentType: "application/sdp" };
    const headers = [["RAck", `${this.#rseq} ${this.#seq} INVITE`]] as const;
    const request = session.dialog.createRequest("PRACK", { headers, ...body });
    this.#underWay++;
    session.start(request, {
      onResponse: (response: SipResponse) => {
        if (response.status >= 200) this.#answered(meaning === "offer", response.status, response);
      },
      onClientFailure: (cause: FailureCause) => this.#answered(meaning === "offer", statusOf(cause)),
    });
  }

  #answered(withOffer: boolean, status: number, response?: SipResponse): void {
    this.#underWay--;
    const session = this.#session;
    if (!session.isLive) return;
    if (withOffer) {
      const body = response !== undefined && status < 300 ? sdpBody(response) : undefined;
      if (body?.kind === "sdp" && session.received("PRACK 2xx") === "answer") {
        session.changed(body.sdp);
        session.leg.onReinviteAnswer?.({ ok: true, sdp: body.sdp });
      } else {
        session.rollBack("us");
        session.leg.onReinviteAnswer?.({ ok: false, status: status < 300 ? 488 : status });
      }
    }
    session.proceed();
  }
}
