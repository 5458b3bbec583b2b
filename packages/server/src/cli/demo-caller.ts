// A caller made of our own SIP and media: what a softphone would do, without one.
import { type AudioSource, MediaEngine, type MediaLeg, type PortRange } from "@ringdown/media";
import {
  createSipStack,
  type LegEnded,
  type OutgoingCall,
  type SipStack,
  type TraceEvent,
} from "@ringdown/sip";
import { SpeechListener } from "./speech-listener.ts";

export interface CallerOptions {
  rtpPorts: PortRange;
  /** IP to call from. */
  address?: string;
  trace?(event: TraceEvent): void;
}

export interface DialOptions {
  uri: string;
  /** The node's listener. */
  target: { transport: "udp" | "tcp"; address: string; port: number };
  /** Header value. */
  from: string;
  /** An INVITE without SDP: the other side offers. */
  withoutOffer?: boolean;
}

export class Caller {
  readonly #stack: SipStack;
  readonly #engine: MediaEngine;
  readonly #address: string;

  private constructor(stack: SipStack, engine: MediaEngine, address: string) {
    this.#stack = stack;
    this.#engine = engine;
    this.#address = address;
  }

  static async open(options: CallerOptions): Promise<Caller> {
    const address = options.address ?? "127.0.0.1";
    const stack = await createSipStack({
      listeners: [
        { protocol: "udp", host: address, port: 0 },
        { protocol: "tcp", host: address, port: 0 },
      ],
      screen: () => "answer",
      onInvite: (call) => call.reject(486),
      ...(options.trace === undefined ? {} : { trace: options.trace }),
    });
    return new Caller(stack, new MediaEngine({ portRange: options.rtpPorts, bindAddress: address }), address);
  }

  /** Sends the INVITE. What becomes of it, the call tells. */
  async dial(options: DialOptions): Promise<CallerCall> {
    const leg = await this.#engine.createLeg({ localAddress: this.#address });
    const call = this.#stack.userAgent.invite({
      requestUri: options.uri,
      to: `<${options.uri}>`,
      from: options.from,
      target: options.target,
      ...(options.withoutOffer === true ? {} : { sdp: leg.offer() }),
    });
    return new CallerCall(call, leg, options.withoutOffer !== true);
  }

  async close(): Promise<void> {
    await this.#engine.close();
    await this.#stack.close();
  }
}

/** One call as its caller sees it. */
export class CallerCall {
  readonly leg: MediaLeg;
  readonly sip: OutgoingCall;
  readonly hears = new SpeechListener();
  /** On the clock of `performance.now()`. */
  readonly invitedAt = performance.now();
  answeredAt: number | undefined;
  readonly answered: Promise<void>;
  readonly ended: Promise<LegEnded>;

  constructor(sip: OutgoingCall, leg: MediaLeg, offered: boolean) {
    this.sip = sip;
    this.leg = leg;
    this.ended = new Promise((resolve) => {
      sip.onEnded = (ended) => {
        void leg.close();
        resolve(ended);
      };
    });
    this.answered = new Promise((resolve, reject) => {
      sip.onAnswered = (sdp) => {
        try {
          this.#answered(sdp, offered);
          resolve();
        } catch (error) {
          sip.hangUp();
          reject(error);
        }
      };
      void this.ended.then(({ status, cause }) =>
        reject(new Error(`the call was not answered: ${status ?? cause}`)),
      );
    });
    this.answered.catch(() => undefined);
    leg.addSink(this.hears);
  }

  #answered(sdp: string | undefined, offered: boolean): void {
    if (sdp === undefined) throw new Error("the 200 held no SDP");
    this.answeredAt = performance.now();
    if (offered) this.leg.acceptAnswer(sdp);
    else this.sip.answer(this.leg.acceptOffer(sdp));
    this.leg.start();
  }

  /** Sends PCM (8 kHz) into the call. Resolves when the last frame has left. */
  speak(pcm: Int16Array): Promise<void> {
    return new Promise((resolve) => {
      let at = 0;
      const source: AudioSource = {
        read: (frame) => {
          const rest = pcm.subarray(at, at + frame.length);
          if (rest.length === 0) {
            this.leg.source = undefined;
            resolve();
            return false;
          }
          frame.fill(0);
          frame.set(rest);
          at += frame.length;
          return true;
        },
      };
      this.leg.source = source;
      void this.ended.then(() => resolve());
    });
  }

  hangUp(): void {
    this.sip.hangUp();
  }
}
