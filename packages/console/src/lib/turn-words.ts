// Where in a turn a word was said: turns have times, words have none, and people speak evenly enough to find one by ear.

export interface TurnWord {
  /** With the blanks behind it. */
  readonly text: string;
  /** How much of the turn was over when it began, 0 to 1. */
  readonly share: number;
}

export function turnWords(content: string): TurnWord[] {
  const words = content.match(/\S+\s*/g) ?? [];
  let before = 0;
  return words.map((text) => {
    const share = before / content.length;
    before += text.length;
    return { text, share };
  });
}

/** @returns ISO 8601 */
export function momentOf(
  { startedAt, endedAt }: { startedAt: string; endedAt: string },
  share: number,
): string {
  const start = Date.parse(startedAt);
  return new Date(start + share * Math.max(0, Date.parse(endedAt) - start)).toISOString();
}
