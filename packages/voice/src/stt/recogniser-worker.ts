// The thread that listens: utterances in, words out.
import { parentPort } from "node:worker_threads";
import { stepBack } from "../background-thread.ts";
import { GrammarDecoder } from "./grammar-decoder.ts";
import type { Phrase } from "./phrase-grammar.ts";
import { loadPocketsphinx } from "./pocketsphinx-library.ts";

export type RecogniserRequest =
  | { id: number; type: "prepare"; phrases: readonly Phrase[] }
  | { id: number; type: "recognise"; phrases: readonly Phrase[]; pcm: Int16Array };

/** `text` is empty where nothing was understood, or nothing was to be. */
export type RecogniserReply = { id: number; text: string } | { id: number; error: string };

stepBack();
let decoder: GrammarDecoder | undefined;

function answer(request: RecogniserRequest): RecogniserReply {
  if (decoder === undefined) {
    const library = loadPocketsphinx();
    if (library === undefined) return { id: request.id, error: "pocketsphinx is not installed" };
    decoder = new GrammarDecoder(library);
  }
  const grammar = decoder.prepare(request.phrases);
  return { id: request.id, text: request.type === "prepare" ? "" : decoder.recognise(grammar, request.pcm) };
}

parentPort?.on("message", (request: RecogniserRequest) => {
  let reply: RecogniserReply;
  try {
    reply = answer(request);
  } catch (error) {
    reply = { id: request.id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
