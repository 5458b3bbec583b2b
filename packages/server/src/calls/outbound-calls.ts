// Calls that we make: limits, the record, and the set-up. What may be dialled was judged before.
import { randomUUID } from "node:crypto";
import type { SendTarget } from "@ringdown/sip";
import type { LimitsConfig } from "../config/config.ts";
import { AppError } from "../errors.ts";
import type { Agent, JsonValue } from "../store/records.ts";
import type { AgentDirectory } from "../store/store.ts";
import type { ConversationInputs } from "../worker/protocol.ts";
import type { MediaPool } from "../worker/worker-pool.ts";
import { agentProfile, type ProfileSource } from "./agent-profile.ts";
import { Call, type CallLog } from "./call.ts";
import { callLimit } from "./call-limits.ts";
import { type CallOutcomeSummary, outcomeOf } from "./call-outcome.ts";
import { CallRecorder, type CallRecordStore } from "./call-record.ts";
import type { Clock } from "./clock.ts";
import type { Destination } from "./dial/destination.ts";
import type { Dialer } from "./dial-port.ts";
import { setUpOutbound } from "./outbound-setup.ts";
import type { RecordingFiles } from "./recording-files.ts";
import { RING_SECONDS } from "./ring-seconds.ts";
import type { RunningCalls } from "./running-calls.ts";

export interface PlaceCall {
  /** Chosen by who places it, where it has to be written down first; no other call may have it. */
  callId?: string;
  organizationId: string;
  agentId: string;
  /** One that the policy has let pass. */
  target: Destination;
  /** As typed: the record's `to`. */
  targetText: string;
  /** +E.164, in place of the agent's first number. */
  callerId?: string;
  /** What the agent is told of the person, and of this one call. */
  context?: string;
  taskContext?: string;
  /** In place of the agent's welcomeMessage. */
  greeting?: string;
  /** The agent speaks after the person did. */
  waitToGreet?: boolean;
  /** Seconds; see RING_SECONDS. */
  ringSeconds?: number;
  /** What is told with the call, in its timeline. */
  taskId?: string;
  meta?: JsonValue;
}

export interface PlacedCall {
  callId: string;
  /** Comes when the call is over and its record is written. Never rejects. */
  done: Promise<CallOutcomeSummary>;
}

export interface OutboundCallsOptions {
  agents: Pick<AgentDirectory, "get">;
  dialer: Dialer;
  running: RunningCalls;
  limits: Pick<LimitsConfig, "maxCalls" | "maxCallsPerOrganization">;
  pool: MediaPool;
  models: ProfileSource;
  store: CallRecordStore;
  files: RecordingFiles;
  /** An agent wants his caller put through by that function. */
  onTransferRequested(callId: string, name: string, notification?: string): void;
  /** The node is being shut down: no new calls. */
  draining(): boolean;
  /** Our address as that target sees it; goes into the SDP. */
  mediaAddressFor(target: SendTarget): string;
  clock: Clock;
  log: CallLog;
}

export class OutboundCalls {
  readonly #options: OutboundCallsOptions;

  constructor(options: OutboundCallsOptions) {
    this.#options = options;
  }

  /**
   * Dials at once. The call's record stands when this returns.
   * @throws AppError node_draining, agent_not_found, provider_missing, busy
   */
  place(input: PlaceCall): PlacedCall {
    const { running, clock, log } = this.#options;
    const { organizationId, target, targetText } = input;
    if (this.#options.draining()) throw new AppError("node_draining");
    const agent = this.#agent(organizationId, input.agentId);
    const profile = profileFor(agent, input, this.#options.models);
    if ("reason" in profile) throw new AppError("provider_missing", profile.reason);
    const full = callLimit(agent, this.#options.limits, {
      node: running.size,
      organization: running.ofOrganization(organizationId),
      agent: running.ofAgent(agent.id),
    });
    if (full !== undefined) throw new AppError("busy", full.hint);

    const id = input.callId ?? randomUUID();
    const from = input.callerId ?? agent.phoneNumbers[0] ?? agent.username;
    const recorder = new CallRecorder(
      { id, organizationId, direction: "outbound", agentId: agent.id, from, to: targetText },
      {
        store: this.#options.store,
        clock,
        onWriteFailed: (error) => log.error({ err: error, callId: id }, "a call record could not be written"),
      },
    );
    const done = Promise.withResolvers<CallOutcomeSummary>();
    let summary: CallOutcomeSummary | undefined;
    const call = new Call({
      id,
      profile,
      record: agent.recording,
      recorder,
      pool: this.#options.pool,
      files: this.#options.files,
      from,
      to: targetText,
      inputs: inputsOf(input),
      leg: { direction: "outbound", sipCallId: "" },
      clock,
      log,
      onEnded: (end) => {
        running.ended(id);
        summary = outcomeOf(id, end, {
          answeredAt: call.answeredAt,
          endedAt: clock.now(),
          facts: call.facts,
        });
        const { outcome, sipStatus } = summary;
        log.info({ callId: id, by: end.by, code: end.code, outcome, sipStatus }, "call ended");
      },
      onTransferRequested: (name, notification) => this.#options.onTransferRequested(id, name, notification),
      onReleased: () => {
        running.released(id);
        if (summary !== undefined) done.resolve(summary);
      },
    });
    running.add(call, { organizationId, agentId: agent.id });
    const { taskId, meta } = input;
    recorder.step("call_placed", {
      ...(taskId === undefined ? {} : { taskId }),
      ...(meta === undefined ? {} : { meta }),
    });
    call.ringing();
    log.info({ callId: id, agent: agent.username, from, to: targetText, taskId }, "call goes out");
    setUpOutbound({
      call,
      firstWords: {
        waitToGreetMs: input.waitToGreet === true ? agent.waitToGreetTimeout * 1000 : undefined,
        onMachine: agent.onMachine,
        machineMessage: agent.machineMessage || (input.greeting ?? agent.welcomeMessage),
      },
      dialer: this.#options.dialer,
      request: {
        organizationId,
        agent,
        destination: target,
        ringSeconds: input.ringSeconds ?? RING_SECONDS.default,
        ...(input.callerId === undefined ? {} : { callerId: input.callerId }),
      },
      mediaAddressFor: this.#options.mediaAddressFor,
    });
    return { callId: id, done: done.promise };
  }

  #agent(organizationId: string, agentId: string): Agent {
    const agent = this.#options.agents.get(agentId);
    if (agent?.organizationId !== organizationId) throw new AppError("agent_not_found");
    return agent;
  }
}

/** How this agent talks in this call. */
function profileFor(agent: Agent, { target, greeting }: PlaceCall, models: ProfileSource) {
  const person = target.kind === "number" ? target.number : "";
  const profile = agentProfile(agent, person, models);
  if ("reason" in profile) return profile;
  return {
    ...profile,
    ...(greeting === undefined ? {} : { welcomeMessage: greeting }),
  };
}

function inputsOf({ context, taskContext }: PlaceCall): ConversationInputs {
  return {
    direction: "outbound",
    ...(context === undefined ? {} : { context }),
    ...(taskContext === undefined ? {} : { taskContext }),
  };
}
