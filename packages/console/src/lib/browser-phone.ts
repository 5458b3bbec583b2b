// One call from this browser: SIP over WebSocket by JsSIP, the sound by WebRTC. What the page shows follows from its states.
import { UA, WebSocketInterface } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";

export type PhoneState =
  | { readonly kind: "connecting" | "ringing" }
  | { readonly kind: "talking"; readonly since: number }
  | { readonly kind: "over"; readonly why: string | undefined };

export interface PhoneOptions {
  /** Where the line opens: path and query at this page's own host. */
  readonly socketPath: string;
  readonly uri: string;
  readonly onState: (state: PhoneState) => void;
  /** What the other side says. */
  readonly onSound: (sound: MediaStream) => void;
}

const WORDS: Readonly<Record<string, string>> = {
  "Connection Error": "The line to Ringdown is cut.",
  "Request Timeout": "Ringdown does not answer.",
  "User Denied Media Access":
    "The browser gave no microphone: allow it for this page, and see that one is plugged in.",
  Busy: "The agent has as many calls as it may have.",
  "Not Found": "There is no such agent any more.",
  "Incompatible SDP": "Browser and Ringdown have no way to carry the sound.",
  Unavailable: "The agent takes no calls now.",
  "WebRTC Error": "The browser could not set up the sound.",
};

export class BrowserPhone {
  readonly #options: PhoneOptions;
  readonly #agent: UA;
  readonly #microphone: MediaStream;
  #session: RTCSession | undefined;
  #over = false;

  /** Asks for the microphone, then calls. @throws DOMException where there is none, or none for this page */
  static async call(options: PhoneOptions): Promise<BrowserPhone> {
    options.onState({ kind: "connecting" });
    const microphone = await navigator.mediaDevices.getUserMedia({ audio: true });
    return new BrowserPhone(options, microphone);
  }

  private constructor(options: PhoneOptions, microphone: MediaStream) {
    this.#options = options;
    this.#microphone = microphone;
    const url = new URL(options.socketPath, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    this.#agent = new UA({
      sockets: new WebSocketInterface(url.href),
      uri: "sip:browser@browser.invalid",
      register: false,
      // Not by its re-INVITEs: the media's own consent says that both are there.
      session_timers: false,
    });
    this.#agent.on("connected", () => this.#invite());
    this.#agent.on("disconnected", () => this.#end("The line to Ringdown is cut."));
    this.#agent.start();
  }

  set muted(on: boolean) {
    if (on) this.#session?.mute({ audio: true });
    else this.#session?.unmute({ audio: true });
  }

  press(key: string): void {
    // By the sender of the sound itself (RFC 4733), where the browser has one; JsSIP's own way is SIP INFO.
    const sender = this.#session?.connection?.getSenders().find(({ dtmf }) => dtmf !== null);
    if (sender?.dtmf?.canInsertDTMF) sender.dtmf.insertDTMF(key, 120);
    else this.#session?.sendDTMF(key);
  }

  /** Idempotent. */
  hangUp(): void {
    if (this.#session !== undefined && !this.#session.isEnded()) this.#session.terminate();
    this.#end(undefined);
  }

  #invite(): void {
    if (this.#session !== undefined || this.#over) return;
    const session = this.#agent.call(this.#options.uri, {
      mediaStream: this.#microphone,
      pcConfig: { iceServers: [] },
    });
    this.#session = session;
    session.connection?.addEventListener("track", ({ track, streams: [stream] }) =>
      this.#options.onSound(stream ?? new MediaStream([track])),
    );
    session.on("progress", () => this.#options.onState({ kind: "ringing" }));
    session.on("accepted", () => this.#options.onState({ kind: "talking", since: Date.now() }));
    session.on("ended", () => this.#end(undefined));
    session.on("failed", ({ cause }) => this.#end(WORDS[cause] ?? `The call failed: ${cause}.`));
  }

  #end(why: string | undefined): void {
    if (this.#over) return;
    this.#over = true;
    for (const track of this.#microphone.getTracks()) track.stop();
    this.#options.onState({ kind: "over", why });
    // What says goodbye has to go out first; it stops when that is done.
    this.#agent.stop();
  }
}
