// The agents' registrations: as the running node tells, as they stood last, or as their registrar answers now.
import type { RegistrationView } from "../../registrations/registration-view.ts";
import type { StoredRegistration } from "../database-facts.ts";
import { type Finding, fail, ok, warn } from "../finding.ts";

const CHECK = "registration";

export function judgeRegistration(view: RegistrationView): Finding {
  const { aor, state, target, lastCode, lastReason, expiresAt, hint, nextAttemptAt } = view;
  const next = nextAttemptAt === null ? "" : ` It is tried again at ${nextAttemptAt}.`;
  const answer = lastCode === null ? "" : ` (${lastCode} ${lastReason ?? ""})`.replace(" )", ")");
  switch (state) {
    case "registered":
      return ok(CHECK, `${aor} is registered at ${target ?? "its registrar"}, until ${expiresAt}.`);
    case "rejected":
    case "unreachable":
      return fail(CHECK, `${aor} is ${state}${answer}.${next}`, hint ?? "See the node's log.");
    case "registering":
    case "unregistered":
      return warn(CHECK, `${aor} is ${state}${answer}.${next}`, hint ?? "Ask again in a moment.");
  }
}

/** While a node runs that cannot be asked. */
export function judgeOutcome({ aor, outcome }: Pick<StoredRegistration, "aor" | "outcome">): Finding {
  if (outcome === null) {
    return warn(CHECK, `Nothing is known of ${aor} yet.`, "Run this with RINGDOWN_TOKEN to ask the node.");
  }
  const { state, lastCode, lastReason, at } = outcome;
  const last = `${aor} was ${state} when that changed last, at ${at}`;
  if (state === "registered") return ok(CHECK, `${last}.`);
  const answer = lastCode === null ? "" : ` (${lastCode} ${lastReason ?? ""})`.replace(" )", ")");
  return fail(CHECK, `${last}${answer}.`, "Run this with RINGDOWN_TOKEN to see why.");
}

/** What a registrar said when it was asked, with the password, what it has bound. */
export type Probe =
  | { readonly kind: "taken"; readonly target: string }
  | { readonly kind: "refused"; readonly hint: string; readonly answer: string }
  /** The password cannot be read: the key's check says so. */
  | { readonly kind: "unreadable"; readonly why: string };

export function judgeProbe(aor: string, probe: Probe): Finding {
  switch (probe.kind) {
    case "taken":
      return ok(CHECK, `${probe.target} knows ${aor} and takes its password.`);
    case "refused":
      return fail(CHECK, `${aor} would not be registered: ${probe.answer}.`, probe.hint);
    case "unreadable":
      return fail(CHECK, `${aor} would stay unregistered: its password cannot be read.`, probe.why);
  }
}
