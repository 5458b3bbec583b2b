import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Temporal } from "temporal-polyfill";
import type { BusinessHours } from "../store/task-records.ts";
import { WEEKDAYS } from "../store/task-records.ts";
import { localDay, openFrom } from "./business-hours.ts";

const at = (text: string): number => Temporal.Instant.from(text).epochMilliseconds;
const shown = (ms: number): string => new Date(ms).toISOString().replace(".000", "");
const open = (hours: BusinessHours, text: string): string => shown(openFrom(hours, at(text)));

const office: BusinessHours = {
  timezone: "America/New_York",
  days: ["mon", "tue", "wed", "thu", "fri"],
  start: "09:00",
  end: "17:00",
};
const everyDay = [...WEEKDAYS];

test("within the hours it is open, at their end no more, and over the weekend until Monday", () => {
  assert.equal(open(office, "2026-11-24T14:00:00Z"), "2026-11-24T14:00:00Z");
  assert.equal(open(office, "2026-11-24T13:59:59Z"), "2026-11-24T14:00:00Z");
  assert.equal(open(office, "2026-11-24T21:59:59Z"), "2026-11-24T21:59:59Z");
  assert.equal(open(office, "2026-11-24T22:00:00Z"), "2026-11-25T14:00:00Z");
  // Friday's evening.
  assert.equal(open(office, "2026-11-27T22:00:00Z"), "2026-11-30T14:00:00Z");
  assert.equal(openFrom(null, 5), 5);
});

test("hours that cross midnight belong to the day on which they begin", () => {
  const night: BusinessHours = { ...office, days: ["fri"], start: "20:00", end: "02:00" };
  // Friday 23:00 and Saturday 01:59 are in, Saturday 02:00 and Friday 01:00 are not.
  assert.equal(open(night, "2026-11-28T04:00:00Z"), "2026-11-28T04:00:00Z");
  assert.equal(open(night, "2026-11-28T06:59:59Z"), "2026-11-28T06:59:59Z");
  assert.equal(open(night, "2026-11-28T07:00:00Z"), "2026-12-05T01:00:00Z");
  assert.equal(open(night, "2026-11-27T06:00:00Z"), "2026-11-28T01:00:00Z");
  const whole: BusinessHours = { ...office, days: ["sun"], start: "00:00", end: "00:00" };
  assert.equal(open(whole, "2026-11-28T12:00:00Z"), "2026-11-29T05:00:00Z");
  assert.equal(open(whole, "2026-11-30T04:59:59Z"), "2026-11-30T04:59:59Z");
});

test("nine in the morning stays nine when the clock changes", () => {
  const daily = { ...office, days: everyDay };
  // Spring: Saturday at UTC-5, Sunday at UTC-4. Autumn the other way round.
  assert.equal(open(daily, "2026-03-07T12:00:00Z"), "2026-03-07T14:00:00Z");
  assert.equal(open(daily, "2026-03-08T12:00:00Z"), "2026-03-08T13:00:00Z");
  assert.equal(open(daily, "2026-10-31T12:00:00Z"), "2026-10-31T13:00:00Z");
  assert.equal(open(daily, "2026-11-01T12:00:00Z"), "2026-11-01T14:00:00Z");
});

test("a time that the clock skips, and one that it shows twice (RFC 5545 §3.3.5)", () => {
  // 02:30 of 8 March does not exist in New York: it is 03:30 then.
  const early = { ...office, days: everyDay, start: "02:30", end: "05:00" };
  assert.equal(open(early, "2026-03-08T06:00:00Z"), "2026-03-08T07:30:00Z");
  // 01:30 of 1 November comes twice: the first one opens.
  const twice = { ...office, days: everyDay, start: "01:30", end: "03:00" };
  assert.equal(open(twice, "2026-11-01T05:00:00Z"), "2026-11-01T05:30:00Z");
  assert.equal(open(twice, "2026-11-01T06:15:00Z"), "2026-11-01T06:15:00Z");
  // And the first one closes.
  const closing = { ...office, days: everyDay, start: "00:00", end: "01:30" };
  assert.equal(open(closing, "2026-11-01T05:29:00Z"), "2026-11-01T05:29:00Z");
  assert.equal(open(closing, "2026-11-01T05:30:00Z"), "2026-11-02T05:00:00Z");
  // Hours that the change leaves nothing of are skipped: 02:10 and 02:50 both are after 03:00.
  const gone = { ...office, days: everyDay, start: "02:10", end: "03:00" };
  assert.equal(open(gone, "2026-03-08T06:30:00Z"), "2026-03-09T06:10:00Z");
  assert.equal(open({ ...gone, days: ["sun"] }, "2026-03-01T12:00:00Z"), "2026-03-15T06:10:00Z");
});

test("a day is as long as it is, also where midnight itself is skipped", () => {
  const day = (zone: string, text: string) => {
    const { date, endsAt } = localDay(zone, at(text));
    return `${date} ${shown(endsAt)}`;
  };
  assert.equal(day("UTC", "2026-11-24T23:59:59Z"), "2026-11-24 2026-11-25T00:00:00Z");
  assert.equal(day("America/New_York", "2026-03-08T06:00:00Z"), "2026-03-08 2026-03-09T04:00:00Z");
  assert.equal(day("America/New_York", "2026-11-01T05:00:00Z"), "2026-11-01 2026-11-02T05:00:00Z");
  // Beirut goes from 24:00 to 01:00.
  assert.equal(day("Asia/Beirut", "2026-03-28T12:00:00Z"), "2026-03-28 2026-03-28T22:00:00Z");
});

test("whatever the hours: never earlier than asked, open when it says so, and within a fortnight", () => {
  const minute = fc.integer({ min: 0, max: 24 * 60 - 1 });
  const clock = (m: number) =>
    `${String(Math.floor(m / 60)).padStart(2, "0")}:${String(m % 60).padStart(2, "0")}`;
  const hours = fc.record({
    timezone: fc.constantFrom(
      "UTC",
      "America/New_York",
      "Europe/Berlin",
      "Asia/Beirut",
      "Australia/Lord_Howe",
    ),
    days: fc.subarray([...WEEKDAYS], { minLength: 1 }),
    start: minute.map(clock),
    end: minute.map(clock),
  });
  const moment = fc.integer({ min: at("2026-01-01T00:00:00Z"), max: at("2028-01-01T00:00:00Z") });
  fc.assert(
    fc.property(hours, moment, (window, now) => {
      const from = openFrom(window, now);
      assert.ok(from >= now && from - now <= 15 * 86_400_000, shown(from));
      assert.equal(openFrom(window, from), from);
      if (from > now) assert.ok(openFrom(window, from - 1) === from);
    }),
    { numRuns: 300 },
  );
});
