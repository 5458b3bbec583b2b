// Why one side heard nothing, or little: judged from what a call's record and its session descriptions say. Pure.
import { connectionOf, parseSdp } from "@ringdown/media";
import { reachOf } from "../doctor/checks/public-address.ts";
import type { CallRecord } from "../store/records.ts";

export type AudioFindingCode =
  | "worker_died"
  | "no_media"
  | "held"
  | "they_sent_nothing"
  | "our_address_private"
  | "nothing_received"
  | "strangers"
  | "not_understood"
  | "we_sent_nothing"
  | "their_address_private"
  | "stopped"
  | "lost_here"
  | "lost_there"
  | "jitter"
  | "late"
  | "not_secured"
  | "browser_unreached";

export interface AudioFinding {
  code: AudioFindingCode;
  /** What was seen, and what to do about it. */
  sentence: string;
}

/** What a side said of its audio. */
export interface SaidAudio {
  address: string;
  port: number;
  direction: string;
}

export interface AudioEvidence {
  call: Pick<CallRecord, "answeredAt" | "state" | "quality" | "timeline" | "legs">;
  /** The last description of either side; undefined: not kept. */
  theirs: SaidAudio | undefined;
  ours: SaidAudio | undefined;
  /** UDP ports of our media. */
  rtpPorts: readonly [number, number];
}

/** What a session description says of its audio; undefined where it cannot be read, or has none. */
export function saidAudio(sdp: string): SaidAudio | undefined {
  try {
    const session = parseSdp(sdp);
    const media = session.media.find((one) => one.media.toLowerCase() === "audio");
    if (media === undefined) return undefined;
    const connection = connectionOf(session, media);
    const isDirection = ({ name }: { name: string }) => /^(sendrecv|sendonly|recvonly|inactive)$/.test(name);
    const direction = [...media.attributes, ...session.attributes].find(isDirection)?.name ?? "sendrecv";
    return { address: connection?.address ?? "", port: media.port, direction };
  } catch {
    return undefined;
  }
}

const number = (value: unknown): number => (typeof value === "number" ? value : 0);

/** In the order of what matters most; none where the audio went both ways and was well. */
export function audioFindings({ call, theirs, ours, rtpPorts }: AudioEvidence): AudioFinding[] {
  if (call.answeredAt === null || call.state !== "ended") return [];
  const { quality, timeline, legs } = call;
  const happened = (name: string): boolean => timeline.some(({ type }) => type === name);
  if (quality === null) {
    return happened("worker_died")
      ? [finding("worker_died", "The process that carried the audio ended: the node's log says why.")]
      : [finding("no_media", "No audio was set up for this call.")];
  }
  const insecure = whyNotSecured(call, rtpPorts);
  if (insecure !== undefined) return [insecure];
  const received = number(quality.packetsReceived);
  const sent = number(quality.packetsSent);
  const far = hostOf(legs[0]?.remoteAddress);
  const found: AudioFinding[] = [];
  if (received === 0) found.push(whyNothingCame(quality, timeline, theirs, ours, far, rtpPorts));
  else if (happened("media_timeout"))
    found.push(
      finding(
        "stopped",
        "Audio came at first and then no more, though nobody held the call: the other side, or a NAT or firewall between, dropped it.",
      ),
    );
  if (sent === 0) found.push(whyNothingWent(theirs));
  else if (received === 0 && theirs !== undefined && isBeyondReach(theirs.address, far))
    found.push(
      finding(
        "their_address_private",
        `The other side asked for audio at ${theirs.address}, an address of its own network, while its SIP comes from ${far}. Ringdown sends to where audio comes from, once some has come; until then nothing can arrive there. Have the PBX or phone say its public address, or use STUN there.`,
      ),
    );
  if (received > 0) found.push(...howItCame(quality));
  const remoteLost = number(quality.remoteLost);
  if (sent > 100 && remoteLost / sent > 0.05)
    found.push(
      finding(
        "lost_there",
        `The other side reports that ${remoteLost} of ${sent} packets did not arrive there: the way from here is overloaded or unsteady.`,
      ),
    );
  return found;
}

