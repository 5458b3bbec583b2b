/**
 * Which session description is an offer, which its answer, and who may speak next: RFC 3264 §4 in the six ways that
 * RFC 6337 §2.1 counts. One machine a dialog. It sees no session description and no message: its input is a word for
 * the message that a description stands in.
 *
 * | offer | answer |
 * |---|---|
 * | INVITE | 1xx-rel or 2xx to it |
 * | 1xx-rel | PRACK |
 * | 2xx to an INVITE | ACK |
 * | PRACK | 2xx to it |
 * | UPDATE | 2xx to it |
 */
export type Carrier =
  | "INVITE"
  /** A provisional response that nobody acknowledges: what it says of the session does not bind (RFC 3261 §13.2.1). */
  | "1xx"
  /** A reliable provisional response, RFC 3262. */
  | "1xx-rel"
  | "2xx"
  | "ACK"
  | "PRACK"
  | "PRACK 2xx"
  | "UPDATE"
  | "UPDATE 2xx";

const answers: Readonly<Partial<Record<Carrier, readonly Carrier[]>>> = {
  INVITE: ["1xx-rel", "2xx"],
  "1xx-rel": ["PRACK"],
  "2xx": ["ACK"],
  PRACK: ["PRACK 2xx"],
  UPDATE: ["UPDATE 2xx"],
};

function isRequest(carrier: Carrier): boolean {
  return carrier === "INVITE" || carrier === "UPDATE" || carrier === "PRACK";
}

export type Side = "us" | "peer";

export type OfferAnswerState =
  /** Nothing agreed, nothing offered. */
  | "initial"
  /** Something is agreed, and nothing is under way. */
  | "agreed"
  /** Our offer has no answer yet. */
  | "offered"
  /** The peer's offer has no answer yet. */
  | "asked";

/**
 * What a session description that came is.
 *
 * "preview": what an answer or offer to come will probably be; media may be set up by it, nothing is agreed.
 * "none": it repeats what is agreed, or stands where none may stand, and is not looked at.
 * 491: an offer that crosses ours. 500: an offer before the last was answered (RFC 3261 §14.2, RFC 3311 §5.2).
 */
export type Received = "offer" | "answer" | "preview" | "none" | 491 | 500;

export class OfferAnswer {
  state: OfferAnswerState = "initial";
  /** What the offer that is under way stood in. */
  carrier: Carrier | undefined;
  /** Whose request began the exchange that is under way. */
  #by: Side | undefined;
  #agreedBefore = false;

  /** True where an offer of ours in such a message would be in its place. */
  mayOffer(carrier: Carrier): boolean {
    switch (this.state) {
      case "initial":
        // The first offer stands in the INVITE, or in the first answer to it that is certain to arrive.
        return carrier === "INVITE" || carrier === "1xx-rel" || carrier === "2xx";
      case "agreed":
        // A response makes no offer, unless its INVITE asked for one: see `asksForOffer`.
        return isRequest(carrier);
      default:
        return false;
    }
  }

  /** True where our answer may stand in such a message. */
  mayAnswer(carrier: Carrier): boolean {
    return this.state === "asked" && this.#isAnswer(carrier);
  }

  /** Our description goes out. @returns what it is there; undefined: it has no place in such a message */
  sent(carrier: Carrier): "offer" | "answer" | "preview" | undefined {
    if (this.mayAnswer(carrier)) {
      this.#agree();
      return "answer";
    }
    if (this.mayOffer(carrier)) {
      this.#begin("offered", carrier, isRequest(carrier) ? "us" : "peer");
      return "offer";
    }
    return carrier === "1xx" && this.state === "asked" && this.carrier === "INVITE" ? "preview" : undefined;
  }

  /** The peer's description came. */
  received(carrier: Carrier): Received {
    if (this.state === "offered" && this.#isAnswer(carrier)) {
      this.#agree();
      return "answer";
    }
    switch (this.state) {
      case "offered":
        if (carrier === "1xx") return this.carrier === "INVITE" ? "preview" : "none";
        return isRequest(carrier) ? 491 : "none";
      case "asked":
        return isRequest(carrier) ? 500 : "none";
      case "initial":
        if (carrier === "1xx") return "preview";
        if (carrier === "UPDATE" || carrier === "PRACK") return 500;
        if (!(carrier in answers)) return "none";
        break;
      case "agreed":
        // What an INVITE's responses say after the answer is not looked at (RFC 3261 §13.2.1).
        if (!isRequest(carrier)) return "none";
    }
    this.#begin("asked", carrier, isRequest(carrier) ? "peer" : "us");
    return "offer";
  }

  /** An INVITE without a description goes out, or comes, in a dialog where something is agreed: an offer will answer it. */
  asksForOffer(by: Side): void {
    if (this.state !== "agreed") return;
    this.#agreedBefore = true;
    this.state = "initial";
    this.#by = by;
  }

  /**
   * The request was refused, or failed, or its answer never came: all is as it was before (RFC 6141 §3).
   * @param by whose request it was: what the other side has under way goes on
   * @returns false where nothing of that side was under way
   */
  rollBack(by: Side): boolean {
    if (this.state === "agreed" || this.#by !== by) return false;
    this.state = this.#agreedBefore ? "agreed" : "initial";
    this.carrier = undefined;
    this.#by = undefined;
    return true;
  }

  #isAnswer(carrier: Carrier): boolean {
    return this.carrier !== undefined && answers[this.carrier]?.includes(carrier) === true;
  }

  #begin(state: "offered" | "asked", carrier: Carrier, by: Side): void {
    if (this.state === "agreed") this.#agreedBefore = true;
    this.state = state;
    this.carrier = carrier;
    this.#by = by;
  }

  #agree(): void {
    this.state = "agreed";
    this.carrier = undefined;
    this.#by = undefined;
    this.#agreedBefore = true;
  }
}
