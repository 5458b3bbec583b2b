import assert from "node:assert/strict";
import { cseq, type SipRequest } from "../message/message.ts";
import { Bench, requestText, sdp } from "../user-agent/agent-test-kit.ts";
import type { IncomingCall } from "../user-agent/call.ts";
import type { UserAgentOptions } from "../user-agent/options.ts";
import type { IncomingRefer, OutgoingRefer, ReferOutcome } from "./refer.ts";

/** A call of the peer, answered and acknowledged, with a peer whose requests in it follow each other. */
export class Answered {
  readonly bench: Bench;
  readonly leg: IncomingCall;
  readonly refers: IncomingRefer[] = [];
  #seq = 1;

  constructor(options: Partial<UserAgentOptions> = {}, headers: readonly string[] = [], contact?: string) {
    this.bench = new Bench({ onRefer: (refer) => this.refers.push(refer), ...options });
    this.bench.receive(requestText("INVITE", { body: sdp, headers, ...(contact && { contact }) }));
    this.leg = this.bench.call;
    this.leg.accept(sdp);
    this.receive("ACK", [], { seq: 1 });
    this.bench.take();
  }

  /** A request of the peer inside the call. */
  receive(
    method: string,
    headers: readonly string[] = [],
    parts: { seq?: number; body?: string; branch?: string } = {},
  ): void {
    const seq = parts.seq ?? ++this.#seq;
    this.bench.receive(requestText(method, { toTag: this.leg.id, headers, ...parts, seq }));
  }

  /** A report on a REFER of ours. */
  report(status: string | undefined, state: string, event = "refer"): void {
    this.receive(
      "NOTIFY",
      [`Event: ${event}`, `Subscription-State: ${state}`, "Content-Type: message/sipfrag;version=2.0"],
      status === undefined ? {} : { body: `SIP/2.0 ${status}\r\n` },
    );
  }

  get refer(): IncomingRefer {
    const refer = this.refers.at(-1);
    assert.ok(refer !== undefined, "a REFER came");
    return refer;
  }
}

/** What a NOTIFY of ours says: status line, Subscription-State, Event. */
export function reportOf(request: SipRequest): [string, string, string] {
  assert.equal(request.method, "NOTIFY");
  const { headers } = request;
  assert.match(headers.get("Content-Type") ?? "", /^message\/sipfrag/);
  return [
    request.body.toString().trim(),
    headers.get("Subscription-State") ?? "",
    headers.get("Event") ?? "",
  ];
}

export function seqOf(request: SipRequest): number {
  return cseq(request).seq;
}

/** Collects what a REFER of ours tells. */
export function watch(refer: OutgoingRefer): { progress: number[]; outcomes: ReferOutcome[] } {
  const seen: { progress: number[]; outcomes: ReferOutcome[] } = { progress: [], outcomes: [] };
  refer.onProgress = (status) => seen.progress.push(status);
  refer.onOutcome = (outcome) => seen.outcomes.push(outcome);
  return seen;
}
