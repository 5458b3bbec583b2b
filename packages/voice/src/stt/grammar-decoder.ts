import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { garbageGrammar, garbageWords, grammarWords, type Phrase, phraseGrammar } from "./phrase-grammar.ts";
import { acousticModel, type PocketsphinxLibrary, pronunciations } from "./pocketsphinx-library.ts";

/**
 * Least advantage of a phrase over the loop of phones, in the decoder's log units a 10 ms frame of speech. Higher sends
 * more callers away, lower takes more chatter for a choice; the figures are in docs/design/attendant.md.
 */
const acceptance = -6;
/** Frames of silence that the voice detector leaves around an utterance; they tell nothing. */
const silentFrames = 90;
const leastFrames = 10;

/** Grammars kept at once; one for each agent with a menu that is in use. */
const mostGrammars = 64;

/**
 * One pocketsphinx decoder with a small dictionary and one named search a grammar: 10 MB in all, where a decoder
 * for each call with the whole dictionary would be 80 MB each. Not for the media thread: a second of speech takes some 15 ms.
 */
export class GrammarDecoder {
  readonly #library: PocketsphinxLibrary;
  readonly #decoder: unknown;
  /** Grammar text to the name of its search, least recently used first. */
  readonly #searches = new Map<string, string>();
  /** Phrases to their grammar. */
  readonly #grammars = new Map<string, string>();
  readonly #garbage = garbageGrammar();
  #nextName = 1;

  constructor(library: PocketsphinxLibrary) {
    this.#library = library;
    const folder = mkdtempSync(join(tmpdir(), "ringdown-stt-"));
    try {
      const dictionary = join(folder, "garbage.dict");
      const lines = garbageWords().map(({ word, pronunciation }) => `${word} ${pronunciation}`);
      writeFileSync(dictionary, `${lines.join("\n")}\n`);
      this.#decoder = library.createDecoder(acousticModel, dictionary);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** @returns the grammar of the phrases, without those that hold a word which nobody knows how to say */
  prepare(phrases: readonly Phrase[]): string {
    const key = phrases.map((phrase) => phrase.words).join("|");
    const made = this.#grammars.get(key);
    if (made !== undefined) return made;
    const unknown = this.#learn(grammarWords(phrases));
    const usable = phrases.filter((phrase) => !phrase.words.split(" ").some((word) => unknown.has(word)));
    const grammar = phraseGrammar(usable);
    if (this.#grammars.size >= mostGrammars) this.#grammars.clear();
    this.#grammars.set(key, grammar);
    return grammar;
  }

  /** @returns the words said; empty: none that the grammar knows. @param pcm 16 kHz, some 0.9 s of it silence at its edges */
  recognise(grammar: string, pcm: Int16Array): string {
    const known = this.#decode(grammar, pcm);
    if (known.hypothesis === "") return "";
    const anything = this.#decode(this.#garbage, pcm);
    const frames = Math.max(leastFrames, pcm.length / 160 - silentFrames);
    return (known.score - anything.score) / frames < acceptance ? "" : known.hypothesis;
  }

  #decode(grammar: string, pcm: Int16Array): { hypothesis: string; score: number } {
    if (!this.#library.selectSearch(this.#decoder, this.#search(grammar))) {
      throw new Error("pocketsphinx lost a grammar");
    }
    return this.#library.decode(this.#decoder, pcm);
  }

  #search(grammar: string): string {
    const kept = this.#searches.get(grammar);
    if (kept !== undefined) {
      this.#searches.delete(grammar);
      this.#searches.set(grammar, kept);
      return kept;
    }
    const name = `grammar${this.#nextName++}`;
    if (!this.#library.setGrammar(this.#decoder, name, grammar))
      throw new Error("pocketsphinx refused a grammar");
    this.#searches.set(grammar, name);
    for (const [oldest, search] of this.#searches) {
      if (this.#searches.size <= mostGrammars) break;
      this.#searches.delete(oldest);
      // The current search must not be dropped.
      this.#library.selectSearch(this.#decoder, name);
      this.#library.dropSearch(this.#decoder, search);
    }
    return name;
  }

  /** Teaches the decoder what it does not know yet. @returns the words that nobody knows. */
  #learn(words: Set<string>): Set<string> {
    const missing = new Set([...words].filter((word) => !this.#library.knowsWord(this.#decoder, word)));
    if (missing.size === 0) return missing;
    const unknown = new Set(missing);
    // The file is read again for each new menu, not kept: 3.5 MB of text for a few words.
    for (const line of readFileSync(pronunciations, "latin1").split("\n")) {
      const [entry, phones] = splitOnce(line);
      const word = entry.replace(/\(\d+\)$/, ""); // "either(2)": a second way to say it
      if (!missing.has(word) || phones === "") continue;
      if (this.#library.addWord(this.#decoder, entry, phones, false) >= 0) unknown.delete(word);
    }
    return unknown;
  }
}

function splitOnce(line: string): [string, string] {
  const at = line.indexOf(" ");
  return at === -1 ? [line, ""] : [line.slice(0, at), line.slice(at + 1).trim()];
}
