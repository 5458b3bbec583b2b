/** What waits in a mailbox, RFC 3842 §5.2. */
export interface MessageSummary {
  readonly waiting: boolean;
  /** URI of the mailbox, as written. */
  readonly account: string | undefined;
  /** By class in lower case: `voice-message`, `fax-message`, `pager-message`, `multimedia-message`, `text-message`, `none`. */
  readonly counts: ReadonlyMap<string, MessageCounts>;
}

export interface MessageCounts {
  readonly fresh: number;
  readonly old: number;
  /** Among these; undefined where the mailbox does not say. */
  readonly urgent: { readonly fresh: number; readonly old: number } | undefined;
}

/** Bytes of a body that are looked at, and lines of them. */
const longestBody = 8_192;
const maxLines = 64;
const classes = new Set([
  ...["voice-message", "fax-message", "pager-message", "multimedia-message", "text-message", "none"],
]);

/**
 * A body of `application/simple-message-summary`; undefined where it does not say whether messages wait. The headers of
 * single messages, which may follow an empty line, are not read.
 */
export function parseMessageSummary(body: Buffer): MessageSummary | undefined {
  const counts = new Map<string, MessageCounts>();
  let waiting: boolean | undefined;
  let account: string | undefined;
  for (const line of body.toString("utf8", 0, longestBody).split(/\r\n|\r|\n/, maxLines)) {
    const colon = line.indexOf(":");
    if (colon === -1) {
      if (line.trim() === "" && waiting !== undefined) break;
      continue;
    }
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === "messages-waiting") waiting ??= value.toLowerCase() === "yes";
    else if (name === "message-account") account ??= value;
    else if (classes.has(name)) {
      const found = countsOf(value);
      if (found !== undefined && !counts.has(name)) counts.set(name, found);
    }
  }
  return waiting === undefined ? undefined : { waiting, account, counts };
}

/** `new/old`, and what of it is urgent: `2/8 (0/2)`. */
function countsOf(text: string): MessageCounts | undefined {
  const match = /^(\d{1,9}) ?\/ ?(\d{1,9})(?: {0,8}\( ?(\d{1,9}) ?\/ ?(\d{1,9}) ?\))?$/.exec(text);
  if (match === null) return undefined;
  const [, fresh, old, urgentFresh, urgentOld] = match;
  const urgent =
    urgentFresh === undefined ? undefined : { fresh: Number(urgentFresh), old: Number(urgentOld) };
  return { fresh: Number(fresh), old: Number(old), urgent };
}
