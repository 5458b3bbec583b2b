import { from, type SipRequest, to } from "../message/message.ts";
import { parseMessage } from "../message/parse.ts";
import type { Dice } from "./dice.ts";

const sdp = (port: number) =>
  `v=0\r\no=- 1 ${port} IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0\r\n`;

const inDialog = [
  "ACK",
  "ACK",
  "BYE",
  "INVITE",
  "INFO",
  "UPDATE",
  "PRACK",
  "NOTIFY",
  "REFER",
  "OPTIONS",
  "MESSAGE",
];
const outside = [
  "OPTIONS",
  "MESSAGE",
  "REGISTER",
  "NOTIFY",
  "SUBSCRIBE",
  "REFER",
  "BYE",
  "UPDATE",
  "NOVELTY",
];
const statuses = [
  100, 180, 183, 183, 200, 200, 200, 202, 301, 401, 407, 408, 422, 423, 481, 486, 487, 491, 500, 503, 603,
];
const challenge = 'Digest realm="lines.example", nonce="n1", algorithm=MD5, qop="auth,auth-int", opaque="o"';

/** A dialog as the peer of our user agent knows it. */
interface Known {
  readonly callId: string;
  /** Ours, of the user agent. */
  readonly tag: string;
  readonly peerTag: string;
}

interface Sent {
  readonly method: string;
  readonly bytes: Buffer;
}

/** What a peer can send that has heard all that our user agent said, and wants no good. */
export class SessionPeer {
  readonly #known: Known[] = [];
  /** Requests of our user agent. */
  readonly #requests: SipRequest[] = [];
  readonly #sent: Sent[] = [];
  #count = 0;

