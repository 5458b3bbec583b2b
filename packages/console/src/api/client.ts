import createClient from "openapi-fetch";
import type { paths } from "./schema.d.ts";

/** What the API answered in place of success. */
export class ApiError extends Error {
  readonly code: string;
  /** HTTP status; 0: nobody answered. */
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** The API with the session's cookie; the header tells the server that its own page asks. */
export const api = createClient<paths>({ headers: { "X-Ringdown-Console": "1" } });

let onSignedOut = (): void => {};
/** Called when an answer says that there is no session any more. */
export function whenSignedOut(tell: () => void): void {
  onSignedOut = tell;
}

type Answer<Data> = { data?: Data; error?: unknown; response: Response };

/** The answer's body. @throws ApiError */
export async function ask<Data>(request: Promise<Answer<Data>>): Promise<Data> {
  let answer: Answer<Data>;
  try {
    answer = await request;
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "no_answer", "Ringdown does not answer: it is stopped, or the network is down.");
  }
  const { data, error, response } = answer;
  if (data !== undefined && error === undefined) return data;
  const { code = "unknown", message } = (typeof error === "object" ? error : {}) as Partial<ApiError>;
  if (response.status === 401 && code !== "sign_in_failed") onSignedOut();
  throw new ApiError(response.status, code, message ?? `The server answered ${response.status}.`);
}

/** A sentence for a person, whatever was thrown. */
export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
