import { AppError } from "../errors.ts";
import type { TaskLimits } from "../store/task-records.ts";
import { isTimeZone } from "../store/time-zone.ts";

/** Limits as they are changed: what is left out stays; `businessHours` are taken whole. */
export interface TaskLimitsInput {
  businessHours?: TaskLimits["businessHours"];
  daily?: Partial<TaskLimits["daily"]>;
  concurrencyPerRun?: number;
  cooldowns?: Partial<TaskLimits["cooldowns"]>;
}

/** @throws AppError validation_failed: what the schema alone cannot say */
export function changedLimits(before: TaskLimits, input: TaskLimitsInput): TaskLimits {
  const { businessHours } = input;
  if (businessHours) checkHours(businessHours);
  return {
    businessHours: businessHours === undefined ? before.businessHours : businessHours,
    daily: { ...before.daily, ...input.daily },
    concurrencyPerRun: input.concurrencyPerRun ?? before.concurrencyPerRun,
    cooldowns: { ...before.cooldowns, ...input.cooldowns },
  };
}

function checkHours({ timezone }: NonNullable<TaskLimits["businessHours"]>): void {
  if (isTimeZone(timezone)) return;
  throw new AppError(
    "validation_failed",
    `businessHours.timezone must be an IANA name such as America/Chicago, not ${JSON.stringify(timezone)}.`,
  );
}
