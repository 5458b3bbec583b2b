import type { TransferOutcome, TransferResult } from "./transfer-plan.ts";

/** What the agent says to a caller who is back with him; short, and no blame. */
const SAID: Readonly<Record<TransferOutcome, string>> = {
  connected: "",
  handed_over: "",
  caller_gone: "",
  busy: "I am sorry, the line is busy.",
  declined: "I am sorry, nobody can take your call right now.",
  no_answer: "I am sorry, nobody answered.",
  not_found: "I am sorry, I could not reach that number.",
  rejected: "I am sorry, the call could not be put through.",
  unreachable: "I am sorry, that line cannot be reached at the moment.",
  no_route: "I am sorry, I cannot put you through from here.",
  not_allowed: "I am sorry, I cannot put you through there.",
  not_confirmed: "I am sorry, nobody took your call.",
  call_back_later: "They cannot talk right now, and will call you back later.",
  dropped: "I am sorry, the line was cut.",
  cancelled: "I am back with you.",
  failed: "I am sorry, the call could not be put through.",
};

/** What the agent says first when the caller is back; undefined: nothing. */
export function resultNote({ outcome }: TransferResult): string | undefined {
  return SAID[outcome] === "" ? undefined : SAID[outcome];
}
