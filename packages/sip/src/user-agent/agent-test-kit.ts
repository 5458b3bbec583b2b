import assert from "node:assert/strict";
import type { Environment, Flow, SendTarget } from "../environment.ts";
import type { SipMessage, SipRequest, SipResponse } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import { seededRandom } from "../simulation/random.ts";
import type { IncomingCall } from "./call.ts";
import type { UserAgentOptions } from "./options.ts";
import { UserAgent } from "./user-agent.ts";

export const sdp =
  "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

export const udpFlow: Flow = {
  transport: "udp",
  localAddress: "192.0.2.1",
  localPort: 5060,
  remoteAddress: "192.0.2.9",
  remotePort: 5060,
};
export const tcpFlow: Flow = { ...udpFlow, transport: "tcp", remotePort: 40000, connectionId: 7 };

export interface Sent {
  readonly to: Flow | SendTarget;
  readonly message: SipMessage;
  readonly bytes: Buffer;
  readonly fail: (() => void) | undefined;
}

/** One user agent whose peer, clock and network are the test itself. */
export class Bench {
  readonly agent: UserAgent;
  readonly calls: IncomingCall[] = [];
  readonly sent: Sent[] = [];
  now = 0;
  /** What a target with a connection is sent to by. */
  connectionId: number | undefined;
  #alarm: number | undefined;

  constructor(options: Partial<UserAgentOptions> = {}) {
    const random = seededRandom(1);
    const environment: Environment = {
      now: () => this.now,
      random,
      randomToken: (bytes) =>
        Array.from({ length: bytes }, () =>
          Math.floor(random() * 256)
            .toString(16)
            .padStart(2, "0"),
        ).join(""),
      send: (to, bytes, onError) => {
        const fail = onError && (() => onError(new Error("broken")));
        // Parsed when looked at: the answer to a broken request repeats what is broken.
        this.sent.push({
          to,
          bytes,
          fail,
          get message() {
            return parseMessage(bytes);
          },
        });
      },
      connectionTo: (to) => (to.transport === "udp" ? undefined : (to.connectionId ?? this.connectionId)),
      setAlarm: (at) => {
        this.#alarm = at;
      },
    };
    this.agent = new UserAgent({
      screen: () => "answer",
      ...options,
      onInvite: (call) => {
        this.calls.push(call);
        options.onInvite?.(call);
      },
      environment,
      contactFor: () => ({ host: "192.0.2.1", port: 5060 }),
    });
  }

  /** Lets time pass, ms. */
  pass(ms: number): void {
    const until = this.now + ms;
    while (this.#alarm !== undefined && this.#alarm <= until) {
      this.now = Math.max(this.now, this.#alarm);
      this.agent.wake();
    }
    this.now = until;
  }

  receive(text: string | Buffer, flow: Flow = udpFlow): void {
    this.agent.receive(typeof text === "string" ? Buffer.from(text) : text, flow);
  }

  /** What was sent since the last look. */
  take(): SipMessage[] {
    return this.sent.splice(0).map((one) => one.message);
  }

  takeOne(): SipMessage {
    const messages = this.take();
    assert.equal(messages.length, 1, `sent: ${messages.map(firstLine).join(" | ")}`);
    return messages[0] as SipMessage;
  }

  takeResponse(): SipResponse {
    const message = this.takeOne();
    assert.equal(message.kind, "response");
    return message as SipResponse;
  }

  takeRequest(): SipRequest {
    const message = this.takeOne();
    assert.equal(message.kind, "request", firstLine(message));
    return message as SipRequest;
  }

  /** Statuses and methods sent since the last look. */
  takeLines(): (number | string)[] {
    return this.take().map((message) => (message.kind === "response" ? message.status : message.method));
  }

  get call(): IncomingCall {
    const call = this.calls.at(-1);
    assert.ok(call !== undefined, "a call came");
    return call;
  }

  /** Long after every timer nothing may be left. */
  assertAtRest(): void {
    this.pass(1_000_000);
    assert.deepEqual(this.agent.stateSize(), {
      serverTransactions: 0,
      clientTransactions: 0,
      dialogs: 0,
      ignored: 0,
      timers: 0,
    });
  }
}

function firstLine(message: SipMessage): string {
  return message.kind === "request" ? message.method : String(message.status);
}

export interface RequestParts {
  readonly uri?: string;
  readonly version?: string;
  readonly branch?: string;
  readonly fromTag?: string;
  readonly toTag?: string;
  readonly callId?: string;
  readonly seq?: number;
  readonly headers?: readonly string[];
  readonly contact?: string | null;
  readonly body?: string;
  readonly maxForwards?: number;
  readonly transport?: string;
}

let branches = 0;

/** A request as the peer at 192.0.2.9 writes it. */
export function requestText(method: string, parts: RequestParts = {}): string {
  const branch = parts.branch ?? `z9hG4bKtest${branches++}`;
  const toTag = parts.toTag === undefined ? "" : `;tag=${parts.toTag}`;
  const body = parts.body ?? "";
  const contact = parts.contact === undefined ? "<sip:caller@192.0.2.9>" : parts.contact;
  const lines = [
    `${method} ${parts.uri ?? "sip:demo@192.0.2.1"} ${parts.version ?? "SIP/2.0"}`,
    `Via: SIP/2.0/${parts.transport ?? "UDP"} 192.0.2.9;branch=${branch}`,
    `Max-Forwards: ${parts.maxForwards ?? 70}`,
    `From: "Caller" <sip:+15551234567@192.0.2.9>;tag=${parts.fromTag ?? "peer"}`,
    `To: <sip:demo@192.0.2.1>${toTag}`,
    `Call-ID: ${parts.callId ?? "call-1@192.0.2.9"}`,
    `CSeq: ${parts.seq ?? 1} ${method}`,
    ...(contact === null ? [] : [`Contact: ${contact}`]),
    ...(parts.headers ?? []),
    ...(body === "" || parts.headers?.some((line) => line.startsWith("Content-Type"))
      ? []
      : ["Content-Type: application/sdp"]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** The peer's response to a request of ours. */
export function responseText(
  request: SipRequest,
  status: number,
  parts: { toTag?: string; contact?: string; headers?: readonly string[]; body?: string } = {},
): string {
  const { headers } = request;
  const to = headers.get("To") ?? "";
  const tagged = parts.toTag === undefined || to.includes(";tag=") ? to : `${to};tag=${parts.toTag}`;
  const body = parts.body ?? "";
  const lines = [
    `SIP/2.0 ${status} Said So`,
    ...headers.getAll("Via").map((via) => `Via: ${via}`),
    `From: ${headers.get("From")}`,
    `To: ${tagged}`,
    `Call-ID: ${headers.get("Call-ID")}`,
    `CSeq: ${headers.get("CSeq")}`,
    `Contact: ${parts.contact ?? "<sip:callee@192.0.2.9>"}`,
    ...(parts.headers ?? []),
    ...(body === "" ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}
