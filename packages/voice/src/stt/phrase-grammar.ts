/** A thing that can be said, and what it stands for. */
export interface Phrase {
  /** Lower case words, letters and apostrophes only. */
  words: string;
  meaning: string;
}

/** Words that may stand before and after a phrase without changing it. Few: each is one more way to mishear. */
const leads = [
  "press",
  "option",
  "number",
  "please",
  "um",
  "uh",
  "i want",
  "i want to",
  "i would like",
  "i would like to",
  "i'd like to",
  "i need",
  "i need to",
  "can i",
  "could i",
  "for",
  "to",
  "put me through to",
  "connect me to",
  "i want to speak to",
]; // prettier-ignore
const tails = ["please", "thanks", "thank you"];

/** Lower case words of letters and apostrophes, digits spelled out; what a dictionary can be asked for. */
export function spokenWords(text: string): string {
  return text
    .toLowerCase()
    .replace(/[‘’]/g, "'")
    .replace(/\d/g, (digit) => ` ${digitWords[Number(digit)] ?? ""} `)
    .replace(/&/g, " and ")
    .replace(/[^a-z' ]+/g, " ")
    .replace(/\s+/g, " ")
    .trim();
}

export const digitWords = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** Phones of the en-us model but silence: a loop of them fits any speech. */
const phones = [
  "AA",
  "AE",
  "AH",
  "AO",
  "AW",
  "AY",
  "B",
  "CH",
  "D",
  "DH",
  "EH",
  "ER",
  "EY",
  "F",
  "G",
  "HH",
  "IH",
  "IY",
  "JH",
  "K",
  "L",
  "M",
  "N",
  "NG",
  "OW",
  "OY",
  "P",
  "R",
  "S",
  "SH",
  "T",
  "TH",
  "UH",
  "UW",
  "V",
  "W",
  "Y",
  "Z",
  "ZH",
] as const; // prettier-ignore

/** Words of the loop, each one phone. A word that begins so is no word of a caller. */
const garbagePrefix = "zzphone";

export function garbageWords(): { word: string; pronunciation: string }[] {
  return phones.map((phone) => ({ word: garbagePrefix + phone.toLowerCase(), pronunciation: phone }));
}

/** Every word that must have a pronunciation for the phrases to be listened for. */
export function grammarWords(phrases: readonly Phrase[]): Set<string> {
  return new Set(
    [...phrases.map((phrase) => phrase.words), ...leads, ...tails].flatMap((text) => text.split(" ")),
  );
}

/** A JSGF grammar (W3C note of June 2000) of one utterance: a phrase in its courtesies. */
export function phraseGrammar(phrases: readonly Phrase[]): string {
  const alternatives = [...new Set(phrases.map((phrase) => phrase.words))];
  return [
    "#JSGF V1.0;",
    "grammar phrases;",
    `<lead> = ${leads.join(" | ")};`,
    `<tail> = ${tails.join(" | ")};`,
    `<choice> = ${alternatives.join(" | ")};`,
    "public <utterance> = [<lead>] <choice> [<tail>];",
    "",
  ].join("\n");
}

/**
 * Anything at all, phone by phone: what an utterance scores here against its phrase says whether the phrase
 * was said. (Both in one grammar would be one pass, but pocketsphinx 5prealpha lets the loop win whatever its weight.)
 */
export function garbageGrammar(): string {
  const loop = garbageWords()
    .map((garbage) => garbage.word)
    .join(" | ");
  return `#JSGF V1.0;\ngrammar garbage;\n<phone> = ${loop};\npublic <utterance> = <phone>+;\n`;
}

/** The meaning of the longest phrase in the text; undefined: there is none. */
export function meaningOf(text: string, phrases: readonly Phrase[]): string | undefined {
  const padded = ` ${spokenWords(text)} `;
  let best: Phrase | undefined;
  for (const phrase of phrases) {
    if (!padded.includes(` ${phrase.words} `)) continue;
    if (best === undefined || phrase.words.length > best.words.length) best = phrase;
  }
  return best?.meaning;
}
