// What a model is told of the answer to a function's request.
import type { OutgoingResponse } from "../outgoing-http/outgoing-http.ts";

/** Bytes of a body that are read. */
export const MOST_BYTES = 64 * 1024;
/** Characters that a model is told. */
const MOST_TOLD = 8_000;
const MOST_TOLD_OF_FAILURE = 500;

export interface FunctionOutcome {
  output: string;
  failed: boolean;
}

export function resultOf({ status, headers, body, truncated }: OutgoingResponse): FunctionOutcome {
  const type = (headers["content-type"] ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  const text = isText(type, body) ? textOf(body, type, truncated) : undefined;
  if (status >= 300 && status < 400)
    return { output: `It failed: it answers ${status}, and redirects are not followed.`, failed: true };
  if (status < 200 || status >= 400) {
    const said = text === undefined || text === "" ? "." : `: ${cut(text, MOST_TOLD_OF_FAILURE)}`;
    return { output: `It failed: it answers ${status}${said}`, failed: true };
  }
  if (text === undefined)
    return { output: `It failed: it answers ${type || "bytes"}, no text.`, failed: true };
  if (text === "") return { output: "It is done; there was no answer beside.", failed: false };
  return {
    output: truncated ? `${cut(text, MOST_TOLD)} (the rest is left out)` : cut(text, MOST_TOLD),
    failed: false,
  };
}

function isText(type: string, body: Buffer): boolean {
  if (/^text\/|[/+](?:json|xml|x-www-form-urlencoded|javascript)$|^application\/x-ndjson$/.test(type))
    return true;
  return type === "" && !body.includes(0);
}

/** JSON without its blanks. */
function textOf(body: Buffer, type: string, truncated: boolean): string {
  const text = body.toString("utf8").trim();
  if (truncated || !/[/+]json$/.test(type)) return text;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/** What a model is told, at most. */
export function toldOf(text: string, failed: boolean): string {
  return cut(text, failed ? MOST_TOLD_OF_FAILURE : MOST_TOLD);
}

/** Its beginning, of so many characters at most. */
export function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  // A pair of surrogates is not parted.
  return `${text.slice(0, most).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
