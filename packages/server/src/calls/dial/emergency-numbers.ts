/** What reaches emergency services nearly everywhere: 112 and 911 from any mobile phone. */
const UNIVERSAL: ReadonlySet<string> = new Set(["112", "911", "999", "000"]);

/** Those, and what countries have of their own: police, fire, ambulance. Counted behind a country code alone, where nothing else is so short. */
const NATIONAL: ReadonlySet<string> = new Set([
  ...UNIVERSAL,
  ...["100", "101", "102", "103", "104", "105", "106", "107", "108"],
  ...["110", "111", "113", "114", "115", "116", "117", "118", "119", "120", "122", "123", "125", "127"],
  ...[
    "144",
    "150",
    "155",
    "158",
    "166",
    "190",
    "191",
    "192",
    "193",
    "194",
    "195",
    "196",
    "197",
    "198",
    "199",
  ],
  ...[
    "15",
    "17",
    "18",
    "066",
    "080",
    "933",
    "988",
    "990",
    "991",
    "992",
    "993",
    "994",
    "995",
    "996",
    "997",
    "998",
  ],
]);

/** Digits with which a PBX's extensions are used to reach the outside line. */
const OUTSIDE_LINE = /^[09]/;

/** A code as it is dialled by itself. */
export function isEmergencyCode(digits: string): boolean {
  return UNIVERSAL.has(digits);
}

/**
 * As an extension dials it, with or without the digit for an outside line. 9999 is not: extensions are called that.
 */
export function isEmergencyExtension(extension: string): boolean {
  if (isEmergencyCode(extension)) return true;
  return (
    extension.length === 4 && OUTSIDE_LINE.test(extension) && ["112", "911"].includes(extension.slice(1))
  );
}

/** The part behind a country code, as people write it out of habit: +1911, +44999, +440999. */
export function isNationalEmergencyCode(national: string): boolean {
  return NATIONAL.has(national) || NATIONAL.has(national.replace(/^0/, ""));
}

/** Begins with a code that a switch may act on before it has seen the rest. */
export function startsWithEmergencyCode(national: string): boolean {
  return UNIVERSAL.has(national.slice(0, 3));
}
