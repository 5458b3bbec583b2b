import type { TransferOutcome } from "./transfer-plan.ts";

/** What the status means that the caller's side reports of the person's. As the dialer reads it, RFC 3261 §21. */
export function reportedOutcome(status: number): { outcome: TransferOutcome; reason: string } {
  const reason = `The caller's side reports ${status}.`;
  const outcome = ((): TransferOutcome => {
    switch (status) {
      case 486:
      case 600:
        return "busy";
      case 603:
      case 607:
        return "declined";
      case 408:
      case 480:
      case 487:
        return "no_answer";
      case 404:
      case 410:
      case 484:
      case 604:
        return "not_found";
      default:
        return status >= 500 && status < 600 ? "unreachable" : "rejected";
    }
  })();
  return { outcome, reason };
}
