// What a start says on stdout, for a program (the `ready` line) and for a person (the block after it).
import type { Config } from "./config/config.ts";
import { bracketed } from "./config/endpoint.ts";
import { reachedBy } from "./edge/sip-uris.ts";

export interface Bound {
  protocol: string;
  host: string;
  port: number;
}

/** As RINGDOWN_SIP writes it, with the real port. */
export function listenerText({ protocol, host, port }: Bound): string {
  return `${protocol}:${bracketed(host)}:${port}`;
}

/** `ready udp:0.0.0.0:5060 tcp:0.0.0.0:5060 http://127.0.0.1:8080` */
export function readyLine(listeners: readonly Bound[], http: { host: string; port: number }): string {
  return `ready ${listeners.map(listenerText).join(" ")} ${httpBase(http)}`;
}

export function httpBase({ host, port }: { host: string; port: number }): string {
  return `http://${bracketed(host)}:${port}`;
}

/** An address for a client on this machine. */
function local(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

/** Where an operator finds the console. */
export function consoleBase(
  { publicUrl }: Pick<Config, "publicUrl">,
  http: { host: string; port: number },
): string {
  return publicUrl ?? httpBase({ ...http, host: local(http.host) });
}

/** The agent's URI as it is dialled on this machine. */
export function localSipUri(username: string, listeners: readonly Bound[]): string {
  const listener = listeners.find((one) => one.protocol === "udp") ?? listeners[0];
  if (listener === undefined) return `sip:${username}@127.0.0.1`;
  const { scheme, suffix } = reachedBy(listener);
  return `${scheme}:${username}@${bracketed(local(listener.host))}${suffix}`;
}

export interface Welcome {
  listeners: readonly Bound[];
  http: { host: string; port: number };
  username: string | undefined;
  newToken: string | undefined;
  /** Of the page that sets an owner's password, while nobody has one. */
  passwordUrl?: string | undefined;
  dataDir: string;
  startMs: number;
  certificate?: { names: string; validTo: Date; path: string; own: boolean } | undefined;
}

function certificateLine({ certificate, listeners }: Welcome): string[] {
  const isUsed = listeners.some(({ protocol }) => protocol === "tls" || protocol === "wss");
  if (certificate === undefined || !isUsed) return [];
  const { names, validTo, path, own } = certificate;
  if (!own) return [`  TLS        ${names}, until ${validTo.toISOString().slice(0, 10)}`];
  return [
    `  TLS        with a certificate of its own making, which phones have to be told to trust: ${path}`,
    "             RINGDOWN_TLS_CERT and RINGDOWN_TLS_KEY name one that they trust by themselves.",
  ];
}

function nextStep({ username, listeners }: Welcome): string {
  if (username === undefined) return "make an agent with POST /api/v2/agents.";
  // From this machine to an address of the network a call comes from that address, which the first access list lacks.
  const loopback = /@(127\.|\[::1\])/.test(localSipUri(username, listeners));
  const where = loopback
    ? "dial that address from a softphone on this machine"
    : "add a softphone's address by POST /api/v2/sip/ipWhitelist, and dial that address from it, with an account";
  return (
    `${where} whose number is E.164, such as +15550100 (README.md shows how), or try \`npm run demo\`. ` +
    "A call that is refused is in /api/v2/rejectedCalls, with the reason."
  );
}

export function welcomeBlock(welcome: Welcome): string {
  const base = httpBase({ ...welcome.http, host: local(welcome.http.host) });
  const { username, newToken, passwordUrl } = welcome;
  const lines = [
    `Ringdown takes calls (started in ${(welcome.startMs / 1000).toFixed(1)} s).`,
    ...(username === undefined ? [] : [`  dial       ${localSipUri(username, welcome.listeners)}`]),
    ...(newToken === undefined ? [] : [`  API token  ${newToken}   (shown this once: keep it)`]),
    `  console    ${passwordUrl ?? `${base}/`}`,
    ...(passwordUrl === undefined
      ? []
      : ["             (sets the owner's password; good once, and for a day)"]),
    `  API        ${base}/api/v2   described at ${base}/api/v2/docs`,
    `  data       ${welcome.dataDir}`,
    ...certificateLine(welcome),
    `Next: ${nextStep(welcome)}`,
  ];
  return `\n${lines.join("\n")}\n\n`;
}
