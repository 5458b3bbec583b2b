// Ringdown as an operator starts it: a process of its own, in a folder of its own, on ports that the system chose.
import type { ChildProcess } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync, type WriteStream } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { ApiClient, type CallRecord } from "./api-client.ts";
import { type ExitStatus, endChild, startChild } from "./child.ts";
import { eventually } from "./wait.ts";

const repository = resolve(import.meta.dirname, "../..");
export const entry = join(repository, "packages/server/src/cli.ts");

/** Node 22 as npm installed it; the machine's own Node may be older. */
export const node = join(repository, "node_modules/.bin/node");

/** A start on a loaded machine with a cold cache; the benchmark, not this, judges how long a start may take. */
const READY_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 20_000;

export interface Address {
  host: string;
  port: number;
}

export interface RingdownOptions {
  /** Variables added to the environment, over those that the harness sets. */
  environment?: Record<string, string>;
  /** Kept data folder of an earlier start. */
  dataFolder?: string;
}

export interface Listener extends Address {
  readonly protocol: string;
}

/** Reads `ready udp:HOST:PORT tcp:HOST:PORT http://HOST:PORT`. */
export function parseReadyLine(
  line: string,
): { listeners: Listener[]; udp: Address; tcp: Address; http: string } | undefined {
  if (!line.startsWith("ready ")) return undefined;
  const listeners = [...line.matchAll(/\b(udp|tcp|tls|wss?):(\[[^\]]+\]|[^:\s]+):(\d+)/g)].map(
    ([, protocol = "", host = "", port]): Listener => ({ protocol, host, port: Number(port) }),
  );
  const udp = listeners.find(({ protocol }) => protocol === "udp");
  const tcp = listeners.find(({ protocol }) => protocol === "tcp");
  const http = /\bhttp:\/\/\S+/.exec(line)?.[0];
  if (udp === undefined || tcp === undefined || http === undefined) return undefined;
  return { listeners, udp, tcp, http: http.replace(/\/+$/, "") };
}

export class RingdownProcess {
  readonly child: ChildProcess;
  readonly dataFolder: string;
  readonly logPath: string;
  readonly token: string;
  udp: Address = { host: "", port: 0 };
  tcp: Address = { host: "", port: 0 };
  listeners: readonly Listener[] = [];
  http = "";
  api: ApiClient;
  readonly #log: WriteStream;
  readonly #lines: string[] = [];
  readonly #ownsFolder: boolean;
  #keep = false;

  private constructor(child: ChildProcess, dataFolder: string, ownsFolder: boolean, token: string) {
    this.child = child;
    this.dataFolder = dataFolder;
    this.#ownsFolder = ownsFolder;
    this.token = token;
    this.logPath = join(dataFolder, "ringdown.log");
    this.#log = createWriteStream(this.logPath, { flags: "a" });
    this.api = new ApiClient("", token);
  }

  /** Starts Ringdown and waits for its `ready` line. */
  static async start(options: RingdownOptions = {}): Promise<RingdownProcess> {
    const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), "ringdown-interop-"));
    const token = `interop-${process.pid}-token-0123456789abcdef`;
    // Below the system's ephemeral ports, and apart for test files that run at the same time.
    const firstRtpPort = 10_000 + (process.pid % 95) * 200;
    const child = startChild(node, [entry, "start"], {
      cwd: dataFolder,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        RINGDOWN_DATA: dataFolder,
        RINGDOWN_HTTP: "127.0.0.1:0",
        RINGDOWN_SIP: "udp:127.0.0.1:0,tcp:127.0.0.1:0",
        RINGDOWN_RTP_PORTS: `${firstRtpPort}-${firstRtpPort + 199}`,
        RINGDOWN_TOKEN: token,
        RINGDOWN_CONSOLE: "off",
        // The test runner's own variable would make the child report to it.
        NODE_TEST_CONTEXT: undefined,
        RINGDOWN_REQUIRE_PEERS: undefined,
        ...options.environment,
      },
    });
    const ringdown = new RingdownProcess(child, dataFolder, options.dataFolder === undefined, token);
    await ringdown.#waitUntilReady();
    return ringdown;
  }

  async #waitUntilReady(): Promise<void> {
    await new Promise<void>((resolvePromise, reject) => {
      const fail = (why: string): void => {
        this.keepLogs();
        reject(new Error(`Ringdown did not become ready: ${why}\n${this.tail()}`));
      };
      const limit = setTimeout(() => fail(`no ready line in ${READY_LIMIT_MS} ms`), READY_LIMIT_MS);
      for (const stream of [this.child.stdout, this.child.stderr]) {
        if (stream === null) continue;
        createInterface({ input: stream }).on("line", (line) => {
          this.#lines.push(line);
          if (this.#lines.length > 5_000) this.#lines.shift();
          this.#log.write(`${line}\n`);
          const ready = parseReadyLine(line);
          if (ready === undefined) return;
          clearTimeout(limit);
          this.listeners = ready.listeners;
          this.udp = ready.udp;
          this.tcp = ready.tcp;
          this.http = ready.http;
          this.api = new ApiClient(ready.http, this.token);
          resolvePromise();
        });
      }
      this.child.once("error", (error) => {
        clearTimeout(limit);
        fail(error.message);
      });
      this.child.once("exit", (code, signal) => {
        clearTimeout(limit);
        fail(`it ended with ${code ?? signal}`);
      });
    });
  }

  /** Port of a listener. @param host as RINGDOWN_SIP writes it, IPv6 in brackets */
  port(protocol: string, host = "127.0.0.1"): number {
    const found = this.listeners.find((one) => one.protocol === protocol && one.host === host);
    if (found === undefined) throw new Error(`no listener ${protocol} on ${host}`);
    return found.port;
  }

  get pid(): number {
    return this.child.pid ?? -1;
  }

  get alive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Log lines so far (JSON lines and plain ones). */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The last lines of the log, for an error message. */
  tail(count = 40): string {
    return this.#lines.slice(-count).join("\n");
  }

  /** The data folder with the log stays when the process is stopped. */
  keepLogs(): void {
    this.#keep = true;
  }

  /** For `peerTest`: says where the log is when a test fails. */
  readonly onFailure = (_error: unknown, name: string): void => {
    this.keepLogs();
    console.error(`# ${name}: log kept in ${this.logPath}; its end:\n${this.tail()}`);
  };

  /** The one call with this SIP Call-ID, when it has ended. */
  async endedCall(sipCallId: string, limitMs = 15_000): Promise<CallRecord> {
    return eventually(
      `an ended call with Call-ID ${sipCallId}`,
      async () => {
        const calls = await this.api.callsBySipCallId(sipCallId);
        if (calls.length > 1) throw new Error(`${calls.length} calls with Call-ID ${sipCallId}`);
        return calls[0]?.state === "ended" ? calls[0] : undefined;
      },
      limitMs,
    );
  }

  /** SIGTERM, and the wait for the end. Removes the folder that `start` made, unless logs are kept. */
  async stop(): Promise<ExitStatus> {
    this.child.removeAllListeners("exit");
    const status = await endChild(this.child, STOP_LIMIT_MS);
    await new Promise<void>((resolvePromise) => this.#log.end(resolvePromise));
    if (this.#ownsFolder && !this.#keep) rmSync(this.dataFolder, { recursive: true, force: true });
    return status;
  }
}
