import type { Address, Headers, NameAddr, RateVerdict, Uri } from "@ringdown/sip";
import { callLimit } from "../calls/call-limits.ts";
import type { LimitsConfig } from "../config/config.ts";
import { quoted } from "../quoted.ts";
import type { SoftphoneLine } from "../softphone/softphone-lines.ts";
import type { Agent } from "../store/records.ts";
import type { AgentDirectory } from "../store/store.ts";
import type { AccessMatcher, NetworkSet } from "./access-matcher.ts";
import { calledUser, callerNumber, shownUser } from "./caller.ts";
import { trueSource } from "./source.ts";

/** Why a call was refused. The last ones are not the judgement's: what comes after it uses them. */
export type RejectCode =
  | "source_not_listed"
  | "agent_unknown"
  | "caller_not_e164"
  | "busy_node"
  | "busy_agent"
  | "no_codec"
  | "sdp_malformed"
  | "node_draining"
  | "worker_unavailable";

export interface InviteFacts {
  /** The transport's, as the socket reports it. */
  sourceAddress: string;
  transport: string;
  requestUri: Uri;
  from: NameAddr;
  headers: Pick<Headers, "get" | "getAll">;
  /** A browser's, which the API has let in for one agent. */
  line?: Pick<SoftphoneLine, "agentId" | "caller"> | undefined;
}

/** A registration that a Request-URI's user, our Contact's, stands for. */
export interface RegistrationContact {
  readonly agent: Agent;
  /** The extension that it registers: whom the PBX's people have called. */
  readonly extension: string;
  /** Whether that is an address of its registrar. */
  isRegistrar(source: string): boolean;
  /** Where the registrar sees us, where that is not our own address. */
  readonly seenAs: Address | undefined;
}

/** What an INVITE is judged against: the present state, in memory. */
export interface EdgeView {
  /** Rule 1: what Contact that is. */
  registration(user: string): RegistrationContact | undefined;
  /** Whether any registration is at a registrar with this address. */
  isRegistrar(address: string): boolean;
  agents: Pick<AgentDirectory, "find">;
  accessList: AccessMatcher;
  trustedProxies: Pick<NetworkSet, "has">;
  unlisted: "reject" | "drop";
  limits: Pick<LimitsConfig, "maxCalls" | "maxCallsPerOrganization">;
  /** Calls that run now, those ringing included. */
  running: { node(): number; organization(id: string): number; agent(id: string): number };
  /** Takes one INVITE off the source's allowance. */
  takeRate(source: string): RateVerdict;
}

export type Judgement =
  | {
      verdict: "accept";
      source: string;
      agent: Agent;
      organizationId: string;
      /** E.164 number; over a registration whatever the PBX has: an extension, or a name. */
      callerNumber: string;
      /** As it was dialled; over a registration the extension. */
      calledUser: string;
      /** Where the registrar sees us that the call comes from. */
      seenAs?: Address;
    }
  | Refusal
  | Drop;

interface Refused {
  /** Canonical true source, for the record. */
  source: string;
  code: RejectCode;
  /** What to do about it, for a person. */
  hint: string;
  organizationId?: string;
}

export type Refusal = Refused & { verdict: "refuse"; status: number; retryAfter?: number };
export type Drop = Refused & { verdict: "drop" };

/** Characters of a caller that is no number; it comes from the network. */
const MAX_CALLER = 128;
/** Seconds after which a caller may try a full node again. */
const BUSY_RETRY_AFTER = 5;

/** Judges an INVITE outside a dialog, exactly in the order of spec §2; the first answer stands. */
export function judgeInvite(input: InviteFacts, view: EdgeView): Judgement {
  const source = trueSource(input.sourceAddress, input.headers, view.trustedProxies);
  if (!source.ok) return notListed(view, source.address, source.reason, undefined);
  const { address } = source;
  const user = calledUser(input.requestUri);
  if (input.line !== undefined) return judgeLine(input.line, user, address, view);

  // 1. A registration's Contact. Extensions call each other: the caller need not be a number.
  const contact = user === undefined ? undefined : view.registration(user);
  if (contact?.isRegistrar(address)) {
    const caller = callerNumber(input.from) ?? shownUser(input.from.uri).slice(0, MAX_CALLER);
    const judgement = withinLimits(view, address, contact.agent, caller, contact.extension);
    const { seenAs } = contact;
    return judgement.verdict === "accept" && seenAs !== undefined ? { ...judgement, seenAs } : judgement;
  }

  // 2. No such agent: told only to those whom somebody lists, for the answer says who exists.
  const agent = user === undefined ? undefined : view.agents.find(user);
  if (agent === undefined) {
    const listedBy = [...view.accessList.listedBy(address)];
    if (listedBy.length === 0) return notListed(view, address, listHint(address), undefined);
    const organizationId = listedBy.length === 1 ? listedBy[0] : undefined;
    const hint = contact === undefined ? unknownHint(view, user) : elsewhereHint(contact, address);
    return refuse(address, 404, "agent_unknown", hint, organizationId);
  }

  // 3. Not in the access list of the agent's organization.
  const { organizationId } = agent;
  if (!view.accessList.lists(organizationId, address)) {
    return notListed(view, address, listHint(address), organizationId);
  }

  // 4. From is not E.164.
  const caller = callerNumber(input.from);
  if (caller === undefined) {
    return refuse(address, 404, "caller_not_e164", callerHint(input.from), organizationId);
  }

  // 5. Limits. (6, the codec, is the media's to judge.)
  return withinLimits(view, address, agent, caller, user ?? "");
}

