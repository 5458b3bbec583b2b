// Kamailio as a registrar or a proxy: started on ports of its own, ended by its own id.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { endChild, startChild } from "./child.ts";
import { findProgram, type Peer } from "./peer.ts";
import { freeTcpPort } from "./ports.ts";

export const kamailio: Peer = { program: "kamailio", debianPackage: "kamailio" };

/** One of interop/peers/kamailio-*.cfg. */
type Role = "registrar" | "proxy";

export interface Kamailio {
  /** UDP and TCP. */
  readonly port: number;
  stop(): Promise<void>;
}

/** @param defines names that the configuration asks for with #!ifdef */
export async function startKamailio(
  defines: readonly string[] = [],
  role: Role = "registrar",
): Promise<Kamailio> {
  const configuration = fileURLToPath(new URL(`../peers/kamailio-${role}.cfg`, import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), "ringdown-kamailio-"));
  const port = await freeTcpPort();
  const child = startChild(
    findProgram(kamailio.program) ?? kamailio.program,
    [
      ...["-f", configuration, "-DD", "-E", "-m", "32", "-M", "4", "-Y", folder, "-w", folder],
      ...["-P", join(folder, "pid"), "-l", `udp:127.0.0.1:${port}`, "-l", `tcp:127.0.0.1:${port}`],
      ...defines.flatMap((name) => ["-A", name]),
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4_000);
  });
  const stop = async (): Promise<void> => {
    await endChild(child, 5_000);
    await rm(folder, { recursive: true, force: true });
  };
  const ended = once(child, "exit").then(() => {
    throw new Error(`Kamailio has ended:\n${log}`);
  });
  ended.catch(() => {});
  try {
    await Promise.race([answering(port), ended]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, stop };
}

/** Waits until its TCP listener takes a connection: that comes last. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
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
