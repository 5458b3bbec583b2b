// What kind of number that is, as far as numbering plans tell (libphonenumber's metadata), and whose.
import parsePhoneNumber, {
  type CountryCode,
  getCountries,
  getCountryCallingCode,
  isSupportedCountry,
} from "libphonenumber-js/max";
import { isEmergencyCode, isNationalEmergencyCode, startsWithEmergencyCode } from "./emergency-numbers.ts";

export type NumberKind =
  | "ordinary"
  | "premium"
  | "satellite"
  | "emergency"
  /** Too short for a subscriber of any country. */
  | "short"
  /** No country has such a calling code. */
  | "unassigned";

export interface NumberClass {
  readonly kind: NumberKind;
  /** "1", "44"; undefined where there is none such. */
  readonly callingCode: string | undefined;
  /** ISO 3166; undefined where the number fits none, or not one alone, of those that share the calling code. */
  readonly country: string | undefined;
}

/** Inmarsat; Iridium, Globalstar and others; networks of no country, Thuraya and maritime ones among them. */
const SATELLITE: ReadonlySet<string> = new Set(["870", "881", "882", "883"]);
/** International premium rate service (ITU-T E.169.2). */
const PREMIUM = "979";
/** International freephone, shared cost, personal numbers, relief operations. */
const OTHER_GLOBAL = ["800", "808", "878", "888"];
/** Digits of an E.164 number at least; behind the country code something is left. */
const LEAST_DIGITS = 7;
const LONGEST_SHORT_CODE = 4;

let codes: ReadonlyMap<string, readonly CountryCode[]> | undefined;

/** Countries by calling code; the global ones have none. Made when it is first wanted: a node may never dial. */
function callingCodes(): ReadonlyMap<string, readonly CountryCode[]> {
  if (codes === undefined) {
    const found = new Map<string, CountryCode[]>();
    for (const code of [...SATELLITE, PREMIUM, ...OTHER_GLOBAL]) found.set(code, []);
    for (const country of getCountries()) {
      const code = getCountryCallingCode(country);
      found.set(code, [...(found.get(code) ?? []), country]);
    }
    codes = found;
  }
  return codes;
}

/** @param code without plus */
export function isCallingCode(code: string): boolean {
  return callingCodes().has(code);
}

/** Whether that is all of some country's numbers. @param code without plus */
export function isCountryCallingCode(code: string): boolean {
  return (callingCodes().get(code) ?? []).length > 0;
}

/** @param code upper case */
export function isCountry(code: string): boolean {
  return isSupportedCountry(code);
}

/** Calling codes are of 1 to 3 digits, and none begins another. */
function callingCodeOf(number: string): string | undefined {
  for (const length of [1, 2, 3]) {
    const code = number.slice(1, 1 + length);
    if (isCallingCode(code)) return code;
  }
  return undefined;
}

/** @param number + and digits */
export function classifyNumber(number: string): NumberClass {
  const callingCode = callingCodeOf(number);
  if (isEmergencyCode(number.slice(1))) return { kind: "emergency", callingCode, country: undefined };
  if (callingCode === undefined) return { kind: "unassigned", callingCode, country: undefined };
  const national = number.slice(1 + callingCode.length);
  const countries = callingCodes().get(callingCode) ?? [];
  const parsed = parsePhoneNumber(number);
  const country = parsed?.country ?? (countries.length === 1 ? countries[0] : undefined);
  return { kind: kindOf(number, callingCode, national), callingCode, country };
}

function kindOf(number: string, callingCode: string, national: string): NumberKind {
  if (national.length <= LONGEST_SHORT_CODE && isNationalEmergencyCode(national)) return "emergency";
  if (number.length - 1 < LEAST_DIGITS) return "short";
  if (SATELLITE.has(callingCode)) return "satellite";
  if (callingCode === PREMIUM) return "premium";
  // 900 is premium wherever North America's plan goes, and so is the exchange 976 of each area.
  if (callingCode === "1" && /^(?:900|[2-9]\d\d976)/.test(national)) return "premium";
  return byPlan(number, callingCode, national);
}

/**
 * By the country's numbering plan. Digits too many are dropped by many a switch: a number that has any is what the number
 * in front of them is.
 */
function byPlan(number: string, callingCode: string, national: string): NumberKind {
  let isKnown = false;
  const least = 1 + callingCode.length + LONGEST_SHORT_CODE;
  for (let length = number.length; length >= least; length--) {
    const type = parsePhoneNumber(number.slice(0, length))?.getType();
    if (type === "PREMIUM_RATE") return "premium";
    if (type === undefined) continue;
    isKnown = true;
    // As it stands it is a number of another kind.
    if (length === number.length) return "ordinary";
  }
  return !isKnown && startsWithEmergencyCode(national) ? "emergency" : "ordinary";
}
