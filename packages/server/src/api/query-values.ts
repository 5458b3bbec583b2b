import { AppError } from "../errors.ts";

/** `?from=+1512…` arrives with a blank where the plus was: in a query a plus is one. */
export function withPlus(party: string | undefined): string | undefined {
  return party?.replace(/^ (?=\d+\*?$)/, "+");
}

/** A time of a query as ISO 8601 in UTC. @throws AppError validation_failed */
export function timeOf(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  // A plus that became a blank again, in a zone such as +02:00.
  const date = new Date(text.replace(/ (?=\d\d:?\d\d$)/, "+"));
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(date.getTime())) {
    throw new AppError(
      "validation_failed",
      `${name} must be a time in ISO 8601, such as 2026-11-23T18:00:00Z.`,
    );
  }
  return date.toISOString();
}
