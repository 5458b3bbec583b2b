// A dialer that does what a test says, for calls that we make.
import type { CallLeg, Flow, Fork, LegEnded, OutgoingCall } from "@ringdown/sip";
import { testInvite } from "./call-test-kit.ts";
import type { Dial, DialEvents, Dialer, DialFailure, DialRequest } from "./dial-port.ts";

/** A SIP leg from us that writes down what it is told. */
export class FakeOutgoing {
  readonly sent: string[] = [];
  readonly callId: string;
  readonly direction = "outbound";
  readonly request = testInvite;
  readonly contact = "<sip:+15550100@192.0.2.9:5060>";
  readonly remoteTarget = "sip:callee@10.0.0.7";
  readonly remoteUserAgent = "Trunk/1";
  answersRepeated = 0;
  readonly flow: Flow = {
    transport: "udp",
    localAddress: "192.0.2.9",
    localPort: 5060,
    remoteAddress: "192.0.2.1",
    remotePort: 5066,
  };
  state: CallLeg["state"] = "early";
  onEnded?: (ended: LegEnded) => void;
  onAcknowledged?: (answer: string | undefined) => void;
  onReinvite?: CallLeg["onReinvite"];

  /** How keys by INFO are answered, in turn; undefined: its Allow does not name INFO. */
  infos: number[] | undefined;

  constructor(callId: string) {
    this.callId = callId;
  }

  takesInfo(): boolean {
    return this.infos !== undefined;
  }

  sendInfo(_type: string, body: string, onOutcome?: (status: number) => void): void {
    this.sent.push(`INFO ${body.split("\r\n", 1)[0]}`);
    onOutcome?.(this.infos?.shift() ?? 200);
  }

  hangUp(): void {
    this.sent.push(this.state === "confirmed" ? "BYE" : "CANCEL");
    this.state = "ended";
  }

  remoteEnds(cause: LegEnded["cause"]): void {
    this.state = "ended";
    this.onEnded?.({ by: "remote", cause });
  }
}

/** One dial, driven by hand. */
export class FakeDial implements Dial {
  readonly request: DialRequest;
  readonly events: DialEvents;
  readonly cancelled: (string | undefined)[] = [];
  leg = new FakeOutgoing("");
  #attempts = 0;
  #isOver = false;

  constructor(request: DialRequest, events: DialEvents) {
    this.request = request;
    this.events = events;
  }

  cancel(reason?: string): void {
    if (this.#isOver) return;
    this.cancelled.push(reason);
    if (this.#attempts > 0) this.leg.hangUp();
    this.fails("cancelled", 0, "The call was cancelled before it was answered.");
  }

  /** @returns the offer of the INVITE */
  async attempts(address = "192.0.2.1"): Promise<string> {
    const sdp = await this.request.offer({ transport: "udp", address, port: 5066 });
    this.leg = new FakeOutgoing(`sip-${++this.#attempts}`);
    this.events.onAttempt({
      way: "route trunk.example",
      requestUri: "sip:+15550199@trunk.example",
      target: `udp:${address}:5066`,
      leg: this.leg as unknown as OutgoingCall,
    });
    return sdp;
  }

  attemptFails(status: number, reason: string): void {
    this.events.onAttemptFailed({ way: "route trunk.example", target: "udp:192.0.2.1:5066", status, reason });
  }

  progress(status: number, sdp?: string, fork = "phone-1"): void {
    this.events.onProgress(status, sdp, { id: fork } as Fork);
  }

  answers(sdp: string | undefined = "final"): void {
    this.#isOver = true;
    this.leg.state = "confirmed";
    this.events.onAnswered(this.leg as unknown as OutgoingCall, sdp);
  }

  fails(outcome: DialFailure["outcome"], status: number, reason: string): void {
    this.#isOver = true;
    this.events.onFailed({ outcome, status, reason, attempts: [] });
  }
}

export class FakeDialer implements Dialer {
  readonly dials: FakeDial[] = [];

  dial(request: DialRequest, events: DialEvents): Dial {
    const dial = new FakeDial(request, events);
    this.dials.push(dial);
    return dial;
  }

  /** The one dial. */
  get dialled(): FakeDial {
    const [dial, ...others] = this.dials;
    if (dial === undefined || others.length > 0) throw new Error(`${this.dials.length} dials, not one`);
    return dial;
  }
}
