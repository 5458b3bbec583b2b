import type { WithHeaders } from "../message/message.ts";
import { type NameAddr, parseNameAddr } from "../message/name-addr.ts";
import { noParams } from "../message/params.ts";
import { numberParam, readableValues, wordParam } from "./readable.ts";

/** One diversion of a call, RFC 5806 §4. */
export interface Diversion {
  /** Who diverted it. */
  readonly address: NameAddr;
  /** `user-busy`, `no-answer`, `unconditional`, `deflection` …, lower case; undefined where it does not say. */
  readonly reason: string | undefined;
  /** How many diversions the value stands for; 1 where it does not say. */
  readonly counter: number;
  /** How many more the diverting side allows. */
  readonly limit: number | undefined;
  /** `full`, `name`, `uri` or `off`: what of the address may not be shown. */
  readonly privacy: string | undefined;
  /** `yes` where the network has verified the address, or `no`. */
  readonly screen: string | undefined;
}

/** The Diversion values that can be read, the latest diversion first. */
export function diversions(message: WithHeaders): Diversion[] {
  return readableValues(message, "Diversion", (text) => {
    const { params, ...address } = parseNameAddr(text, "Diversion");
    return {
      address: { ...address, params: noParams },
      reason: wordParam(params, "reason"),
      counter: numberParam(params, "counter", 999) ?? 1,
      limit: numberParam(params, "limit", 999),
      privacy: wordParam(params, "privacy"),
      screen: wordParam(params, "screen"),
    };
  });
}
