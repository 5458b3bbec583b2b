import type { SubscriptionStatus } from "@ringdown/sip";
import { bracketed } from "../config/endpoint.ts";
import type { RegistrationSettings } from "../store/records.ts";
import type { LiveRegistration } from "./live-registration.ts";

/** A registration as the API shows it: never with its password. */
export interface RegistrationView extends RegistrationSettings {
  agentId: string;
  hasPassword: boolean;
  state: "registering" | "registered" | "rejected" | "unreachable" | "unregistered";
  /** Code of what keeps it from being registered. */
  fault: string | null;
  /** What to do about it. */
  hint: string | null;
  /** Of the last final response. */
  lastCode: number | null;
  lastReason: string | null;
  /** ISO 8601. */
  expiresAt: string | null;
  nextAttemptAt: string | null;
  /** `transport:address:port` that was asked last. */
  target: string | null;
  /** `address:port` where the registrar sees us, where that is not our own. */
  publicAddress: string | null;
  /** Where `subscribe` is true, once it has been registered. */
  voicemail: {
    state: SubscriptionStatus["state"];
    lastCode: number | null;
    /** Whether messages are waiting; null: not told yet. */
    waiting: boolean | null;
    newMessages: number | null;
    oldMessages: number | null;
  } | null;
  createdAt: string;
  updatedAt: string;
}

export function registrationView(
  live: LiveRegistration,
  clock: { now(): number; today(): number },
): RegistrationView {
  const { organizationId: _, sealedPassword, contactToken: __, outcome, ...record } = live.record;
  const { state, publicAddress } = live;
  // The machine's clock is monotonic: only here do its times become the calendar's.
  const time = (at: number | undefined) =>
    at === undefined ? null : new Date(clock.today() + at - clock.now()).toISOString();
  // Before the first answer since the start, that of the last time.
  const isNew = state.lastCode === undefined && state.state === "registering";
  return {
    ...record,
    hasPassword: sealedPassword !== null,
    state: live.shownState,
    fault: live.fault ?? null,
    hint: live.hint ?? null,
    lastCode: (isNew ? outcome?.lastCode : state.lastCode) ?? null,
    lastReason: (isNew ? outcome?.lastReason : state.lastReason) ?? null,
    expiresAt: time(state.expiresAt),
    nextAttemptAt: time(state.nextAttemptAt),
    target: live.target ?? null,
    voicemail: voicemailView(live),
    publicAddress:
      publicAddress === undefined ? null : `${bracketed(publicAddress.host)}:${publicAddress.port}`,
  };
}

function voicemailView({ mailbox }: LiveRegistration): RegistrationView["voicemail"] {
  if (mailbox === undefined) return null;
  const { status, summary } = mailbox;
  return {
    state: status.state,
    lastCode: status.lastCode ?? null,
    waiting: summary?.waiting ?? null,
    newMessages: summary?.newMessages ?? null,
    oldMessages: summary?.oldMessages ?? null,
  };
}
