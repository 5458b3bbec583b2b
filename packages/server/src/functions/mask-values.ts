/** What a secret is replaced by. */
const MASK = "[secret]";

/** A stranger's text without these values, in the spellings in which servers send back what they were sent. */
export function maskValues(text: string, values: readonly string[]): string {
  const spellings = values.flatMap((value) => [
    ...[value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)],
    Buffer.from(value).toString("base64"),
    Buffer.from(value).toString("base64url"),
  ]);
  // The longest first: one may be a part of another.
  const ordered = [...new Set(spellings)].filter((one) => one !== "").sort((a, b) => b.length - a.length);
  return ordered.reduce((masked, one) => masked.replaceAll(one, MASK), text);
}
