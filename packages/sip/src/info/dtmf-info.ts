/** Keys in INFO bodies of `application/dtmf-relay` and `application/dtmf`, as gateways send them: there is no RFC. */
export interface DtmfInfo {
  /** `0` to `9`, `*`, `#`, `A` to `D`, or `flash`: the hook was flashed. */
  readonly key: string;
  /** ms for which it was held; undefined where the body does not say. */
  readonly duration: number | undefined;
}

export const dtmfRelayType = "application/dtmf-relay";

/** Bytes; a key and a duration take forty. */
const longestBody = 512;
/** ms; nobody holds a key for longer. */
const longestKey = 60_000;

/** Events by their number in RFC 4733 §3.2, which some send in place of the character. */
const numbered: ReadonlyMap<string, string> = new Map([
  ["10", "*"],
  ["11", "#"],
  ["12", "A"],
  ["13", "B"],
  ["14", "C"],
  ["15", "D"],
  ["16", "flash"],
  ["hf", "flash"],
  ["!", "flash"],
  ["flash", "flash"],
]);

/** @returns undefined for another type of body, and for one that names no key */
export function parseDtmfInfo(contentType: string, body: Buffer): DtmfInfo | undefined {
  if (body.length > longestBody) return undefined;
  const type = contentType.split(";", 1)[0]?.trim().toLowerCase();
  const text = body.toString("latin1");
  if (type === "application/dtmf") return keyOf(text.trim(), undefined);
  if (type !== dtmfRelayType) return undefined;
  let signal: string | undefined;
  let duration: number | undefined;
  for (const line of text.split(/\r\n|\r|\n/)) {
    const equals = line.indexOf("=");
    if (equals === -1) continue;
    const name = line.slice(0, equals).trim().toLowerCase();
    const value = line.slice(equals + 1).trim();
    if (name === "signal") signal ??= value;
    else if (name === "duration" && /^\d{1,5}$/.test(value)) duration ??= Number(value);
  }
  return signal === undefined ? undefined : keyOf(signal, duration);
}

function keyOf(signal: string, duration: number | undefined): DtmfInfo | undefined {
  const held = duration === undefined || duration > longestKey ? undefined : duration;
  const key = /^[0-9*#A-Da-d]$/.test(signal) ? signal.toUpperCase() : numbered.get(signal.toLowerCase());
  return key === undefined ? undefined : { key, duration: held };
}

/**
 * The body of an INFO with Content-Type `dtmfRelayType`.
 * @param key `0` to `9`, `*`, `#`, `A` to `D`
 * @param duration ms
 */
export function serialiseDtmfRelay(key: string, duration = 160): string {
  return `Signal=${key}\r\nDuration=${Math.round(duration)}\r\n`;
}
