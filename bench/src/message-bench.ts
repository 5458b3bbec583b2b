// SIP messages read and written a second, beside the parsers that npm has.
import * as ringdown from "@ringdown/sip";
import * as jssip from "jssip/lib/Parser.js";
import * as npmSip from "sip";
import { Core } from "sip.js";
import { type SampleMessage, sampleMessages } from "./messages.ts";
import type { Report } from "./report.ts";
import { median, significant } from "./statistics.ts";

const ROUNDS = 7;
const SLICE_MS = 400;

/** A sum over what was read, so that no engine can leave the reading out. */
type Work = (bytes: Buffer) => number;

interface Candidate {
  name: string;
  /** From bytes to a message whose Via branch, tags, CSeq, Call-ID and Contact have been read. */
  read: Work;
  /** The same, and back to bytes. */
  readAndWrite: Work;
  /** The same with a Via put on top before, as a proxy does; absent where a received message cannot be changed. */
  readChangeAndWrite?: Work;
  remark: string;
}

const silent = (): void => {};
const logger = { error: silent, warn: silent, log: silent, debug: silent };

function readRingdown(bytes: Buffer): { message: ringdown.SipMessage; sum: number } {
  const message = ringdown.parseMessage(bytes);
  const contact = ringdown.contacts(message);
  const uri = contact === "*" ? undefined : contact[0]?.uri;
  const host = uri !== undefined && ringdown.isSipUri(uri) ? uri.host : "";
  const sum =
    (ringdown.topVia(message).params.get("branch")?.length ?? 0) +
    (ringdown.from(message).params.get("tag")?.length ?? 0) +
    (ringdown.to(message).params.get("tag")?.length ?? 0) +
    ringdown.cseq(message).seq +
    ringdown.callId(message).length +
    host.length;
  return { message, sum };
}

function readNpmSip(bytes: Buffer): { message: npmSip.ParsedMessage; sum: number } {
  const message = npmSip.parse(bytes);
  const { headers } = message;
  const contact = headers.contact?.[0];
  const sum =
    (headers.via[0]?.params.branch?.length ?? 0) +
    (headers.from.params.tag?.length ?? 0) +
    (headers.to.params.tag?.length ?? 0) +
    headers.cseq.seq +
    headers["call-id"].length +
    (contact === undefined ? 0 : (npmSip.parseUri(contact.uri).host?.length ?? 0));
  return { message, sum };
}

function readJssip(bytes: Buffer): { message: jssip.ParsedMessage; sum: number } {
  const message = jssip.parseMessage(bytes.toString("utf8"), {});
  const sum =
    message.via_branch.length +
    message.from_tag.length +
    (message.to_tag?.length ?? 0) +
    message.cseq +
    message.call_id.length +
    (message.parseHeader("contact")?.uri.host.length ?? 0);
  return { message, sum };
}

function readSipJs(bytes: Buffer): { text: string; sum: number } {
  const message = Core.Parser.parseMessage(bytes.toString("utf8"), logger as unknown as Core.Logger);
  if (message === undefined) throw new Error("sip.js read nothing");
  const contact = message.parseHeader("contact") as { uri: { host: string } } | undefined;
  const sum =
    message.viaBranch.length +
    message.fromTag.length +
    (message.toTag?.length ?? 0) +
    message.cseq +
    message.callId.length +
    (contact?.uri.host.length ?? 0);
  return { text: message.toString(), sum };
}

const keepsText = "its toString() of a received message gives the text that came: nothing is written anew";

const proxyVia = { protocol: "UDP", host: "192.0.2.77", port: 5060, params: { branch: "z9hG4bK77ef.1" } };
const proxyViaText = "SIP/2.0/UDP 192.0.2.77:5060;branch=z9hG4bK77ef.1";

const candidates: Candidate[] = [
  {
    name: "ringdown",
    read: (bytes) => readRingdown(bytes).sum,
    readAndWrite: (bytes) => {
      const { message, sum } = readRingdown(bytes);
      return sum + ringdown.serialiseMessage(message).length;
    },
    readChangeAndWrite: (bytes) => {
      const { message, sum } = readRingdown(bytes);
      message.headers.prepend("Via", proxyViaText);
      return sum + ringdown.serialiseMessage(message).length;
    },
    remark: "written from its header lines; those that stand side by side as they came are copied as one",
  },
  {
    name: "npm sip 0.0.6",
    read: (bytes) => readNpmSip(bytes).sum,
    readAndWrite: (bytes) => {
      const { message, sum } = readNpmSip(bytes);
      return sum + Buffer.from(npmSip.stringify(message), "latin1").length;
    },
    readChangeAndWrite: (bytes) => {
      const { message, sum } = readNpmSip(bytes);
      message.headers.via.unshift(proxyVia);
      return sum + Buffer.from(npmSip.stringify(message), "latin1").length;
    },
    remark: "written anew from its headers",
  },
  {
    name: "jssip 3.13.8",
    read: (bytes) => readJssip(bytes).sum,
    readAndWrite: (bytes) => {
      const { message, sum } = readJssip(bytes);
      return sum + Buffer.from(message.toString(), "utf8").length;
    },
    remark: keepsText,
  },
  {
    name: "sip.js 0.21.2",
    read: (bytes) => readSipJs(bytes).sum,
    readAndWrite: (bytes) => {
      const { text, sum } = readSipJs(bytes);
      return sum + Buffer.from(text, "utf8").length;
    },
    remark: keepsText,
  },
];

