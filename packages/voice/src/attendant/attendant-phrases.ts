import type { AgentProfile } from "../agent-profile.ts";
import { spokenKey, spokenMenu } from "./menu.ts";

/** What the attendant says of itself. All of it is fixed for an agent, so all of it is made before the first call. */
export const phrases = {
  notUnderstood: "Sorry, I did not understand that.",
  keysOnly: "Sorry, I can only follow the keys of your phone.",
  stillThere: "Are you still there?",
  silentGoodbye: "I have not heard from you, so I will end the call now. Goodbye.",
  anythingElse: "Is there anything else?",
  starForMenu: "Press star to hear the choices again.",
  speechToo: "You can also say what you want.",
  noChoices: "There is nothing to choose on this line.",
  noOperator: "There is no operator on this line.",
  messagePrompt: "Please leave your message after the tone. Press pound when you are done.",
  messageSaved: "Your message has been saved.",
  messageEmpty: "I did not hear a message.",
  messageFailed: "Sorry, your message could not be saved.",
  puttingThrough: "One moment, please. I will put you through.",
  farewell: "Thank you for calling. Goodbye.",
  callTooLong: "This call has reached its longest time. Goodbye.",
  apology: "Sorry, something went wrong on our side. Please call again later. Goodbye.",
} as const;

export function invalidKey(key: string): string {
  return `Sorry, ${spokenKey(key)} is not one of the choices.`;
}

/** What a call begins with, and the apology, which must not have to be made when it is needed. */
export function firstTexts(profile: AgentProfile): string[] {
  return [profile.recordingNotice ?? "", profile.welcomeMessage, spokenMenu(profile), phrases.apology].filter(
    (text) => text.trim() !== "",
  );
}

/** What else this agent's calls may need. */
export function laterTexts(profile: AgentProfile): string[] {
  const own = profile.functions.flatMap((agentFunction) => {
    if (agentFunction.type === "say") return [agentFunction.text];
    if (agentFunction.type === "takeMessage") return [agentFunction.prompt ?? ""];
    if (agentFunction.type === "endCall") return [agentFunction.farewell ?? ""];
    return [];
  });
  return [...own, ...Object.values(phrases), ...Array.from("0123456789*#", invalidKey)].filter(
    (text) => text.trim() !== "",
  );
}
