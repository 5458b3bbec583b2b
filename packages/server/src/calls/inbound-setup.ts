// How a call from outside is set up: media for its offer, 180, 200, and the ACK that begins the conversation.
import type { IncomingCall } from "@ringdown/sip";
import type { Call, CallLog } from "./call.ts";
import { type MediaRefusal, mediaRefusal } from "./media-refusal.ts";

export interface InboundSetupOptions {
  call: Call;
  dialog: IncomingCall;
  /** Our address as the caller's side sees it; goes into the SDP. */
  localAddress: string;
  /** Seconds of ringing before the answer. */
  ringSeconds: number;
  log: CallLog;
  /** The media could not be had: the INVITE was refused so, and is no call but a rejected one. */
  onRefused(refusal: MediaRefusal): void;
}

/** Begins at once; all that follows comes by events. */
export function setUpInbound(options: InboundSetupOptions): void {
  const { call, dialog } = options;
  call.leg.record.step("invite_received", { offer: dialog.offer !== undefined });
  call.leg.onAcknowledged = () => void call.talk();
  call.leg.connect(dialog);
  void openAndRing(options);
}

async function openAndRing(options: InboundSetupOptions): Promise<void> {
  const { call, dialog, localAddress, ringSeconds } = options;
  let sdp: string;
  try {
    ({ sdp } = await call.leg.media.open(localAddress, dialog.offer));
  } catch (error) {
    refuse(options, error);
    return;
  }
  if (!call.live) return;
  call.leg.record.codec(call.leg.media.codec);
  dialog.ring();
  call.leg.record.step("ringing_sent", { status: 180 });
  call.ringing();
  if (ringSeconds > 0) call.setTimer(ringSeconds * 1000, () => answer(options, sdp));
  else answer(options, sdp);
}

function answer({ call, dialog }: InboundSetupOptions, sdp: string): void {
  if (!call.live) return;
  call.leg.record.step("answer_sent", { status: 200, codec: call.leg.media.codec });
  call.answered();
  dialog.accept(sdp);
}

function refuse({ call, dialog, log, onRefused }: InboundSetupOptions, error: unknown): void {
  if (!call.live) return;
  const refusal = mediaRefusal(error);
  if (refusal.code === "call_failed") log.error({ err: error, callId: call.id }, "no media leg");
  call.leg.abandon();
  dialog.reject(refusal.status, {
    headers: refusal.retryAfter === undefined ? [] : [["Retry-After", String(refusal.retryAfter)]],
  });
  onRefused(refusal);
  call.abandon();
}
