// What a leg has agreed with its peer, and what it is about to agree with the peer that takes this one's place: of a REFER
// or a Replaces the session is a new one (RFC 3264 §5), on the same ports.
import { randomBytes } from "node:crypto";
import { MediaError } from "../errors.ts";
import { type NegotiatedMedia, SdpNegotiator, type SdpNegotiatorOptions } from "./negotiator.ts";

export class LegSession {
  readonly #options: Omit<SdpNegotiatorOptions, "address" | "sessionId">;
  #current: SdpNegotiator;
  #successor: SdpNegotiator | undefined;

  /** @param address IP literal written into the SDP */
  constructor(address: string, options: Omit<SdpNegotiatorOptions, "address" | "sessionId">) {
    this.#options = options;
    this.#current = this.#begin(address);
  }

  get current(): SdpNegotiator {
    return this.#current;
  }

  /**
   * Our offer to who may take the present peer's place; an earlier one is forgotten. Nothing changes before its answer.
   * @param address IP literal of the same family: ours as that peer sees it
   */
  offerSuccessor(address: string): string {
    this.#successor = this.#begin(address);
    return this.#successor.offer();
  }

  /** The answer to `offerSuccessor`: that session is the current one. @throws MediaError, see SdpNegotiator.acceptAnswer */
  acceptSuccessor(sdp: string): NegotiatedMedia {
    const successor = this.#successor;
    if (successor === undefined) throw new MediaError("no_offer");
    this.#successor = undefined;
    const media = successor.acceptAnswer(sdp);
    this.#current = successor;
    return media;
  }

  /** Answers the offer of who takes the present peer's place at once. @throws MediaError, see SdpNegotiator.acceptOffer */
  acceptSuccessorOffer(address: string, sdp: string): { answer: string; media: NegotiatedMedia } {
    const successor = this.#begin(address);
    const agreed = successor.acceptOffer(sdp);
    this.#successor = undefined;
    this.#current = successor;
    return agreed;
  }

  #begin(address: string): SdpNegotiator {
    return new SdpNegotiator({ ...this.#options, address, sessionId: randomBytes(6).readUIntBE(0, 6) });
  }
}
