// ICE as a lite agent (RFC 8445 §2.5): the browser sends the checks, we answer, and what a check proved is where the call
// goes. No timer and no check of ours: we are where the SDP says that we are. Pure.

import { randomBytes } from "node:crypto";
import { bindingSuccess, readBindingRequest, roleConflict } from "./stun-message.ts";

export interface IceCredentials {
  /** Also called ice-ufrag. */
  fragment: string;
  password: string;
}

/** Sources that have proved themselves at once; a browser has a few interfaces. */
const MAX_SOURCES = 8;

/** RFC 8839 §5.4: 24 bits of the fragment and 128 of the password at least must be random. */
export function makeIceCredentials(): IceCredentials {
  const random = randomBytes(24);
  // the alphabet of ICE has + and / but not - and _
  return { fragment: random.toString("base64", 0, 6), password: random.toString("base64", 6, 24) };
}

export class LiteAgent {
  readonly #local: IceCredentials;
  readonly #remoteFragment: string;
  readonly #proved: string[] = [];
  #nominated = false;
  /** Where the peer is; undefined until a check proved it. */
  selected: { address: string; port: number } | undefined;
  /** When a check came last that proved itself, ms. */
  lastCheckAt = 0;
  /** Of those that proved nothing. */
  refused = 0;

  constructor(local: IceCredentials, remoteFragment: string) {
    this.#local = local;
    this.#remoteFragment = remoteFragment;
  }

  /** @returns the answer to who sent it; undefined: none, for it proved nothing */
  receive(bytes: Buffer, address: string, port: number, now: number): Buffer | undefined {
    const { fragment, password } = this.#local;
    const request = readBindingRequest(bytes, password);
    if (request === undefined || request.username !== `${fragment}:${this.#remoteFragment}`) {
      this.refused += 1;
      return undefined;
    }
    if (request.controlled) return roleConflict(request.transaction, password);
    const source = `${address} ${port}`;
    if (!this.#proved.includes(source)) {
      this.#proved.push(source);
      if (this.#proved.length > MAX_SOURCES) this.#proved.shift();
    }
    this.lastCheckAt = now;
    // the pair that is nominated last counts (§8.1.1); before any is, the first that works
    if (
      request.useCandidate ||
      this.selected === undefined ||
      (!this.#nominated && !this.isProved(this.selected))
    ) {
      this.selected = { address, port };
      this.#nominated ||= request.useCandidate;
    }
    return bindingSuccess(request.transaction, address, port, password);
  }

  /** Whether a check from there has proved itself. */
  isProved({ address, port }: { address: string; port: number }): boolean {
    return this.#proved.includes(`${address} ${port}`);
  }
}
