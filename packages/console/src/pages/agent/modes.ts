import type { Agent } from "../../api/types.ts";

/** What can be chosen: the API refuses, with a reason, what this version does not have. */
export const MODES: { value: Agent["mode"]; label: string; disabled?: boolean }[] = [
  { value: "attendant", label: "Attendant: built in, a menu by keys and words, no key needed" },
  { value: "pipeline", label: "Pipeline: speech to text, a language model, text to speech" },
  { value: "realtime", label: "Realtime: a speech-to-speech model, such as OpenAI Realtime" },
  { value: "echo", label: "Echo: the caller hears himself, to test the line" },
];
