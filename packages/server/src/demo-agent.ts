import type { AgentSettings } from "./store/records.ts";

/** The agent of the first start: answers by itself, and shows what Ringdown is. */
export const demoAgent: Partial<AgentSettings> & { username: string } = {
  username: "demo",
  title: "Ringdown demo",
  description: "Answers by itself, without a key and without a network. Change it, or delete it.",
  mode: "attendant",
  welcomeMessage: "Hello. You have reached Ringdown, the phone line for your agents.",
  functions: [
    {
      type: "say",
      name: "about",
      key: "1",
      condition: "hear what Ringdown is",
      text:
        "Ringdown gives an agent a phone line on any telephone system. It answers calls, talks, takes messages, " +
        "and keeps a record of every call: what was said, a recording, and how the call ended. " +
        "It runs on your own machine.",
    },
    {
      type: "takeMessage",
      name: "message",
      key: "2",
      condition: "leave a message",
      prompt: "Please leave your message after the tone. Press pound when you are done.",
      maxSeconds: 60,
    },
    {
      type: "endCall",
      name: "goodbye",
      key: "9",
      condition: "end the call",
      farewell: "Thank you for calling. Goodbye.",
    },
  ],
  autoRecordingNotification: "always",
};
