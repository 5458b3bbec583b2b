// What an operator writes of a registration, read into what it means (facts §2, spec §4).

import { isSipUri, noParams, parseUri, SipParseError, type SipUri, serialiseUri } from "@ringdown/sip";
import { bracketed, isHostName, isIpLiteral, parseEndpoint } from "../config/endpoint.ts";
import { canonicalAddress } from "../edge/address.ts";
import { AppError } from "../errors.ts";
import { quoted } from "../quoted.ts";
import {
  REGISTRATION_TRANSPORTS,
  type RegistrationSettings,
  type RegistrationTransport,
} from "../store/records.ts";

/** Fields as they come; null, or an empty text, takes an optional one away. */
export interface RegistrationInput {
  aor?: string;
  username?: string;
  authUsername?: string | null;
  password?: string | null;
  sipRealm?: string;
  proxy?: string | null;
  port?: number | null;
  transport?: string;
  subscribe?: boolean;
}

export interface SettingsChange {
  settings: RegistrationSettings;
  /** undefined: the one that is there stays. */
  password: string | null | undefined;
}

function refuse(sentence: string): never {
  throw new AppError("validation_failed", sentence);
}

/**
 * What is to be, from what is there and what was sent. Fields left out stay as they are. An AOR that is another one is
 * another account: its `authUsername` and password do not stay.
 * @throws AppError validation_failed
 */
export function changedSettings(
  present: RegistrationSettings | undefined,
  input: RegistrationInput,
): SettingsChange {
  const identity = identityOf(present, input);
  const before =
    present !== undefined && present.aor.toLowerCase() === identity.aor.toLowerCase() ? present : undefined;
  const { password } = input;
  if (password === "") refuse("password is empty: leave it out to keep it, send null to remove it.");
  const proxy = input.proxy === undefined ? (present?.proxy ?? null) : readProxy(input.proxy);
  return {
    settings: {
      ...identity,
      authUsername:
        input.authUsername === undefined ? (before?.authUsername ?? null) : input.authUsername || null,
      proxy,
      port: input.port === undefined ? (present?.port ?? null) : input.port,
      transport:
        input.transport === undefined ? (present?.transport ?? "udp") : readTransport(input.transport),
      subscribe: input.subscribe ?? present?.subscribe ?? false,
    },
    password: password === undefined && before === undefined ? null : password,
  };
}

type Identity = Pick<RegistrationSettings, "aor" | "username" | "sipRealm">;

/** The three name one account: what of them was not sent follows from what was. */
function identityOf(present: RegistrationSettings | undefined, input: RegistrationInput): Identity {
  const { aor, username, sipRealm } = given(input);
  if (aor !== undefined) {
    const uri = readAor(aor);
    return {
      aor: aorText(uri),
      username: username ?? uri.user ?? "",
      sipRealm: sipRealm ?? bracketed(uri.host),
    };
  }
  if (username === undefined && sipRealm === undefined && present !== undefined) {
    return { aor: present.aor, username: present.username, sipRealm: present.sipRealm };
  }
  const user = username ?? present?.username;
  const realm = sipRealm ?? present?.sipRealm;
  return { aor: builtAor(user, realm), username: user ?? "", sipRealm: realm ?? "" };
}

/** A form sends what was left empty as an empty text. */
function given({ aor, username, sipRealm }: RegistrationInput): RegistrationInput {
  return {
    ...(aor && { aor }),
    ...(username && { username }),
    ...(sipRealm && { sipRealm: readRealm(sipRealm) }),
  };
}

/**
 * The AOR that is asked about: as given, or built from its parts.
 * @throws AppError validation_failed
 */
export function askedAor(input: Pick<RegistrationInput, "aor" | "username" | "sipRealm">): string {
  const { aor, username, sipRealm } = given(input);
  return aor === undefined ? builtAor(username, sipRealm) : aorText(readAor(aor));
}

