// Transfers of the calls of this node: asked for, one at a time for each call.
import type { SendTarget } from "@ringdown/sip";
import { AppError } from "../../errors.ts";
import type { Registrations } from "../../registrations/registrations.ts";
import { isE164 } from "../../store/agent-fields.ts";
import type { Agent } from "../../store/records.ts";
import type { AgentDirectory } from "../../store/store.ts";
import { Call } from "../call.ts";
import type { Clock } from "../clock.ts";
import type { Destination } from "../dial/destination.ts";
import type { Destinations } from "../dial/destinations.ts";
import type { Dialer } from "../dial-port.ts";
import type { RunningCalls } from "../running-calls.ts";
import { CallTransfer } from "./call-transfer.ts";
import { referTargetOf } from "./refer-target.ts";
import { transferChain } from "./transfer-chain.ts";
import type { Consent, TransferTarget } from "./transfer-plan.ts";
import { compileTrigger } from "./transfer-trigger.ts";
import { resultNote } from "./transfer-words.ts";

export interface TransferRequest {
  /** As for a call out; the next is tried where one cannot be had. */
  destinations: readonly string[];
  /** Spoken to who answers, alone, before the caller is put through. */
  transferNotification?: string;
  /** Who answers has to press 1. */
  confirm?: boolean;
  /** By a call of ours, or by the caller's own side. */
  mode?: "bridge" | "refer";
  /** The agent stays with the caller until who answers says that he takes the call. */
  attended?: boolean;
  /** Seconds for either. */
  confirmTimeout?: number;
  ringSeconds?: number;
  /** The person sees the agent's number; else the caller's, where it is one. */
  useAgentNumber?: boolean;
}

