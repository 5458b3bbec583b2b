import type { SendTarget } from "../environment.ts";
import type { SipResponse } from "../message/message.ts";
import { targetKey } from "../target-key.ts";
import { observedAddress } from "./register-answer.ts";
import type { Address, RegistrationOptions } from "./registration-types.ts";

/** ms within which a change is followed at once only once. */
const settleTime = 300_000;

/** The address in our Contact: our own, or where the registrar sees us. */
export class ContactAddress {
  readonly #contactFor: RegistrationOptions["contactFor"];
  #seen: (Address & { readonly target: string }) | undefined;
  #followedAt: number | undefined;

  constructor(contactFor: RegistrationOptions["contactFor"]) {
    this.#contactFor = contactFor;
  }

  /** Reads what a response of that target says (RFC 3581); one that says nothing changes nothing. */
  learn(response: SipResponse, target: SendTarget): void {
    const seen = observedAddress(response);
    if (seen !== undefined) this.#seen = { ...seen, target: targetKey(target) };
  }

  /** For the Contact towards that target. */
  towards(target: SendTarget): Address {
    return this.publicTowards(target) ?? this.#contactFor(target);
  }

  /** Where that target sees us, where that is another address than we know. */
  publicTowards(target: SendTarget): Address | undefined {
    const seen = this.#seen;
    if (seen === undefined || seen.target !== targetKey(target)) return undefined;
    const own = this.#contactFor(target);
    // On a stream the port seen is that of our connection: behind no NAT our listener's is the better one.
    const isListening = target.transport !== "udp" && own.port !== 0;
    const isOwn = own.host === seen.host && (isListening || own.port === seen.port);
    return isOwn ? undefined : { host: seen.host, port: seen.port };
  }

  /** Whether a changed address is worth a REGISTER of its own now: a NAT that changes it all the time is not followed. */
  follow(now: number): boolean {
    if (this.#followedAt !== undefined && now - this.#followedAt < settleTime) return false;
    this.#followedAt = now;
    return true;
  }
}
