export type ByteRange =
  | { kind: "whole" }
  /** Both ends included. */
  | { kind: "part"; start: number; end: number }
  | { kind: "unsatisfiable" };

/**
 * What a Range header asks of a file of `size` bytes (RFC 9110 §14). Several ranges, other units and what cannot be
 * read are answered with the whole, as §14.2 allows.
 */
export function readRange(header: string | undefined, size: number): ByteRange {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/i.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (match === null || (first === "" && last === "") || first.length > 15 || last.length > 15) {
    return { kind: "whole" };
  }
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? { kind: "unsatisfiable" } : { kind: "part", start: size - length, end: size - 1 };
  }
  const start = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== "" && Number(last) < start) return { kind: "whole" };
  return start >= size ? { kind: "unsatisfiable" } : { kind: "part", start, end };
}