export interface TransfersOptions {
  running: Pick<RunningCalls, "find">;
  agents: Pick<AgentDirectory, "get">;
  destinations: Pick<Destinations, "read">;
  dialer: Dialer;
  registrations: Pick<Registrations, "line">;
  /** Host part of our own URIs; IPv6 in brackets. */
  domain: string;
  mediaAddressFor(target: SendTarget): string;
  clock: Clock;
  log: {
    info(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
}

const TRANSFER_RING_SECONDS = 30;
export class Transfers {
  readonly #options: TransfersOptions;
  readonly #underWay = new Map<string, CallTransfer>();

  constructor(options: TransfersOptions) {
    this.#options = options;
  }

  /**
   * Begins at once; how it goes is in the call's timeline. What the request leaves open is as the agent's fields say.
   * @param next function that the agent carries out where nobody could be had
   * @throws AppError call_not_active, transfer_under_way, destination_invalid, destination_not_allowed
   */
  start(callId: string, request: TransferRequest, next?: string): void {
    const { log } = this.#options;
    const found = this.#find(callId);
    if (found?.call.talking !== true) throw new AppError("call_not_active");
    const { call, agentId, organizationId } = found;
    if (this.#underWay.has(callId)) throw new AppError("transfer_under_way");
    const agent = this.#agent(agentId);
    const meanings = this.#meanings(call, agent, organizationId, request);
    const consent = consentOf(agent, request);
    const transfer = new CallTransfer({
      ...this.#options,
      next,
      ...{ call, agent, destinations: meanings, headers: this.#headers(agent) },
      referredBy: this.#referredBy(agent),
      callerId: (request.useAgentNumber ?? agent.useAgentNumberForTransfers) ? undefined : numberOf(call),
      plan: {
        targets: [...meanings.keys()],
        mode: request.mode ?? agent.transferMode,
        referFallback: agent.transferReferFallback,
        ...{ consent, agentStays: consent.by === "speech", afterTalk: "end" },
        confirmSeconds: request.confirmTimeout ?? agent.transferConfirmTimeout,
        notification: request.transferNotification ?? "",
        prompt: promptOf(consent),
      },
      onFinished: ({ outcome }) => {
        this.#underWay.delete(callId);
        log.info({ callId, outcome }, "a transfer is over");
      },
    });
    this.#underWay.set(callId, transfer);
    log.info({ callId, targets: request.destinations }, "a call is transferred");
    transfer.start();
  }

  /**
   * By a function of the agent's: nobody else may be dialled. The agent has stepped back.
   * @param said what the agent itself has who answers told, in place of the function's text
   */
  requested(callId: string, name: string, said?: string): void {
    const { agents, log } = this.#options;
    const found = this.#find(callId);
    if (found === undefined) return;
    const { call, agentId } = found;
    const functions = agents.get(agentId)?.functions ?? [];
    try {
      const { destinations, transferNotification = "", next } = transferChain(functions, name);
      const notification = said ?? transferNotification;
      const told = notification === "" ? {} : { notification };
      call.leg.record.step("transfer_requested", { function: name, ...told });
      this.start(callId, { destinations, transferNotification: notification }, next);
    } catch (error) {
      if (!(error instanceof AppError)) log.error({ err: error, callId }, "a transfer could not be begun");
      const reason = error instanceof AppError ? error.message : "a fault of ours";
      call.leg.record.step("transfer_refused", { function: name, reason });
      const note = resultNote({ outcome: "not_allowed", attempts: [] });
      void call.leg.media.resumeConversation(note).catch(() => undefined);
    }
  }

  /** The caller is back with the agent. @throws AppError transfer_not_found */
  cancel(callId: string): void {
    const transfer = this.#underWay.get(callId);
    if (transfer === undefined) throw new AppError("transfer_not_found");
    transfer.cancel();
  }

  #find(callId: string): { call: Call; organizationId: string; agentId: string } | undefined {
    const entry = this.#options.running.find(callId);
    return entry?.call instanceof Call ? { ...entry, call: entry.call } : undefined;
  }

  /** @throws AppError destination_invalid, destination_not_allowed */
  #meanings(
    call: Call,
    agent: Agent,
    organizationId: string,
    { destinations: texts, ringSeconds = TRANSFER_RING_SECONDS }: TransferRequest,
  ): ReadonlyMap<TransferTarget, Destination> {
    const { destinations, registrations, domain } = this.#options;
    const { dialog } = call.leg;
    const line = registrations.line(agent.id);
    return new Map(
      texts.map((text) => {
        const destination = destinations.read(organizationId, text);
        const referTo = dialog && referTargetOf(destination, { dialog, line, domain });
        return [{ text, referTo, digits: destination.digits ?? [], ringSeconds }, destination];
      }),
    );
  }

  #referredBy({ username }: Agent): string {
    return `<sip:${username}@${this.#options.domain}>`;
  }

  /** By whom (RFC 5806, RFC 3892): the person's PBX shows it, and a trunk that refuses others' numbers may let it pass for this. */
  #headers(agent: Agent): readonly (readonly [string, string])[] {
    const [number] = agent.phoneNumbers;
    const referredBy = ["Referred-By", this.#referredBy(agent)] as const;
    if (number === undefined) return [referredBy];
    return [["Diversion", `<tel:${number}>;reason=unconditional`], referredBy];
  }

  #agent(agentId: string): Agent {
    const agent = this.#options.agents.get(agentId);
    if (agent === undefined) throw new AppError("agent_not_found");
    return agent;
  }
}

/** Of who is put through. */
function numberOf(call: Call): string | undefined {
  return call.direction === "inbound" && isE164(call.from) ? call.from : undefined;
}

/** What who answers has to do. @throws AppError validation_failed: a trigger that cannot be read */
function consentOf(agent: Agent, { attended, confirm }: TransferRequest): Consent {
  if (attended ?? agent.attendedTransfers)
    return { by: "speech", trigger: compileTrigger(agent.attendedTransferBridgeTrigger) };
  return { by: (confirm ?? agent.confirmTransfers) ? "key" : "nothing" };
}

function promptOf(consent: Consent): string {
  if (consent.by === "nothing") return "";
  const { trigger } = consent.by === "speech" ? consent : { trigger: undefined };
  return `${trigger?.invitation ?? "Press 1"} to take the call, press 2 to decline, or 3 to have the caller told that you will call back.`;
}
