import { createHash, randomBytes } from "node:crypto";
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { connect, type Socket } from "node:net";
import { connect as connectTls, TLSSocket } from "node:tls";
import type { TransportName } from "../environment.ts";
import type { Dice } from "./dice.ts";
import { mutate } from "./mutate.ts";
import { recordedMessages } from "./recorded.ts";
import { sipJoints, sipWords } from "./words.ts";

/** Where attacks come from: an address that nothing else listens on, so that answers bother nobody. */
export const attackerAddress = "127.83.73.80";

/** ms that a connection is left open by who says nothing more. */
const patience = 800;

/** Bytes as an enemy sends them: messages as they are, one upon the other, changed, cut, or none at all. */
function hostileBytes(dice: Dice): Buffer {
  const pool = recordedMessages();
  const pieces = Array.from({ length: dice.magnitude(2) }, () => {
    const message = dice.pick(pool);
    switch (dice.below(6)) {
      case 0:
        return message;
      case 1:
        return message.subarray(0, dice.below(message.length));
      case 2:
        return dice.bytes(dice.magnitude(10));
      case 3:
        return Buffer.from("\r\n\r\n");
      default:
        return mutate(message, dice, { pool, words: sipWords, joints: sipJoints });
    }
  });
  return Buffer.concat(pieces);
}

/** One frame of a WebSocket, more or less as RFC 6455 has it. */
function hostileFrame(dice: Dice, payload: Buffer, isMasked: boolean): Buffer {
  const opcodes = [0x81, 0x82, 0x01, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x83, 0xc1, dice.below(256)];
  const mask = isMasked !== dice.oneIn(8) ? 0x80 : 0;
  const { length } = payload;
  const head = Buffer.alloc(length < 126 ? 2 : 4);
  head[0] = dice.pick(opcodes);
  head[1] = mask | (length < 126 ? length : 126);
  if (length >= 126) head.writeUInt16BE(Math.min(length, 65_535), 2);
  if (dice.oneIn(12)) head[1] = dice.below(256);
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([head, Buffer.alloc(mask === 0 ? 0 : 4), payload.subarray(0, 65_535)]);
}

function upgrade(dice: Dice): Buffer {
  const text = [
    `GET ${dice.pick(["/", "/sip", "*", "http://x/"])} HTTP/1.1`,
    "Host: pbx.example.com",
    "Upgrade: websocket",
    "Connection: Upgrade",
    `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
    "Sec-WebSocket-Version: 13",
    `Sec-WebSocket-Protocol: ${dice.oneIn(8) ? "xmpp" : "sip"}`,
    "\r\n",
  ].join("\r\n");
  return changed(Buffer.from(text), dice);
}

/** What goes over a connection that stands, write by write; by WebSocket behind its upgrade. */
function clientWrites(transport: TransportName, dice: Dice): Buffer[] {
  const isWebSocket = isWeb(transport);
  const writes = payloads(dice).map((bytes) => (isWebSocket ? hostileFrame(dice, bytes, true) : bytes));
  return cut(isWebSocket ? [upgrade(dice), ...writes] : writes, dice);
}

/** What a server says to a connection of ours. @param request the upgrade that it asks for, by WebSocket */
export function serverWrites(request: string | undefined, dice: Dice): Buffer[] {
  if (request === undefined) return cut(payloads(dice), dice);
  const key = /^sec-websocket-key: *(\S+)/im.exec(request)?.[1] ?? "";
  const accept = createHash("sha1").update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
  const lines = ["Upgrade: websocket", "Connection: Upgrade", `Sec-WebSocket-Accept: ${accept}`];
  const answer = Buffer.from(
    ["HTTP/1.1 101 Yes", ...lines, "Sec-WebSocket-Protocol: sip", "\r\n"].join("\r\n"),
  );
  const frames = payloads(dice).map((bytes) => hostileFrame(dice, bytes, false));
  return cut([changed(answer, dice), ...frames], dice);
}

function isWeb(transport: TransportName): boolean {
  return transport === "ws" || transport === "wss";
}

function payloads(dice: Dice): Buffer[] {
  return Array.from({ length: dice.magnitude(3) }, () => hostileBytes(dice));
}

/** Now and then where no message ends. */
function cut(writes: readonly Buffer[], dice: Dice): Buffer[] {
  if (!dice.oneIn(3)) return [...writes];
  return writes.flatMap((bytes) => {
    const at = dice.below(bytes.length + 1);
    return [bytes.subarray(0, at), bytes.subarray(at)];
  });
}

/** Mostly as it is. */
function changed(bytes: Buffer, dice: Dice): Buffer {
  if (!dice.oneIn(4)) return bytes;
  return mutate(bytes, dice, { pool: [bytes, ...recordedMessages()], words: sipWords, joints: sipJoints });
}

/** Writes, then goes: by a half-close, a close, a reset, or not before it is put out. Resolves when the socket is closed. */
export function assault(socket: Socket, writes: readonly Buffer[], dice: Dice): Promise<void> {
  const farewell = dice.below(12);
  const reads = !dice.oneIn(6);
  return new Promise((resolve) => {
    const bored = setTimeout(() => socket.destroy(), patience);
    socket.on("error", () => {});
    socket.once("close", () => {
      clearTimeout(bored);
      resolve();
    });
    if (reads) socket.resume();
    for (const bytes of writes) socket.write(bytes);
    if (farewell <= 7) socket.end();
    else if (farewell === 8) socket.destroySoon();
    else if (farewell <= 10) setImmediate(() => reset(socket));
    else socket.resume();
  });
}

/** Node resets no TLS socket. */
function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else socket.resetAndDestroy();
}

/** One attack on a listener of ours; resolves when it is over. */
export async function attack(transport: TransportName, port: number, dice: Dice): Promise<void> {
  if (transport === "udp") return datagrams(port, dice);
  const writes = clientWrites(transport, dice);
  const place = { host: "127.0.0.1", port, localAddress: attackerAddress };
  const isTls = transport === "tls" || transport === "wss";
  // One in four by TLS does not shake hands, or breaks it off.
  const shakes = isTls && !dice.oneIn(4);
  const socket = shakes ? connectTls({ ...place, rejectUnauthorized: false }) : connect(place);
  if (isTls && !shakes) writes.unshift(Buffer.from([0x16, 3, dice.below(5), 0, dice.below(256), 1]));
  await assault(socket, writes, dice);
}

async function datagrams(port: number, dice: Dice): Promise<void> {
  const socket: UdpSocket = createSocket("udp4");
  await new Promise<void>((resolve) => socket.bind(0, attackerAddress, resolve));
  for (let count = dice.magnitude(3); count > 0; count--) {
    const bytes = hostileBytes(dice).subarray(0, 65_000);
    await new Promise<void>((resolve) => socket.send(bytes, port, "127.0.0.1", () => resolve()));
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}
