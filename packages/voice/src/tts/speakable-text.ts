/** Longest text that one `say` takes, in characters: some five minutes of speech. */
export const longestText = 4000;

/** Longest piece given to the voice at once, in characters: bounds a synthesis to about 20 s of audio, 0.4 s of work. */
const longestSentence = 300;

/**
 * What flite can say of a text: plain characters, no markup, numbers of a phone digit by digit. It is an
 * English voice: accents are taken off, other scripts fall away.
 */
export function speakable(text: string): string {
  return text
    .normalize("NFKD")
    .replace(/\p{Mn}/gu, "")
    .replace(/[‘’ʼ]/g, "'")
    .replace(/[“”«»]/g, " ")
    .replace(/[–—]/g, ", ")
    .replace(/https?:\/\/\S+/g, "a web address")
    .replace(/\+?\d[\d ().-]{5,}\d/g, digitByDigit)
    .replace(/[^\x20-\x7e\n]/g, " ")
    .replace(/[*_#`~^<>[\]{}|\\"]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Seven digits or more are a phone number: "5 1 2, 5 5 5, 0 1 2 3", paused where it was written in groups. */
function digitByDigit(run: string): string {
  const digits = run.replace(/\D/g, "");
  if (digits.length < 7) return run;
  const groups = run.split(/\D+/).filter((group) => group !== "");
  const spoken = groups.map((group) => Array.from(group).join(" ")).join(", ");
  return run.startsWith("+") ? `plus ${spoken}` : spoken;
}

/**
 * Sentence by sentence, so that the first is heard while the next is made; a sentence too long is cut at
 * a comma, else at a space, else anywhere. Each piece holds something to say.
 */
export function sentences(text: string): string[] {
  const found: string[] = [];
  for (const sentence of text.split(/(?<=[.!?;:])\s+(?=\S)/)) {
    let rest = sentence.trim();
    while (rest.length > longestSentence) {
      const head = rest.slice(0, longestSentence);
      const cut =
        Math.max(head.lastIndexOf(", ") + 1, 0) || Math.max(head.lastIndexOf(" "), 0) || longestSentence;
      found.push(rest.slice(0, cut).trim());
      rest = rest.slice(cut).trim();
    }
    found.push(rest);
  }
  return found.filter((sentence) => /[a-z0-9]/i.test(sentence));
}

/**
 * A text that comes in pieces, handed on as soon as sentences of it are whole. Nothing more after `signal`.
 * @param input a symbol ends what was being said, whole or not
 */
export async function* wholeSentences(
  input: AsyncIterable<string | symbol>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let text = "";
  for await (const part of input) {
    if (signal.aborted) return;
    if (typeof part === "symbol") {
      yield text;
      text = "";
      continue;
    }
    text += part;
    // All but the last sentence are whole; the last may still grow.
    const [whole] = /^[\s\S]*[.!?]\s+(?=\S)/.exec(text) ?? [];
    if (whole === undefined) continue;
    yield whole;
    text = text.slice(whole.length);
  }
  yield text;
}
