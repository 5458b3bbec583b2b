// RTCP compound packets, RFC 3550 §6: sender and receiver reports, SDES with a CNAME, BYE.
// They come every few seconds, so these functions may allocate; what they read is bounded all the same.

import { readUint32, writeUint32 } from "../rtp/packet.ts";
import type { ReceptionReport } from "../rtp/source-statistics.ts";

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
/** Packets of one compound that are looked at; a real one has two to four. */
const MAX_PACKETS = 16;

/** A report block, RFC 3550 §6.4.1. */
export interface ReportBlock extends ReceptionReport {
  ssrc: number;
  /** Middle 32 bits of the last SR's NTP time; 0 when none came. */
  lastSenderReport: number;
  /** Time between that SR's arrival and this report, in 1/65536 s. */
  delaySinceLastSenderReport: number;
}

/** The sender's part of an SR. */
export interface SenderInfo {
  ntpSeconds: number;
  ntpFraction: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

/** What one compound packet said. */
export interface RtcpReport {
  /** Sender of the first report. */
  ssrc: number;
  sender: SenderInfo | undefined;
  blocks: ReportBlock[];
  cname: string | undefined;
  /** SSRCs that said goodbye. */
  byes: number[];
}

/** Builds SR (with `sender`) or RR, SDES and, with `bye`, BYE, in that order (§6.1). */
export function buildRtcp(report: {
  ssrc: number;
  sender: SenderInfo | undefined;
  blocks: readonly ReportBlock[];
  cname: string;
  bye?: boolean;
}): Uint8Array {
  const cname = new TextEncoder().encode(report.cname).subarray(0, 255);
  const blocks = report.blocks.slice(0, 31);
  const reportLength = 8 + (report.sender ? 20 : 0) + blocks.length * 24;
  // one chunk: SSRC, item header, text, then at least one zero byte up to the next word (§6.5)
  const chunkLength = (4 + 2 + cname.length + 1 + 3) & ~3;
  const byeLength = report.bye ? 8 : 0;
  const out = new Uint8Array(reportLength + 4 + chunkLength + byeLength);

  writeHead(out, 0, blocks.length, report.sender ? SENDER_REPORT : RECEIVER_REPORT, reportLength);
  writeUint32(out, 4, report.ssrc);
  let at = 8;
  if (report.sender) {
    writeUint32(out, 8, report.sender.ntpSeconds);
    writeUint32(out, 12, report.sender.ntpFraction);
    writeUint32(out, 16, report.sender.rtpTimestamp);
    writeUint32(out, 20, report.sender.packets);
    writeUint32(out, 24, report.sender.octets);
    at = 28;
  }
  for (const block of blocks) {
    writeUint32(out, at, block.ssrc);
    writeUint32(out, at + 4, ((block.fractionLost & 0xff) << 24) | (block.cumulativeLost & 0xffffff));
    writeUint32(out, at + 8, block.extendedHighestSequence);
    writeUint32(out, at + 12, block.jitter);
    writeUint32(out, at + 16, block.lastSenderReport);
    writeUint32(out, at + 20, block.delaySinceLastSenderReport);
    at += 24;
  }

  writeHead(out, at, 1, SOURCE_DESCRIPTION, 4 + chunkLength);
  writeUint32(out, at + 4, report.ssrc);
  out[at + 8] = CNAME;
  out[at + 9] = cname.length;
  out.set(cname, at + 10);
  at += 4 + chunkLength;

  if (report.bye) {
    writeHead(out, at, 1, GOODBYE, 8);
    writeUint32(out, at + 4, report.ssrc);
  }
  return out;
}

/**
 * Reads a compound packet. Any bytes may come in; a reduced-size packet (RFC 5506) is taken too.
 * @returns undefined when the first packet is no RTCP or a length runs past the end
 */
export function parseRtcp(bytes: Uint8Array): RtcpReport | undefined {
  const report: RtcpReport = { ssrc: 0, sender: undefined, blocks: [], cname: undefined, byes: [] };
  let at = 0;
  for (let packets = 0; at < bytes.length; packets++) {
    if (packets === MAX_PACKETS || at + 4 > bytes.length) return undefined;
    const first = bytes[at] ?? 0;
    const type = bytes[at + 1] ?? 0;
    if (first >> 6 !== 2 || type < 192 || type > 223) return undefined;
    const length = ((((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) + 1) * 4;
    if (at + length > bytes.length) return undefined;
    const body = bytes.subarray(at, at + length);
    const count = first & 0x1f;
    if (type === SENDER_REPORT || type === RECEIVER_REPORT) readReport(body, type, count, report);
    else if (type === SOURCE_DESCRIPTION) report.cname ??= readCname(body);
    else if (type === GOODBYE) readByes(body, count, report);
    at += length;
  }
  return at === 0 ? undefined : report;
}

function writeHead(out: Uint8Array, at: number, count: number, type: number, length: number): void {
  out[at] = 0x80 | count;
  out[at + 1] = type;
  out[at + 2] = (length / 4 - 1) >>> 8;
  out[at + 3] = length / 4 - 1;
}

function readReport(body: Uint8Array, type: number, count: number, report: RtcpReport): void {
  const isSender = type === SENDER_REPORT;
  let at = isSender ? 28 : 8;
  if (body.length < at) return;
  report.ssrc = readUint32(body, 4);
  if (isSender) {
    report.sender = {
      ntpSeconds: readUint32(body, 8),
      ntpFraction: readUint32(body, 12),
      rtpTimestamp: readUint32(body, 16),
      packets: readUint32(body, 20),
      octets: readUint32(body, 24),
    };
  }
  for (let i = 0; i < count && at + 24 <= body.length && report.blocks.length < 31; i++, at += 24) {
    const loss = readUint32(body, at + 4);
    report.blocks.push({
      ssrc: readUint32(body, at),
      fractionLost: loss >>> 24,
      cumulativeLost: (loss << 8) >> 8,
      extendedHighestSequence: readUint32(body, at + 8),
      jitter: readUint32(body, at + 12),
      lastSenderReport: readUint32(body, at + 16),
      delaySinceLastSenderReport: readUint32(body, at + 20),
    });
  }
}

/** The first chunk's CNAME; other chunks belong to mixers, which a phone call has none of. */
function readCname(body: Uint8Array): string | undefined {
  let at = 8;
  while (at + 2 <= body.length) {
    const item = body[at] ?? 0;
    const length = body[at + 1] ?? 0;
    if (item === 0 || at + 2 + length > body.length) return undefined;
    if (item === CNAME) return Buffer.from(body.subarray(at + 2, at + 2 + length)).toString("utf8");
    at += 2 + length;
  }
  return undefined;
}

function readByes(body: Uint8Array, count: number, report: RtcpReport): void {
  for (let i = 0; i < count && 8 + i * 4 <= body.length && report.byes.length < 31; i++) {
    report.byes.push(readUint32(body, 4 + i * 4));
  }
}
