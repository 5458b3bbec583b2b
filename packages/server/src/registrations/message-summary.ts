/** What a voicemail says of itself (RFC 3842). */
export interface MessageSummary {
  /** Whether messages are waiting. */
  readonly waiting: boolean;
  /** Voice messages, where the PBX counts them. */
  readonly newMessages: number | null;
  readonly oldMessages: number | null;
}

/** Longer than any summary; it comes from the network. */
const MAX_BYTES = 4_096;

/** Reads a body of application/simple-message-summary, RFC 3842 §5.2; undefined where it is none. */
export function parseMessageSummary(body: Buffer): MessageSummary | undefined {
  const text = body.subarray(0, MAX_BYTES).toString("utf8");
  const waiting = /^Messages-Waiting[ \t]*:[ \t]*(yes|no)[ \t]*$/im.exec(text)?.[1];
  if (waiting === undefined) return undefined;
  const counts = /^Voice-Message[ \t]*:[ \t]*(\d{1,9})[ \t]*\/[ \t]*(\d{1,9})/im.exec(text);
  return {
    waiting: waiting.toLowerCase() === "yes",
    newMessages: counts === null ? null : Number(counts[1]),
    oldMessages: counts === null ? null : Number(counts[2]),
  };
}
