import { isIP } from "node:net";
import { isHostName } from "../../config/endpoint.ts";
import { canonicalAddress } from "../../edge/address.ts";
import { AppError } from "../../errors.ts";
import { quoted } from "../../quoted.ts";
import type { DestinationSettings } from "../../store/records.ts";
import { readPattern } from "./destination-pattern.ts";
import { isCallingCode, isCountry } from "./number-class.ts";

/** Every number but premium-rate, satellite and emergency ones; no other host (spec §3). */
export const defaultDestinationSettings: DestinationSettings = Object.freeze({
  countries: null,
  ...{ premiumRate: false, satellite: false, emergency: false },
  ...{ allowed: [], blocked: [], sipHosts: [] },
});

/**
 * Settings as an operator writes them; what is left out is the default. Each entry is kept in its one spelling, once.
 * @throws AppError validation_failed
 */
export function readDestinationSettings(input: Partial<DestinationSettings>): DestinationSettings {
  const settings = { ...defaultDestinationSettings, ...input };
  return {
    countries: settings.countries && once(settings.countries.map(readCountry)),
    premiumRate: settings.premiumRate,
    satellite: settings.satellite,
    emergency: settings.emergency,
    allowed: once(settings.allowed.map((text) => readPattern(text, "allowed").text)),
    blocked: once(settings.blocked.map((text) => readPattern(text, "blocked").text)),
    sipHosts: once(settings.sipHosts.map(readHost)),
  };
}

function readCountry(text: string): string {
  const code = text.toUpperCase();
  if (/^\+\d{1,3}$/.test(code) ? isCallingCode(code.slice(1)) : isCountry(code)) return code;
  throw new AppError(
    "validation_failed",
    `countries: ${quoted(text)} is neither a country (ISO 3166: "US", "DE") nor a calling code ("+1", "+49").`,
  );
}

/** As it stands in a parsed URI: lower case, IPv6 without brackets. */
function readHost(text: string): string {
  const host = text.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  if (isIP(host) !== 0 && !host.includes("%")) return canonicalAddress(host);
  if (isHostName(host)) return host;
  throw new AppError(
    "validation_failed",
    `sipHosts: ${quoted(text)} is neither a host name nor an IP address.`,
  );
}

function once(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
