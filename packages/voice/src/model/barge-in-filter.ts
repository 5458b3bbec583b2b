// What of the caller's words counts while the agent speaks: a "mhm" or a word or two does not stop him.

/** Sounds and words by which a listener says only that he listens. */
const BACK_CHANNELS = new Set([
  ...["mhm", "mm", "mmm", "hm", "hmm", "uh", "huh", "uhhuh", "mmhmm", "um", "ah", "oh", "ok", "okay"],
  ...["yeah", "yes", "yep", "right", "sure", "i see", "got it", "good", "great", "alright", "all right"],
]);

export function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .replace(/[-–]/g, "")
    .split(/[^\p{L}\p{N}']+/u)
    .filter((word) => word !== "");
}

/** @param least words that interrupt */
export function interrupts(text: string, least: number): boolean {
  const words = wordsOf(text);
  return words.length >= Math.max(1, least) && !BACK_CHANNELS.has(words.join(" "));
}
