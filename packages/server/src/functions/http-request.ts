// The request of an HTTP function: its template, filled with a model's arguments and with secrets.
import type { HttpFunction } from "../store/records.ts";

const PLACEHOLDER = /\{\{secret:([^{}]*)\}\}|\{([^{}]*)\}/g;
const METHODS_WITH_BODY: readonly string[] = ["POST", "PUT", "PATCH"];
/** Such headers say who somebody is: their values are kept as secrets. */
const CREDENTIALS = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "x-api-key",
  "api-key",
  "x-auth-token",
];
const SECRET_NAME = /^[A-Za-z0-9_-]{1,64}$/;
const MAX_URL = 2_048;

export interface FilledRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
}

/** Names of the parameters that stand in the URL. */
function inUrl(url: string): string[] {
  return [...url.matchAll(PLACEHOLDER)].flatMap(([, , name]) => (name === undefined ? [] : [name]));
}

/** Names of the secrets that it sends. */
export function secretsOf({ url, headers = {} }: RequestTemplate): string[] {
  const texts = [url, ...Object.values(headers)];
  const names = texts.flatMap((text) => [...text.matchAll(PLACEHOLDER)].map(([, secret]) => secret));
  return [...new Set(names.filter((name) => name !== undefined))];
}

/** What a request is filled from. */
export type RequestTemplate = Pick<HttpFunction, "url" | "headers" | "parameters" | "method">;

/** The URL as far as it does not depend on arguments: who is asked. */
export function urlWithoutArguments({ url }: RequestTemplate): string {
  return url.replace(PLACEHOLDER, "x");
}

/** @returns what is wrong with it, beginning with the field's name; undefined: nothing */
export function templateFault(one: RequestTemplate): string | undefined {
  const { url, headers = {}, parameters } = one;
  if (!/^https?:\/\/[^/?#{}]+(?:[/?#]|$)/i.test(url))
    return "url must begin with https:// and a host; parameters may stand after it alone";
  const { properties = {}, required = [] } = (parameters ?? {}) as {
    properties?: Record<string, { type?: unknown } | undefined>;
    required?: unknown;
  };
  for (const name of inUrl(url)) {
    const type = Object.hasOwn(properties, name) ? properties[name]?.type : undefined;
    const isPlain = ["string", "number", "integer", "boolean"].some((plain) => plain === type);
    if (!isPlain || !Array.isArray(required) || !required.includes(name))
      return `url: {${name}} must be one of the required parameters, of type string, number, integer or boolean`;
  }
  const secret = secretsOf(one).find((name) => !SECRET_NAME.test(name));
  if (secret !== undefined) return "{{secret:NAME}} needs a name of letters, digits, _ and -";
  for (const [name, value] of Object.entries(headers)) {
    if (CREDENTIALS.includes(name.toLowerCase()) && !/\{\{secret:/.test(value))
      return `headers.${name}: write {{secret:NAME}} and set its value with PUT /api/v2/secrets/NAME, where nobody sees it`;
  }
  return undefined;
}

/**
 * Arguments that do not stand in the URL go into the query, or as JSON into the body where the method has one.
 * @throws Error with a sentence where they lead elsewhere than to where the URL does
 */
export function fillRequest(
  { method = "GET", url: template, headers = {} }: RequestTemplate,
  given: Readonly<Record<string, unknown>>,
  secret: (name: string) => string,
): FilledRequest {
  const fill = (text: string): string =>
    text.replace(PLACEHOLDER, (_, name: string | undefined, parameter: string) =>
      encodeURIComponent(name === undefined ? String(given[parameter] ?? "") : secret(name)),
    );
  const [beforeHash = ""] = template.split("#");
  const [path = "", query] = beforeHash.split(/\?(.*)/s).map(fill);
  // URLs are normalised: such a part would take away the one before it.
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path)) throw new Error("an argument may not be . or ..");
  const url = new URL(query === undefined ? path : `${path}?${query}`);
  const used = new Set(inUrl(template));
  const rest = Object.entries(given).filter(([name, value]) => !used.has(name) && value !== undefined);
  const hasBody = METHODS_WITH_BODY.includes(method);
  if (!hasBody)
    for (const [name, value] of rest)
      for (const one of [value].flat()) url.searchParams.append(name, plain(one));
  if (url.href.length > MAX_URL) throw new Error("the arguments are too long for a URL");
  const filled = Object.entries(headers).map(([name, value]) => [
    name,
    value.replace(PLACEHOLDER, (whole, name: string | undefined) =>
      name === undefined ? whole : secret(name),
    ),
  ]);
  return {
    ...{ method, url: url.href },
    headers: {
      Accept: "application/json, text/plain;q=0.9, */*;q=0.1",
      ...(hasBody && { "Content-Type": "application/json" }),
      ...(Object.fromEntries(filled) as Record<string, string>),
    },
    ...(hasBody && { body: JSON.stringify(Object.fromEntries(rest)) }),
  };
}

function plain(value: unknown): string {
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
