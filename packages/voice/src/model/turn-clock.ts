// Where the time of a turn goes: from the caller's last voiced frame to the agent's first one.

/** Milliseconds. What is not known of a turn is left out. */
export interface TurnLatency {
  /** From the end of the caller's voice to the agent's first frame on the wire. */
  totalMs: number;
  /** From there until the turn was taken for ended; what the transcriber took is within it. */
  endOfTurnMs?: number;
  /** From there to the final transcript. */
  sttMs?: number;
  /** From the end of the turn to the model's first word. */
  llmMs?: number;
  /** From there to the first sound of the voice. */
  ttsMs?: number;
  /** From there to the wire. */
  playoutMs?: number;
}

type Mark = "voiceEnded" | "transcribed" | "turnEnded" | "firstToken" | "firstSound";

export class TurnClock {
  readonly #marks = new Map<Mark, number>();

  /** The caller speaks (again): what was measured is of no turn. */
  reset(): void {
    this.#marks.clear();
  }

  /** The first counts, but of the end of voice and transcript the last. @param at epoch ms */
  mark(mark: Mark, at: number): void {
    if (mark === "voiceEnded" || mark === "transcribed" || !this.#marks.has(mark)) this.#marks.set(mark, at);
  }

  /** The agent's first frame. @returns undefined where it answers nothing that was said */
  answered(at: number): TurnLatency | undefined {
    const ended = this.#marks.get("voiceEnded");
    const turn = this.#marks.get("turnEnded");
    const token = this.#marks.get("firstToken");
    const sound = this.#marks.get("firstSound");
    const transcribed = this.#marks.get("transcribed");
    this.#marks.clear();
    if (ended === undefined || turn === undefined) return undefined;
    return {
      totalMs: at - ended,
      endOfTurnMs: turn - ended,
      ...(transcribed !== undefined && { sttMs: transcribed - ended }),
      // The model is asked ahead, at the transcript: its first word may be there before the turn is over.
      ...(token !== undefined && { llmMs: Math.max(0, token - turn) }),
      ...(token !== undefined &&
        sound !== undefined && { ttsMs: Math.max(0, sound - Math.max(turn, token)) }),
      ...(sound !== undefined && { playoutMs: Math.max(0, at - sound) }),
    };
  }
}
