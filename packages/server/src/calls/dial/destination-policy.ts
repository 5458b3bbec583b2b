// What an organization may dial: judged before anything is sent anywhere.
import { isSipUri, parseUri } from "@ringdown/sip";
import { canonicalAddress } from "../../edge/address.ts";
import { AppError } from "../../errors.ts";
import { quoted } from "../../quoted.ts";
import { isE164 } from "../../store/agent-fields.ts";
import type { DestinationSettings } from "../../store/records.ts";
import type { Destination } from "./destination.ts";
import { closeness, closestPattern, type DestinationPattern } from "./destination-pattern.ts";
import { isEmergencyCode, isEmergencyExtension } from "./emergency-numbers.ts";
import { classifyNumber, type NumberClass } from "./number-class.ts";

const WHERE = "PUT /api/v2/sip/allowedDestinations";

/**
 * Lets a destination pass, or says why it may not be dialled and which setting would change that. The closest entry of
 * `allowed` and `blocked` decides, `blocked` where both are as close; then what kind of number it is, then its country.
 * Emergency numbers need `emergency`, or the very number in `allowed`.
 * @throws AppError destination_not_allowed, destination_invalid
 */
export function judgeDestination(destination: Destination, settings: DestinationSettings): void {
  if (destination.kind === "number") judgeNumber(destination.number, settings);
  else if (destination.kind === "extension") judgeExtension(destination.extension, settings);
  else if (destination.kind === "sip") judgeSip(destination.uri, settings);
}

function judgeNumber(number: string, settings: DestinationSettings): void {
  const entry = entryFor(number, settings);
  const found = classifyNumber(number);
  if (found.kind === "emergency") judgeEmergency(number, number, entry, settings);
  if (found.kind === "emergency" || entry !== undefined) return;
  switch (found.kind) {
    case "short":
      throw new AppError(
        "destination_invalid",
        `${number} is too short for a number in E.164 form: + and 7 to 15 digits, as in +15125550100.`,
      );
    case "unassigned":
      throw refused(
        `${number} begins with a calling code that no country has: if it is meant, list it in allowed`,
      );
    case "premium":
      if (!settings.premiumRate) throw classRefused(number, "a premium-rate number", "premiumRate");
      break;
    case "satellite":
      if (!settings.satellite)
        throw classRefused(number, "a number of a satellite or other global network", "satellite");
      break;
    default:
      break;
  }
  if (!isE164(number)) throw new AppError("destination_invalid", `${number} is no number in E.164 form.`);
  judgeCountry(number, found, settings);
}

function judgeCountry(
  number: string,
  { callingCode, country }: NumberClass,
  { countries }: DestinationSettings,
): void {
  if (countries === null || countries.includes(`+${callingCode}`)) return;
  if (country !== undefined && countries.includes(country)) return;
  if (country === undefined) {
    throw refused(
      `${number} cannot be told to belong to one country of those with +${callingCode}: list +${callingCode} in countries, or the number in allowed`,
    );
  }
  throw refused(
    `${number} is a number of ${country}, which is not among the allowed countries: list "${country}" or "+${callingCode}" in countries, or the number in allowed`,
  );
}

function judgeExtension(extension: string, settings: DestinationSettings): void {
  const name = `ext:${extension}`;
  const entry = entryFor(name, settings);
  if (isEmergencyExtension(extension)) judgeEmergency(name, name, entry, settings);
}

function judgeSip(uri: string, settings: DestinationSettings): void {
  const parsed = parseUri(uri);
  if (!isSipUri(parsed)) throw new AppError("destination_invalid", `${quoted(uri)} is no SIP URI.`);
  const { host, user = "" } = parsed;
  if (!settings.sipHosts.includes(canonicalAddress(host))) {
    throw refused(
      `${quoted(uri)} leads to ${host}, which is not among the allowed hosts: list it in sipHosts`,
    );
  }
  // A number is what it is by whatever gateway it is dialled (RFC 3261 §19.1.6).
  const subscriber = (user.split(";", 1)[0] ?? "").replace(/[-.()]/g, "");
  if (/^\+[1-9]\d{1,14}$/.test(subscriber)) judgeNumber(subscriber, settings);
  else if (isEmergencyCode(subscriber)) judgeEmergency(quoted(uri), `ext:${subscriber}`, undefined, settings);
}

/** @param key how `allowed` would list it */
function judgeEmergency(
  name: string,
  key: string,
  entry: DestinationPattern | undefined,
  { emergency }: DestinationSettings,
): void {
  if (emergency || entry?.isPrefix === false) return;
  throw refused(
    `${name} is an emergency number: if calls to it are meant, set emergency: true, or list ${key} in allowed`,
  );
}

/**
 * The entry that allows it.
 * @throws AppError destination_not_allowed where the closest one blocks it
 */
function entryFor(name: string, { allowed, blocked }: DestinationSettings): DestinationPattern | undefined {
  const allows = closestPattern(allowed, name);
  const blocks = closestPattern(blocked, name);
  if (blocks !== undefined && (allows === undefined || closeness(blocks) >= closeness(allows))) {
    throw refused(`${name} is blocked by the entry ${blocks.text}: take it out of blocked`);
  }
  return allows;
}

function classRefused(number: string, what: string, setting: string): AppError {
  return refused(
    `${number} is ${what}: if calls to it are meant, set ${setting}: true, or list it in allowed`,
  );
}

/** @param sentence ends with the setting that would allow it */
function refused(sentence: string): AppError {
  return new AppError("destination_not_allowed", `${sentence} (${WHERE}).`);
}
