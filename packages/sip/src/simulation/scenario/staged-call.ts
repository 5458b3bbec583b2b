import type { Side, TimedCall } from "./scenario.ts";
import type { WatchedLeg } from "./watched-leg.ts";

/** One call of a scenario, with all legs that it made. */
export class StagedCall {
  readonly action: TimedCall;
  caller: WatchedLeg | undefined;
  readonly callees: WatchedLeg[] = [];
  isAnswered = false;
  /** Somebody in it has restarted. */
  wasInterrupted = false;

  constructor(action: TimedCall) {
    this.action = action;
  }

  /** The leg that somebody on that side would take for the call. */
  leg(side: Side): WatchedLeg | undefined {
    if (side === "caller") return this.caller;
    return this.callees.find((leg) => leg.isUp) ?? this.callees.at(-1);
  }

  get legs(): WatchedLeg[] {
    return this.caller === undefined ? this.callees : [this.caller, ...this.callees];
  }
}
