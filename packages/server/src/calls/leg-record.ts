// What a call's record says of one of its legs.
import type { CallLeg, LegEnded } from "@ringdown/sip";
import type { CallDirection, CallLegRecord, JsonValue } from "../store/records.ts";
import { hostPort } from "./leg-end.ts";

export interface LegStart {
  direction: CallDirection;
  /** Empty where it is not known yet: nobody has been called. */
  sipCallId: string;
  /** What is known of it so far: transport, `remoteAddress` as `address:port`, userAgent, its From and To. */
  [detail: string]: JsonValue;
}

/** Longest text of the network's that the record keeps. */
const MAX_SHOWN = 256;

/** What its dialog tells of a leg. */
export function legStartOf(dialog: CallLeg): LegStart {
  const { direction, callId: sipCallId, flow, request, remoteUserAgent } = dialog;
  return {
    ...{ direction, sipCallId },
    from: shown(request.headers.get("From")),
    to: shown(request.headers.get("To")),
    transport: flow.transport,
    remoteAddress: hostPort(flow.remoteAddress, flow.remotePort),
    userAgent: remoteUserAgent === undefined ? null : shown(remoteUserAgent),
  };
}

/** What of a text from the network a record keeps. */
export function shown(text: string | undefined): string {
  return (text ?? "").slice(0, MAX_SHOWN);
}

/** How a leg came to its end. */
export interface LegEnding {
  /** Its other side, this node, or neither: nobody answered any more. */
  by: "peer" | "us" | "network";
  /** `bye`, `cancelled`, `rejected`, `replaced`, `moved` …, or why nobody could be had: `busy`, `no_answer` …. */
  cause: string;
  /** SIP status; 0: none decided. */
  status?: number | undefined;
  reason?: string | undefined;
}

const endedBy = { remote: "peer", local: "us", system: "network" } as const;

/** As the SIP stack tells it. */
export function legEnding({ by, cause, status, reason }: LegEnded): LegEnding {
  return { by: endedBy[by], cause: cause.replaceAll("-", "_"), status, reason };
}

type Fields = { [name: string]: JsonValue | undefined };

/** The record that a leg stands in. */
export interface LegRecordOwner {
  step(type: string, fields: Fields, at: number | undefined): void;
  /** The leg's entry has news. */
  changed(entry: CallLegRecord): void;
}

export class LegRecord {
  readonly #entry: CallLegRecord;
  readonly #owner: LegRecordOwner;

  constructor(entry: CallLegRecord, owner: LegRecordOwner) {
    this.#entry = entry;
    this.#owner = owner;
  }

  get id(): string {
    return this.#entry.id;
  }

  get direction(): CallDirection {
    return this.#entry.direction === "outbound" ? "outbound" : "inbound";
  }

  /** @param at epoch milliseconds, where it is known better than now */
  step(type: string, fields: Fields = {}, at?: number): void {
    this.#owner.step(type, fields, at);
  }

  note(details: Fields): void {
    Object.assign(this.#entry, details);
    this.#owner.changed(this.#entry);
  }

  codec(codec: string | null): void {
    if (codec !== null && codec !== this.#entry.codec) this.note({ codec });
  }

  /** @param at epoch milliseconds */
  answered(at: number): void {
    this.#entry.answeredAt ??= new Date(at).toISOString();
  }

  /** The first end counts. @param at epoch milliseconds @param end undefined: with its call, and no word about it */
  ended(at: number, end?: LegEnding): void {
    if (this.#entry.endedAt != null) return;
    const { by, cause, status, reason } = end ?? {};
    this.note({
      endedAt: new Date(at).toISOString(),
      ...(by !== undefined && { endedBy: by, endCause: cause }),
      ...(status !== undefined && status !== 0 && { endStatus: status }),
      ...(reason !== undefined && reason !== "" && { endReason: shown(reason) }),
    });
  }
}
