import type { Flow } from "../../environment.ts";
import type { Facts } from "../facts.ts";
import type { Attached, Packet } from "../network.ts";

/** One of those whom the rules are for, in one life: a restart makes another one of it. */
export interface Party {
  /** Address and life. */
  readonly id: string;
  readonly at: Attached;
  /** False for a proxy: what it sends on was made by others. */
  readonly isUserAgent: boolean;
}

/** Something that holds for all that is said, whatever the network does to it. */
export interface Rule {
  readonly name: string;
  sent?(facts: Facts, from: Party, packet: Packet): void;
  /** Before it is taken. */
  arriving?(facts: Facts, to: Party, packet: Packet): void;
  /** After. @param isDropped it was left without any effect */
  arrived?(facts: Facts, to: Party, isDropped: boolean): void;
  closed?(flow: Flow, at: Party): void;
  /** It has begun a new life: this party says nothing any more. */
  restarted?(party: Party): void;
  /** All is over. */
  finished?(): void;
}

/** Takes what breaks the rule. */
export type Report = (party: Party, text: string) => void;

/** As people would call a message. */
export function describe({ method, status, seq }: Facts): string {
  return status === 0 ? `${method} ${seq}` : `${status} to ${method} ${seq}`;
}
