// Kamailio as a registrar or a proxy: started on ports of its own, ended by its own id.
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { CertificateFiles } from "./certificates.ts";
import { endChild, inNamespace, startChild } from "./child.ts";
import { findProgram, type Peer } from "./peer.ts";
import { freeTcpPort } from "./ports.ts";

export const kamailio: Peer = { program: "kamailio", debianPackage: "kamailio" };
const modules = "/usr/lib/*/kamailio/modules";
export const kamailioTls: Peer = {
  program: "kamailio",
  file: `${modules}/tls.so`,
  debianPackage: "kamailio-tls-modules",
};
export const kamailioWebSocket: Peer = {
  program: "kamailio",
  file: `${modules}/websocket.so`,
  debianPackage: "kamailio-websocket-modules",
};

/** One of interop/peers/kamailio-*.cfg. */
type Role = "registrar" | "proxy" | "pbx";

export interface Kamailio {
  /** UDP and TCP; with TLS also `ws`. */
  readonly port: number;
  /** TLS, also `wss`; 0 without. */
  readonly tlsPort: number;
  stop(): Promise<void>;
  /** As a crash would: it says nothing to anybody. */
  kill(): Promise<void>;
}

export interface KamailioTls extends CertificateFiles {
  /** Authority of clients' certificates. */
  readonly ca: string;
  readonly requireClients?: boolean;
}

export interface KamailioOptions {
  /** IP literal; 127.0.0.1 by default. */
  readonly address?: string;
  readonly tls?: KamailioTls;
  /** Those of an earlier one; free ones by default. */
  /** Network namespace that it runs in: its address must be reached from here, and its ports be given. */
  readonly namespace?: string;
  readonly ports?: Pick<Kamailio, "port" | "tlsPort">;
}

/** @param defines names that the configuration asks for with #!ifdef */
export async function startKamailio(
  defines: readonly string[] = [],
  role: Role = "registrar",
  { address = "127.0.0.1", tls, ports, namespace }: KamailioOptions = {},
): Promise<Kamailio> {
  const configuration = fileURLToPath(new URL(`../peers/kamailio-${role}.cfg`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "ringdown-kamailio-"));
  const host = address.includes(":") ? `[${address}]` : address;
  const port = ports?.port ?? (await freeTcpPort(address));
  const tlsPort = tls === undefined ? 0 : (ports?.tlsPort ?? (await freeTcpPort(address)));
  const [program, parameters] = inNamespace(namespace, findProgram(kamailio.program) ?? kamailio.program, [
    ...["-f", configuration, "-DD", "-E", "-m", tls ? "64" : "32", "-M", "4", "-Y", folder, "-w", folder],
    ...["-P", join(folder, "pid"), "-l", `udp:${host}:${port}`, "-l", `tcp:${host}:${port}`],
    ...defines.flatMap((name) => ["-A", name]),
    ...(tls === undefined ? [] : await tlsParameters(tls, folder, `tls:${host}:${tlsPort}`)),
  ]);
  const child = startChild(program, parameters, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const others = await childrenOf(child.pid);
    await endChild(child, 10_000, signal);
    // Where it had to be killed it could not end those that it had started.
    for (const pid of others) kill(pid);
    await rm(folder, { recursive: true, force: true });
  };
  const stop = () => end("SIGTERM");
  const ended = once(child, "exit").then(() => {
    throw new Error(`Kamailio has ended:\n${log}`);
  });
  ended.catch(() => {});
  try {
    await Promise.race([answering(address, port), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, tlsPort, stop, kill: () => end("SIGKILL") };
}

/** Ids of the processes that this one has started. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return list.split(" ").filter(Boolean).map(Number);
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Writes what its TLS module reads, and gives the parameters that make the configuration load it. */
async function tlsParameters(tls: KamailioTls, folder: string, listener: string): Promise<string[]> {
  const path = join(folder, "tls.cfg");
  const required = tls.requireClients === true ? "yes" : "no";
  const server = {
    method: "TLSv1.2+",
    certificate: tls.cert,
    private_key: tls.key,
    ca_list: tls.ca,
    verify_certificate: required,
    require_certificate: required,
  };
  const lines = Object.entries(server).map(([name, value]) => `${name} = ${value}\n`);
  // Where it connects to others it shows the same certificate, and demands one of the same authority.
  const client = { ...server, verify_certificate: "yes", require_certificate: "yes" };
  const outbound = Object.entries(client).map(([name, value]) => `${name} = ${value}\n`);
  await writeFile(path, `[server:default]\n${lines.join("")}[client:default]\n${outbound.join("")}`);
  return ["-l", listener, "-A", "WITH_TLS", "-A", `TLS_CONFIG="${path}"`];
}

/** Waits until its TCP listener takes a connection: that comes last. */
async function answering(address: string, port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, address);
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    } finally {
      socket.destroy();
    }
  }
}
