// The media end of a call whose signalling SIPp speaks: sends G.711 and keys, and keeps what comes back.
import { createSocket, type Socket } from "node:dgram";
import { fromMuLaw, loudness, muLaw } from "./audio.ts";

export interface HeardPacket {
  /** ms, monotonic */
  at: number;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  marker: boolean;
  payload: Buffer;
}

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const PACKET_MS = 20;
const PACKET_SAMPLES = 160;

/** More packets than any test needs; the rest is counted, not kept. */
const KEPT_PACKETS = 5_000;

export class RtpProbe {
  readonly packets: HeardPacket[] = [];
  sent = 0;
  readonly #socket: Socket;
  #timer: NodeJS.Timeout | undefined;
  #sequence = Math.floor(Math.random() * 0xffff);
  #timestamp = Math.floor(Math.random() * 0xffff_ffff);
  readonly #ssrc = Math.floor(Math.random() * 0xffff_ffff);
  #toneAt = 0;
  #remote: { address: string; port: number } | undefined;
  /** Of its packets each one with a sequence number that this divides is lost; 0: none. */
  losesEvery = 0;
  /** Percent of what it heard that it tells to be lost, in answer to each sender report (RTCP); undefined: it tells nothing. */
  tellsLost: number | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("message", (bytes, from) => {
      if (bytes.length < 12 || this.packets.length >= KEPT_PACKETS) return;
      if (bytes.readUInt8(1) === SENDER_REPORT) {
        this.#report(bytes, from.port);
        return;
      }
      if (this.#remote === undefined) this.#remote = { address: from.address, port: from.port };
      this.packets.push({
        at: performance.now(),
        payloadType: bytes.readUInt8(1) & 0x7f,
        marker: bytes.readUInt8(1) > 0x7f,
        sequence: bytes.readUInt16BE(2),
        timestamp: bytes.readUInt32BE(4),
        ssrc: bytes.readUInt32BE(8),
        payload: Buffer.from(bytes.subarray(12)),
      });
    });
    // A port that nobody listens on any more is no fault of the test.
    socket.on("error", () => {});
  }

  /** Opens a probe on a port that the system chose. */
  static async open(address = "127.0.0.1"): Promise<RtpProbe> {
    const socket = createSocket("udp4");
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(0, address, resolve);
    });
    return new RtpProbe(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  /** Where packets have come from, the first of them. */
  get remote(): { address: string; port: number } | undefined {
    return this.#remote;
  }

  /** Sends one packet now. */
  send(
    payloadType: number,
    payload: Uint8Array,
    options: { marker?: boolean; timestamp?: number } = {},
  ): void {
    if (this.#remote === undefined) return;
    const packet = Buffer.alloc(12 + payload.length);
    packet.writeUInt8(0x80, 0);
    packet.writeUInt8((options.marker ? 0x80 : 0) | payloadType, 1);
    packet.writeUInt16BE(this.#sequence, 2);
    packet.writeUInt32BE((options.timestamp ?? this.#timestamp) >>> 0, 4);
    packet.writeUInt32BE(this.#ssrc, 8);
    packet.set(payload, 12);
    const isLost = this.losesEvery > 0 && this.#sequence % this.losesEvery === 0;
    this.#sequence = (this.#sequence + 1) & 0xffff;
    if (isLost) return;
    this.sent++;
    this.#socket.send(packet, this.#remote.port, this.#remote.address);
  }

  /** RFC 3550 §6.4.2, at once: so the round trip is that of the wire. */
  #report(senderReport: Buffer, port: number): void {
    const last = this.packets.at(-1);
    if (this.tellsLost === undefined || this.#remote === undefined || last === undefined) return;
    const lost = Math.round((this.packets.length * this.tellsLost) / 100);
    const report = Buffer.alloc(32);
    report.set([0x81, RECEIVER_REPORT, 0, 7]);
    report.writeUInt32BE(this.#ssrc, 4);
    report.writeUInt32BE(senderReport.readUInt32BE(4), 8);
    report.writeUInt32BE(((Math.round(2.56 * this.tellsLost) << 24) | lost) >>> 0, 12);
    report.writeUInt32BE(last.sequence, 16);
    // 4 ms of jitter; the middle of the sender's NTP time, and no delay since.
    report.writeUInt32BE(32, 20);
    senderReport.copy(report, 24, 10, 14);
    this.#socket.send(report, port, this.#remote.address);
  }

  /** Sends a sine as PCMU each 20 ms until `stop`, to where packets come from or to `remote`. */
  play(hertz: number, amplitude: number, remote?: { address: string; port: number }): void {
    this.#remote = remote ?? this.#remote;
    this.#stream((index) => Math.round(amplitude * Math.sin((2 * Math.PI * hertz * index) / 8_000)));
  }

  /** Sends 8 kHz samples as PCMU, then silence until `stop`. */
  speak(samples: Int16Array): void {
    this.#toneAt = 0;
    this.#stream((index) => samples[index] ?? 0);
  }

  #stream(sampleAt: (index: number) => number): void {
    this.stop();
    let due = performance.now();
    const tick = (): void => {
      while (due <= performance.now()) {
        due += PACKET_MS;
        const payload = new Uint8Array(PACKET_SAMPLES);
        for (let index = 0; index < PACKET_SAMPLES; index++) {
          payload[index] = muLaw(sampleAt(this.#toneAt + index));
        }
        this.#toneAt += PACKET_SAMPLES;
        this.send(0, payload);
        this.#timestamp = (this.#timestamp + PACKET_SAMPLES) >>> 0;
      }
      this.#timer = setTimeout(tick, Math.max(1, due - performance.now()));
    };
    tick();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  /** PCM of the µ-law packets that came, in order of sequence, of one payload type. */
  heard(fromIndex = 0): Int16Array {
    const audio = this.packets.slice(fromIndex).filter((packet) => packet.payloadType === 0);
    const samples = new Int16Array(audio.reduce((sum, packet) => sum + packet.payload.length, 0));
    let at = 0;
    for (const packet of audio) for (const byte of packet.payload) samples[at++] = fromMuLaw(byte);
    return samples;
  }

  /**
   * Longest time from `since` (performance.now()) until now in which nothing was heard, seconds: silence, or no packets at all.
   * @param threshold RMS below which a packet is silence
   */
  longestQuiet(since: number, threshold = 150): number {
    let soundAt = since;
    let longest = 0;
    const upTo = (at: number): void => {
      longest = Math.max(longest, at - soundAt);
      soundAt = at;
    };
    for (const { at, payloadType, payload } of this.packets) {
      if (at < since || payloadType !== 0) continue;
      if (loudness(Int16Array.from(payload, fromMuLaw)) > threshold) upTo(at);
    }
    upTo(performance.now());
    return longest / 1000;
  }

  /** Sequence numbers that are missing between the first and the last packet. */
  missing(): number {
    const first = this.packets[0];
    const last = this.packets.at(-1);
    if (first === undefined || last === undefined) return 0;
    const expected = ((last.sequence - first.sequence) & 0xffff) + 1;
    return expected - new Set(this.packets.map((packet) => packet.sequence)).size;
  }

  async close(): Promise<void> {
    this.stop();
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }
}
