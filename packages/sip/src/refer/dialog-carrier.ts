import type { Dialog } from "../dialog/dialog.ts";
import type { Flow } from "../environment.ts";
import type { SipRequest } from "../message/message.ts";
import type { ClientUser } from "../transaction/client-transaction.ts";
import type { NonInviteServerTransaction } from "../transaction/server-transaction.ts";
import type { Core } from "../user-agent/core.ts";

/** The dialog that the subscription of a REFER lives in: a call's (RFC 5057), or one of its own. */
export interface DialogCarrier {
  readonly core: Core;
  readonly dialog: Dialog | undefined;
  /** Of the peer's last message. */
  readonly flow: Flow;
  /** A BYE of ours has no answer. What is sent now may overtake it, and then the peer refuses it as out of order (§12.2.2). */
  readonly isClosing: boolean;
  /** Our Contact header value. */
  readonly contact: string;
  /** Sends a request inside the dialog; where it is challenged, again. @param onRepeat told as what */
  transact(request: SipRequest, user: ClientUser, onRepeat?: (request: SipRequest) => void): void;
  respond(
    transaction: NonInviteServerTransaction,
    request: SipRequest,
    status: number,
    headers?: readonly (readonly [name: string, value: string])[],
  ): void;
}
