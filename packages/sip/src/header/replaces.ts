import { SipParseError } from "../errors.ts";
import { parseCallId, type WithHeaders } from "../message/message.ts";
import { type Params, parseParams } from "../message/params.ts";
import { readable } from "./readable.ts";

/** RFC 3891: the dialog that a new INVITE takes the place of, tags as whoever receives it sees them. */
export interface Replaces {
  readonly callId: string;
  /** The receiver's own tag. */
  readonly toTag: string;
  /** The tag of the receiver's peer. */
  readonly fromTag: string;
  /** Only while that dialog rings. */
  readonly earlyOnly: boolean;
}

/** @throws SipParseError malformed_header, malformed_parameter, duplicate_parameter */
export function parseReplaces(text: string): Replaces {
  const { callId, params } = parseDialogId(text, "Replaces");
  return {
    callId,
    toTag: tagOf(params, "to-tag", "Replaces"),
    fromTag: tagOf(params, "from-tag", "Replaces"),
    earlyOnly: params.has("early-only"),
  };
}

export function serialiseReplaces({ callId, toTag, fromTag, earlyOnly }: Replaces): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ";early-only" : ""}`;
}

/**
 * The Replaces header; undefined where there is none.
 * @throws SipParseError duplicate_header where there are several (RFC 3891 §3), or what breaks its grammar
 */
export function replaces(message: WithHeaders): Replaces | undefined {
  const values = message.headers.list("Replaces");
  if (values.length > 1) throw new SipParseError("duplicate_header", 0, "Replaces");
  const [value] = values;
  return value === undefined ? undefined : parseReplaces(value);
}

/** RFC 4538: the dialog that a request outside it is about, tags as whoever receives it sees them. */
export interface TargetDialog {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
}

/** The Target-Dialog header; undefined where there is none, or it cannot be read (RFC 4538 §4: it is ignored). */
export function targetDialog(message: WithHeaders): TargetDialog | undefined {
  const value = message.headers.get("Target-Dialog");
  if (value === undefined) return undefined;
  return readable(() => {
    const { callId, params } = parseDialogId(value, "Target-Dialog");
    return {
      callId,
      localTag: tagOf(params, "local-tag", "Target-Dialog"),
      remoteTag: tagOf(params, "remote-tag", "Target-Dialog"),
    };
  });
}

/** A Call-ID, which holds no semicolon (RFC 3261 §25.1: `word`), and parameters. */
function parseDialogId(text: string, header: string): { callId: string; params: Params } {
  const semicolon = text.indexOf(";");
  if (semicolon === -1) throw new SipParseError("malformed_header", text.length, header);
  const callId = parseCallId(text.slice(0, semicolon).trim());
  return { callId, params: parseParams(text, semicolon, header) };
}

function tagOf(params: Params, name: string, header: string): string {
  const tag = params.get(name);
  if (tag === undefined || tag === "") throw new SipParseError("malformed_header", 0, header);
  return tag;
}
