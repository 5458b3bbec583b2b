// What open dialogs cost: one user agent that holds so many calls, on a clock and a network of this file's own, so that
// neither sockets nor waiting are in the figures. Arguments: number of open dialogs. Prints one line of JSON.
import { type Environment, type Flow, UserAgent } from "@ringdown/sip";

const open = Number(process.argv[2]);
/** Dialogs are opened and transactions run at this rate on the virtual clock, so that as many linger as in daily use. */
const PER_SECOND = 1_000;
/** Longer than 64·T1: a steady number of transactions is lingering when the measurement begins. */
const WARM_UP = 40 * PER_SECOND;
const MEASURED = 20 * PER_SECOND;
const TAG_DIGITS = 16;

let now = 0;
let alarm: number | undefined;
let sent: Buffer = Buffer.alloc(0);
let counter = 0;

const environment: Environment = {
  now: () => now,
  random: () => 0.5,
  // Unique and as long as real ones; drawing random bytes is not what is measured.
  randomToken: (bytes) => (++counter).toString(16).padStart(2 * bytes, "0"),
  send: (_to, bytes) => {
    sent = bytes;
  },
  setAlarm: (at) => {
    alarm = at;
  },
};

const flow: Flow = {
  transport: "udp",
  localAddress: "192.0.2.10",
  localPort: 5060,
  remoteAddress: "198.51.100.23",
  remotePort: 5060,
};

const sdp = [
  "v=0",
  "o=- 13366345561829 1 IN IP4 198.51.100.23",
  "s=call",
  "c=IN IP4 198.51.100.23",
  "t=0 0",
  "m=audio 49170 RTP/AVP 8 0 101",
  "a=rtpmap:8 PCMA/8000",
  "a=rtpmap:0 PCMU/8000",
  "a=rtpmap:101 telephone-event/8000",
  "a=fmtp:101 0-16",
  "a=ptime:20",
  "a=sendrecv",
  "",
].join("\r\n");

const agent = new UserAgent({
  environment,
  serverHeader: "Ringdown",
  limits: { dialogs: 1_000_000, transactions: 1_000_000 },
  contactFor: () => ({ host: "192.0.2.10", port: 5060 }),
  screen: () => "answer",
  onInvite: (call) => call.accept(sdp),
});

function message(method: string, id: number, seq: number, branch: string, toTag: string): Buffer {
  const isInvite = method === "INVITE";
  const lines = [
    `${method} sip:demo@192.0.2.10 SIP/2.0`,
    `Via: SIP/2.0/UDP 198.51.100.23:5060;branch=z9hG4bK-524287-1---${branch};rport`,
    "Max-Forwards: 70",
    "Contact: <sip:+15550100200@198.51.100.23:5060;transport=udp>",
    `To: <sip:demo@192.0.2.10>${toTag === "" ? "" : `;tag=${toTag}`}`,
    `From: "Front Desk" <sip:+15550100200@198.51.100.23>;tag=6b8f7a31`,
    `Call-ID: 78211NTk4MzQ2ZWUwZjE2YWE0Zjk2NzY-${id}`,
    `CSeq: ${seq} ${method}`,
    "Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, MESSAGE, OPTIONS, INFO, UPDATE",
    "Supported: replaces, timer, outbound",
    "User-Agent: Example Desk Phone 5.4.2",
    ...(isInvite ? ["Content-Type: application/sdp"] : []),
    `Content-Length: ${isInvite ? sdp.length : 0}`,
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n${isInvite ? sdp : ""}`);
}

/** Lets the virtual time of one transaction pass, and what falls due in it happen. */
function pass(ms: number): void {
  const until = now + ms;
  while (alarm !== undefined && alarm <= until) {
    now = Math.max(now, alarm);
    alarm = undefined;
    agent.wake();
  }
  now = until;
}

let branches = 0;
const branch = (): string => (++branches).toString(16).padStart(16, "0");

/** @returns our tag, as the 200 has it */
function setUp(id: number): string {
  agent.receive(message("INVITE", id, 1, branch(), ""), flow);
  const text = sent.toString("latin1");
  const at = text.indexOf(";tag=", text.indexOf("\r\nTo:")) + ";tag=".length;
  const tag = text.slice(at, at + TAG_DIGITS);
  agent.receive(message("ACK", id, 1, branch(), tag), flow);
  return tag;
}

function heap(): number {
  const { gc } = globalThis;
  if (gc === undefined) throw new Error("run with --expose-gc");
  for (let round = 0; round < 3; round++) gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Microseconds of processor time, of this process, that one such step takes. */
function cost(step: (index: number) => void): number {
  for (let index = 0; index < WARM_UP; index++) {
    step(index);
    pass(1_000 / PER_SECOND);
  }
  const before = process.cpuUsage();
  for (let index = 0; index < MEASURED; index++) {
    step(WARM_UP + index);
    pass(1_000 / PER_SECOND);
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / MEASURED;
}

// What the far side of each dialog remembers, outside the heap and there before the first is opened.
const tags = Buffer.alloc(open * TAG_DIGITS);
const seqs = new Uint32Array(open).fill(1);

/** A plain walk through all dialogs in an order that no cache foresees. */
const stride = 7_919;
let at = 0;
function inDialog(): void {
  at = (at + stride) % open;
  const seq = (seqs[at] ?? 0) + 1;
  seqs[at] = seq;
  const tag = tags.toString("latin1", at * TAG_DIGITS, (at + 1) * TAG_DIGITS);
  agent.receive(message("OPTIONS", at, seq, branch(), tag), flow);
}

function wholeCall(index: number): void {
  const id = open + index;
  const tag = setUp(id);
  agent.receive(message("BYE", id, 2, branch(), tag), flow);
}

// Code is compiled, tables have their first size: what is counted afterwards is dialogs.
for (let index = 0; index < 2_000; index++) {
  wholeCall(-index - 1);
  pass(1);
}
pass(120_000);
const empty = heap();
for (let id = 0; id < open; id++) {
  tags.write(setUp(id), id * TAG_DIGITS, "latin1");
  pass(1_000 / PER_SECOND);
}
// Idle: every transaction and repetition is over, as in a call after its first half minute.
pass(60_000);
const { dialogs, serverTransactions } = agent.stateSize();
if (dialogs !== open || serverTransactions !== 0) throw new Error(`${dialogs} dialogs of ${open} stand`);
const bytesPerDialog = (heap() - empty) / open;
const options = cost(inDialog);
const call = cost(wholeCall);
console.log(JSON.stringify({ open, bytesPerDialog, optionsMicroseconds: options, callMicroseconds: call }));
