// Helpers of the engine's tests: a peer with bare sockets, and a clock that stands still until it is told.

import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { codecs } from "../codec/g711.ts";
import { RtpView, writeRtpHeader } from "../rtp/packet.ts";
import type { MediaClock } from "./clock.ts";
import { MediaEngine } from "./media-engine.ts";

const HOST = "127.0.0.1";

export class TestClock implements MediaClock {
  time = 1000;
  now(): number {
    return this.time;
  }
  wallClock(): number {
    return 1_795_000_000_000 + this.time;
  }
}

/** An engine ticked by hand on a clock moved by hand, on real sockets. */
export class ManualEngine {
  readonly clock = new TestClock();
  readonly engine: MediaEngine;

  constructor(portRange: readonly [number, number]) {
    this.engine = new MediaEngine({ portRange, bindAddress: HOST, clock: this.clock, autoTick: false });
  }

  tick(times = 1): void {
    for (let i = 0; i < times; i++) {
      this.clock.time += 20;
      this.engine.tick();
    }
  }
}

/** A range of port pairs of which nobody uses one now, below those that the system gives out. */
export async function freePorts(pairs: number): Promise<[number, number]> {
  for (;;) {
    const lowest = 20_000 + 2 * Math.floor(Math.random() * 4600);
    const opened: TestPeer[] = [];
    try {
      for (let port = lowest; port < lowest + 2 * pairs; port++) opened.push(await TestPeer.open(1, port));
      return [lowest, lowest + 2 * pairs - 1];
    } catch {
      // somebody else's: another range
    } finally {
      for (const each of opened) await each.close();
    }
  }
}

export interface PeerPacket {
  payloadType: number;
  marker: boolean;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payload: Uint8Array;
  source: RemoteInfo;
}

/** A phone made of a bare socket. */
export class TestPeer {
  readonly received: PeerPacket[] = [];
  readonly raw: Buffer[] = [];
  readonly ssrc: number;
  sequence = 10;
  readonly #socket: Socket;

  private constructor(socket: Socket, ssrc: number) {
    this.#socket = socket;
    this.ssrc = ssrc;
    socket.on("error", () => {});
    socket.on("message", (bytes, source) => {
      this.raw.push(bytes);
      const view = new RtpView();
      if (!view.parse(bytes)) return;
      const { payloadType, marker, sequence, timestamp, ssrc: from } = view;
      const payload = bytes.subarray(view.payloadOffset, view.payloadOffset + view.payloadLength);
      this.received.push({ payloadType, marker, sequence, timestamp, ssrc: from, payload, source });
    });
  }

  static async open(ssrc = 77, port = 0, host = HOST): Promise<TestPeer> {
    const socket = createSocket("udp4");
    socket.bind(port, host);
    await once(socket, "listening");
    return new TestPeer(socket, ssrc);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** SDP of this peer. */
  sdp(options: { direction?: string; port?: number; ptime?: number; lines?: string[] } = {}): string {
    return [
      "v=0",
      `o=- 1 ${Math.floor(performance.now() * 1000)} IN IP4 ${HOST}`,
      "s=-",
      `c=IN IP4 ${HOST}`,
      "t=0 0",
      `m=audio ${options.port ?? this.port} RTP/AVP 0 101`,
      "a=rtpmap:0 PCMU/8000",
      "a=rtpmap:101 telephone-event/8000",
      `a=ptime:${options.ptime ?? 20}`,
      `a=${options.direction ?? "sendrecv"}`,
      ...(options.lines ?? []),
      "",
    ].join("\r\n");
  }

  /** Sends one 20 ms packet of a level, the next in sequence. */
  sendAudio(port: number, level = 1000): void {
    const bytes = new Uint8Array(172);
    writeRtpHeader(bytes, 0, false, this.sequence & 0xffff, this.sequence * 160, this.ssrc);
    this.sequence += 1;
    codecs.PCMU.encode(new Int16Array(160).fill(level), bytes, 12);
    this.sendRaw(port, bytes);
  }

  sendRaw(port: number, bytes: Uint8Array): void {
    this.#socket.send(bytes, port, HOST);
  }

  async close(): Promise<void> {
    this.#socket.close();
    await once(this.#socket, "close");
  }
}

/** Lets the sockets be read until `condition` holds. @throws after 5 s, with `what` */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + 5000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`never came: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** Lets everything that is already on the loopback be read. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 4; i++) await new Promise((resolve) => setImmediate(resolve));
}

/** Mean level of a G.711 µ-law payload. */
export function levelOf(payload: Uint8Array): number {
  const pcm = new Int16Array(payload.length);
  codecs.PCMU.decode(payload, 0, payload.length, pcm);
  return pcm.reduce((sum, sample) => sum + sample, 0) / Math.max(1, pcm.length);
}
