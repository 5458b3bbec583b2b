// HTTP requests to addresses that an organization has named: webhooks, an agent's HTTP tools. Names and answers are hostile.
import { request as httpRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { isIP } from "node:net";
import { Readable } from "node:stream";
import { quoted } from "../quoted.ts";
import { isAllowedAddress, type PrivateNetworks } from "./address-rules.ts";
import { OutgoingError } from "./outgoing-error.ts";
import { type HostAddress, type ResolveHost, resolveHost } from "./resolve-host.ts";

export interface OutgoingRequest {
  method: string;
  url: string;
  /** Those that frame the request (Host, Content-Length, Connection …) are ours whatever is given. */
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** For all of it: name, connection, answer. Milliseconds. */
  timeoutMs: number;
  /** Bytes of the answer's body that are read. */
  maxBytes: number;
  signal?: AbortSignal;
}

export interface OutgoingResponse {
  status: number;
  /** Names in lower case; those sent twice are joined by Node's rules. */
  headers: Readonly<Record<string, string>>;
  body: Buffer;
  /** There was more than `maxBytes`. */
  truncated: boolean;
}

export interface OutgoingStream {
  status: number;
  headers: Readonly<Record<string, string>>;
  /**
   * Comes as it is sent; destroying it gives the answer up. It fails with an OutgoingError, at `maxBytes` and at the end of the time
   * too.
   */
  body: Readable;
}

export interface OutgoingHttpOptions {
  privateNetworks: PrivateNetworks;
  resolve?: ResolveHost;
}

const MAX_URL = 2_048;
/** Ours to say: a request that says otherwise could hide another one. */
const FRAMING = new Set([
  ...["host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "expect"],
  ...["te", "trailer", "proxy-connection", "accept-encoding"],
]);

export class OutgoingHttp {
  readonly #private: PrivateNetworks;
  readonly #resolve: ResolveHost;

  constructor({ privateNetworks, resolve = resolveHost }: OutgoingHttpOptions) {
    this.#private = privateNetworks;
    this.#resolve = resolve;
  }

  /**
   * What can be said of an address before anything is sent: its form, and an IP literal in it. A name is judged by what it leads
   * to, with each request.
   * @throws OutgoingError url_invalid, address_refused
   */
  check(text: string): URL {
    if (text.length > MAX_URL)
      throw new OutgoingError("url_invalid", `It is longer than ${MAX_URL} characters.`);
    if (!URL.canParse(text)) {
      throw new OutgoingError("url_invalid", `${quoted(text)} is no URL such as https://example.com/hook.`);
    }
    const url = new URL(text);
    if (url.protocol !== "https:" && url.protocol !== "http:") {
      throw new OutgoingError("url_invalid", "It has to begin with https:// or http://.");
    }
    if (url.username !== "" || url.password !== "") {
      throw new OutgoingError("url_invalid", "It may not carry a name or a password.");
    }
    const host = hostOf(url);
    if (isIP(host) !== 0) this.#allow(host, host);
    return url;
  }

  /**
   * One request, one answer; redirects are answers. The addresses that a name has are looked up once, judged, and connected to: it cannot
   * be another one meanwhile.
   * @throws OutgoingError
   */
  async send(request: OutgoingRequest): Promise<OutgoingResponse> {
    const limit = limitOf(request);
    try {
      const response = await this.#open(request, limit.signal);
      const read = await readBody(response, request.maxBytes, limit.signal);
      response.destroy();
      return { status: response.statusCode ?? 0, headers: plain(response), ...read };
    } finally {
      limit.lift();
    }
  }

  /**
   * The same for an answer that comes piece by piece.
   * @throws OutgoingError
   */
  async stream(request: OutgoingRequest): Promise<OutgoingStream> {
    const limit = limitOf(request);
    try {
      const response = await this.#open(request, limit.signal);
      const body = Readable.from(pieces(response, request.maxBytes, limit.signal));
      body.once("close", () => {
        limit.lift();
        response.destroy();
      });
      return { status: response.statusCode ?? 0, headers: plain(response), body };
    } catch (error) {
      limit.lift();
      throw error;
    }
  }

  async #open(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const url = this.check(request.url);
    const addresses = await unlessStopped(this.#addresses(hostOf(url)), signal);
    return exchange(url, addresses, request, signal);
  }

  async #addresses(host: string): Promise<HostAddress[]> {
    const family = isIP(host);
    if (family !== 0) return [{ address: host, family: family === 6 ? 6 : 4 }];
    const found = await this.#resolve(host).catch((error: unknown) => {
      throw new OutgoingError("name_unknown", `The name ${quoted(host)} leads nowhere.`, error);
    });
    const allowed = found.filter(({ address }) => isAllowedAddress(address, this.#private));
    const [first] = found;
    if (first === undefined)
      throw new OutgoingError("name_unknown", `The name ${quoted(host)} leads nowhere.`);
    if (allowed.length === 0) this.#allow(first.address, host);
    return allowed;
  }

  #allow(address: string, host: string): void {
    if (isAllowedAddress(address, this.#private)) return;
    const named = address === host ? address : `${quoted(host)} is ${address}, which`;
    throw new OutgoingError(
      "address_refused",
      `${named} is not on the internet: the operator can allow it (RINGDOWN_OUTGOING_PRIVATE).`,
    );
  }
}

/** Without the brackets of IPv6 and the dot at a name's end. */
function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

function unlessStopped<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    const stopped = (): void => reject(signal.reason);
    if (signal.aborted) stopped();
    signal.addEventListener("abort", stopped, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stopped));
  });
}

