// Where one side of a recorded call falls silent and the other begins, found by loudness alone: what a stopwatch would say of a turn.

/** Samples of a window: 10 ms. */
const WINDOW = 80;
/** Of the loudness of the loudest tenth of what a side says: below it is breath and the line's hiss. */
const SHARE = 0.15;

export interface Edge {
  /** ms from the start of the recording to the end of the caller's last voiced window before the answer. */
  silentAt: number;
  /** ms to the start of the agent's first voiced one. */
  answeredAt: number;
}

/**
 * The agent's answers to what the caller has said.
 * @param caller, agent 8 kHz, of one recording; @param gapMs silence of the agent's that parts two of his answers
 */
export function turnEdges(caller: Int16Array, agent: Int16Array, gapMs = 400, share = SHARE): Edge[] {
  const heard = voiced(caller, share);
  const said = voiced(agent, share);
  const edges: Edge[] = [];
  let lastSaid = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < said.length; at++) {
    if (said[at] !== true) continue;
    const isStart = (at - lastSaid) * 10 > gapMs;
    const before = lastSaid;
    lastSaid = at;
    if (!isStart) continue;
    let end = at;
    while (end >= 0 && heard[end] !== true) end--;
    // Who has said nothing since the agent's last word is not answered.
    if (end >= 0 && end > before) edges.push({ silentAt: (end + 1) * 10, answeredAt: at * 10 });
  }
  return edges;
}

function voiced(samples: Int16Array, share: number): boolean[] {
  const windows: number[] = [];
  for (let at = 0; at + WINDOW <= samples.length; at += WINDOW) {
    let sum = 0;
    for (let index = at; index < at + WINDOW; index++) sum += (samples[index] ?? 0) ** 2;
    windows.push(Math.sqrt(sum / WINDOW));
  }
  const sounding = windows.filter((loudness) => loudness > 100).sort((a, b) => b - a);
  const loud = sounding[Math.floor(sounding.length / 10)] ?? Number.POSITIVE_INFINITY;
  return windows.map((loudness) => loudness > loud * share);
}
