// Asks a registrar what it has bound for an extension, in place of a node that does not run: REGISTER without a Contact
// (RFC 3261 §10.2.3) changes nothing there, and shows whether it is reached and takes the password.
import type { ClientResult, SipStack } from "@ringdown/sip";
import { targetText } from "../../config/endpoint.ts";
import { faultHint } from "../../registrations/registration-faults.ts";
import { aorUri, nextHopUri, registrarUri } from "../../registrations/registration-uris.ts";
import type { StoredRegistration } from "../database-facts.ts";
import type { Probe } from "./registrations.ts";

/** ms for one registrar. */
const PATIENCE_MS = 4_000;

/** @param password null: none is set */
export async function probeRegistration(
  stack: Pick<SipStack, "locate" | "userAgent">,
  record: StoredRegistration,
  password: string | null,
): Promise<Probe> {
  const { targets, skipped, failure } = await stack.locate(nextHopUri(record));
  const target = targets[0] ?? skipped[0]?.target;
  const seen = {
    lastCode: undefined,
    lastReason: undefined,
    lastError: undefined,
    located: failure?.sentence,
  };
  if (target === undefined) {
    return {
      kind: "refused",
      answer: "it has no address",
      hint: faultHint("no_address", { ...seen, target: undefined }),
    };
  }
  const where = targetText(target);
  const { username, authUsername } = record;
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), PATIENCE_MS);
  });
  const request = stack.userAgent.request({
    ...{ method: "REGISTER", requestUri: registrarUri(record), target },
    ...{ to: `<${aorUri(record)}>`, from: `<${aorUri(record)}>` },
    ...(password !== null && { credentials: () => ({ username: authUsername ?? username, password }) }),
  });
  const result = await Promise.race([request.result, silence]);
  clearTimeout(timer);
  return probeOf(result, password !== null, where, seen.located);
}

/** @param result undefined: none came in time */
export function probeOf(
  result: ClientResult | undefined,
  hasPassword: boolean,
  target: string,
  located?: string,
): Probe {
  const { response, error } = result ?? {};
  const seen = {
    ...{ target, located, lastCode: response?.status, lastReason: response?.reason },
    lastError: error?.message,
  };
  if (response === undefined) {
    const fault = result?.status === 503 ? "connection_failed" : "no_answer";
    const answer = fault === "no_answer" ? "no answer came" : "no connection";
    return { kind: "refused", answer: `${answer} (${target})`, hint: faultHint(fault, seen) };
  }
  const { status, reason } = response;
  const answer = `${target} answered ${status} ${reason}`;
  if (status >= 200 && status < 300) return { kind: "taken", target };
  if (status === 401 || status === 407) {
    const fault = hasPassword ? "wrong_password" : "no_credentials";
    return { kind: "refused", answer, hint: faultHint(fault, seen) };
  }
  const fault = status === 403 ? "forbidden" : status >= 500 ? "server_failure" : "refused";
  return { kind: "refused", answer, hint: faultHint(fault, seen) };
}
