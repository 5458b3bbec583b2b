import { isUtf8 } from "node:buffer";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { Connection, type ConnectionParts } from "./connection.ts";
import type { TransportSettings } from "./options.ts";
import type { PeerIdentity } from "./tls-endpoint.ts";

/** RFC 7118 §4. */
export const subprotocol = "sip";

const ping = "\r\n\r\n";
const pong = "\r\n";

/** ms for the remote's half of the closing handshake (RFC 6455 §7.1.1). */
const closeTimeout = 2_000;
/** Frames that one message may be cut into, and reads that one frame may take: each costs more than its bytes. */
const maxFragments = 256;
const maxBufferedChunks = 4_096;

/** Bounds of a WebSocket in both roles. */
export function webSocketLimits({ framing }: TransportSettings) {
  return {
    // A message has the bounds that it has on a stream.
    maxPayload: (framing.headerBytes ?? 32_768) + (framing.bodyBytes ?? 65_536),
    // Small messages gain little, and a small one may be made to grow to a large one.
    perMessageDeflate: false,
    ...{ maxFragments, maxBufferedChunks, closeTimeout },
  };
}

export type WebSocketOptions =
  /** Accepted, and its handshake is over. */
  | { readonly socket: Socket; readonly webSocket: WebSocket; readonly identity: PeerIdentity }
  /** To be shaken hands on, once the socket has brought `opensBy`. */
  | {
      readonly socket: Socket;
      readonly opensBy: "connect" | "secureConnect";
      readonly url: string;
      identify(): PeerIdentity;
    };

/** WebSocket: each of its messages is one SIP message, text or binary (RFC 7118 §5). */
export class WebSocketConnection extends Connection {
  readonly #socket: Socket;
  #webSocket: WebSocket | undefined;
  /** Messages, pings and pongs that came. */
  #whole = 0;

  constructor(parts: ConnectionParts, options: WebSocketOptions) {
    super(parts);
    const { socket } = options;
    this.#socket = socket;
    socket.on("error", (error) => this.failed(error));
    socket.setKeepAlive(true, 60_000);
    if ("webSocket" in options) {
      this.#attach(options.webSocket);
      this.#stands(options.identity);
      return;
    }
    const unopened = (): void => this.closed();
    socket.once("close", unopened);
    socket.once(options.opensBy, () => {
      const identity = options.identify();
      let webSocket: WebSocket;
      try {
        webSocket = new WebSocket(options.url, [subprotocol], {
          ...webSocketLimits(parts.context.settings),
          // Already connected, and with TLS already verified: nothing is said to a stranger.
          createConnection: () => socket,
        });
      } catch (error) {
        // Name or path make no URL.
        this.failed(error instanceof Error ? error : new Error(String(error)));
        socket.destroy();
        return;
      }
      socket.removeListener("close", unopened);
      this.#attach(webSocket);
      webSocket.once("open", () => this.#stands(identity));
    });
  }

  destroy(): void {
    this.#webSocket?.terminate();
    this.#socket.destroy();
  }

  protected override get buffered(): number {
    return this.#webSocket?.bufferedAmount ?? 0;
  }

  protected override write(bytes: Buffer, done: (error?: Error | null) => void): void {
    this.#webSocket?.send(bytes, { binary: !isUtf8(bytes) }, done);
  }

  protected override writePing(): void {
    this.#webSocket?.ping();
  }

  protected override finishWriting(): void {
    this.finish();
  }

  protected override finish(): void {
    // Going away (RFC 6455 §7.4.1).
    this.#webSocket?.close(1001);
  }

  #attach(webSocket: WebSocket): void {
    this.#webSocket = webSocket;
    webSocket.on("message", (data) => this.#message(data as Buffer));
    webSocket.on("ping", () => {
      this.#whole++;
      this.context.counters.keepalives++;
    });
    webSocket.on("pong", () => {
      this.#whole++;
      this.ponged();
    });
    webSocket.on("error", (error) => this.#error(error));
    webSocket.on("close", () => this.closed());
  }

  #stands(identity: PeerIdentity): void {
    const socket = this.#socket;
    let whole = 0;
    // After the WebSocket's own listener: what the chunk completed has been told by then.
    socket.on("data", (chunk) => {
      if (!this.came(chunk.length)) return;
      this.messageState(whole === this.#whole, false);
      whole = this.#whole;
    });
    this.opened({ localAddress: socket.localAddress, localPort: socket.localPort, ...identity });
  }

  #message(bytes: Buffer): void {
    this.#whole++;
    if (!this.came(0)) return;
    if (bytes.length > 4) this.received(bytes);
    else if (bytes.toString("latin1") === ping) {
      // RFC 5626 §3.5.1, by messages: browsers have no way to send a WebSocket's own ping.
      this.context.counters.keepalives++;
      if (this.usable) this.#webSocket?.send(pong);
      this.checkBuffered();
    } else if (bytes.toString("latin1") === pong) this.ponged();
  }

  #error(error: Error): void {
    // The remote breaks RFC 6455 or goes over a limit; it is told by a close frame.
    if ("code" in error && String(error.code).startsWith("WS_ERR_")) this.broken(error.message);
    else this.failed(error);
  }
}
