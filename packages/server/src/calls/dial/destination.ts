// What may be dialled, read from what a person, an API client or a model has written (spec §5).

import { isSipUri, parseUri, type SendTarget, SipParseError, type SipUri, serialiseUri } from "@ringdown/sip";
import { AppError } from "../../errors.ts";
import { quoted } from "../../quoted.ts";
import type { AgentDirectory } from "../../store/store.ts";
import { isEmergencyCode } from "./emergency-numbers.ts";
import { type PostDial, splitPostDial } from "./post-dial.ts";

export type Destination =
  /** `number`: + and 2 to 15 digits. Whether it is one that can be dialled is the policy's to judge. */
  | { kind: "number"; number: string; digits?: PostDial }
  /** Of `ext:` or `pbx:`, which mean the same: dialled at the PBX where the agent is registered. */
  | { kind: "extension"; extension: string; digits?: PostDial }
  /** `uri`: `sip:user@host`, with a port or a transport where one was given, and nothing else. */
  | { kind: "sip"; uri: string; digits?: PostDial }
  | { kind: "agent"; agentId: string; username: string; digits?: PostDial }
  /** Whoever sent a REFER is asked to connect us there; never written by anybody. */
  | { kind: "peer"; uri: string; target: SendTarget; digits?: PostDial };

/** Whose agents usernames stand for. */
export interface DestinationScope {
  readonly organizationId: string;
  readonly agents: Pick<AgentDirectory, "find">;
}

/** Characters, the digits behind commas included. */
const MAX_LENGTH = 256;
const MAX_USER = 128;
const EXTENSION = /^[A-Za-z0-9*#+._-]{1,64}$/;
const ALLOWED_PARAMS: Readonly<Record<string, readonly string[]>> = {
  transport: ["udp", "tcp", "tls"],
  user: ["phone", "ip"],
};

/**
 * Reads a destination; nothing is trimmed and nothing guessed.
 * @throws AppError destination_invalid; destination_not_allowed for an emergency number that is not dialled as one can be
 */
export function parseDestination(text: string, scope: DestinationScope): Destination {
  if (text === "" || text.length > MAX_LENGTH)
    throw invalid(`A destination has 1 to ${MAX_LENGTH} characters.`);
  if (hasControls(text)) throw invalid("A destination holds no control characters.");
  const { address, digits } = splitPostDial(text);
  const destination = readAddress(address, scope);
  return digits === undefined ? destination : { ...destination, digits };
}

function readAddress(address: string, scope: DestinationScope): Destination {
  const scheme = /^([a-z]+):/i.exec(address)?.[1]?.toLowerCase();
  if (scheme === "ext" || scheme === "pbx") return readExtension(address.slice(4), address);
  if (scheme === "sip") return { kind: "sip", uri: readSipUri(address) };
  if (scheme === "sips") {
    throw invalid(`${quoted(address)}: write sip:user@host;transport=tls for a call by TLS.`);
  }
  if (address.startsWith("+")) {
    if (/^\+[1-9]\d{1,14}$/.test(address)) return { kind: "number", number: address };
    throw invalid(
      `${quoted(address)} is no number in E.164 form: + and 7 to 15 digits, the first not 0, as in +15125550100.`,
    );
  }
  if (isEmergencyCode(address)) {
    throw new AppError(
      "destination_not_allowed",
      `${address} is an emergency number: Ringdown does not call it. Where the PBX shall, ext:${address} does, once ` +
        "the organization's allowed destinations have emergency: true.",
    );
  }
  return readAgent(address, scope);
}

function readExtension(extension: string, address: string): Destination {
  if (EXTENSION.test(extension)) return { kind: "extension", extension };
  throw invalid(
    `${quoted(address)} is no extension: 1 to 64 letters, digits and * # + . _ - after ext: or pbx:, as in ext:1002.`,
  );
}

function readAgent(username: string, { agents, organizationId }: DestinationScope): Destination {
  const agent = agents.find(username);
  // Another organization's agent is no more there than one that does not exist.
  if (agent?.organizationId === organizationId) {
    return { kind: "agent", agentId: agent.id, username: agent.username };
  }
  if (/^[\d\s().\-/]+$/.test(username)) {
    throw invalid(
      `${quoted(username)}: write a number with its plus and country code (+15125550100), an extension as ext:${
        username.replace(/\D/g, "").slice(0, 15) || "1002"
      }.`,
    );
  }
  throw invalid(
    `${quoted(username)} is no agent of this organization, and none of +E.164, ext:1002, pbx:1002, sip:user@host.`,
  );
}

function readSipUri(address: string): string {
  const uri = parsed(address);
  const { user, password, headers, params, host, port } = uri;
  const refuse = (why: string) => invalid(`${quoted(address)} ${why}`);
  if (user === undefined || user === "") throw refuse("names nobody: sip:user@host is wanted.");
  if (user.length > MAX_USER || hasControls(user)) throw refuse("has a user part that cannot be dialled.");
  if (password !== undefined) throw refuse("holds a password, which would be sent to everybody on the way.");
  if (headers !== undefined) throw refuse("holds header fields (after ?), which are not taken from a URI.");
  for (const [name, value] of params) {
    if (!(ALLOWED_PARAMS[name] ?? []).includes(value.toLowerCase())) {
      throw refuse(`has the parameter ${quoted(name)}; only transport=udp|tcp|tls and user=phone are taken.`);
    }
  }
  const plain: SipUri = { scheme: "sip", user, host, params, headers: undefined };
  return serialiseUri(port === undefined ? plain : { ...plain, port });
}

function parsed(address: string): SipUri {
  try {
    const uri = parseUri(address);
    if (isSipUri(uri)) return uri;
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    throw invalid(
      `${quoted(address)} is no SIP URI: it cannot be read from character ${error.position + 1} on.`,
    );
  }
  throw invalid(`${quoted(address)} is no SIP URI.`);
}

function hasControls(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || (code >= 127 && code < 160)) return true;
  }
  return false;
}

function invalid(message: string): AppError {
  return new AppError("destination_invalid", message);
}