function builtAor(username: string | undefined, sipRealm: string | undefined): string {
  if (username === undefined) {
    return refuse(
      `${sipRealm === undefined ? "aor" : "username"} is missing: give aor ("1001@pbx.example"), or username and sipRealm.`,
    );
  }
  if (sipRealm === undefined) return refuse("sipRealm is missing: give it beside username, or give aor.");
  if (username.includes("@")) {
    refuse(`username ${quoted(username, 60)} holds an @: give the extension alone, or the whole as aor.`);
  }
  const host = sipRealm.replace(/^\[(.*)\]$/, "$1");
  return aorText({ scheme: "sip", user: username, host, params: noParams, headers: undefined });
}

function readAor(text: string): SipUri {
  const bare = text.trim().replace(/^sip:/i, "");
  if (/^sips:/i.test(bare)) {
    refuse(`aor ${quoted(text, 60)} is a sips URI: write it without, and set transport to "tls".`);
  }
  let uri: ReturnType<typeof parseUri>;
  try {
    uri = parseUri(`sip:${bare}`);
  } catch (error) {
    if (!(error instanceof SipParseError)) throw error;
    return refuse(`aor ${quoted(text, 60)} is not user@domain, such as "1001@pbx.example".`);
  }
  if (!isSipUri(uri) || uri.user === undefined || uri.user === "" || !isHost(uri.host)) {
    return refuse(`aor ${quoted(text, 60)} is not user@domain, such as "1001@pbx.example".`);
  }
  if (uri.port !== undefined) {
    refuse(`aor ${quoted(text, 60)} carries a port: give that as port, or in proxy.`);
  }
  if (uri.password !== undefined) {
    // Not shown: it holds a password.
    refuse("aor carries a password: give that as password.");
  }
  if (uri.params.size > 0 || uri.headers !== undefined) {
    refuse(`aor ${quoted(text, 60)} carries parameters: write user@domain alone.`);
  }
  return uri;
}

function aorText({ user, host }: SipUri): string {
  const uri = { scheme: "sip", host: canonicalAddress(host), params: noParams, headers: undefined } as const;
  return serialiseUri(user === undefined ? uri : { ...uri, user }).slice("sip:".length);
}

function isHost(host: string): boolean {
  return isHostName(host) || isIpLiteral(host);
}

function readRealm(text: string): string {
  const bare = text.trim().replace(/^\[(.*)\]$/, "$1");
  if (isHost(bare)) return bracketed(canonicalAddress(bare)).toLowerCase();
  const endpoint = parseEndpoint(text.trim());
  if (endpoint !== undefined && isHost(endpoint.host)) {
    return refuse(`sipRealm ${quoted(text, 60)} carries a port: give that as port, or in proxy.`);
  }
  return refuse(`sipRealm ${quoted(text, 60)} is not a domain or an address, such as "pbx.example".`);
}

/** In canonical form: lower case, IPv6 in brackets. */
function readProxy(text: string | null): string | null {
  const trimmed = text?.trim() ?? "";
  if (trimmed === "") return null;
  const bare = trimmed.replace(/^\[(.*)\]$/, "$1");
  if (isHost(bare)) return bracketed(canonicalAddress(bare)).toLowerCase();
  const endpoint = parseEndpoint(trimmed);
  if (endpoint === undefined || !isHost(endpoint.host) || endpoint.port === 0) {
    return refuse(
      `proxy ${quoted(trimmed, 60)} is not host or host:port, such as "edge.example:5070"; IPv6 goes in brackets.`,
    );
  }
  return `${bracketed(canonicalAddress(endpoint.host))}:${endpoint.port}`.toLowerCase();
}

function readTransport(text: string): RegistrationTransport {
  const transport = REGISTRATION_TRANSPORTS.find((name) => name === text.toLowerCase());
  return transport ?? refuse(`transport must be one of ${REGISTRATION_TRANSPORTS.join(", ")}.`);
}
