import type { AgentFunction, AgentProfile } from "../agent-profile.ts";
import { digitWords, type Phrase, spokenWords } from "../stt/phrase-grammar.ts";

/** What a caller can mean besides a function. */
export type CommonMeaning = "repeat" | "help" | "operator" | "goodbye" | "yes" | "no";

const commonPhrases: Record<CommonMeaning, string[]> = {
  repeat: ["repeat", "repeat that", "say that again", "menu"],
  help: ["help", "options"],
  operator: ["operator", "a person"],
  goodbye: ["goodbye", "bye", "bye bye", "hang up", "that's all"],
  yes: ["yes", "yeah", "yes please", "correct"],
  no: ["no", "no thanks", "no thank you"],
};

/** What stands before the caller's wish in a condition written for a language model. */
const conditionLead =
  /^(?:if|when|whenever|use this (?:if|when))?\s*(?:the |a )?(?:caller|user|customer|person)?\s*(?:says?|asks?(?: for| about| to)?|wants?(?: to)?|would like(?: to)?|needs?(?: to)?|is calling (?:for|about))?\s+/i;

const verbs =
  /^(?:leave|speak|talk|hear|listen|end|hang|get|make|check|ask|send|repeat|open|enter|reach|book|cancel|change|find|pay|report|order|hold|record|schedule)\b/i;

/** The caller's wish in a few words: "leave a message", "opening hours". */
export function labelOf(agentFunction: AgentFunction): string {
  const condition = agentFunction.condition?.trim() ?? "";
  const wish = condition.replace(conditionLead, "").trim() || condition;
  const written = wish === "" ? agentFunction.name : wish;
  return written
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .replace(/[_-]+/g, " ")
    .replace(/[.!?]+$/, "")
    .replace(/\s+/g, " ")
    .slice(0, 80)
    .trim();
}

/** "For sales, press 1. To leave a message, press 2." Empty where no function has a key. */
export function spokenMenu(profile: AgentProfile): string {
  return profile.functions
    .filter((agentFunction) => agentFunction.key !== undefined)
    .map((agentFunction) => {
      const label = labelOf(agentFunction);
      return `${verbs.test(label) ? "To" : "For"} ${label}, press ${spokenKey(agentFunction.key ?? "")}.`;
    })
    .join(" ");
}

export function spokenKey(key: string): string {
  return key === "*" ? "star" : key === "#" ? "pound" : key;
}

/** The meaning that a phrase has for a function. */
export function functionMeaning(name: string): string {
  return `function:${name}`;
}

/** Everything the caller can say, from the agent's own functions and the words that every line understands. */
export function menuPhrases(profile: AgentProfile): Phrase[] {
  const phrases: Phrase[] = [];
  const add = (text: string, meaning: string) => {
    const words = spokenWords(text);
    if (words === "" || words.length > 60) return;
    // The first to claim a phrase has it: an agent's own "operator" comes before the common one.
    if (!phrases.some((phrase) => phrase.words === words)) phrases.push({ words, meaning });
  };
  for (const agentFunction of profile.functions) {
    const meaning = functionMeaning(agentFunction.name);
    add(labelOf(agentFunction), meaning);
    add(agentFunction.name.replace(/([a-z])([A-Z])/g, "$1 $2"), meaning);
    const digit = Number(agentFunction.key);
    const word = agentFunction.key === undefined ? undefined : digitWords[digit];
    if (word !== undefined) add(word, meaning);
  }
  for (const [meaning, texts] of Object.entries(commonPhrases)) for (const text of texts) add(text, meaning);
  for (const [digit, word] of digitWords.entries()) add(word, `key:${digit}`);
  return phrases;
}
