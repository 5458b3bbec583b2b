// Stand-ins for the neighbours of a call, for tests: a SIP leg, a media pool, time, a store.
import {
  type Flow,
  type IncomingCall,
  type LegEnded,
  type OutgoingRefer,
  parseMessage,
  type ReferOptions,
  type SipRequest,
} from "@ringdown/sip";
import type { AgentProfile } from "@ringdown/voice";
import type { CallPatch, CallRecord } from "../store/records.ts";
import type { LegClosed, LegDescription } from "../worker/protocol.ts";
import type { LegListener } from "../worker/worker-handle.ts";
import type { MediaPool, OpenLegOptions, RemoteLeg, StartLegOptions } from "../worker/worker-pool.ts";
import type { CallRecordStore } from "./call-record.ts";
import type { Clock } from "./clock.ts";

/** Virtual time: `advance` runs what is due. */
export class TestClock implements Clock {
  #now = Date.UTC(2026, 0, 1);
  readonly #timers = new Set<{ at: number; action: () => void }>();

  now(): number {
    return this.#now;
  }

  after(ms: number, action: () => void): () => void {
    const timer = { at: this.#now + ms, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.at <= until).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#now = Math.max(this.#now, due.at);
      due.action();
    }
    this.#now = until;
  }
}

/** What the requests of all legs are. */
export const testInvite = parseMessage(
  Buffer.from(
    "INVITE sip:+15550199@trunk.example SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n" +
      "From: <sip:+15550100@192.0.2.9>;tag=1\r\nTo: <sip:+15550199@trunk.example>\r\nCall-ID: sip-1\r\n" +
      "CSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
  ),
) as SipRequest;

/** Lets every promise that can settle do so. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A SIP leg that writes down what it is told. */
export class FakeLeg {
  readonly sent: string[] = [];
  callId: string;
  readonly direction = "inbound";
  readonly request: SipRequest = testInvite;
  readonly remoteUserAgent: string | undefined = undefined;
  readonly remoteTarget = "sip:caller@192.0.2.1:5066";
  readonly contact = "<sip:echo@192.0.2.9:5060>";
  readonly refers: { target: string; options: ReferOptions; refer: OutgoingRefer }[] = [];
  /** The call whose place it wants to take. */
  replaces: FakeLeg | undefined;
  readonly flow: Flow = {
    transport: "udp",
    localAddress: "192.0.2.9",
    localPort: 5060,
    remoteAddress: "192.0.2.1",
    remotePort: 5066,
  };
  state: "early" | "confirmed" | "ended" = "early";
  offer: string | undefined;
  onEnded?: (ended: LegEnded) => void;
  onAcknowledged?: (answer: string | undefined) => void;
  onReinvite?: IncomingCall["onReinvite"];
  onInfo?: IncomingCall["onInfo"];

  /** @param offer null: an INVITE without SDP */
  constructor(offer: string | null = "offer", callId = "sip-1") {
    this.offer = offer ?? undefined;
    this.callId = callId;
  }

  refer(target: string, options: ReferOptions = {}): OutgoingRefer {
    const refer: OutgoingRefer = { outcome: undefined };
    this.refers.push({ target, options, refer });
    return refer;
  }

  ring(): void {
    this.sent.push("180");
  }
  accept(sdp: string): void {
    this.sent.push(`200 ${sdp}`);
    this.state = "confirmed";
  }
  reject(status: number, options?: { headers?: [string, string][] }): void {
    const headers = (options?.headers ?? []).map(([name, value]) => ` ${name}: ${value}`).join("");
    this.sent.push(`${status}${headers}`);
    this.state = "ended";
  }
  turnAway(status: number): void {
    this.sent.push(`${status} once`);
    this.state = "ended";
  }
  ignore(): void {
    this.sent.push("nothing");
    this.state = "ended";
  }
  hangUp(): void {
    this.sent.push(this.state === "confirmed" ? "BYE" : "480");
    this.state = "ended";
  }

  /** The peer's doing. */
  remoteEnds(cause: LegEnded["cause"]): void {
    this.state = "ended";
    this.onEnded?.({ by: "remote", cause });
  }

  asIncomingCall(): IncomingCall {
    return this as unknown as IncomingCall;
  }
}

