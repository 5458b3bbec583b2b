// What the grammar of routes asks of `node:net`, for browsers. Held against Node's own by a test.

export function isIPv4(text: string): boolean {
  return /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/.test(text);
}

/** RFC 4291 §2.2, without a zone. */
export function isIPv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const all = groups.flat();
  let size = all.length;
  const last = all.at(-1);
  if (last?.includes(".") === true) {
    if (!isIPv4(last) || text.endsWith("::")) return false;
    all.pop();
    size++;
  }
  if (!all.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return false;
  return halves.length === 2 ? size < 8 : size === 8;
}
