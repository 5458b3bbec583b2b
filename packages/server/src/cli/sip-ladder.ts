// The messages of a call as a picture: one line each, arrows between caller and node.
import type { TraceEvent } from "@ringdown/sip";

export interface LadderStep {
  /** ms */
  at: number;
  /** As the caller sees it. */
  direction: "in" | "out";
  text: string;
  transport: string;
}

/** What a line of the ladder says of a message; undefined for keep-alives and bytes that are none. */
export function ladderStep(event: TraceEvent): LadderStep | undefined {
  const { at, direction, flow, message } = event;
  const { transport } = flow;
  if (message === undefined) {
    const first = event.bytes.toString("latin1", 0, 64).split("\r\n", 1)[0] ?? "";
    if (first.trim() === "") return undefined;
    return { at, direction, text: `${first.replace(/ ?SIP\/2\.0 ?/, "")} (again)`, transport };
  }
  const sdp = message.body.length > 0 ? " (SDP)" : "";
  const text =
    message.kind === "request"
      ? `${message.method} ${message.uriText}${sdp}`
      : `${message.status} ${message.reason}${sdp}`;
  return { at, direction, text, transport };
}

const WIDTH = 46;

export function drawLadder(steps: readonly LadderStep[]): string[] {
  const first = steps[0]?.at ?? 0;
  const lines = steps.map(({ at, direction, text }) => {
    const shown = text.length > WIDTH - 2 ? `${text.slice(0, WIDTH - 3)}…` : text;
    const label = ` ${shown} `;
    const dashes = "─".repeat(Math.max(1, WIDTH - label.length));
    const arrow = direction === "out" ? `├${label}${dashes}>│` : `│<${dashes}${label}┤`;
    return `${(at - first).toFixed(1).padStart(9)} ms  ${arrow}`;
  });
  return [`${" ".repeat(14)}caller${" ".repeat(WIDTH - 9)}Ringdown`, ...lines];
}
