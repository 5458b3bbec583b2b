// What the end of a leg's dialog means for the call, in the words of the record.
import type { LegEnded, OutgoingCall } from "@ringdown/sip";
import type { CallDirection } from "../store/records.ts";
import { type CallEnd, callEnd } from "./end-codes.ts";
import type { Leg } from "./leg.ts";

/** Of the person on the phone. @param direction of the call: who has the leg now may have been called by us */
export function legEnd(ended: LegEnded, leg: Leg, direction: CallDirection): CallEnd {
  const status = ended.status === undefined ? {} : { status: ended.status };
  switch (ended.cause) {
    case "bye":
      // The peer of a 200 whose ACK got lost hangs up after 64·T1 (RFC 3261 §13.3.1.4): nobody has.
      if (answersRepeated(leg) >= REPEATED_FOR_LONG) return callEnd("ack_lost", whereAckWent(leg));
      return callEnd(direction === "inbound" ? "caller_hung_up" : "callee_hung_up");
    case "replaced":
      return callEnd(direction === "inbound" ? "caller_hung_up" : "callee_hung_up");
    case "cancelled":
      return callEnd("cancelled");
    case "no-ack":
      return callEnd("no_ack", whereAckGoes(leg));
    case "timeout":
    case "session-expired":
    case "transport-error":
      return { ...callEnd("signalling_lost", ended.cause), ...status };
    case "local":
    case "rejected":
      // The stack ended it of its own accord.
      return { ...callEnd("call_failed", ended.reason), ...status };
  }
}

/** Repetitions of a 200, at 0.5, 1.5, 3.5, 7.5 and then every 4 s: half a minute has ten. */
const REPEATED_FOR_LONG = 7;

function answersRepeated({ dialog }: Leg): number {
  return dialog?.direction === "outbound" ? (dialog as OutgoingCall).answersRepeated : 0;
}

function whereAckWent({ dialog }: Leg): string | undefined {
  if (dialog === undefined) return undefined;
  const { transport, remoteAddress, remotePort } = dialog.flow;
  return `its Contact was ${dialog.remoteTarget ?? "none"}; its answer came by ${transport} from ${hostPort(remoteAddress, remotePort)}`;
}

/** What the other side was told, and how: that is what an operator has to mend. */
function whereAckGoes({ dialog }: Leg): string | undefined {
  if (dialog === undefined) return undefined;
  const { transport, localAddress, localPort, remoteAddress, remotePort } = dialog.flow;
  return (
    `our Contact was ${dialog.contact}; the answer went by ${transport} from ${hostPort(localAddress, localPort)} ` +
    `to ${hostPort(remoteAddress, remotePort)}`
  );
}

/** As a URI has it: IPv6 in brackets. */
export function hostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
