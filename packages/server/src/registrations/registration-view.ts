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
  /** Where `subscribe` is true, once it has been registered: the calls of the extension, on whatever phone. */
  calls: {
    state: SubscriptionStatus["state"];
    lastCode: number | null;
    dialogs: {
      /** `trying`, `proceeding`, `early`, `confirmed`. */
      state: string;
      /** As the extension sees it; null: not told. */
      direction: "inbound" | "outbound" | null;
      /** Who is at the other end: a SIP URI, as the PBX writes it. */
      remote: string | null;
    }[];
  } | null;
  createdAt: string;
  updatedAt: string;
}

/** Calls that an answer shows. */
const MOST_DIALOGS = 32;

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
    calls: callsView(live),
    publicAddress:
      publicAddress === undefined ? null : `${bracketed(publicAddress.host)}:${publicAddress.port}`,
  };
}

function voicemailView({ news }: LiveRegistration): RegistrationView["voicemail"] {
  if (news === undefined) return null;
  const { status, summary } = news.voicemail;
  return {
    state: status.state,
    lastCode: status.lastCode ?? null,
    waiting: summary?.waiting ?? null,
    newMessages: summary?.newMessages ?? null,
    oldMessages: summary?.oldMessages ?? null,
  };
}

function callsView({ news }: LiveRegistration): RegistrationView["calls"] {
  if (news === undefined) return null;
  const { status, dialogs } = news.calls;
  return {
    state: status.state,
    lastCode: status.lastCode ?? null,
    dialogs: dialogs.slice(0, MOST_DIALOGS).map(({ state, direction, remote }) => ({
      state,
      direction: direction === undefined ? null : direction === "initiator" ? "outbound" : "inbound",
      remote: remote.identity ?? remote.target ?? null,
    })),
  };
}
