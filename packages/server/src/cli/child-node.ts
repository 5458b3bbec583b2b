// A Ringdown of its own as a child process, on free ports: for the demo and for tests of the whole.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const cli = fileURLToPath(new URL("../cli.ts", import.meta.url));
const START_LIMIT_MS = 60_000;

export interface Address {
  address: string;
  port: number;
}

export interface ChildNodeOptions {
  dataDir: string;
  /** Over what the child gets otherwise. */
  environment?: Record<string, string | undefined>;
  /** Each line of its output. */
  onLine?(line: string): void;
}

/** Reads the `ready` line. */
export function parseReady(line: string): { udp: Address; tcp: Address; http: string } | undefined {
  if (!line.startsWith("ready ")) return undefined;
  const [, ...parts] = line.split(" ");
  const listener = (protocol: string): Address | undefined => {
    const match = /^(udp|tcp):\[?([^\]]*?)\]?:(\d+)$/.exec(
      parts.find((part) => part.startsWith(protocol)) ?? "",
    );
    return match?.[2] === undefined ? undefined : { address: match[2], port: Number(match[3]) };
  };
  const [udp, tcp, http] = [
    listener("udp"),
    listener("tcp"),
    parts.find((part) => part.startsWith("http://")),
  ];
  return udp === undefined || tcp === undefined || http === undefined ? undefined : { udp, tcp, http };
}

export class ChildNode {
  readonly udp: Address;
  readonly tcp: Address;
  readonly http: string;
  readonly token: string;
  readonly process: ChildProcess;
  /** Exit code, or the signal's name. */
  readonly exited: Promise<number | string>;

  private constructor(
    child: ChildProcess,
    exited: Promise<number | string>,
    ready: { udp: Address; tcp: Address; http: string },
    token: string,
  ) {
    this.process = child;
    this.exited = exited;
    this.udp = ready.udp;
    this.tcp = ready.tcp;
    this.http = ready.http;
    this.token = token;
  }

  /** Resolves at the `ready` line. @throws Error with what the child said when it ended before */
  static async start(options: ChildNodeOptions): Promise<ChildNode> {
    const token = `demo-${randomBytes(16).toString("hex")}`;
    const child = spawn(process.execPath, [cli, "start"], {
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        RINGDOWN_DATA: options.dataDir,
        RINGDOWN_HTTP: "127.0.0.1:0",
        RINGDOWN_SIP: "udp:127.0.0.1:0,tcp:127.0.0.1:0",
        RINGDOWN_RTP_PORTS: "20000-20199",
        RINGDOWN_DOMAIN: "127.0.0.1",
        RINGDOWN_CONSOLE: "off",
        RINGDOWN_TOKEN: token,
        ...options.environment,
      },
    });
    const exited = once(child, "exit").then(([code, signal]) => (code ?? signal) as number | string);
    const said: string[] = [];
    const ready = await new Promise<ReturnType<typeof parseReady>>((resolve, reject) => {
      const limit = setTimeout(() => {
        child.kill("SIGKILL");
        reject(new Error(`Ringdown was not ready after ${START_LIMIT_MS / 1000} s:\n${said.join("\n")}`));
      }, START_LIMIT_MS);
      for (const stream of [child.stdout, child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          options.onLine?.(line);
          if (said.length < 100) said.push(line);
          const read = parseReady(line);
          if (read === undefined) return;
          clearTimeout(limit);
          resolve(read);
        });
      }
      void exited.then((how) => {
        clearTimeout(limit);
        reject(new Error(`Ringdown ended at its start (${how}):\n${said.join("\n")}`));
      });
    });
    if (ready === undefined) throw new Error("The ready line named no UDP, TCP or HTTP listener.");
    return new ChildNode(child, exited, ready, token);
  }

  /** One request to the API; gives the answer's JSON. @throws Error with the answer where it is no success */
  async api<Answer>(method: string, path: string, body?: unknown): Promise<Answer> {
    const response = await fetch(`${this.http}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} was answered ${response.status}: ${text}`);
    return JSON.parse(text) as Answer;
  }

  /** SIGTERM, and the wait for the end. */
  async stop(): Promise<number | string> {
    this.process.kill("SIGTERM");
    return this.exited;
  }
}