/** Messages a second over the whole set, for at least SLICE_MS. */
function rate(work: Work, messages: readonly SampleMessage[]): number {
  const start = performance.now();
  let done = 0;
  let sum = 0;
  let elapsed = 0;
  do {
    for (let round = 0; round < 20; round++) {
      for (const message of messages) sum += work(message.bytes);
    }
    done += 20 * messages.length;
    elapsed = performance.now() - start;
  } while (elapsed < SLICE_MS);
  if (sum === 0) throw new Error("nothing was read");
  return (done / elapsed) * 1_000;
}

export async function messageBench(): Promise<Report> {
  const messages = sampleMessages();
  for (const candidate of candidates) {
    for (const message of messages) {
      const size = candidate.readAndWrite(message.bytes) - candidate.read(message.bytes);
      if (size < message.bytes.length * 0.8)
        throw new Error(`${candidate.name} lost part of ${message.name}`);
      const { readChangeAndWrite } = candidate;
      if (readChangeAndWrite === undefined) continue;
      const changed = readChangeAndWrite(message.bytes) - candidate.read(message.bytes);
      if (changed < size + proxyViaText.length) throw new Error(`${candidate.name} changed nothing`);
    }
  }
  const rates = candidates.map((candidate) => ({
    name: candidate.name,
    remark: candidate.remark,
    read: [] as number[],
    readAndWrite: [] as number[],
    readChangeAndWrite: [] as number[],
  }));
  // In turns, so that a slower spell of the machine hits all alike; the first round only warms up.
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, candidate] of candidates.entries()) {
      const read = rate(candidate.read, messages);
      const readAndWrite = rate(candidate.readAndWrite, messages);
      const { readChangeAndWrite } = candidate;
      const changed = readChangeAndWrite === undefined ? undefined : rate(readChangeAndWrite, messages);
      if (round < 0) continue;
      rates[index]?.read.push(read);
      rates[index]?.readAndWrite.push(readAndWrite);
      if (changed !== undefined) rates[index]?.readChangeAndWrite.push(changed);
    }
  }
  const figures = rates.map((entry) => ({
    ...entry,
    readMedian: median(entry.read),
    readAndWriteMedian: median(entry.readAndWrite),
    changedMedian: entry.readChangeAndWrite.length === 0 ? undefined : median(entry.readChangeAndWrite),
  }));
  const [ours, ...peers] = figures;
  if (ours === undefined) throw new Error("no figures");
  const fastest = peers.reduce((best, peer) =>
    peer.readAndWriteMedian > best.readAndWriteMedian ? peer : best,
  );
  const ratio = ours.readAndWriteMedian / fastest.readAndWriteMedian;
  return {
    name: "messages",
    title: "SIP messages read and written",
    method: [
      `${messages.length} messages (${messages.reduce((sum, message) => sum + message.bytes.length, 0)} bytes together), all in one process, in turns, ${ROUNDS} rounds of ${SLICE_MS} ms each, median.`,
      "Read: from bytes until the top Via's branch, both tags, CSeq, Call-ID and the Contact's host are known. Read and written: and back to bytes. Changed: with a Via put on top before it is written, as a proxy does.",
      "jssip and sip.js have no writer for a message they received: their toString() gives back the text that came, which is counted in their favour.",
    ],
    goals: [
      {
        goal: "3 times the fastest of npm sip, jssip, sip.js, read and written",
        reached: ratio >= 3,
        measured: `${significant(ratio)} times ${fastest.name}`,
      },
    ],
    columns: [
      "parser",
      "read, messages/s",
      "read and written, messages/s",
      "ringdown is",
      "read, changed and written, messages/s",
      "writing",
    ],
    rows: figures.map((entry) => [
      entry.name,
      Math.round(entry.readMedian),
      Math.round(entry.readAndWriteMedian),
      entry === ours ? "" : `${significant(ours.readAndWriteMedian / entry.readAndWriteMedian)} times`,
      entry.changedMedian === undefined ? "" : Math.round(entry.changedMedian),
      entry.remark,
    ]),
    raw: figures,
  };
}
