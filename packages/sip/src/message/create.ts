import { SipParseError } from "../errors.ts";
import { foldLineBreaks, isToken } from "./grammar.ts";
import { Headers } from "./headers.ts";
import { type SipRequest, type SipResponse, to } from "./message.ts";
import { type NameAddr, serialiseNameAddr } from "./name-addr.ts";
import { reasonPhrase } from "./reason-phrases.ts";
import { parseUri, serialiseUri, type Uri } from "./uri.ts";
import { serialiseVia, type Via } from "./via.ts";

const noBody = Buffer.alloc(0);

export interface BodyOptions {
  /** Further header lines, in order, after the ones made here. */
  readonly headers?: Iterable<readonly [name: string, value: string]>;
  readonly body?: Buffer | string;
  /** Content-Type; needed where there is a body. */
  readonly contentType?: string;
}

export interface CreateRequestOptions extends BodyOptions {
  /** Left out where a transaction puts it on when it sends. */
  readonly via?: Via | string;
  readonly from: NameAddr | string;
  readonly to: NameAddr | string;
  readonly callId: string;
  readonly cseq: number;
  /** 70 by default (RFC 3261 §8.1.1.6). */
  readonly maxForwards?: number;
}

/**
 * A request with the headers of RFC 3261 §8.1.1.
 * @throws SipParseError malformed_start_line when `method` is no token, malformed_uri
 */
export function createRequest(method: string, uri: Uri | string, options: CreateRequestOptions): SipRequest {
  if (!isToken(method)) throw new SipParseError("malformed_start_line", 0);
  const headers = new Headers();
  if (options.via !== undefined) {
    headers.append("Via", typeof options.via === "string" ? options.via : serialiseVia(options.via));
  }
  headers.append("Max-Forwards", String(options.maxForwards ?? 70));
  headers.append("From", address(options.from));
  headers.append("To", address(options.to));
  headers.append("Call-ID", options.callId);
  headers.append("CSeq", `${options.cseq} ${method}`);
  const parsed = typeof uri === "string" ? parseUri(uri) : uri;
  const uriText = typeof uri === "string" ? uri : serialiseUri(uri);
  return { kind: "request", method, uri: parsed, uriText, headers, body: addBody(headers, options) };
}

function address(value: NameAddr | string): string {
  return typeof value === "string" ? value : serialiseNameAddr(value);
}

function addBody(headers: Headers, options: BodyOptions | undefined): Buffer {
  if (options === undefined) return noBody;
  if (options.headers !== undefined) {
    for (const [name, value] of options.headers) headers.append(name, value);
  }
  if (options.contentType !== undefined) headers.set("Content-Type", options.contentType);
  const { body } = options;
  return body === undefined ? noBody : typeof body === "string" ? Buffer.from(body, "utf8") : body;
}

export interface CreateResponseOptions extends BodyOptions {
  /** Put on To where it has no tag yet; never on a 100 (RFC 3261 §8.2.6.2). */
  readonly toTag?: string;
}

/** Methods whose 2xx makes a dialog, so that the Record-Route goes back (RFC 3261 §12.1.1, 6665, 3515). */
const dialogMaking = new Set(["INVITE", "SUBSCRIBE", "REFER"]);

/**
 * A response with what RFC 3261 §8.2.6 copies: Via, From, To, Call-ID, CSeq, Timestamp for 100, and
 * Record-Route where the response may make a dialog. Headers that a broken request lacks stay away.
 * @param request a request, or the `partial` of a SipParseError
 * @param status 100 to 699
 */
export function createResponse(
  request: Pick<SipRequest, "method" | "headers">,
  status: number,
  reason: string = reasonPhrase(status),
  options?: CreateResponseOptions,
): SipResponse {
  const headers = new Headers();
  headers.copyFrom(request.headers, "Via");
  headers.copyFrom(request.headers, "From");
  headers.copyFrom(request.headers, "To");
  if (status > 100 && options?.toTag !== undefined && hasUntaggedTo(request)) {
    headers.set("To", `${request.headers.get("To")};tag=${options.toTag}`);
  }
  headers.copyFrom(request.headers, "Call-ID");
  headers.copyFrom(request.headers, "CSeq");
  if (status === 100) headers.copyFrom(request.headers, "Timestamp");
  else if (status < 300 && dialogMaking.has(request.method))
    headers.copyFrom(request.headers, "Record-Route");
  const body = addBody(headers, options);
  return { kind: "response", status, reason: foldLineBreaks(reason), headers, body };
}

/** A To that cannot be parsed goes back as it came: nothing is glued to what we do not understand. */
function hasUntaggedTo(request: Pick<SipRequest, "headers">): boolean {
  try {
    return !to(request).params.has("tag");
  } catch {
    return false;
  }
}