/** Ends what runs when its time is over or it is given up. */
function limitOf({ timeoutMs, signal }: OutgoingRequest): { signal: AbortSignal; lift(): void } {
  const stop = new AbortController();
  const late = new OutgoingError("timed_out", `There was no whole answer within ${timeoutMs / 1000} s.`);
  const timer = setTimeout(() => stop.abort(late), timeoutMs);
  const abort = (): void => stop.abort(new OutgoingError("aborted", "It was given up."));
  if (signal?.aborted === true) abort();
  signal?.addEventListener("abort", abort, { once: true });
  return {
    signal: stop.signal,
    lift: () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    },
  };
}

function exchange(
  url: URL,
  addresses: readonly HostAddress[],
  { method, headers = {}, body }: OutgoingRequest,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent: Record<string, string | number> = {};
  for (const [name, value] of Object.entries(headers))
    if (!FRAMING.has(name.toLowerCase())) sent[name] = value;
  sent["Accept-Encoding"] = "identity";
  if (body !== undefined) sent["Content-Length"] = Buffer.byteLength(body);
  const options: RequestOptions = {
    method,
    headers: sent,
    // Each has a connection of its own: none is left open at a stranger's, none is reused after a change of his name.
    agent: false,
    lookup: (_host, { all }, answer) => {
      const [first] = addresses;
      if (all === true) answer(null, [...addresses]);
      else answer(null, first?.address ?? "", first?.family ?? 4);
    },
  };
  const fail = (error: unknown): void => reject(signal.aborted ? signal.reason : failure(error));
  let request: ReturnType<typeof httpRequest>;
  try {
    request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options);
  } catch (error) {
    // Characters that no header or method has.
    throw new OutgoingError("request_invalid", "Method or headers hold what HTTP does not allow.", error);
  }
  const stopped = (): void => void request.destroy(signal.reason);
  signal.addEventListener("abort", stopped, { once: true });
  if (signal.aborted) stopped();
  request.on("error", fail);
  request.on("close", () => {
    signal.removeEventListener("abort", stopped);
    fail(new OutgoingError("response_broken", "The connection was closed before the answer."));
  });
  request.on("response", resolve);
  request.end(body);
  return promise;
}

async function readBody(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): Promise<{ body: Buffer; truncated: boolean }> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunksOf(response, signal)) {
    const rest = maxBytes - size;
    if (chunk.length > rest) {
      chunks.push(chunk.subarray(0, rest));
      return { body: Buffer.concat(chunks), truncated: true };
    }
    chunks.push(chunk);
    size += chunk.length;
  }
  return { body: Buffer.concat(chunks), truncated: false };
}

async function* pieces(
  response: IncomingMessage,
  maxBytes: number,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of chunksOf(response, signal)) {
    size += chunk.length;
    if (size > maxBytes)
      throw new OutgoingError("response_too_large", `The answer is longer than ${maxBytes} bytes.`);
    yield chunk;
  }
}

async function* chunksOf(response: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw new OutgoingError("response_broken", "The answer was cut off.", error);
  }
}

function plain({ headers }: IncomingMessage): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value] as const],
  );
  return Object.fromEntries(entries);
}

function failure(error: unknown): OutgoingError {
  if (error instanceof OutgoingError) return error;
  // Several addresses were tried.
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const code = first instanceof Error && "code" in first ? String(first.code) : "";
  if (code === "ECONNRESET" || code === "EPIPE" || code.startsWith("HPE_")) {
    return new OutgoingError("response_broken", `The connection broke off (${code}).`, error);
  }
  if (/CERT|TLS|SSL|EPROTO|SELF_SIGNED|VERIFY|ISSUER/.test(code)) {
    return new OutgoingError("tls_failed", `TLS failed: ${code}.`, error);
  }
  return new OutgoingError("unreachable", `It cannot be reached (${code || "unknown"}).`, error);
}
