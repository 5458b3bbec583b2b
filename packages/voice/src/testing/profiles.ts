import type { AgentProfile } from "../agent-profile.ts";

/** An attendant with one function of each kind. */
export function testProfile(changes: Partial<AgentProfile> = {}): AgentProfile {
  return {
    id: "agent-1",
    username: "demo",
    title: "Demo",
    mode: "attendant",
    welcomeMessage: "Hello, this is the test line.",
    agentInstructions: "",
    agentLang: "en-US",
    agentVoice: null,
    functions: [
      {
        type: "say",
        name: "openingHours",
        key: "1",
        condition: "opening hours",
        text: "We are open from nine to five.",
      },
      { type: "takeMessage", name: "message", key: "2", condition: "leave a message", maxSeconds: 30 },
      { type: "sendDtmf", name: "door", key: "3", condition: "open the door", digits: "55#" },
      { type: "endCall", name: "goodbye", key: "9", condition: "end the call", farewell: "Goodbye then." },
    ],
    callerResponseTimeout: 10,
    callerResponseTimeoutHangupCounter: 2,
    interruptionMinimumSpeakingTime: 0,
    recordingNotice: null,
    waitOnAnswer: 0,
    ...changes,
  };
}
