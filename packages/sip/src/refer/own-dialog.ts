import { parseNameAddr, serialiseNameAddr } from "../message/name-addr.ts";
import { withParam } from "../message/params.ts";
import { isSipUri, parseUri } from "../message/uri.ts";
import type { Session } from "../user-agent/session.ts";
import type { LoneReferOptions, ReferOptions } from "./refer.ts";

/**
 * RFC 7647 §4: one usage a dialog. A peer whose Contact is a GRUU (`gr`) can be reached outside the call's dialog as well,
 * and where it knows Target-Dialog it also sees which call is meant: its REFER gets a dialog of its own. To all others a
 * REFER goes inside the call's dialog, as RFC 6665 §4.5.2 allows for their sake.
 * @returns the REFER outside the dialog; undefined where it belongs inside
 */
export function outsideDialog(
  session: Session,
  referTo: string,
  options: ReferOptions,
): LoneReferOptions | undefined {
  const { dialog } = session;
  const contact = parseUri(dialog.remoteTarget);
  if (!session.takesTargetDialog || !isSipUri(contact) || !contact.params.has("gr")) return undefined;
  const { credentials } = session.leg;
  const about = `${dialog.callId};local-tag=${dialog.remoteTag};remote-tag=${dialog.localTag}`;
  return {
    ...options,
    referTo,
    requestUri: dialog.remoteTarget,
    to: withoutTag(dialog.remoteAddress),
    from: withoutTag(dialog.localAddress),
    target: session.target(),
    headers: [...(options.headers ?? []), ["Require", "tdialog"], ["Target-Dialog", about]],
    ...(credentials && { credentials }),
  };
}

function withoutTag(address: string): string {
  const parsed = parseNameAddr(address);
  return serialiseNameAddr({ ...parsed, params: withParam(parsed.params, "tag", undefined) });
}
