// Where a browser's WebSocket comes in: at the node's own web server, so that the console's origin is the only one it needs.
import { type IncomingMessage, type Server, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { SipTransport } from "@ringdown/sip";
import type { SoftphoneLines } from "./softphone-lines.ts";

export const SOFTPHONE_PATH = "/api/v2/softphone";

export interface SoftphoneDoorOptions {
  readonly lines: Pick<SoftphoneLines, "take" | "opened">;
  readonly transport: Pick<SipTransport, "adoptWebSocket">;
}

/** From here on this server takes WebSockets, for SIP and for nothing else. */
export function openSoftphoneDoor(
  server: Pick<Server, "on">,
  { lines, transport }: SoftphoneDoorOptions,
): void {
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on("error", () => undefined);
    const url = URL.parse(request.url ?? "", "http://localhost");
    if (url?.pathname !== SOFTPHONE_PATH) {
      refuse(socket, 404, "There is no WebSocket here.");
      return;
    }
    const line = lines.take(url.searchParams.get("line") ?? "");
    if (line === undefined) {
      refuse(socket, 403, "That line is not known, was used, or has waited too long: ask for another.");
      return;
    }
    // What the server would cut as idle is a phone that waits.
    socket.setTimeout(0);
    const connectionId = transport.adoptWebSocket(request, socket, head);
    if (connectionId !== undefined) lines.opened(connectionId, line);
  });
}

function refuse(socket: Socket, status: number, reason: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain\r\n` +
      `Content-Length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`,
  );
}
