/** A time as people of the browser's language write it, in their zone: today without the date. @param iso ISO 8601 */
export function when(iso: string, now = new Date()): string {
  const date = new Date(iso);
  const time = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
  if (date.toDateString() === now.toDateString()) return time;
  const year = date.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return `${date.toLocaleDateString(undefined, { day: "numeric", month: "short", ...year })}, ${time}`;
}

/** `1:05`, `1:02:03`. @param seconds 0 or more */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `no_answer` as words. */
export function words(code: string): string {
  const text = code.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString()} ${count === 1 ? one : many}`;
}

/** A From or To as it came, without what is for machines: `"Ann" <sip:+1512…@host>;tag=x` loses its tag. */
export function party(header: string): string {
  return header.replace(/;tag=[^;>]*$/i, "");
}

/** `welcomeMessage` as words. */
export function fieldName(name: string): string {
  return words(name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