  /** A message of our user agent. It has to be readable, unless it repeats what was broken before. */
  hear(bytes: Buffer): void {
    let message: ReturnType<typeof parseMessage>;
    try {
      message = parseMessage(bytes);
    } catch {
      return;
    }
    const [ours, theirs] = message.kind === "request" ? [from, to] : [to, from];
    const tag = ours(message).params.get("tag");
    if (tag !== undefined) {
      const peerTag = theirs(message).params.get("tag") ?? "p0";
      this.#known.push({ callId: message.headers.get("Call-ID") ?? "", tag, peerTag });
      if (this.#known.length > 30) this.#known.shift();
    }
    if (message.kind === "request" && message.method !== "ACK") {
      this.#requests.push(message);
      if (this.#requests.length > 20) this.#requests.shift();
    }
  }

  /** An INVITE that begins a call. */
  invite(dice: Dice): Buffer {
    const id = dice.oneIn(4) ? dice.below(3) : this.#count++;
    return this.#request(dice, "INVITE", { callId: `c${id}`, tag: undefined, peerTag: `p${id}` }, 1);
  }

  /** A request outside any dialog. */
  stray(dice: Dice): Buffer {
    return this.#request(
      dice,
      dice.pick(outside),
      { callId: `s${this.#count++}`, tag: undefined, peerTag: "p" },
      1,
    );
  }

  /** A request inside a dialog that there is, or was. */
  inside(dice: Dice): Buffer {
    if (this.#known.length === 0) return this.stray(dice);
    const known = dice.oneIn(3) ? dice.pick(this.#known) : (this.#known.at(-1) ?? dice.pick(this.#known));
    const dialog = dice.oneIn(8) ? { ...known, peerTag: "other" } : known;
    return this.#request(dice, dice.pick(inDialog), dialog, 1 + dice.below(6));
  }

  /** The CANCEL of an INVITE of the peer's, or anything of its own once more. */
  again(dice: Dice): Buffer {
    if (this.#sent.length === 0) return this.invite(dice);
    const { method, bytes } = dice.pick(this.#sent);
    if (method !== "INVITE" || dice.oneIn(2)) return bytes;
    const other = dice.oneIn(2) ? "CANCEL" : "ACK";
    const text = bytes
      .toString("latin1")
      .replace(/^INVITE/, other)
      .replace(/(CSeq: \d+ )INVITE/, `$1${other}`);
    return Buffer.from(text, "latin1");
  }

  /** An answer to a request of our user agent. */
  answer(dice: Dice): Buffer {
    if (this.#requests.length === 0) return this.inside(dice);
    const { headers, method } = dice.oneIn(3) ? dice.pick(this.#requests) : this.#last();
    const status = dice.pick(statuses);
    const toLine = headers.get("To") ?? "";
    const tag = dice.oneIn(6) || toLine.includes(";tag=") ? "" : `;tag=f${dice.below(4)}`;
    const body = dice.oneIn(2) ? sdp(4_000 + dice.below(3)) : "";
    const lines = [
      `SIP/2.0 ${status} Said So`,
      ...headers.getAll("Via").map((via) => `Via: ${via}`),
      `From: ${headers.get("From")}`,
      `To: ${toLine}${tag}`,
      `Call-ID: ${headers.get("Call-ID")}`,
      `CSeq: ${headers.get("CSeq")}`,
      ...(dice.oneIn(6)
        ? []
        : [`Contact: ${dice.pick(["<sip:p@192.0.2.9>", "<sip:p@192.0.2.9;lr>", "<tel:1>", "*"])}`]),
      ...(dice.oneIn(6) ? ["Record-Route: <sip:192.0.2.7;lr>, <sip:192.0.2.8>"] : []),
      ...(method === "INVITE" && dice.oneIn(3) ? ["Require: 100rel", `RSeq: ${1 + dice.below(3)}`] : []),
      ...(status === 401 ? [`WWW-Authenticate: ${challenge}`] : []),
      ...(status === 407 ? [`Proxy-Authenticate: ${challenge}`] : []),
      ...(status === 422 ? ["Min-SE: 1800"] : []),
      ...(dice.oneIn(6)
        ? [`Session-Expires: ${90 + dice.below(2_000)};refresher=${dice.pick(["uac", "uas"])}`]
        : []),
      "Allow: INVITE, ACK, CANCEL, BYE, UPDATE, INFO, PRACK",
    ];
    return Buffer.from(withBody(lines, body));
  }

  #last(): SipRequest {
    return this.#requests.at(-1) as SipRequest;
  }

  #request(
    dice: Dice,
    method: string,
    dialog: { callId: string; tag: string | undefined; peerTag: string },
    seq: number,
  ): Buffer {
    const hasOffer = ["INVITE", "UPDATE", "ACK", "PRACK"].includes(method) && !dice.oneIn(4);
    const tag = dialog.tag === undefined ? "" : `;tag=${dialog.tag}`;
    const lines = [
      `${method} sip:desk@192.0.2.1 SIP/2.0`,
      `Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK${dice.oneIn(10) ? "same" : this.#count++};rport`,
      ...(dice.oneIn(8) ? ["Via: SIP/2.0/UDP 192.0.2.8;branch=z9hG4bKfar"] : []),
      `Max-Forwards: ${dice.oneIn(12) ? 0 : 70}`,
      `From: <sip:ida@192.0.2.9>;tag=${dialog.peerTag}`,
      `To: <sip:desk@192.0.2.1>${tag}`,
      `Call-ID: ${dialog.callId}`,
      `CSeq: ${seq} ${method}`,
      ...(dice.oneIn(8) ? [] : ["Contact: <sip:ida@192.0.2.9>"]),
      ...(dice.oneIn(8) ? ["Record-Route: <sip:192.0.2.7;lr>"] : []),
      ...(dice.oneIn(6)
        ? ["Supported: 100rel, timer, replaces", "Session-Expires: 90;refresher=uac", "Min-SE: 90"]
        : []),
      ...(dice.oneIn(12) ? [`Require: ${dice.pick(["100rel", "timer", "nobodyDoesThis"])}`] : []),
      ...(method === "PRACK" ? [`RAck: ${1 + dice.below(3)} 1 INVITE`] : []),
      ...(method === "REFER" ? ["Refer-To: <sip:max@192.0.2.9>"] : []),
      ...(method === "NOTIFY" || method === "SUBSCRIBE"
        ? [`Event: ${dice.pick(["refer", "dialog", "message-summary"])}`]
        : []),
      ...(method === "NOTIFY"
        ? [`Subscription-State: ${dice.pick(["active;expires=60", "terminated"])}`]
        : []),
      ...(dice.oneIn(8)
        ? [`Replaces: ${dialog.callId};to-tag=${dialog.tag ?? "x"};from-tag=${dialog.peerTag}`]
        : []),
      ...(dice.oneIn(8) ? ['Reason: Q.850;cause=16;text="done"'] : []),
      ...(method === "INFO" ? ["Content-Type: application/dtmf-relay"] : []),
    ];
    const body =
      method === "INFO" ? "Signal=5\r\nDuration=160\r\n" : hasOffer ? sdp(5_000 + dice.below(3)) : "";
    const bytes = Buffer.from(withBody(lines, body));
    this.#sent.push({ method, bytes });
    if (this.#sent.length > 30) this.#sent.shift();
    return bytes;
  }
}

function withBody(lines: readonly string[], body: string): string {
  const isTyped = body === "" || lines.some((line) => line.startsWith("Content-Type"));
  return [
    ...lines,
    ...(isTyped ? [] : ["Content-Type: application/sdp"]),
    `Content-Length: ${Buffer.byteLength(body)}`,
    `\r\n${body}`,
  ].join("\r\n");
}
