import { compileTrigger } from "../calls/transfer/transfer-trigger.ts";
import { AppError } from "../errors.ts";
import type { AgentSettings } from "../store/records.ts";
import { isTimeZone } from "../store/time-zone.ts";
import type { AgentInput } from "./schemas.ts";

/** After the schema: what only code can say of an agent's fields. @throws AppError validation_failed */
export function checkAgentInput(input: AgentInput): Partial<AgentSettings> {
  if (input.timezone !== undefined && !isTimeZone(input.timezone)) {
    throw new AppError(
      "validation_failed",
      'timezone must be an IANA name, such as "America/Chicago" or "UTC".',
    );
  }
  if (input.attendedTransferBridgeTrigger !== undefined) compileTrigger(input.attendedTransferBridgeTrigger);
  const all = (input.functions ?? []).map(({ name }) => name.toLowerCase());
  for (const [index, one] of (input.functions ?? []).entries()) {
    if (one.type !== "transfer" || one.fallback === undefined) continue;
    if (!all.includes(one.fallback.toLowerCase())) {
      throw new AppError(
        "validation_failed",
        `functions[${index}].fallback ${JSON.stringify(one.fallback)} is the name of none of the functions.`,
      );
    }
  }
  const fields = (input.reportingFields ?? []).map(({ key }) => key);
  const twice = fields.find((key, index) => fields.indexOf(key) !== index);
  if (twice !== undefined)
    throw new AppError("validation_failed", `reportingFields has the key ${JSON.stringify(twice)} twice.`);
  const names = new Set<string>();
  const keys = new Set<string>();
  for (const [index, { name, key }] of (input.functions ?? []).entries()) {
    if (names.has(name.toLowerCase())) {
      throw new AppError(
        "validation_failed",
        `functions[${index}].name ${JSON.stringify(name)} is given twice.`,
      );
    }
    names.add(name.toLowerCase());
    if (key === undefined) continue;
    if (keys.has(key))
      throw new AppError("validation_failed", `functions[${index}].key "${key}" is given twice.`);
    keys.add(key);
  }
  return input;
}
