// Runs SIPp with a scenario of ours on ports of its own and collects what it saw.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ended, inNamespace, startChild } from "./child.ts";
import { freeTcpPort, freeUdpPort, freeUdpPorts } from "./ports.ts";
import { RawUdp, requestText } from "./raw-sip.ts";
import type { Address } from "./ringdown-process.ts";
import { eventually } from "./wait.ts";

const scenarios = resolve(import.meta.dirname, "../scenarios");

/** SIPp's own time limit for a run, seconds; a scenario that waits longer says so. */
const RUN_LIMIT_S = 20;

export interface SippOptions {
  /** File name in interop/scenarios, without .xml. */
  scenario: string;
  remote: Address;
  transport?: "udp" | "tcp";
  /** Source address; 127.0.0.1 when left out. */
  localAddress?: string;
  /** User part of the Request-URI and To; `demo` when left out. */
  user?: string;
  /** Values for `{{name}}` in the scenario, over the usual ones (see `usualValues`). */
  values?: Record<string, string>;
  /** Port that SIPp's own RTP uses; a free pair when left out. */
  mediaPort?: number;
  /** Files put beside the scenario (audio to play), by name. */
  files?: Record<string, Uint8Array>;
  calls?: number;
  /** Network namespace that it runs in; its ports have to be given then. */
  namespace?: string;
  /** Port that it speaks SIP on; a free one when left out. */
  localPort?: number;
  limitSeconds?: number;
  parameters?: readonly string[];
}

export interface TracedMessage {
  direction: "sent" | "received";
  text: string;
  /** "200 INVITE" for a response, "INVITE" for a request. */
  name: string;
  header(name: string): string | undefined;
}

export interface SippResult {
  /** 0: every call went as the scenario says. */
  exitCode: number | null;
  /** SIPp's error log and what it wrote on stderr. */
  errors: string;
  messages: TracedMessage[];
  /** Call-ID of the n-th call (from 0). */
  callId: string;
  localPort: number;
  mediaPort: number;
  /** SIPp's closing screens. */
  screen: string;
}

/** `{{name}}` values that every scenario may use. */
const usualValues: Record<string, string> = {
  from: '"Interop" <sip:+15550100200@[local_ip]:[local_port]>',
  payloads: "0 8 101",
  rtpmaps: "a=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=fmtp:101 0-15",
  userAgent: "SIPp interop",
  rtpPort: "[media_port]",
  /** Before the first response, ms. */
  before: "1",
  /** How long the call lasts, ms. */
  hold: "1000",
};

/** Fills `{{name}}`; an unknown name is an error, as is an unknown file. */
export function fillScenario(name: string, values: Record<string, string>): string {
  const all = { ...usualValues, ...values };
  const fragment = readFileSync(join(scenarios, `${name}.xml`), "utf8");
  const fill = (text: string): string =>
    text.replaceAll(/\{\{(\w+)\}\}/g, (_whole, key: string) => {
      const value = all[key];
      if (value === undefined) throw new Error(`scenario ${name}.xml needs a value for ${key}`);
      return value;
    });
  // Twice: a value may itself use a value.
  return fill(fill(fragment));
}

/** One line a message of SIPp's -trace_msg file: who sent it, and its text. */
export function parseTrace(text: string): TracedMessage[] {
  const messages: TracedMessage[] = [];
  const block = /^-{20,} [^\n]*\n\w+ message (sent|received)[^\n]*\n\n?/gm;
  const starts = [...text.matchAll(block)];
  for (const [index, match] of starts.entries()) {
    const from = match.index + match[0].length;
    const body = text.slice(from, starts[index + 1]?.index ?? text.length).replaceAll("\r\n", "\n");
    messages.push(tracedMessage(match[1] === "sent" ? "sent" : "received", body));
  }
  return messages;
}

function tracedMessage(direction: "sent" | "received", text: string): TracedMessage {
  const header = (name: string): string | undefined =>
    new RegExp(`^${name}[ \\t]*:[ \\t]*(.*)$`, "im").exec(text.split("\n\n")[0] ?? "")?.[1];
  const status = /^SIP\/2\.0 (\d{3})/.exec(text)?.[1];
  const method = header("CSeq")?.split(/\s+/)[1] ?? "";
  const name = status === undefined ? (text.split(" ")[0] ?? "") : `${status} ${method}`;
  return { direction, text, name, header };
}

/** Runs one scenario as the calling side to its end. Does not throw when calls fail: look at `exitCode`. */
export async function runSipp(options: SippOptions): Promise<SippResult> {
  return (await startSipp(options)).result;
}

/** SIPp as the calling side, on its way. */
export interface SippCaller {
  readonly address: Address;
  /** Of its first call. */
  readonly callId: string;
  /** As that of a server. */
  readonly result: Promise<SippResult>;
}

