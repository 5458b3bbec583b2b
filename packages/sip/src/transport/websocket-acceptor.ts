import { createServer, type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { TransportSettings } from "./options.ts";
import { subprotocol, webSocketLimits } from "./websocket-connection.ts";

type Upgraded = (outcome: WebSocket | Error) => void;

/** Bytes of the upgrade request, which has a dozen short lines. */
const maxHeaderSize = 8_192;

/**
 * The server's half of the opening handshake (RFC 6455 §4.2, RFC 7118 §4). Accepted sockets are handed to a server that
 * listens nowhere; how long it takes is bounded by who hands them over, by closing them.
 */
export class WebSocketAcceptor {
  readonly #settings: TransportSettings;
  readonly #http: Server;
  readonly #webSockets: WebSocketServer;
  readonly #shaking = new WeakMap<Duplex, Upgraded>();

  constructor(settings: TransportSettings) {
    this.#settings = settings;
    this.#webSockets = new WebSocketServer({
      ...webSocketLimits(settings),
      noServer: true,
      clientTracking: false,
      handleProtocols: () => subprotocol,
    });
    this.#http = createServer({ maxHeaderSize });
    this.#http.on("upgrade", (request, socket, head) => this.#upgrade(request, socket, head));
    this.#http.on("request", (request, response) => {
      const { socket } = request;
      const text = "SIP is spoken here, by WebSocket with the subprotocol sip.\n";
      response.writeHead(426, { Upgrade: "websocket", Connection: "close", "Content-Type": "text/plain" });
      response.end(text);
      this.#finish(socket, new Error("it asked for no WebSocket"));
    });
  }

  /** Shakes hands; `done` is called once, also when the socket closes before. What is refused closes by itself. */
  upgrade(socket: Socket, done: Upgraded): void {
    this.#await(socket, done);
    this.#http.emit("connection", socket);
  }

  /** As `upgrade`, of a request that another server has read; who may connect is that one's to say. */
  adopt(request: IncomingMessage, socket: Socket, head: Buffer, done: Upgraded): void {
    this.#await(socket, done);
    this.#upgrade(request, socket, head, false);
  }

  #await(socket: Socket, done: Upgraded): void {
    const closed = (): void =>
      this.#finish(socket, new Error("the connection was closed during the handshake"));
    this.#shaking.set(socket, (outcome) => {
      socket.removeListener("close", closed);
      done(outcome);
    });
    socket.once("close", closed);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, checksOrigin = true): void {
    const refuse = (status: number, reason: string): void => {
      const text = `${reason}\n`;
      socket.on("error", () => {});
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
          `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
      );
      this.#finish(socket, new Error(reason));
    };
    const { origin, "sec-websocket-protocol": offered = "" } = request.headers;
    const protocols = offered.split(",").map((one) => one.trim());
    if (!protocols.includes(subprotocol)) {
      refuse(400, "The subprotocol sip is not offered.");
      return;
    }
    const remoteAddress = request.socket.remoteAddress ?? "";
    if (checksOrigin && this.#settings.isAllowedOrigin?.(origin, remoteAddress) === false) {
      refuse(403, "That origin may not connect.");
      return;
    }
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => this.#finish(socket, webSocket));
  }

  #finish(socket: Duplex, outcome: WebSocket | Error): void {
    const done = this.#shaking.get(socket);
    this.#shaking.delete(socket);
    done?.(outcome);
  }
}