/** A worker leg and the pool that gives it. */
export class FakePool implements MediaPool {
  readonly done: string[] = [];
  readonly legIds: string[] = [];
  readonly addresses: string[] = [];
  listener: LegListener | undefined;
  started: StartLegOptions | undefined;
  /** Set to make `openLeg` wait, or fail. */
  opening: Promise<void> = Promise.resolve();
  /** Set to make commands fail. */
  failure: Error | undefined;
  /** Command that fails alone. */
  refuses: string | undefined;
  description: LegDescription = {
    sdp: "answer",
    codec: "PCMU",
    onHold: false,
    audible: true,
    telephoneEvents: true,
  };
  /** What `listenKeys` waits for. */
  key = new Promise<undefined>(() => undefined);
  closed: LegClosed = { codec: "PCMU", quality: { lost: 0 }, qualitySamples: [], recording: null };

  async openLeg(options: OpenLegOptions, listener: LegListener): Promise<RemoteLeg> {
    this.done.push(`open ${options.offer ?? "-"}`);
    this.legIds.push(options.legId);
    this.addresses.push(options.localAddress);
    await this.opening;
    this.listener = listener;
    const answer = async (what: string): Promise<LegDescription> => {
      this.done.push(what);
      if (this.failure !== undefined) throw this.failure;
      if (this.refuses !== undefined && what.startsWith(this.refuses)) throw new Error(`no ${this.refuses}`);
      return this.description;
    };
    return {
      workerPid: 1,
      // Nothing is agreed while only our offer is made.
      description: options.offer === undefined ? { ...this.description, codec: null } : this.description,
      acceptAnswer: (sdp, early) => answer(`${early ? "early answer" : "answer"} ${sdp}`),
      renegotiate: (offer) => answer(`renegotiate ${offer ?? "-"}`),
      openSuccessor: (address, offer) => answer(`successor ${address} ${offer ?? "-"}`),
      acceptSuccessor: (sdp) => answer(`successor's answer ${sdp}`),
      startMedia: async () => void (await answer("media")),
      start: async (given) => {
        this.started = given;
        await answer("start");
      },
      bridge: async (otherId) => void (await answer(`bridge ${otherId}`)),
      unbridge: async () => void (await answer("unbridge")),
      playTone: async (sound) => {
        const name = sound?.type === "tone" ? `${sound.tone.frequencies.join("+")} Hz` : sound?.type;
        await answer(`play ${name ?? "nothing"}${sound?.quiet === true ? ", quiet" : ""}`);
      },
      announce: async (text) => {
        await answer(`announce ${text}`);
        return true;
      },
      hush: async () => void (await answer("hush")),
      listenKeys: async (keys) => {
        await answer(`listen ${keys}`);
        return this.key;
      },
      listenSpeech: async (phrases) => void (await answer(`hear ${phrases.length}`)),
      suspendConversation: async (listen) => void (await answer(listen ? "suspend, listening" : "suspend")),
      resumeConversation: async (note) => void (await answer(`resume ${note ?? "-"}`)),
      say: async (text) => void (await answer(`say ${text}`)),
      sendDtmf: async (digits) => void (await answer(`dtmf ${digits}`)),
      overhear: async (on) => void (await answer(`overhear ${on}`)),
      pressKey: async (digit, durationMs) => void (await answer(`key ${digit} ${durationMs}`)),
      close: async (reason) => {
        this.done.push(`close ${reason}`);
        return this.closed;
      },
    };
  }
}

export class FakeCallStore implements CallRecordStore {
  readonly records: CallRecord[] = [];
  readonly writes: string[] = [];

  async insert(call: CallRecord): Promise<void> {
    this.records.push(structuredClone(call));
    this.writes.push(`insert ${call.state}`);
  }

  async update(id: string, patch: CallPatch): Promise<void> {
    const record = this.records.find((one) => one.id === id);
    if (record === undefined) throw new Error("update before insert");
    Object.assign(record, structuredClone(patch));
    this.writes.push(`update ${record.state}`);
  }

  /** The one record. */
  get record(): CallRecord {
    const [record, ...others] = this.records;
    if (record === undefined || others.length > 0) throw new Error(`${this.records.length} records, not one`);
    return record;
  }
}

export const echoProfile: AgentProfile = {
  id: "agent-1",
  username: "echo",
  title: "Echo",
  mode: "echo",
  welcomeMessage: "",
  agentInstructions: "",
  agentLang: "en-US",
  agentVoice: null,
  functions: [],
  callerResponseTimeout: 13,
  callerResponseTimeoutHangupCounter: 3,
  interruptionMinimumSpeakingTime: 3,
  recordingNotice: null,
  waitOnAnswer: 0,
};
