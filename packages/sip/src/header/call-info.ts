import type { WithHeaders } from "../message/message.ts";
import { type Params, paramText, parseParams } from "../message/params.ts";
import { readableValues, wordParam } from "./readable.ts";

/** RFC 3261 §20.9: something to know of the caller. */
export interface CallInfo {
  /** As written; it is not to be fetched for somebody who is not trusted. */
  readonly uri: string;
  /** `icon`, `info`, `card` …, lower case. */
  readonly purpose: string | undefined;
  readonly params: Params;
}

/** RFC 3261 §20.4: how to ring. PBXs tell by it that a call is internal, or to be answered at once. */
export interface AlertInfo {
  /** As written, often no URI at all: `Bellcore-dr2`. */
  readonly uri: string;
  /** The value of `info`, which is what most PBXs mean: `alert-autoanswer`, `alert-external` … */
  readonly info: string | undefined;
  readonly params: Params;
}

/** The Call-Info values that can be read. */
export function callInfo(message: WithHeaders): CallInfo[] {
  return readableValues(message, "Call-Info", (text) => {
    const { uri, params } = parse(text, "Call-Info");
    return { uri, purpose: wordParam(params, "purpose"), params };
  });
}

/** The Alert-Info values that can be read. */
export function alertInfo(message: WithHeaders): AlertInfo[] {
  return readableValues(message, "Alert-Info", (text) => {
    const { uri, params } = parse(text, "Alert-Info");
    return { uri, info: paramText(params, "info"), params };
  });
}

/** `<` any URI `>` with parameters; without the brackets all before the first semicolon. */
function parse(text: string, header: string): { uri: string; params: Params } {
  const less = text.indexOf("<");
  const greater = less === 0 ? text.indexOf(">") : -1;
  if (greater !== -1)
    return { uri: text.slice(1, greater).trim(), params: parseParams(text, greater + 1, header) };
  const semicolon = text.indexOf(";");
  const end = semicolon === -1 ? text.length : semicolon;
  // `info=…` alone, as some PBXs have it.
  if (text.slice(0, end).includes("=")) return { uri: "", params: parseParams(`;${text}`, 0, header) };
  return { uri: text.slice(0, end).trim(), params: parseParams(text, end, header) };
}
