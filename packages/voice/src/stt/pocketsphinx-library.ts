import { existsSync } from "node:fs";
import { createRequire } from "node:module";

/** An opaque pointer of the C library. */
type Pointer = unknown;

interface Koffi {
  load(path: string): { func(prototype: string): (...args: unknown[]) => unknown };
}

/** The calls of Debian's libpocketsphinx3 (0.8+5prealpha) that a grammar needs. */
export interface PocketsphinxLibrary {
  createDecoder(acousticModel: string, dictionary: string): Pointer;
  /** Returns a negative number where the phones are unknown. */
  addWord(decoder: Pointer, word: string, phones: string, update: boolean): number;
  knowsWord(decoder: Pointer, word: string): boolean;
  setGrammar(decoder: Pointer, name: string, jsgf: string): boolean;
  selectSearch(decoder: Pointer, name: string): boolean;
  dropSearch(decoder: Pointer, name: string): void;
  /** The best path through the whole utterance: one pass of cepstral mean normalisation over all of it. */
  decode(decoder: Pointer, pcm: Int16Array): { hypothesis: string; score: number };
  free(decoder: Pointer): void;
}

/** Folders where Debian's `pocketsphinx-en-us` puts its model. */
const modelFolder = "/usr/share/pocketsphinx/model/en-us";
export const acousticModel = `${modelFolder}/en-us`;
export const pronunciations = `${modelFolder}/cmudict-en-us.dict`;

/** @returns undefined where the library, its model or the bridge to C is not installed. */
export function loadPocketsphinx(): PocketsphinxLibrary | undefined {
  if (!existsSync(`${acousticModel}/mdef`) || !existsSync(pronunciations)) return undefined;
  try {
    return bind(createRequire(import.meta.url)("koffi") as Koffi);
  } catch {
    return undefined;
  }
}

function bind(koffi: Koffi): PocketsphinxLibrary {
  const base = koffi.load("libsphinxbase.so.3");
  const ps = koffi.load("libpocketsphinx.so.3");
  const silenceLog = base.func("void err_set_logfp(void*)");
  const parseArguments = base.func("void* cmd_ln_parse_r(void*, void*, int, const char**, int)");
  const freeArguments = base.func("int cmd_ln_free_r(void*)");
  const definitions = ps.func("void* ps_args()");
  const init = ps.func("void* ps_init(void*)");
  const free = ps.func("int ps_free(void*)");
  const addWord = ps.func("int ps_add_word(void*, const char*, const char*, int)");
  const lookUp = ps.func("void* ps_lookup_word(void*, const char*)");
  const setGrammar = ps.func("int ps_set_jsgf_string(void*, const char*, const char*)");
  const setSearch = ps.func("int ps_set_search(void*, const char*)");
  const unsetSearch = ps.func("int ps_unset_search(void*, const char*)");
  const start = ps.func("int ps_start_utt(void*)");
  const process = ps.func("int ps_process_raw(void*, const int16_t*, size_t, int, int)");
  const end = ps.func("int ps_end_utt(void*)");
  const hypothesis = ps.func("const char* ps_get_hyp(void*, _Out_ int*)");
  silenceLog(null);

  return {
    createDecoder(model, dictionary) {
      // The lattice pass would throw the grammar's weights away and cost as much again.
      const args = ["ringdown", "-hmm", model, "-dict", dictionary, "-logfn", "/dev/null", "-bestpath", "no"];
      const config = parseArguments(null, definitions(), args.length, args, 1);
      const decoder = config === null ? null : init(config);
      if (config !== null) freeArguments(config); // the decoder holds its own reference
      if (decoder === null) throw new Error("pocketsphinx could not be started");
      return decoder;
    },
    addWord: (decoder, word, phones, update) => Number(addWord(decoder, word, phones, update ? 1 : 0)),
    knowsWord: (decoder, word) => lookUp(decoder, word) !== null,
    setGrammar: (decoder, name, jsgf) => setGrammar(decoder, name, jsgf) === 0,
    selectSearch: (decoder, name) => setSearch(decoder, name) === 0,
    dropSearch: (decoder, name) => void unsetSearch(decoder, name),
    decode(decoder, pcm) {
      if (start(decoder) !== 0) throw new Error("pocketsphinx refused an utterance");
      process(decoder, pcm, pcm.length, 0, 1);
      end(decoder);
      const score = [0];
      const text = hypothesis(decoder, score);
      return { hypothesis: typeof text === "string" ? text : "", score: score[0] ?? 0 };
    },
    free: (decoder) => void free(decoder),
  };
}
