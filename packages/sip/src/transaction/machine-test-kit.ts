import type { MachineConfig, Outputs } from "./machine.ts";
import { defaultTimerValues } from "./machine.ts";

export const unreliable: MachineConfig = { timers: defaultTimerValues, reliable: false };
export const reliable: MachineConfig = { timers: defaultTimerValues, reliable: true };

/** Outputs as short words: "send", "set A 500", "clear A", "fail timeout". */
export function words(outputs: Outputs): string[] {
  return outputs.map((output) => {
    switch (output.type) {
      case "set-timer":
        return `set ${output.timer} ${output.after}`;
      case "clear-timer":
        return `clear ${output.timer}`;
      case "fail":
        return `fail ${output.cause}`;
      default:
        return output.type;
    }
  });
}
