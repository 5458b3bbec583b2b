import { SipParseError } from "../errors.ts";
import { createRequest } from "../message/create.ts";
import { endOfQuoted } from "../message/grammar.ts";
import {
  callId,
  contacts,
  cseq,
  from,
  recordRoutes,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  to,
} from "../message/message.ts";
import { serialiseNameAddr } from "../message/name-addr.ts";
import { isSipUri, parseUri, serialiseUri, type Uri } from "../message/uri.ts";

interface DialogState {
  readonly callId: string;
  readonly localTag: string;
  readonly remoteTag: string;
  /** Our From and the peer's, as header values with their tags. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly localSeq: number;
  readonly remoteSeq: number | undefined;
  readonly routeSet: readonly string[];
  readonly remoteTarget: string;
  readonly secure: boolean;
}

/**
 * A dialog's state, RFC 3261 §12: what its requests are made of and judged by. It is kept as text, because most
 * dialogs send one request in their life.
 */
export class Dialog {
  readonly callId: string;
  readonly localTag: string;
  /** "" where the peer gives none, as RFC 2543 allowed (§12.1.1). */
  readonly remoteTag: string;
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** Route header values, the next hop first. */
  routeSet: readonly string[];
  /** True for a dialog made over TLS with a sips Request-URI (§12.1.1). */
  readonly secure: boolean;
  /** CSeq number of our last request; 0 before the first. */
  localSeq: number;
  /** CSeq number of the peer's last request; undefined before the first. */
  remoteSeq: number | undefined;
  /** The peer's Contact URI: the Request-URI of what we send. */
  remoteTarget: string;

  constructor(state: DialogState) {
    this.callId = state.callId;
    this.localTag = state.localTag;
    this.remoteTag = state.remoteTag;
    this.localAddress = state.localAddress;
    this.remoteAddress = state.remoteAddress;
    this.routeSet = state.routeSet;
    this.secure = state.secure;
    this.localSeq = state.localSeq;
    this.remoteSeq = state.remoteSeq;
    this.remoteTarget = state.remoteTarget;
  }

  /**
   * The UAS side (§12.1.1).
   * @throws SipParseError where Contact or Record-Route cannot be read
   */
  static asServer(request: SipRequest, localTag: string, secure: boolean): Dialog {
    const toValue = request.headers.get("To") ?? "";
    return new Dialog({
      callId: callId(request),
      localTag,
      remoteTag: from(request).params.get("tag") ?? "",
      localAddress: `${toValue};tag=${localTag}`,
      remoteAddress: request.headers.get("From") ?? "",
      localSeq: 0,
      remoteSeq: cseq(request).seq,
      routeSet: recordRoutes(request).map(serialiseNameAddr),
      remoteTarget: contactUri(request) ?? serialiseUri(from(request).uri),
      secure: secure && request.uri.scheme === "sips",
    });
  }

  /**
   * The UAC side, from the first response that makes it (§12.1.2). A 2xx has to be acknowledged whatever is wrong
   * with it: a Contact or Record-Route that cannot be read counts as none.
   */
  static asClient(request: SipRequest, response: SipResponse, secure: boolean): Dialog {
    return new Dialog({
      callId: callId(request),
      localTag: from(request).params.get("tag") ?? "",
      remoteTag: to(response).params.get("tag") ?? "",
      localAddress: request.headers.get("From") ?? "",
      remoteAddress: response.headers.get("To") ?? "",
      localSeq: cseq(request).seq,
      remoteSeq: undefined,
      routeSet: routeSetOf(response),
      remoteTarget: readable(() => contactUri(response)) ?? request.uriText,
      secure: secure && request.uri.scheme === "sips",
    });
  }

  /** §13.2.2.4: the 2xx makes an early dialog the call's; its route set is the one that counts. */
  confirm(response: SipResponse): void {
    this.routeSet = routeSetOf(response);
    this.refreshTarget(response);
  }

  /**
   * A request in this dialog (§12.2.1.1), without a Via.
   * @param options.seq given for an ACK, which has its INVITE's number; else the next number is taken
   */
  createRequest(
    method: string,
    options: {
      seq?: number;
      headers?: Iterable<readonly [name: string, value: string]>;
      body?: string | Buffer;
      contentType?: string;
    } = {},
  ): SipRequest {
    const { seq, ...rest } = options;
    if (seq === undefined) this.localSeq++;
    const { uri, routes } = this.#addressing();
    const request = createRequest(method, uri, {
      from: this.localAddress,
      to: this.remoteAddress,
      callId: this.callId,
      cseq: seq ?? this.localSeq,
      ...rest,
    });
    for (const route of routes) request.headers.append("Route", route);
    return request;
  }

  /** Where the next request goes first: the URI of the topmost route, else the remote target. */
  nextHop(): Uri {
    const first = this.routeSet[0];
    return parseUri(first === undefined ? this.remoteTarget : uriOfRoute(first));
  }

  /** §12.2.2: false for a request that comes out of order, which gets 500. Takes the number otherwise. */
  acceptSequence(seq: number): boolean {
    if (this.remoteSeq !== undefined && seq < this.remoteSeq) return false;
    this.remoteSeq = seq;
    return true;
  }

  /** Target refresh by a re-INVITE or UPDATE, or by their 2xx (§12.2). A Contact that cannot be read changes nothing. */
  refreshTarget(message: SipMessage): void {
    const uri = readable(() => contactUri(message));
    if (uri !== undefined) this.remoteTarget = uri;
  }

  #addressing(): { uri: string; routes: readonly string[] } {
    const first = this.routeSet[0];
    if (first === undefined) return { uri: this.remoteTarget, routes: [] };
    const hop = parseUri(uriOfRoute(first));
    if (!isSipUri(hop) || hop.params.has("lr")) return { uri: this.remoteTarget, routes: this.routeSet };
    // A strict router takes the Request-URI for itself; the remote target travels as the last route.
    const uri = serialiseUri({ ...hop, headers: undefined, params: withoutMethod(hop.params) });
    return { uri, routes: [...this.routeSet.slice(1), `<${this.remoteTarget}>`] };
  }
}

/** The UAC's route set, the next hop first. */
function routeSetOf(response: SipResponse): string[] {
  return (readable(() => recordRoutes(response)) ?? []).map(serialiseNameAddr).reverse();
}

/** §19.1.1 table 1: what may stand in a Route but not in a Request-URI. */
function withoutMethod(params: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const copy = new Map(params);
  copy.delete("method");
  return copy;
}

/** Our route set is made by serialiseNameAddr: the URI stands in `<>`; `<` may stand in a quoted name or parameter, too. */
function uriOfRoute(route: string): string {
  const less = route.startsWith('"') ? route.indexOf("<", endOfQuoted(route, 0)) : 0;
  return route.slice(less + 1, route.indexOf(">", less));
}

function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof SipParseError) return undefined;
    throw error;
  }
}

/**
 * The Contact's URI of a message that makes or refreshes a dialog; undefined where there is none to use.
 * @throws SipParseError where it cannot be read
 */
export function contactUri(message: SipMessage): string | undefined {
  const values = contacts(message);
  if (values === "*") return undefined;
  const uri = values[0]?.uri;
  return uri === undefined || !isSipUri(uri) ? undefined : serialiseUri({ ...uri, headers: undefined });
}
