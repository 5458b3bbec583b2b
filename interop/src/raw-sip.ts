// Bytes on a wire, for messages that no well-behaved program sends.
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket as TcpSocket } from "node:net";
import type { Address } from "./ringdown-process.ts";

let counter = 0;

export interface RequestOptions {
  method?: string;
  user?: string;
  from?: string;
  body?: string;
  transport?: "UDP" | "TCP";
  /** Header lines in addition, or instead (same name). An empty value leaves the header out. */
  headers?: Record<string, string>;
}

/** A request as text, right in every point that the options leave alone. */
export function requestText(local: Address, remote: Address, options: RequestOptions = {}): string {
  const id = `raw-${process.pid}-${++counter}`;
  const method = options.method ?? "INVITE";
  const user = options.user ?? "demo";
  const body = options.body ?? "";
  const headers: Record<string, string> = {
    Via: `SIP/2.0/${options.transport ?? "UDP"} ${local.host}:${local.port};branch=z9hG4bK${id};rport`,
    "Max-Forwards": "70",
    From: `${options.from ?? "<sip:+15550100300@127.0.0.1>"};tag=${id}`,
    To: `<sip:${user}@${remote.host}:${remote.port}>`,
    "Call-ID": `${id}@interop`,
    CSeq: `1 ${method}`,
    Contact: `<sip:raw@${local.host}:${local.port}>`,
    ...(body === "" ? {} : { "Content-Type": "application/sdp" }),
    "Content-Length": String(Buffer.byteLength(body)),
    ...options.headers,
  };
  const lines = Object.entries(headers)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} sip:${user}@${remote.host}:${remote.port} SIP/2.0\r\n${lines.join("")}\r\n${body}`;
}

/** A plain PCMU offer to an RTP port. */
export function offerText(port: number, extraLines: readonly string[] = []): string {
  const lines = ["v=0", "o=raw 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0"];
  lines.push(`m=audio ${port} RTP/AVP 0`, "a=rtpmap:0 PCMU/8000", ...extraLines);
  return lines.map((line) => `${line}\r\n`).join("");
}

/** Value of a header in a message's text. */
export function headerOf(message: string, name: string): string | undefined {
  return new RegExp(`^${name}[ \\t]*:[ \\t]*(.*?)\\r?$`, "im").exec(message)?.[1];
}

export function statusOf(message: string): number | undefined {
  const status = /^SIP\/2\.0 (\d{3})/.exec(message)?.[1];
  return status === undefined ? undefined : Number(status);
}

/** A UDP socket that keeps what comes in. */
export class RawUdp {
  readonly received: string[] = [];
  readonly local: Address;
  readonly #socket: Socket;
  readonly #remote: Address;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket, remote: Address) {
    this.#socket = socket;
    this.#remote = remote;
    this.local = { host: socket.address().address, port: socket.address().port };
    socket.on("message", (bytes) => {
      this.received.push(bytes.toString("utf8"));
      for (const wake of this.#waiting) wake();
    });
    socket.on("error", () => {});
  }

  static async open(remote: Address, localAddress = "127.0.0.1"): Promise<RawUdp> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, localAddress, resolve);
    });
    return new RawUdp(socket, remote);
  }

  async send(message: string | Buffer): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const done = (error: Error | null): void => (error ? reject(error) : resolve());
      this.#socket.send(message, this.#remote.port, this.#remote.host, done);
    });
  }

  /** The first message, already come or to come, that the test says is the one; undefined when the time is over. */
  async message(wanted: (text: string) => boolean, limitMs = 3_000): Promise<string | undefined> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const found = this.received.find(wanted);
      if (found !== undefined) return found;
      const left = deadline - performance.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  /** Final response (200 to 699). */
  async final(limitMs = 3_000): Promise<string | undefined> {
    return this.message((text) => (statusOf(text) ?? 0) >= 200, limitMs);
  }

  async close(): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}

/** A TCP connection that keeps what comes in and notices its end. */
export class RawTcp {
  text = "";
  ended = false;
  readonly socket: TcpSocket;

  private constructor(socket: TcpSocket) {
    this.socket = socket;
    socket.on("data", (bytes) => {
      this.text += bytes.toString("utf8");
    });
    socket.on("close", () => {
      this.ended = true;
    });
    // Reset by the other side is one of the answers that tests expect.
    socket.on("error", () => {});
  }

  static async open(remote: Address): Promise<RawTcp> {
    const socket = connect(remote.port, remote.host);
    await once(socket, "connect");
    return new RawTcp(socket);
  }

  get local(): Address {
    return { host: this.socket.localAddress ?? "127.0.0.1", port: this.socket.localPort ?? 0 };
  }

  close(): void {
    this.socket.destroy();
  }
}
