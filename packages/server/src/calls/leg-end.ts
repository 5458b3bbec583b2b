// What the end of a leg's dialog means for the call, in the words of the record.
import type { LegEnded } from "@ringdown/sip";
import { type CallEnd, callEnd } from "./end-codes.ts";
import type { Leg } from "./leg.ts";

/** Of the person on the phone. */
export function legEnd(ended: LegEnded, leg: Leg): CallEnd {
  const status = ended.status === undefined ? {} : { status: ended.status };
  switch (ended.cause) {
    case "bye":
    case "replaced":
      return callEnd(leg.record.direction === "inbound" ? "caller_hung_up" : "callee_hung_up");
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
