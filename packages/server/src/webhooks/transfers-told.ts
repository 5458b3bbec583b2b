// What a webhook says of a call's transfers: the timeline's steps of each, with what SIP said, and how it came out.
import type { CallTimelineEvent, JsonValue } from "../store/records.ts";

/** Steps of one call's transfers; further ones are left out. */
const MAX_STEPS = 300;

interface Told {
  readonly startedAt: string;
  /** Function of the agent; null: an operator asked for it. */
  readonly function: JsonValue;
  mode: JsonValue;
  outcome: JsonValue;
  /** As they stand in the timeline. */
  readonly steps: CallTimelineEvent[];
}

export function transfersTold(timeline: readonly CallTimelineEvent[]): JsonValue[] {
  const all: Told[] = [];
  let open: Told | undefined;
  let steps = 0;
  for (const step of timeline) {
    const { type, at } = step;
    // Asked for by a function, it begins with that.
    if (type === "transfer_requested" || (type === "transfer_started" && open === undefined)) {
      open = { startedAt: at, function: step.function ?? null, mode: null, outcome: null, steps: [] };
      all.push(open);
    }
    // The call to the person is a leg of its own.
    if (open === undefined || !(type.startsWith("transfer_") || step.leg !== undefined)) continue;
    if (type === "transfer_started") open.mode = step.mode ?? null;
    if (type === "transfer_over") open.outcome = step.outcome ?? null;
    if (type === "transfer_refused") open.outcome = "not_allowed";
    if (++steps <= MAX_STEPS) open.steps.push(step);
    if (type === "transfer_over" || type === "transfer_refused") open = undefined;
  }
  return all.map((told) => ({ ...told }));
}
