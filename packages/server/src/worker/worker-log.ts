import type { VoiceLog } from "@ringdown/voice";

/** One JSON line each, which the parent takes into its own log (`worker-output.ts`). */
export function workerLog(out: { write(text: string): unknown }): VoiceLog {
  const line =
    (level: string) =>
    (fields: object, msg: string): void => {
      out.write(`${JSON.stringify({ level, msg, ...readable(fields) })}\n`);
    };
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

/** Errors have no enumerable fields: JSON would show `{}`. */
function readable(fields: object): object {
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) =>
      value instanceof Error
        ? [
            key,
            {
              type: value.name,
              message: value.message,
              stack: value.stack,
              ...("code" in value ? { code: value.code } : {}),
            },
          ]
        : [key, value],
    ),
  );
}
