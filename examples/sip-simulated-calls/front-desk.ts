import type { IncomingCall, OutgoingCall, SendTarget, UserAgentOptions } from "@ringdown/sip";

/** A telephone of the house. */
export interface Phone {
  readonly uri: string;
  readonly target: SendTarget;
}

/** What a front desk needs of the place where it works: real sockets and timers, or simulated ones. */
export interface Place {
  /** Calls somebody; `UserAgent.invite`. */
  dial(phone: Phone, sdp: string | undefined): OutgoingCall;
  /** Calls `action` after that many ms, unless what is returned is called before. */
  setTimer(after: number, action: () => void): () => void;
  readonly phones: readonly Phone[];
  /** ms for which each of them rings. */
  readonly patience: number;
  /** Leaves out what is done when a caller gives up: a fault to look for. */
  readonly forgetsCallers?: boolean;
}

/** Puts callers through to the first phone that answers, one after another. It never touches a clock or a socket itself. */
export function frontDesk(place: Place): Pick<UserAgentOptions, "onInvite"> {
  return { onInvite: (call) => putThrough(call, place, place.phones) };
}

function putThrough(caller: IncomingCall, place: Place, phones: readonly Phone[]): void {
  const [phone, ...others] = phones;
  if (phone === undefined) {
    caller.reject(480);
    return;
  }
  caller.ring();
  const leg = place.dial(phone, caller.offer);
  const stopWaiting = place.setTimer(place.patience, () => leg.hangUp());
  let isAnswered = false;
  leg.onAnswered = (sdp) => {
    isAnswered = true;
    stopWaiting();
    caller.accept(sdp);
    if (place.forgetsCallers === true) caller.onEnded = () => leg.hangUp();
  };
  leg.onEnded = () => {
    stopWaiting();
    if (caller.state === "ended") return;
    if (isAnswered) caller.hangUp();
    else putThrough(caller, place, others);
  };
  if (place.forgetsCallers !== true) caller.onEnded = () => leg.hangUp();
}