/** Of a call from a browser: without keys not a packet goes either way. */
function whyNotSecured(
  { legs, timeline }: AudioEvidence["call"],
  [first, last]: readonly [number, number],
): AudioFinding | undefined {
  const failed = timeline.find(({ type }) => type === "media_not_secured");
  if (failed !== undefined)
    return finding(
      "not_secured",
      `The browser and Ringdown could not agree on keys for the audio (${failed.reason}): something between them changes what they say, or the browser is very old.`,
    );
  const isBrowser = /^wss?$/.test(String(legs[0]?.transport));
  if (!isBrowser || timeline.some(({ type }) => type === "media_secured")) return undefined;
  return finding(
    "browser_unreached",
    `The browser found no way for its audio to Ringdown. UDP ports ${first} to ${last} of this machine have to be open to it (RINGDOWN_RTP_PORTS), and RINGDOWN_PUBLIC_ADDRESS has to be the address by which browsers reach this machine.`,
  );
}

function whyNothingCame(
  quality: NonNullable<CallRecord["quality"]>,
  timeline: CallRecord["timeline"],
  theirs: SaidAudio | undefined,
  ours: SaidAudio | undefined,
  far: string,
  [first, last]: readonly [number, number],
): AudioFinding {
  if (number(quality.strangers) > 0)
    return finding(
      "strangers",
      `${number(quality.strangers)} packets came, but from another address than the call's audio may come from, and were not played. A media server beside the PBX has to be the one that its SDP names.`,
    );
  if (number(quality.invalid) > 0)
    return finding(
      "not_understood",
      `${number(quality.invalid)} packets came that are no audio of this call: the other side may encrypt (SRTP), which was not agreed on, or send another codec.`,
    );
  if (theirs !== undefined && /^(recvonly|inactive)$/.test(theirs.direction))
    return finding(
      "they_sent_nothing",
      `The other side said that it sends no audio (${theirs.direction} in its SDP).`,
    );
  const holds = timeline.filter(({ type }) => type === "hold" || type === "resume");
  if (holds.at(-1)?.type === "hold")
    return finding("held", "The other side held the call and did not take it back.");
  if (ours !== undefined && isBeyondReach(ours.address, far))
    return finding(
      "our_address_private",
      `Ringdown asked for audio at ${ours.address}, an address of its own network, but the other side is at ${far}: it has nowhere to send to. Set RINGDOWN_PUBLIC_ADDRESS to the address by which this machine is reached.`,
    );
  return finding(
    "nothing_received",
    `Not a packet of audio came${far === "" ? "" : ` from ${far}`}: a firewall or NAT is in the way, or the other side sent none. UDP ports ${first} to ${last} of this machine have to be open to it (RINGDOWN_RTP_PORTS); \`ringdown doctor\` looks at the rest.`,
  );
}

function whyNothingWent(theirs: SaidAudio | undefined): AudioFinding {
  if (theirs !== undefined && /^(sendonly|inactive)$/.test(theirs.direction))
    return finding(
      "held",
      `The other side wanted no audio (${theirs.direction} in its SDP: it held the call).`,
    );
  return finding("we_sent_nothing", "Ringdown sent no audio: the call ended before anything was to be said.");
}

function* howItCame(quality: NonNullable<CallRecord["quality"]>): Generator<AudioFinding> {
  const lostPercent = number(quality.lostPercent);
  if (lostPercent > 3)
    yield finding(
      "lost_here",
      `${lostPercent.toFixed(1)} % of the packets from the other side were lost on the way: words go missing from 3 % on. The network between is overloaded or unsteady.`,
    );
  if (number(quality.jitterMs) > 50)
    yield finding(
      "jitter",
      `Packets came unevenly (${number(quality.jitterMs).toFixed(0)} ms of jitter): what they say is delayed, or has gaps.`,
    );
  const late = number(quality.late);
  if (late > 50 && late / number(quality.packetsReceived) > 0.03)
    yield finding("late", `${late} packets came too late to be played.`);
}

/** An address that no router of the internet leads to, named to somebody who is on the internet. */
function isBeyondReach(address: string, far: string): boolean {
  const reach = reachOf(address);
  return reach !== undefined && reach !== "public" && reachOf(far) === "public";
}

/** `host:port` without its port. */
function hostOf(remoteAddress: unknown): string {
  if (typeof remoteAddress !== "string") return "";
  return remoteAddress.slice(0, remoteAddress.lastIndexOf(":")).replace(/^\[|\]$/g, "");
}

function finding(code: AudioFindingCode, sentence: string): AudioFinding {
  return { code, sentence };
}
