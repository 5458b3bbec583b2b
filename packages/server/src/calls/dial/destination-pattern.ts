import { AppError } from "../../errors.ts";
import { isCountryCallingCode } from "./number-class.ts";

/** An entry of `allowed` or `blocked`: a number (`+19005550100`, `ext:911`), or all that begin so (`+1900*`, `ext:9*`). */
export interface DestinationPattern {
  readonly text: string;
  readonly start: string;
  readonly isPrefix: boolean;
}

const GRAMMAR = /^(?:\+[1-9]\d{0,14}|ext:[A-Za-z0-9*#+._-]{1,64}?)\*?$/;

/** @throws AppError validation_failed, with the field's name */
export function readPattern(text: string, field: "allowed" | "blocked"): DestinationPattern {
  const written = text.replace(/^(?:ext|pbx):/i, "ext:");
  const isPrefix = written.endsWith("*");
  const start = isPrefix ? written.slice(0, -1) : written;
  if (!GRAMMAR.test(written) || start === "ext:") {
    throw new AppError(
      "validation_failed",
      `${field}: ${JSON.stringify(text)} is no number or prefix: write +15125550100, ext:1002, or with a * at its end what all of them begin with.`,
    );
  }
  if (field === "allowed" && isPrefix && isCountryCallingCode(start.slice(1)) && start.startsWith("+")) {
    throw new AppError(
      "validation_failed",
      `allowed: ${JSON.stringify(text)} is a whole country, its premium-rate numbers included: name it in countries instead.`,
    );
  }
  return { text: written, start, isPrefix };
}

/** The entry that fits most closely: the whole number before a prefix, a longer prefix before a shorter one. */
export function closestPattern(
  patterns: readonly string[],
  destination: string,
): DestinationPattern | undefined {
  let closest: DestinationPattern | undefined;
  for (const text of patterns) {
    const isPrefix = text.endsWith("*");
    const start = isPrefix ? text.slice(0, -1) : text;
    if (isPrefix ? !destination.startsWith(start) : destination !== start) continue;
    const pattern = { text, start, isPrefix };
    if (closest === undefined || closeness(pattern) > closeness(closest)) closest = pattern;
  }
  return closest;
}

export function closeness({ start, isPrefix }: DestinationPattern): number {
  return 2 * start.length + (isPrefix ? 0 : 1);
}
