import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import type { TestContext } from "node:test";
import { SipTransportError, type SipTransportErrorCode } from "../errors.ts";
import type { Flow } from "./flow.ts";
import type { TransportOptions } from "./options.ts";
import { type Listener, SipTransport } from "./sip-transport.ts";

/** What a transport told its sink, in order, with a promise for the next of it. */
export class RecordingSink {
  readonly received: { text: string; flow: Flow }[] = [];
  readonly closed: { flow: Flow; error: Error | undefined }[] = [];
  #waiting: (() => void)[] = [];

  receive(bytes: Buffer, flow: Flow): void {
    this.received.push({ text: bytes.toString(), flow });
    this.#wake();
  }

  connectionClosed(flow: Flow, error?: Error): void {
    this.closed.push({ flow, error });
    this.#wake();
  }

  /** Resolves when as many messages have come. */
  async messages(count: number): Promise<{ text: string; flow: Flow }[]> {
    while (this.received.length < count) await this.#next();
    return this.received;
  }

  async closures(count: number): Promise<{ flow: Flow; error: Error | undefined }[]> {
    while (this.closed.length < count) await this.#next();
    return this.closed;
  }

  #next(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

export interface Bench {
  readonly sink: RecordingSink;
  readonly transport: SipTransport;
  readonly udpPort: number;
  readonly tcpPort: number;
}

/** A transport on ports of the system's choice that is closed after the test. */
export async function bind(
  t: TestContext,
  options: TransportOptions = {},
  listeners: Listener[] = [
    { protocol: "udp", host: "127.0.0.1", port: 0 },
    { protocol: "tcp", host: "127.0.0.1", port: 0 },
  ],
): Promise<Bench> {
  const sink = new RecordingSink();
  const transport = await SipTransport.bind(listeners, sink, options);
  t.after(() => transport.close());
  const port = (protocol: string) => transport.bound.find((each) => each.protocol === protocol)?.port ?? 0;
  return { sink, transport, udpPort: port("udp"), tcpPort: port("tcp") };
}

/** A plain UDP socket on 127.0.0.1. */
export async function udpPeer(t: TestContext, host = "127.0.0.1") {
  const socket = createSocket("udp4");
  socket.bind(0, host);
  await once(socket, "listening");
  t.after(() => socket.close());
  return {
    port: socket.address().port,
    send: (text: string, port: number) => socket.send(text, port, "127.0.0.1"),
    next: async (): Promise<string> => {
      const [bytes] = (await once(socket, "message")) as [Buffer];
      return bytes.toString();
    },
  };
}

/** A plain TCP connection to 127.0.0.1. */
export async function tcpPeer(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

/** Sends, and gives the error that comes of it; never resolves where none does. */
export function sendError(
  transport: SipTransport,
  target: Parameters<SipTransport["send"]>[0],
  text = "x",
): Promise<Error> {
  return new Promise((resolve) => transport.send(target, Buffer.from(text), resolve));
}

/** For `assert.ok` and `assert.rejects`. */
export function isCode(code: SipTransportErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof SipTransportError && error.code === code;
}

/** Resolves when a socket is closed, in whichever way. */
export function gone(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

/** For a test's `skip`: false where IPv6 is to be had. */
export const noIpv6 = Object.values(networkInterfaces()).some((each) =>
  each?.some(({ address }) => address === "::1"),
)
  ? false
  : "this machine has no IPv6";

/** A whole message for a stream. */
export function streamMessage(id: string, body = ""): string {
  return `INFO sip:a@b SIP/2.0\r\nCall-ID: ${id}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
