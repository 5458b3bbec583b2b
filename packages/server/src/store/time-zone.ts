/** Whether a text is a time zone's IANA name that this Node knows, such as `America/Chicago` or `UTC`. */
export function isTimeZone(name: string): boolean {
  // Offsets such as "+01:00" are no IANA names, though Intl takes them.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
