// An agent's functions as a model may call them. What may be done is the agent's list, by code: no argument of the model's names a
// number to dial.
import { llm } from "@livekit/agents";
import type { AgentFunction, AgentProfile, RemoteFunction, RunFunction } from "../agent-profile.ts";

/** What the functions do on the call. */
export interface ToolHost {
  /** True where the agent has said something since the caller's last words. */
  readonly hasSpoken: boolean;
  speak(text: string, interruptible: boolean): Promise<unknown>;
  /**
   * The agent steps back until the caller is with him again.
   * @param notification what who answers is told, alone; undefined: what the function has
   * @returns what has become of it, in a sentence
   */
  transfer(name: string, notification: string | undefined): Promise<string>;
  /** The call is over: nothing more is said. */
  end(): void;
  sendDtmf(digits: string): Promise<void>;
  /** @returns seconds; undefined: nothing was said */
  takeMessage(maxSeconds: number): Promise<number | undefined>;
  /** Left out: there are no remote functions. */
  runFunction?: RunFunction;
  /** A function that a session has called was run. */
  onRun?(callId: string, ms: number): void;
}

/** The reply in which the model has called a function. */
export interface ToolTurn {
  /** Resolves when what the model has said before is heard. */
  waitForPlayout(): Promise<unknown>;
  readonly signal: AbortSignal;
}

export interface NamedTool {
  /** As the operator calls it. */
  name: string;
  /** As a session calls it. */
  tool: llm.FunctionTool;
  /** The same without a session. @returns what the model is told; undefined: nothing more is said */
  run: RunTool;
}

type RunTool = (given: Readonly<Record<string, unknown>>, turn: ToolTurn) => Promise<string | undefined>;

/** Rounds of function calls before the model has to answer with what it knows. */
export const MOST_TOOL_STEPS = 5;

const FAREWELL = "Thank you for calling. Goodbye.";
const PUTTING_THROUGH = "One moment, please. I will put you through.";

/** Characters that who answers is told at most. */
const MOST_NOTIFICATION = 1_000;
const TRANSFER_PARAMETERS = {
  type: "object",
  properties: {
    transferNotification: {
      type: "string",
      description:
        "What the person who answers is told before the caller is put through: who is calling and why, in one or two sentences. The caller does not hear it.",
    },
  },
  additionalProperties: false,
};

/** A model's words, as they can be spoken; undefined: it had none. */
function notificationOf(given: unknown): string | undefined {
  if (typeof given !== "string") return undefined;
  const text = given.replace(/\s+/g, " ").trim().slice(0, MOST_NOTIFICATION);
  return text === "" ? undefined : text;
}

/** Every agent can end its call. */
export function modelTools(
  { functions, remoteFunctions = [] }: Pick<AgentProfile, "functions" | "remoteFunctions">,
  host: ToolHost,
): NamedTool[] {
  const all: AgentFunction[] = functions.some(({ type }) => type === "endCall")
    ? functions
    : [...functions, { type: "endCall", name: "end_call" }];
  const taken = new Set<string>();
  const { runFunction } = host;
  const described = [
    ...all.map((one) => ({ one, ...toolOf(one, host) })),
    ...(runFunction === undefined
      ? []
      : remoteFunctions.map((one) => ({ one, ...remote(one, runFunction) }))),
  ];
  return described.map(({ one, what, parameters, run }) => {
    const tool = llm.tool({
      name: toolName(one.name, taken),
      description: one.condition ? `${what} Use it when: ${one.condition}` : what,
      ...(parameters !== undefined && { parameters: parameters as never }),
      execute: async (given: Record<string, unknown>, { ctx, abortSignal }) => {
        const startedAt = performance.now();
        try {
          return unwritten(
            await run(given, { waitForPlayout: () => ctx.waitForPlayout(), signal: abortSignal }),
          );
        } finally {
          host.onRun?.(ctx.functionCall.callId, Math.round(performance.now() - startedAt));
        }
      },
    }) as llm.FunctionTool;
    return { name: one.name, tool, run };
  });
}

/** Letters, digits, `_` and `-`, as providers want it; unique. */
function toolName(name: string, taken: Set<string>): string {
  const plain = name.replace(/[^A-Za-z0-9_-]+/g, "_").slice(0, 60) || "function";
  let unique = plain;
  for (let number = 2; taken.has(unique); number++) unique = `${plain}_${number}`;
  taken.add(unique);
  return unique;
}

interface Described {
  what: string;
  /** JSON schema; none if left out. */
  parameters?: object;
  run: RunTool;
}

/** A session writes outputs as JSON: what is JSON already is not to be written twice. */
function unwritten(output: string | undefined): unknown {
  if (output === undefined || !/^[[{]/.test(output)) return output;
  try {
    return JSON.parse(output);
  } catch {
    return output;
  }
}

/** @throws llm.ToolError what the model is told of a failure */
function remote({ name, description, parameters }: RemoteFunction, runFunction: RunFunction): Described {
  return {
    what: description,
    ...(parameters !== undefined && { parameters }),
    run: async (given, { signal }) => {
      const { output, failed } = await runFunction(name, { ...given }, signal);
      if (failed) throw new llm.ToolError(output);
      return output;
    },
  };
}

function toolOf(one: AgentFunction, host: ToolHost): Described {
  switch (one.type) {
    case "say":
      return {
        what: `Gives the text to tell the caller about "${one.name}".`,
        run: async () => one.text,
      };
    case "transfer":
      return {
        what: `Puts the caller through to a person: "${one.name}".`,
        parameters: TRANSFER_PARAMETERS,
        run: async ({ transferNotification }, turn) => {
          await turn.waitForPlayout();
          if (!host.hasSpoken) await host.speak(PUTTING_THROUGH, false);
          return host.transfer(one.name, notificationOf(transferNotification));
        },
      };
    case "endCall":
      return {
        what: "Ends the call. Say goodbye first.",
        run: async (_nothing, turn) => {
          await turn.waitForPlayout();
          if (one.farewell) await host.speak(one.farewell, false);
          else if (!host.hasSpoken) await host.speak(FAREWELL, false);
          host.end();
          return undefined;
        },
      };
    case "sendDtmf":
      return {
        what: `Sends the keys ${one.digits} to the other side.`,
        run: async () => {
          await host.sendDtmf(one.digits);
          return "The keys have been sent.";
        },
      };
    case "takeMessage":
      return {
        what: "Records a message of the caller's after a tone.",
        run: async (_nothing, turn) => {
          await turn.waitForPlayout();
          await host.speak(one.prompt || "Please leave your message after the tone.", true);
          const seconds = await host.takeMessage(one.maxSeconds ?? 120);
          return seconds === undefined
            ? "Nothing was said: there is no message."
            : `A message of ${Math.round(seconds)} seconds has been taken.`;
        },
      };
  }
}
