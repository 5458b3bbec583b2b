// How a call out is set up: dialled, heard while it rings, answered; then the digits behind the answer, and only then
// the conversation.
import type { Call } from "./call.ts";
import type { PostDial } from "./dial/post-dial.ts";
import type { DialFailure } from "./dial-port.ts";
import { Dialling, type DiallingOptions } from "./dialling.ts";
import { type CallEnd, type CallEndCode, callEnd } from "./end-codes.ts";
import { type FirstWords, speakFirst } from "./first-words.ts";
import type { KeysSent } from "./leg.ts";

export interface OutboundSetupOptions
  extends Pick<DiallingOptions, "dialer" | "request" | "mediaAddressFor"> {
  call: Call;
  firstWords: FirstWords;
}

/** Begins at once; all that follows comes by events. */
export function setUpOutbound({ call, firstWords, ...options }: OutboundSetupOptions): void {
  const { digits } = options.request.destination;
  new Dialling({
    ...options,
    leg: call.leg,
    events: {
      onEarlyMedia: () => void call.listen(),
      onAnswered: () => call.answered(),
      onReady: () => void begin(call, digits, firstWords),
      onFailed: (failure) => call.end(dialEnd(failure)),
    },
  });
}

async function begin(call: Call, digits: PostDial | undefined, firstWords: FirstWords): Promise<void> {
  if (digits !== undefined) {
    await call.listen();
    await sendPostDial(call, digits);
  }
  if (call.live) await speakFirst(call, firstWords);
}

/** Spec §5: wait, then the digits, in order. What cannot be sent ends the call: nobody would know where it had come to. */
async function sendPostDial(call: Call, digits: PostDial): Promise<void> {
  for (const step of digits) {
    await call.pause(step.waitSeconds * 1000);
    if (!call.live) return;
    let as: KeysSent;
    try {
      as = await call.sendDtmf(step.digits);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      call.end(callEnd("call_failed", `the digits after the answer could not be sent: ${why}`));
      return;
    }
    // They may be somebody's PIN.
    call.leg.record.step("digits_sent", { waitSeconds: step.waitSeconds, digits: step.digits.length, as });
  }
}

const codes: Readonly<Record<DialFailure["outcome"], CallEndCode>> = {
  busy: "busy",
  declined: "declined",
  no_answer: "no_answer",
  not_found: "not_found",
  rejected: "rejected",
  unreachable: "unreachable",
  no_route: "no_route",
  cancelled: "cancelled_by_operator",
  failed: "dial_failed",
};

function dialEnd({ outcome, status, reason }: DialFailure): CallEnd {
  const end = callEnd(codes[outcome]);
  return { ...end, ...(reason === "" ? {} : { reason }), ...(status === 0 ? {} : { status }) };
}
