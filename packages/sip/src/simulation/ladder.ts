import type { Packet } from "./network.ts";

/** Packets a line each: time, who to whom, first line of the message with its CSeq where that is a response, fate. */
export function ladderOf(packets: readonly Packet[], nameOf: (address: string) => string): string {
  return packets.map((packet) => lineOf(packet, nameOf)).join("\n");
}

function lineOf(packet: Packet, nameOf: (address: string) => string): string {
  const { at, from, to, bytes, arrivals, transport } = packet;
  const text = bytes.toString("latin1");
  const end = text.indexOf("\r\n");
  let line = text.slice(0, end < 0 ? text.length : end);
  const cseq = /\r\nCSeq: *([^\r]*)/i.exec(text)?.[1];
  if (cseq !== undefined) line += line.startsWith("SIP/") ? ` (${cseq})` : ` #${cseq.split(" ")[0]}`;
  const fate = arrivals.length === 0 ? "lost" : arrivals.map((time) => time.toFixed(0)).join(" and ");
  const way = transport === "udp" ? "→" : `→ ${transport}`;
  return `${at.toFixed(0).padStart(8)}  ${nameOf(from)} ${way} ${nameOf(to)}  ${line}  (${fate})`;
}
