// The rtpengine daemon in user space, and as much of its control protocol ("ng": a cookie, a space, a bencoded dictionary
// over UDP) as a relayed call needs.
import { spawn } from "node:child_process";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:net";
import { end } from "./peer-process.ts";
import { bindToCore } from "./process-cost.ts";

export const rtpenginePath = ["/usr/bin/rtpengine", "/usr/sbin/rtpengine"].find((path) => existsSync(path));

type Bencoded = string | number | Bencoded[] | { [key: string]: Bencoded };

export function bencode(value: Bencoded): string {
  if (typeof value === "number") return `i${value}e`;
  if (typeof value === "string") return `${Buffer.byteLength(value)}:${value}`;
  if (Array.isArray(value)) return `l${value.map(bencode).join("")}e`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `d${entries.map(([key, each]) => bencode(key) + bencode(each)).join("")}e`;
}

/** @throws Error where the text is not bencoded. Lengths are of bytes: hand in text read as latin1. */
export function bdecode(text: string): Bencoded {
  let at = 0;
  const read = (): Bencoded => {
    const kind = text[at];
    if (kind === "i") {
      const stop = text.indexOf("e", at);
      const number = Number(text.slice(at + 1, stop));
      at = stop + 1;
      return number;
    }
    if (kind === "l" || kind === "d") {
      at += 1;
      const items: Bencoded[] = [];
      while (text[at] !== "e") {
        if (at >= text.length) throw new Error("bencoded text ends too early");
        items.push(read());
      }
      at += 1;
      if (kind === "l") return items;
      return Object.fromEntries(
        items.flatMap((key, index) => (index % 2 === 0 ? [[String(key), items[index + 1] ?? ""]] : [])),
      );
    }
    const colon = text.indexOf(":", at);
    const length = Number(text.slice(at, colon));
    if (colon === -1 || !Number.isInteger(length)) throw new Error("this is not bencoded");
    at = colon + 1 + length;
    return text.slice(colon + 1, at);
  };
  return read();
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" && address !== null ? address.port : 0;
}

export class Rtpengine {
  readonly pid: number;
  readonly #socket: Socket;
  readonly #port: number;
  readonly #stop: () => Promise<void>;
  readonly #waiting = new Map<string, (answer: Bencoded) => void>();
  #cookies = 0;

  private constructor(pid: number, socket: Socket, port: number, stop: () => Promise<void>) {
    this.pid = pid;
    this.#socket = socket;
    this.#port = port;
    this.#stop = stop;
    socket.on("error", () => undefined);
    socket.on("message", (bytes) => {
      const text = bytes.toString("latin1");
      const space = text.indexOf(" ");
      const cookie = text.slice(0, space);
      this.#waiting.get(cookie)?.(bdecode(text.slice(space + 1)));
      this.#waiting.delete(cookie);
    });
  }

  /** @param ports of the media, both ends included; @throws Error when it does not answer within 10 s */
  static async start(ports: readonly [number, number], core: number): Promise<Rtpengine> {
    if (rtpenginePath === undefined) throw new Error("rtpengine is not installed (package rtpengine-daemon)");
    const port = await freePort();
    const parameters = [
      "--foreground",
      "--log-stderr",
      "--log-level=2",
      "--config-file=none",
      "--table=-1",
      "--interface=127.0.0.1",
      `--listen-ng=127.0.0.1:${port}`,
      `--port-min=${ports[0]}`,
      `--port-max=${ports[1]}`,
      // as many as the core it is bound to can use
      "--num-threads=1",
    ];
    const child = spawn(rtpenginePath, parameters, { stdio: ["ignore", "ignore", "inherit"] });
    if (child.pid === undefined) throw new Error("rtpengine did not start");
    const socket = createSocket("udp4");
    const engine = new Rtpengine(child.pid, socket, port, async () => {
      socket.close();
      await end(child);
    });
    for (let attempt = 0; attempt < 40; attempt++) {
      const answer = await engine.#ask({ command: "ping" }, 250);
      if (answer === undefined) continue;
      bindToCore(child.pid, core);
      return engine;
    }
    await engine.stop();
    throw new Error("rtpengine does not answer");
  }

  /** Relays one call. @returns the ports of both sides: the first caller's SDP sends to the first */
  async relay(callId: string, offer: string, answer: string): Promise<[number, number]> {
    const call = { "call-id": callId, "from-tag": `${callId}-a` };
    const toSecond = await this.#order({ ...call, command: "offer", sdp: offer });
    const toFirst = await this.#order({ ...call, command: "answer", "to-tag": `${callId}-b`, sdp: answer });
    return [mediaPort(toFirst), mediaPort(toSecond)];
  }

  async stop(): Promise<void> {
    await this.#stop();
  }

  async #order(command: { [key: string]: Bencoded }): Promise<string> {
    const answer = await this.#ask(command, 2_000);
    if (typeof answer !== "object" || Array.isArray(answer) || typeof answer.sdp !== "string") {
      throw new Error(`rtpengine refused: ${JSON.stringify(answer)}`);
    }
    return answer.sdp;
  }

  #ask(command: { [key: string]: Bencoded }, timeoutMs: number): Promise<Bencoded | undefined> {
    const cookie = `c${++this.#cookies}`;
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(cookie);
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.set(cookie, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
      this.#socket.send(`${cookie} ${bencode(command)}`, this.#port, "127.0.0.1");
    });
  }
}

function mediaPort(sdp: string): number {
  const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1]);
  if (!(port > 0)) throw new Error("rtpengine's SDP names no port");
  return port;
}
