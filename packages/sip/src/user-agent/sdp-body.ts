import type { SipMessage } from "../message/message.ts";

export type BodyOutcome =
  | { readonly kind: "none" }
  | { readonly kind: "sdp"; readonly sdp: string }
  | { readonly kind: "unsupported"; readonly what: "type" | "encoding" };

const none: BodyOutcome = { kind: "none" };
const maxParts = 16;

/**
 * The session description in a message's body: application/sdp, or the sdp part of a multipart (RFC 5621 §3). A body
 * of another type counts as none where Content-Disposition says that handling it is optional (RFC 3261 §20.11).
 */
export function sdpBody(message: SipMessage): BodyOutcome {
  const { headers, body } = message;
  if (body.length === 0) return none;
  const encoding = headers.get("Content-Encoding");
  if (encoding !== undefined && encoding.toLowerCase() !== "identity") {
    return { kind: "unsupported", what: "encoding" };
  }
  const contentType = headers.get("Content-Type");
  const type = mediaType(contentType);
  // §20.15 wants the header wherever there is a body; what begins like SDP is taken for it all the same.
  if (type === "application/sdp" || (type === undefined && isSdp(body))) {
    return { kind: "sdp", sdp: body.toString("utf8") };
  }
  if (type?.startsWith("multipart/") && contentType !== undefined) {
    const sdp = sdpPart(contentType, body);
    if (sdp !== undefined) return { kind: "sdp", sdp };
  }
  return isOptional(headers.get("Content-Disposition")) ? none : { kind: "unsupported", what: "type" };
}

/** "type/subtype" of a Content-Type or of one element of Accept, in lower case. */
export function mediaType(value: string | undefined): string | undefined {
  return value?.split(";", 1)[0]?.trim().toLowerCase();
}

function isOptional(disposition: string | undefined): boolean {
  return disposition !== undefined && /;\s*handling\s*=\s*optional\b/i.test(disposition);
}

function isSdp(body: Buffer): boolean {
  return body.subarray(0, 2).toString("latin1") === "v=";
}

/** RFC 2046 §5.1: parts between boundary lines, each with headers, an empty line and a body. */
function sdpPart(contentType: string, body: Buffer): string | undefined {
  const parameter = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.){1,200})"|([^\s;]{1,200}))/i.exec(contentType);
  const boundary = parameter?.[1] ?? parameter?.[2];
  if (boundary === undefined) return undefined;
  const parts = body.toString("utf8").split(`--${boundary}`, maxParts + 1);
  for (const part of parts.slice(1)) {
    if (part.startsWith("--")) return undefined;
    const end = part.indexOf("\r\n\r\n");
    if (end === -1) continue;
    const head = part.slice(0, end).replace(/\r\n[ \t]+/g, " ");
    const type = /^(?:content-type|c)\s*:\s*([^\r\n]*)/im.exec(head)?.[1];
    if (mediaType(type) === "application/sdp") return part.slice(end + 4);
  }
  return undefined;
}
