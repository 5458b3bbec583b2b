import type { RegistrationFault, RegistrationState } from "@ringdown/sip";

/** Why an agent is not registered: those of the protocol, and one of ours. */
export type FaultCode = RegistrationFault | "password_unreadable";

type Seen = Pick<RegistrationState, "lastCode" | "lastReason" | "lastError"> & {
  /** As `transport:address:port`. */
  target: string | undefined;
  /** What DNS said, where it led nowhere. */
  located: string | undefined;
};

/** What is wrong, and what to do about it, in a sentence for a person. */
export function faultHint(fault: RegistrationFault, seen: Seen): string {
  const { lastCode, lastReason, lastError, target, located } = seen;
  const answer = lastCode === undefined ? "no answer" : `${lastCode} ${lastReason ?? ""}`.trim();
  const where = target ?? "the PBX";
  const why = lastError === undefined ? "" : ` (${lastError.replace(/\.$/, "")})`;
  switch (fault) {
    case "wrong_password":
      return "The PBX refuses the username or the password: set them as they are there. It is asked only every ten minutes until then.";
    case "forbidden":
      return `The PBX forbids it (${answer}): check username and password there, and whether this extension may register from this address.`;
    case "no_credentials":
      return "The PBX asks for a password, and none is set.";
    case "unsupported_challenge":
      return "The PBX asks for a kind of authentication that is not known here: Digest with MD5 or SHA-256 is.";
    case "too_many_challenges":
      return "The PBX goes on asking for the password: it counts every nonce as stale.";
    case "interval_too_brief":
      return "The PBX wants a longer registration than it then accepts.";
    case "redirected_nowhere":
      return `The PBX sends us elsewhere (${answer}) without a place that can be reached: set that as proxy.`;
    case "refused":
      return lastCode === 404
        ? "The PBX does not know this extension or domain (404): check aor and sipRealm."
        : `The PBX refuses it: ${answer}.`;
    case "binding_removed":
      return "The PBX answers 200 and keeps no binding: another device, or an operator, removes it.";
    case "server_failure":
      return `${where} is not able to register anybody now (${answer}).`;
    case "no_answer":
      return `${where} does not answer: check proxy, port and transport, and whether a firewall lies between.`;
    case "connection_failed":
      return `No connection with ${where}${why}: check proxy, port and transport, and whether the PBX runs.`;
    case "connection_lost":
      return `The connection with ${where} was lost.`;
    case "no_address":
      return `The PBX cannot be found: ${located ?? "DNS gives no address"}`;
  }
}
