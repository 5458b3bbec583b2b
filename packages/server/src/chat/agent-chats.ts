// Chats by text with the agents of this node, each turn in a call worker: the same code answers as on the phone.
import { randomUUID } from "node:crypto";
import type { ChatEnd, ChatEvent, ChatMessage } from "@ringdown/voice";
import { agentProfile, type ProfileSource, remoteFunctionsOf } from "../calls/agent-profile.ts";
import type { Destinations } from "../calls/dial/destinations.ts";
import { AppError } from "../errors.ts";
import type { FunctionRunner } from "../functions/function-runner.ts";
import { quoted } from "../quoted.ts";
import type { Agent } from "../store/records.ts";
import type { WorkerPool } from "../worker/worker-pool.ts";

/** Turns at once of one organization. */
const MOST_OF_ONE = 10;
/** A number from the range for fiction, where none is given. */
export const FICTITIOUS_CALLER = "+12025550100";

export interface ChatTurnInput {
  messages: ChatMessage[];
  /** Who the caller is taken for. */
  from?: string;
  context?: string;
  taskContext?: string;
}

export interface AgentChatsOptions {
  pool: Pick<WorkerPool, "chat">;
  models: ProfileSource;
  destinations: Pick<Destinations, "read">;
  functions: Pick<FunctionRunner, "beginTalk" | "endTalk">;
}

export class AgentChats {
  readonly #options: AgentChatsOptions;
  readonly #running = new Map<string, number>();

  constructor(options: AgentChatsOptions) {
    this.#options = options;
  }

  /**
   * Whether the agent can chat now, before anything is answered.
   * @throws AppError chat_unavailable, provider_missing, too_many_requests
   */
  begin(agent: Agent, input: ChatTurnInput): RunningChat {
    if (agent.mode !== "pipeline")
      throw new AppError(
        "chat_unavailable",
        `Only agents of mode "pipeline" chat by text: ${agent.username} is of mode ${quoted(agent.mode)}, which needs a phone line.`,
      );
    const { models, functions } = this.#options;
    const from = input.from ?? FICTITIOUS_CALLER;
    const profile = agentProfile(agent, from, models);
    if ("reason" in profile) throw new AppError("provider_missing", profile.reason);
    const { organizationId } = agent;
    const running = this.#running.get(organizationId) ?? 0;
    if (running >= MOST_OF_ONE)
      throw new AppError("too_many_requests", `At most ${MOST_OF_ONE} chats are answered at once.`);
    this.#running.set(organizationId, running + 1);
    const { messages, context, taskContext } = input;
    return {
      run: async (onEvent, signal) => {
        const chatId = randomUUID();
        functions.beginTalk(chatId, agent);
        try {
          await models.toolsKnown?.(agent);
          return await this.#options.pool.chat(
            {
              ...{ chatId, profile: { ...profile, ...remoteFunctionsOf(agent, models) }, messages },
              context: {
                ...{ from, to: agent.username },
                ...(context !== undefined && { context }),
                ...(taskContext !== undefined && { taskContext }),
              },
            },
            (event) => onEvent(this.#withDestination(agent, event)),
            signal,
          );
        } catch (error) {
          throw asAppError(error);
        } finally {
          functions.endTalk(chatId);
          this.#left(organizationId);
        }
      },
    };
  }

  #left(organizationId: string): void {
    const left = (this.#running.get(organizationId) ?? 1) - 1;
    if (left === 0) this.#running.delete(organizationId);
    else this.#running.set(organizationId, left);
  }

  /** A transfer that a call would have made says where it would have led. */
  #withDestination(agent: Agent, event: ChatEvent): ChatEvent {
    if (event.type !== "functionResult" || event.wouldHave === undefined) return event;
    const one = agent.functions.find(({ name }) => name === event.name);
    if (one?.type !== "transfer") return event;
    const targets = [one.destination].flat().map((text) => {
      try {
        const { kind } = this.#options.destinations.read(agent.organizationId, text);
        return `${text} (${kind})`;
      } catch (error) {
        return `${text} (not possible: ${error instanceof AppError ? error.message : "it cannot be read"})`;
      }
    });
    return { ...event, wouldHave: `${event.wouldHave}: to ${targets.join(", then ")}` };
  }
}

export interface RunningChat {
  /** Once. @throws AppError chat_failed, busy */
  run(onEvent: (event: ChatEvent) => void, signal: AbortSignal): Promise<ChatEnd>;
}

/** Codes are those of the worker and of the voice in it. */
function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const message = error instanceof Error ? error.message : "";
  if (code === "provider_failed") return new AppError("chat_failed", { message, cause: error });
  if (code === "busy" || code === "no_worker" || code === "worker_gone")
    return new AppError("busy", { message, cause: error });
  return new AppError("internal_error", { cause: error });
}