export async function startSipp(options: SippOptions): Promise<SippCaller> {
  const { remote, user, localAddress } = options;
  const towards = [`${remote.host}:${remote.port}`, "-s", user ?? "demo"];
  const { localPort, callId, result } = await launch(options, towards);
  return { address: { host: localAddress ?? "127.0.0.1", port: localPort }, callId, result };
}

/** A scenario that waits for a MESSAGE goes on: SIPp takes one from anybody who knows the Call-ID. */
export async function tell(address: Address, callId: string): Promise<void> {
  const socket = await RawUdp.open(address);
  try {
    await socket.send(
      requestText(socket.local, address, { method: "MESSAGE", headers: { "Call-ID": callId } }),
    );
  } finally {
    await socket.close();
  }
}

/** SIPp as the called side: it waits for calls at `address`. */
export interface SippServer {
  readonly address: Address;
  /** Comes when it has had its calls, or its time is over. Does not reject when calls fail: look at `exitCode`. */
  readonly result: Promise<SippResult>;
}

/** Starts one scenario as the called side. It ends by itself, in `limitSeconds` at the latest. */
export async function startSippServer(options: Omit<SippOptions, "remote" | "user">): Promise<SippServer> {
  const { localPort, result, pid } = await launch(options, []);
  const host = options.localAddress ?? "127.0.0.1";
  let isOver = false;
  void result.then(() => {
    isOver = true;
  });
  await eventually("SIPp listens", () => isOver || isBound(options.transport ?? "udp", localPort, pid));
  return { address: { host, port: localPort }, result };
}

/** By the kernel's own table, where no probe of ours can be in the way. */
function isBound(transport: "udp" | "tcp", port: number, pid: number | undefined): boolean {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, "0")} `;
  return readFileSync(`/proc/${pid ?? "self"}/net/${transport}`, "latin1").includes(hex);
}

async function launch(
  options: Omit<SippOptions, "remote" | "user">,
  towards: readonly string[],
): Promise<{ localPort: number; callId: string; result: Promise<SippResult>; pid: number | undefined }> {
  const folder = mkdtempSync(join(tmpdir(), "ringdown-sipp-"));
  const address = options.localAddress ?? "127.0.0.1";
  const transport = options.transport ?? "udp";
  const localPort =
    options.localPort ?? (transport === "udp" ? await freeUdpPort(address) : await freeTcpPort(address));
  const mediaPort = options.mediaPort ?? (await freeUdpPorts(address));
  const limit = options.limitSeconds ?? RUN_LIMIT_S;
  const idTail = `${process.pid}-${localPort}@interop`;
  try {
    writeFileSync(join(folder, "scenario.xml"), fillScenario(options.scenario, options.values ?? {}));
    for (const [name, bytes] of Object.entries(options.files ?? {})) writeFileSync(join(folder, name), bytes);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  const parameters = [
    ...towards,
    ...["-sf", "scenario.xml", "-i", address, "-bind_local", "-p", String(localPort)],
    ...["-mi", address, "-mp", String(mediaPort), "-t", transport === "udp" ? "u1" : "t1"],
    ...["-m", String(options.calls ?? 1), "-cid_str", `%u-${idTail}`],
    ...["-nostdin", "-timeout", `${limit}s`, "-timeout_error", "-recv_timeout", String(limit * 1000)],
    ...["-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log"],
    ...["-trace_screen", "-screen_file", "screen.log"],
    ...(options.parameters ?? []),
  ];
  const [program, all] = inNamespace(options.namespace, "sipp", parameters);
  const child = startChild(program, all, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let standardError = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    standardError += chunk;
  });
  const guard = setTimeout(() => child.kill("SIGKILL"), (limit + 5) * 1000);
  const collect = async (): Promise<SippResult> => {
    try {
      const { code } = await ended(child);
      return {
        exitCode: code,
        errors: readLog(folder, "errors.log") + standardError,
        messages: parseTrace(readLog(folder, "messages.log")),
        callId: `1-${idTail}`,
        localPort,
        mediaPort,
        screen: readLog(folder, "screen.log"),
      };
    } finally {
      clearTimeout(guard);
      rmSync(folder, { recursive: true, force: true });
    }
  };
  return { localPort, callId: `1-${idTail}`, result: collect(), pid: child.pid };
}

function readLog(folder: string, name: string): string {
  return readdirSync(folder).includes(name) ? readFileSync(join(folder, name), "utf8") : "";
}

/** The messages that came back, by name, for a short comparison: ["100 INVITE", "180 INVITE", …]. */
export function received(result: SippResult): string[] {
  return result.messages.filter((message) => message.direction === "received").map((message) => message.name);
}

/** Throws with SIPp's own words and the ladder when a run did not go as its scenario says. */
export function assertSippPassed(result: SippResult): void {
  if (result.exitCode === 0) return;
  const ladder = result.messages.map(
    (message) => `${message.direction === "sent" ? "->" : "<-"} ${message.name}`,
  );
  throw new Error(`SIPp ended with ${result.exitCode}\n${ladder.join("\n")}\n${result.errors.slice(-3_000)}`);
}