/** A browser's line: who gave it has said who may be called, and by whom. */
function judgeLine(
  { agentId, caller }: Pick<SoftphoneLine, "agentId" | "caller">,
  user: string | undefined,
  source: string,
  view: EdgeView,
): Judgement {
  const agent = user === undefined ? undefined : view.agents.find(user);
  if (agent?.id !== agentId) {
    const hint =
      "A browser calls the agent that its line was given for, by username or number, and nobody else.";
    return refuse(source, 404, "agent_unknown", hint, undefined);
  }
  return withinLimits(view, source, agent, caller, user ?? "");
}

function withinLimits(
  view: EdgeView,
  source: string,
  agent: Agent,
  callerNumber: string,
  calledUser: string,
): Judgement {
  const { organizationId } = agent;
  const busy = (hint: string, retryAfter: number): Refusal => ({
    ...refuse(source, 503, "busy_node", hint, organizationId),
    retryAfter,
  });
  const rate = view.takeRate(source);
  if (!rate.ok) {
    return busy(
      `${source} sends calls faster than RINGDOWN_INVITE_RATE allows: slow it down, or raise the limit.`,
      rate.retryAfter,
    );
  }
  const full = callLimit(agent, view.limits, {
    node: view.running.node(),
    organization: view.running.organization(organizationId),
    agent: view.running.agent(agent.id),
  });
  if (full?.of === "agent") return refuse(source, 486, "busy_agent", full.hint, organizationId);
  if (full !== undefined) return busy(full.hint, BUSY_RETRY_AFTER);
  return { verdict: "accept", source, agent, organizationId, callerNumber, calledUser };
}

function refuse(
  source: string,
  status: number,
  code: RejectCode,
  hint: string,
  organizationId: string | undefined,
): Refusal {
  return {
    verdict: "refuse",
    source,
    status,
    code,
    hint,
    ...(organizationId === undefined ? {} : { organizationId }),
  };
}

function notListed(
  view: EdgeView,
  source: string,
  hint: string,
  organizationId: string | undefined,
): Refusal | Drop {
  const refusal = refuse(source, 403, "source_not_listed", hint, organizationId);
  if (view.unlisted === "reject") return refusal;
  const { status: _, ...rest } = refusal;
  return { ...rest, verdict: "drop" };
}

function listHint(source: string): string {
  return (
    `If calls from ${source} are wanted, add it to the access list: ` +
    `POST /api/v2/sip/ipWhitelist {"ip": "${source}", "label": "…"}.`
  );
}

function unknownHint(view: EdgeView, user: string | undefined): string {
  if (user === undefined) return "The Request-URI has no user part: dial sip:username@… or sip:+number@….";
  if (/^\d+$/.test(user) && view.agents.find(`+${user}`) !== undefined) {
    return `No agent has the username ${quoted(user)}. One has the number +${user}: dial it with its plus.`;
  }
  return (
    `No agent has the username or the number ${quoted(user)}: GET /api/v2/agents lists those there are ` +
    "(numbers are +E.164)."
  );
}

function elsewhereHint({ agent, extension }: RegistrationContact, source: string): string {
  return (
    `This is the Contact of ${agent.username}'s registration as ${quoted(extension)}, and ${source} is no address of its ` +
    "registrar: set where the PBX sends calls from as the registration's proxy, or dial the agent by its username."
  );
}

function callerHint(from: NameAddr): string {
  return (
    `From carries ${quoted(shownUser(from.uri))}, which is not an E.164 number: have the PBX or trunk send the ` +
    "caller as + and 7 to 15 digits, such as +15125550100."
  );
}
