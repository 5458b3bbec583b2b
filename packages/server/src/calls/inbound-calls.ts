// From an INVITE to a call: who may (the edge), then a `Call`, or a refusal that is recorded.
import { randomUUID } from "node:crypto";
import { type Address, type Flow, from as fromHeader, type IncomingCall } from "@ringdown/sip";
import type { judgeInvite } from "../edge/judge-invite.ts";
import type { NewRejectedCall } from "../store/records.ts";
import type { MediaPool } from "../worker/worker-pool.ts";
import { agentProfile, type ProfileSource } from "./agent-profile.ts";
import { Call, type CallLog } from "./call.ts";
import { CallRecorder, type CallRecordStore } from "./call-record.ts";
import type { Clock } from "./clock.ts";
import { setUpInbound } from "./inbound-setup.ts";
import { legStartOf, shown } from "./leg-record.ts";
import type { RecordingFiles } from "./recording-files.ts";
import type { RunningCalls } from "./running-calls.ts";
import type { TakeoverRefusal } from "./transfer/peer-transfers.ts";

type InviteInput = Parameters<typeof judgeInvite>[0];
type Judgement = ReturnType<typeof judgeInvite>;

export interface InboundCallsOptions {
  /** Spec §2 over the present state. */
  judge(input: InviteInput): Judgement;
  /** Whose browser's connection that is. */
  lineOf?(connectionId: number | undefined): InviteInput["line"];
  /** @returns false where it came too fast and was only counted: then it is not worth a line of the log either */
  reject(rejected: NewRejectedCall): boolean;
  models: ProfileSource;
  running: RunningCalls;
  pool: MediaPool;
  store: CallRecordStore;
  files: RecordingFiles;
  /** An INVITE that wants to take the place of a call's dialog. @returns why not; undefined: it is being answered */
  takeOver(leg: IncomingCall): TakeoverRefusal | undefined;
  /** An agent wants his caller put through by that function. */
  onTransferRequested(callId: string, name: string, notification?: string): void;
  /** The node is being shut down: no new calls. */
  draining(): boolean;
  /**
   * Our address as this peer sees it, of the family on which its offer wants the audio.
   * @param seen where the registrar sees us that the call comes from
   */
  mediaAddressFor(flow: Flow, offer: string | undefined, seen: Address | undefined): string;
  clock: Clock;
  log: CallLog;
  createId?(): string;
}

/** Seconds until a caller may try again: about as long as a restart takes. */
const DRAIN_RETRY_AFTER = "10";

export class InboundCalls {
  readonly #options: InboundCallsOptions;
  /** Of browsers' calls: the connection that each came by. */
  readonly #connections = new Map<string, number>();

  constructor(options: InboundCallsOptions) {
    this.#options = options;
  }

  /** The user agent's `onInvite`: 100 has been sent. */
  onInvite(leg: IncomingCall): void {
    const { log } = this.#options;
    try {
      if (leg.replaces === undefined) this.#judge(leg);
      else this.#takeOver(leg);
    } catch (error) {
      log.error({ err: error, sipCallId: leg.callId }, "an INVITE could not be judged");
      leg.reject(500);
    }
  }

  /** A browser's only way to us is closed: whoever called by it is gone. */
  connectionClosed(connectionId: number | undefined): void {
    for (const [callId, of] of this.#connections)
      if (of === connectionId) this.#options.running.find(callId)?.call.hangUp("browser_gone");
  }

  #takeOver(leg: IncomingCall): void {
    const refusal = this.#options.takeOver(leg);
    if (refusal === undefined) return;
    leg.reject(refusal.status);
    this.#rejected(leg, leg.flow.remoteAddress, refusal, refusal.status, refusal.organizationId);
  }

