import type { CallLeg, IncomingCall, LegEnded, OutgoingCall } from "../../user-agent/call.ts";
import type { Endpoint } from "../endpoint.ts";
import type { RuleBook } from "../rule-book.ts";
import type { CallAction, CalleePlan } from "./scenario.ts";

export const offers = {
  hold: "v=0\r\no=- 1 2 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=sendonly\r\n",
  resume:
    "v=0\r\no=- 1 3 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
} as const;
const answer = offers.resume;

/** One side of a call with the person who holds the phone, and what that person may expect. */
export class WatchedLeg {
  readonly endpoint: Endpoint;
  readonly leg: CallLeg;
  ended: LegEnded | undefined;
  /** The caller's side, as its caller has it. */
  outgoing: OutgoingCall | undefined;
  onEnded: (() => void) | undefined;
  onAnswered: (() => void) | undefined;
  /** It has been answered, and acknowledged. */
  wasUp = false;
  readonly #incarnation: number;
  readonly #rules: RuleBook;
  readonly #thinking: number;

  constructor(
    endpoint: Endpoint,
    leg: CallLeg,
    { thinking, agrees, ringsChanges }: CallAction,
    rules: RuleBook,
  ) {
    this.endpoint = endpoint;
    this.leg = leg;
    this.#incarnation = endpoint.incarnation;
    this.#rules = rules;
    this.#thinking = thinking;
    leg.onEnded = (ended) => {
      if (this.ended !== undefined) this.#report("ends a leg twice");
      if (leg.state !== "ended") this.#report(`says that a leg has ended whose state is ${leg.state}`);
      this.ended = ended;
      this.onEnded?.();
    };
    leg.onReinvite = (offer, reply) => {
      this.#told("onReinvite");
      if (ringsChanges) reply.ring({ status: 183, sdp: answer, reliable: true });
      this.#think(() =>
        agrees ? reply.accept(offer === undefined ? offers.resume : answer) : reply.reject(488),
      );
    };
    leg.onReinviteAnswer = (result) => {
      this.#told("onReinviteAnswer");
      // An answer to a call that wanted none is ignored.
      if (result.ok && result.sdp !== undefined) this.#think(() => leg.answer(answer));
    };
    leg.onAcknowledged = () => {
      this.#told("onAcknowledged");
      this.wasUp = true;
    };
    leg.onInfo = () => this.#told("onInfo");
  }

  /** False once the endpoint has restarted: then nobody knows of this leg any more. */
  get exists(): boolean {
    return this.endpoint.incarnation === this.#incarnation;
  }

  get isUp(): boolean {
    return this.exists && this.leg.state === "confirmed";
  }

  hangUp(reason?: string): void {
    if (!this.exists) return;
    this.leg.hangUp(reason === undefined ? {} : { reason });
    if (this.ended === undefined) this.#report("is hung up and does not end");
  }

  /** Wants no more of the first phone that rings. */
  leave(): void {
    if (this.exists) this.outgoing?.forks[0]?.hangUp();
  }

  #report(text: string): void {
    this.#rules.report("handlers", this.endpoint.name, text);
  }

  #told(handler: string): void {
    if (this.ended !== undefined) this.#report(`calls ${handler} after onEnded`);
  }

  #think(action: () => void): void {
    if (this.#thinking === 0) action();
    else this.endpoint.setTimer(this.#thinking, action);
  }

  /** The caller's side. @param onAnswered told when it is answered */
  expectAnswer(
    leg: OutgoingCall,
    { withOffer, isPicky, offersInPrack }: CallAction,
    onAnswered: () => void,
  ): void {
    this.outgoing = leg;
    leg.onProgress = (_status, sdp, fork) => {
      this.#told("onProgress");
      if (sdp !== undefined && !withOffer) this.#think(() => fork?.answer(answer));
      else if (offersInPrack) fork?.offerInPrack(offers.hold);
    };
    let isFirst = isPicky;
    if (isPicky) {
      leg.chooseAnswer = () => {
        this.#told("chooseAnswer");
        const isTaken = !isFirst;
        isFirst = false;
        return isTaken;
      };
    }
    leg.onAnswered = () => {
      this.#told("onAnswered");
      this.wasUp = true;
      onAnswered();
      if (!withOffer) this.#think(() => leg.answer(answer));
    };
  }

  /** The callee's side. */
  follow(leg: IncomingCall, { rings, final }: CalleePlan): void {
    const { endpoint } = this;
    const at = (after: number, action: () => void) => {
      if (after === 0) action();
      else endpoint.setTimer(after, action);
    };
    leg.onPrack = () => this.#told("onPrack");
    for (const { after, status, withSdp, reliable } of rings) {
      const options = {
        status,
        ...(withSdp && { sdp: answer }),
        ...(reliable !== undefined && { reliable }),
      };
      at(after, () => leg.ring(options));
    }
    at(final.after, () => {
      switch (final.kind) {
        case "accept":
          leg.accept(answer);
          return;
        case "reject":
          leg.reject(final.status);
          return;
        case "turn-away":
          leg.turnAway(480);
          return;
        case "ignore":
          leg.ignore();
      }
    });
  }
}
