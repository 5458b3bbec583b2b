import { scanRoute } from "@ringdown/server/route-grammar";

export type RouteWords =
  | { ok: true; sentences: string[] }
  /** `before` is right; `at` is the first character that is not ("" at the end). */
  | { ok: false; reason: string; before: string; at: string; after: string };

/** What a route says, in words, or where it goes wrong: by the server's own grammar. */
export function routeWords(text: string): RouteWords {
  const scanned = scanRoute(text);
  if (!scanned.ok) {
    const { position, reason } = scanned;
    const [at = ""] = text.slice(position);
    return {
      ok: false,
      reason,
      before: text.slice(0, position),
      at,
      after: text.slice(position + at.length),
    };
  }
  const { host, port, transport, proxy } = scanned.parts;
  const hop = proxy ?? { host, port };
  const by = transport === undefined ? "UDP, or what DNS says," : transport.toUpperCase();
  const isAddress = hop.host.includes(":") || /^[\d.]+$/.test(hop.host);
  const found = isAddress
    ? `port ${hop.port ?? (transport === "tls" ? 5061 : 5060)}`
    : hop.port === undefined
      ? "at the servers that its SRV records name, or else its address"
      : `at its address, port ${hop.port}`;
  return {
    ok: true,
    sentences: [
      `Calls ask for a number at ${host}.`,
      `They are sent by ${by} to ${proxy === undefined ? "it" : `the proxy ${hop.host}`}, ${found}.`,
      ...(proxy !== undefined && port !== undefined
        ? [`Port ${port} counts for nothing, as there is a proxy.`]
        : []),
    ],
  };
}