  #judge(leg: IncomingCall): void {
    const { request, flow } = leg;
    const line = this.#options.lineOf?.(flow.connectionId);
    const judgement = this.#options.judge({
      sourceAddress: flow.remoteAddress,
      transport: flow.transport,
      requestUri: request.uri,
      from: fromHeader(request),
      headers: request.headers,
      line,
    });
    switch (judgement.verdict) {
      case "accept":
        this.#accept(leg, judgement, line === undefined ? undefined : flow.connectionId);
        break;
      case "refuse": {
        const headers: [string, string][] =
          judgement.retryAfter === undefined ? [] : [["Retry-After", String(judgement.retryAfter)]];
        // Nobody vouches for an unlisted source: it may be forged, and gets no more than it seems to have sent.
        if (judgement.code === "source_not_listed") leg.turnAway(judgement.status, { headers });
        else leg.reject(judgement.status, { headers });
        this.#rejected(leg, judgement.source, judgement, judgement.status, judgement.organizationId);
        break;
      }
      case "drop":
        leg.ignore();
        this.#rejected(leg, judgement.source, judgement, 0, judgement.organizationId);
        break;
    }
  }

  /** @param connectionId of a browser */
  #accept(
    leg: IncomingCall,
    judgement: Extract<Judgement, { verdict: "accept" }>,
    connectionId: number | undefined,
  ): void {
    const { agent, organizationId, callerNumber, calledUser } = judgement;
    const { running, clock, log } = this.#options;
    if (this.#options.draining()) {
      const why = {
        code: "node_draining",
        hint: "Ringdown is being shut down: another node, or a later call, is answered.",
      };
      leg.reject(503, { headers: [["Retry-After", DRAIN_RETRY_AFTER]] });
      this.#rejected(leg, judgement.source, why, 503, organizationId);
      return;
    }
    const profile = agentProfile(agent, callerNumber, this.#options.models);
    if ("reason" in profile) {
      leg.reject(480);
      this.#rejected(
        leg,
        judgement.source,
        { code: "agent_mode", hint: profile.reason },
        480,
        organizationId,
      );
      return;
    }
    const id = this.#options.createId?.() ?? randomUUID();
    const { flow } = leg;
    const recorder = new CallRecorder(
      {
        id,
        organizationId,
        direction: "inbound",
        agentId: agent.id,
        from: callerNumber,
        to: calledUser,
      },
      {
        store: this.#options.store,
        clock,
        onWriteFailed: (error) => log.error({ err: error, callId: id }, "a call record could not be written"),
      },
    );
    const call = new Call({
      id,
      profile,
      record: agent.recording,
      recorder,
      pool: this.#options.pool,
      files: this.#options.files,
      from: callerNumber,
      to: calledUser,
      inputs: { direction: "inbound" },
      leg: legStartOf(leg),
      clock,
      log,
      onEnded: (end) => {
        this.#connections.delete(id);
        running.ended(id);
        log.info({ callId: id, sipCallId: leg.callId, by: end.by, code: end.code }, "call ended");
      },
      onTransferRequested: (name, notification) => this.#options.onTransferRequested(id, name, notification),
      onReleased: () => running.released(id),
    });
    if (connectionId !== undefined) this.#connections.set(id, connectionId);
    running.add(call, { organizationId, agentId: agent.id });
    setUpInbound({
      call,
      dialog: leg,
      localAddress: this.#options.mediaAddressFor(flow, leg.offer, judgement.seenAs),
      ringSeconds: agent.preAnswerRingTime ?? 0,
      log,
      onRefused: (refusal) => this.#rejected(leg, judgement.source, refusal, refusal.status, organizationId),
    });
    log.info(
      {
        callId: id,
        sipCallId: leg.callId,
        agent: agent.username,
        from: callerNumber,
        source: flow.remoteAddress,
      },
      "call comes in",
    );
  }

  #rejected(
    leg: IncomingCall,
    source: string,
    why: { code: string; hint: string },
    status: number,
    organizationId: string | undefined,
  ): void {
    const { flow, request } = leg;
    const told = this.#options.reject({
      organizationId: organizationId ?? null,
      source,
      transport: flow.transport,
      from: shown(request.headers.get("From")),
      to: shown(request.uriText),
      code: why.code,
      status,
      hint: why.hint,
    });
    if (!told) return;
    this.#options.log.info({ sipCallId: leg.callId, source, code: why.code, status }, "INVITE refused");
  }
}
