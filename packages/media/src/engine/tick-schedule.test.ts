import assert from "node:assert/strict";
import { test } from "node:test";
import { PHASES, TICK_MS, TickSchedule } from "./tick-schedule.ts";

test("phases come in turn, each every 20 ms, from the ideal time and not from the late one", () => {
  const schedule = new TickSchedule();
  schedule.start(1000);
  const ideals: number[] = [];
  for (let now = 1000; now < 1100; now += 1) {
    const due = schedule.take(now + 0.9);
    if (due?.phase === 1) ideals.push(due.ideal);
  }
  assert.deepEqual(ideals, [1005, 1025, 1045, 1065, 1085]);
});

test("nothing is due before its time", () => {
  const schedule = new TickSchedule();
  schedule.start(0);
  assert.equal(schedule.take(0)?.phase, 0);
  assert.equal(schedule.take(4.99), undefined);
  assert.equal(schedule.nextAt, TICK_MS / PHASES);
});

test("lateness below a tick loses none, a stall skips whole ticks and tells every phase", () => {
  const schedule = new TickSchedule();
  schedule.start(0);
  assert.equal(schedule.take(15)?.skipped, 0);
  for (let phase = 1; phase < PHASES; phase++) assert.equal(schedule.take(15)?.skipped, 0);
  assert.equal(schedule.take(15), undefined);

  // from 20 on nothing ran until 107: four ticks of each phase are gone
  assert.equal(schedule.behind(107), 4);
  const skipped: number[] = [];
  const ideals: number[] = [];
  for (let due = schedule.take(107); due !== undefined; due = schedule.take(107)) {
    skipped[due.phase] = due.skipped;
    ideals.push(due.ideal);
  }
  assert.deepEqual(ideals, [100, 105]);
  assert.deepEqual(skipped, [4, 4]);
  assert.equal(schedule.take(110)?.skipped, 4);
  assert.equal(schedule.take(115)?.skipped, 4);
  assert.equal(schedule.take(120)?.skipped, 0);
  assert.equal(schedule.missedTicks, 4);
});

test("ticks run and ticks skipped add up to the time that passed, whatever the lateness", () => {
  const schedule = new TickSchedule();
  schedule.start(0);
  const ticks = new Array<number>(PHASES).fill(0);
  let now = 0;
  let seed = 7;
  while (now < 60_000) {
    for (let due = schedule.take(now); due !== undefined; due = schedule.take(now)) {
      ticks[due.phase] = (ticks[due.phase] ?? 0) + 1 + due.skipped;
    }
    seed = (seed * 16807) % 2147483647;
    now += seed % 53;
  }
  for (let phase = 0; phase < PHASES; phase++) {
    assert.ok(Math.abs((ticks[phase] ?? 0) - 3000) <= 4, `phase ${phase}: ${ticks[phase]}`);
  }
});
