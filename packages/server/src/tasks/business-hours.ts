// When an organization's calls may go out, in its own time zone; across changes of the clock.
import { Temporal } from "temporal-polyfill";
import { type BusinessHours, WEEKDAYS } from "../store/task-records.ts";

/**
 * A local time that a change of the clock skips or repeats is read as RFC 5545 §3.3.5 has it: the skipped 02:30 is 03:30, the
 * repeated 01:30 is the first one.
 */
const disambiguation = "compatible";
/** The hours open once a week at least, but for a week in which a change of the clock leaves nothing of them. */
const DAYS_AHEAD = 14;

/** Epoch milliseconds from which on calls may go out: `at` itself where they may already. */
export function openFrom(hours: BusinessHours | null, at: number): number {
  if (hours === null) return at;
  const today = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(hours.timezone).toPlainDate();
  // Yesterday's hours may reach over midnight.
  for (let offset = -1; offset <= DAYS_AHEAD; offset++) {
    const day = today.add({ days: offset });
    const name = WEEKDAYS[day.dayOfWeek - 1];
    if (name === undefined || !hours.days.includes(name)) continue;
    const { opens, closes } = hoursOf(hours, day);
    if (at < closes && opens < closes) return Math.max(at, opens);
  }
  // Only without a day, which `checkLimits` refuses.
  return Number.POSITIVE_INFINITY;
}

function hoursOf(hours: BusinessHours, day: Temporal.PlainDate): { opens: number; closes: number } {
  const overnight = hours.end <= hours.start;
  return {
    opens: instant(day, hours.start, hours.timezone),
    closes: instant(overnight ? day.add({ days: 1 }) : day, hours.end, hours.timezone),
  };
}

function instant(day: Temporal.PlainDate, time: string, timeZone: string): number {
  return day.toPlainDateTime(Temporal.PlainTime.from(time)).toZonedDateTime(timeZone, { disambiguation })
    .epochMilliseconds;
}

/** The local day that a moment belongs to, and when the next one begins (epoch milliseconds). */
export function localDay(timeZone: string, at: number): { date: string; endsAt: number } {
  const day = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone).toPlainDate();
  // Where the clock changes at midnight the day begins at its first moment.
  const next = day.add({ days: 1 }).toZonedDateTime({ timeZone });
  return { date: day.toString(), endsAt: next.epochMilliseconds };
}
