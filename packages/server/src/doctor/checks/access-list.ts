import { isVeryWide, parseNetwork } from "../../edge/address.ts";
import { type Finding, ok, warn } from "../finding.ts";

/** @param registrations of the agents: calls by these need no entry */
export function judgeAccessList(entries: readonly string[], registrations: number): Finding {
  const networks = entries.flatMap((entry) => {
    const reading = parseNetwork(entry);
    return reading.ok ? [reading.network] : [];
  });
  const wide = networks.find(isVeryWide);
  if (wide !== undefined) {
    return warn(
      "access list",
      `${wide.text} lets a large part of the internet send calls.`,
      "List the addresses of your PBX or trunk instead (DELETE and POST /api/v2/sip/ipWhitelist).",
    );
  }
  const isOfThisMachine = networks.every(({ text }) => text === "::1" || text.startsWith("127."));
  if (isOfThisMachine && registrations === 0) {
    return warn(
      "access list",
      networks.length === 0 ? "Nobody may send calls." : "Only this machine may send calls.",
      "List your PBX or trunk (POST /api/v2/sip/ipWhitelist), or register an agent at it (POST /api/v2/sip/registration).",
    );
  }
  const entriesText = `${entries.length} ${entries.length === 1 ? "entry" : "entries"}`;
  return ok(
    "access list",
    registrations === 0 ? `${entriesText}.` : `${entriesText}; registrations need none.`,
  );
}
